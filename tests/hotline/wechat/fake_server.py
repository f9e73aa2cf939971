"""A server of our own on a port of this machine: what every fake in these tests stands on."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes = b""

    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Said:
    """One answer."""

    data: bytes
    kind: str = "application/json"
    status: int = 200


def said(value: object, kind: str = "application/json", status: int = 200) -> Said:
    """An answer in JSON."""
    return Said(json.dumps(value).encode(), kind, status)


@dataclass
class FakeServer:
    """Listens between ``start`` and ``stop``, or in a ``with``; what it answers, its heirs say."""

    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    def get(self, asked: Asked) -> Said:
        """The answer to a GET."""
        return said({}, status=404)

    def post(self, asked: Asked) -> Said:
        """The answer to a POST."""
        return said({}, status=404)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen."""
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._say(fake.get(self._asked(b"")))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self._say(fake.post(self._asked(body)))

            def _asked(self, body: bytes) -> Asked:
                address = urlsplit(self.path)
                return Asked(address.path, parse_qs(address.query), dict(self.headers), body)

            def _say(self, answer: Said) -> None:
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.kind)
                self.send_header("Content-Length", str(len(answer.data)))
                self.end_headers()
                self.wfile.write(answer.data)

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
