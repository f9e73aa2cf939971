"""The health check of the containers says yes and no rightly, on a real port and a real file."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from kit.settings import ROOT


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/good" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def address() -> Iterator[str]:
    """A server that answers 200 on /good and 503 elsewhere."""
    with HTTPServer(("127.0.0.1", 0), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def check(*arguments: str, **environment: str) -> int:
    """The exit status of the check."""
    return subprocess.run(
        [sys.executable, str(ROOT / "docker" / "health.py"), *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    ).returncode


def test_an_address_that_answers_200_is_healthy(address: str) -> None:
    assert check(f"{address}/good") == 0


def test_an_address_that_answers_503_is_not(address: str) -> None:
    assert check(f"{address}/bad") == 1


def test_an_address_where_nobody_listens_is_not() -> None:
    assert check("http://127.0.0.1:9/") == 1


def test_a_proxy_of_the_environment_is_not_asked(address: str) -> None:
    assert check(f"{address}/good", http_proxy="http://127.0.0.1:9", no_proxy="") == 0


def test_a_file_is_healthy_while_it_is_fresh(tmp_path: Path) -> None:
    alive = tmp_path / "worker.alive"
    assert check(str(alive), "30") == 1
    alive.touch()
    assert check(str(alive), "30") == 0
    an_hour_ago = time.time() - 3600
    os.utime(alive, (an_hour_ago, an_hour_ago))
    assert check(str(alive), "30") == 1


def test_a_wrong_call_is_no_health_check() -> None:
    assert check() == 2
