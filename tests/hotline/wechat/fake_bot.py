"""A dialogue of our own on a port of this machine: it thinks for a moment and answers by number."""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ASKED = re.compile(r"问(\d+)号")
ANSWERED = re.compile(r"答(\d+)号")


@dataclass
class FakeRasa:
    """What was heard, by consultation and in order."""

    think_seconds: float = 0.05
    heard: list[tuple[str, int]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""
    _server: ThreadingHTTPServer | None = None

    def turn(self, consultation_id: str, text: str) -> list[dict[str, str]]:
        """One turn: ``问7号`` is answered with ``答7号``."""
        found = ASKED.search(text)
        assert found is not None, text
        time.sleep(self.think_seconds)
        with self.lock:
            self.heard.append((consultation_id, int(found[1])))
        return [{"text": f"答{found[1]}号：请先书面催要。"}]

    def start(self) -> None:
        """Listen."""
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._say(fake.turn(body["sender"], body["message"]))

            def do_GET(self) -> None:
                self._say([])

            def _say(self, answer: list[dict[str, str]]) -> None:
                data = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A killed process leaves its connections broken: nothing to tell."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Close the port."""
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()
