"""A whole service behind a real socket, and a scripted Rasa that speaks HTTP."""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI

START_SECONDS = 10
Message = dict[str, Any]


class ScriptedRasa:
    """Rasa's gateway channel: says its script, and asks the service about everything else.

    ``script`` maps what a citizen says to the messages that answer it; ``down`` makes it fail.
    """

    def __init__(self, service_token: str) -> None:
        self.script: dict[str, list[Message]] = {}
        self.down = False
        self.heard: list[str] = []
        self.service_url = ""
        self._headers = {"Authorization": f"Bearer {service_token}"}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def answer(self, sender: str, text: str) -> list[Message]:
        """What it says: the script, or the service's own reply as the action server passes it."""
        self.heard.append(text)
        if text in self.script:
            return self.script[text]
        asked = httpx2.post(
            f"{self.service_url}/v1/consultations/{sender}/questions",
            json={"text": text},
            headers=self._headers,
        )
        return [{"recipient_id": sender, "custom": asked.json()["reply"]}]

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        rasa = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(503 if rasa.down else 200, {"status": "ok"})

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if rasa.down:
                    self._say(503, {"error": {"code": "bot_silent", "message": "停了"}})
                else:
                    self._say(200, rasa.answer(asked["sender"], asked["message"]))

            def _say(self, status: int, body: object) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                """Tests need no access log."""

        return Handler


class RunningService:
    """Uvicorn in a thread; it can be stopped and started again at the same address."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen, and return when it does."""
        # Without lifespan the parts stay usable when it is stopped and started again.
        config = uvicorn.Config(
            self._app, host="127.0.0.1", port=self._port, lifespan="off", log_level="warning"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        end = time.monotonic() + START_SECONDS
        while not self._server.started:
            assert time.monotonic() < end and self._thread.is_alive(), "uvicorn did not start"
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop listening; connections end."""
        self._server.should_exit = True
        self._thread.join(START_SECONDS)
        assert not self._thread.is_alive(), "uvicorn did not stop"
