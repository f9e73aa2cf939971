"""The running product as its people meet it: over HTTP, through the real processes."""

import html
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from kit.settings import ROOT

_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
START_SECONDS = 240.0


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Poll until the condition holds; returns what it gave. Raises ``AssertionError``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} did not happen within {seconds:.0f} s")


@dataclass
class Product:
    """``python -m hotline up`` on free ports with a data folder of its own."""

    data_dir: Path
    port: int = field(default_factory=free_port)
    bot_port: int = field(default_factory=free_port)
    actions_port: int = field(default_factory=free_port)
    passwords: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    started_in: float = 0.0
    _process: subprocess.Popen[str] | None = None
    _clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The public address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until everything answers."""
        began = time.monotonic()
        environment = {
            **os.environ,
            "HOTLINE_DATA_DIR": str(self.data_dir),
            "HOTLINE_PORT": str(self.port),
            "HOTLINE_BOT_URL": f"http://127.0.0.1:{self.bot_port}",
            "HOTLINE_ACTIONS_URL": f"http://127.0.0.1:{self.actions_port}",
            "HOTLINE_DEMO_STAFF": "true",
            # The tests' machine has two cores; the vectors of 24,000 articles would take both.
            "HOTLINE_ARTICLE_VECTORS": "false",
            "HOTLINE_MESSAGES_PER_MINUTE": "1000",
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hotline", "up"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        said: list[str] = []
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said.append(line)
            found = re.search(r"(\w+)\s+一次性密码 (\w+)", line)
            if found:
                self.passwords[found[1]] = found[2]
            if "按 Ctrl-C 停止" in line:
                self.started_in = time.monotonic() - began
                return
        logs = "".join(path.read_text()[-2000:] for path in self.data_dir.glob("logs/*.log"))
        raise AssertionError("the product did not start:\n" + "".join(said) + logs)

    def stop(self) -> None:
        """Ctrl-C, and wait until everything has ended."""
        if self._process is None:
            return
        for client in self._clients:
            client.close()
        pids = self.pids()
        self._process.send_signal(signal.SIGINT)
        assert self._process.stdout is not None
        self._process.stdout.read()
        self._process.stdout.close()
        self._process.wait(timeout=60)
        self._process = None
        left = [name for name, pid in pids.items() if Path(f"/proc/{pid}").exists()]
        assert left == [], f"still running after Ctrl-C: {left}"

    def pids(self) -> dict[str, int]:
        """The processes' ids by name."""
        return dict(json.loads((self.data_dir / "processes.json").read_text()))

    def kill(self, name: str) -> None:
        """SIGKILL one of the four."""
        os.kill(self.pids()[name], signal.SIGKILL)

    def healthy(self) -> bool:
        """Whether service, dialogue and action server answer."""
        try:
            health = httpx.get(f"{self.url}/healthz", timeout=3)
        except httpx.HTTPError:
            return False
        body = health.json()
        return health.status_code == 200 and bool(body["bot"] and body["actions"])

    def _client(self) -> httpx.Client:
        self._clients.append(httpx.Client(base_url=self.url, timeout=40, trust_env=False))
        return self._clients[-1]

    def citizen(self) -> "Citizen":
        """Somebody who opens the page."""
        return Citizen(self._client())

    def staff(self, username: str) -> "StaffMember":
        """Somebody who logs in; the first time with the one-time password, which is changed."""
        member = StaffMember(self._client(), username)
        member.log_in(self.passwords[username])
        self.passwords[username] = member.password
        return member


@dataclass
class Citizen:
    """A citizen on the web page."""

    client: httpx.Client
    session: str = ""

    def says(self, text: str, message_id: str | None = None) -> list[dict[str, Any]]:
        """Send one message as the page does: the same id again until it is answered."""
        body = {
            "text": text,
            "client_message_id": message_id or uuid.uuid4().hex,
            "session": self.session or None,
        }

        def attempt() -> dict[str, Any] | None:
            try:
                answer = self.client.post("/api/messages", json=body)
            except httpx.HTTPError:
                return None
            if answer.status_code >= 500:
                return None
            assert answer.status_code == 200, answer.text
            data = dict(answer.json())
            return None if data["pending"] else data

        answer = until(attempt, 90, f"an answer to {text!r}")
        self.session = answer["session"]
        return list(answer["messages"])

    def heard(self) -> list[dict[str, Any]]:
        """The whole conversation."""
        answer = self.client.get("/api/messages", params={"session": self.session})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["messages"])

    def leaves_order(self, description: str, phone: str = "13812345678") -> str:
        """Leave a work order by dialogue, answering what is asked; returns the case code."""
        answers = {
            "哪一类": "劳动纠纷",
            "哪个区县": "海淀区",
            "经过": description,
            "怎么称呼": "王小明",
            "联系电话": phone,
            "请核对": "确认",
        }
        asked = self.says("转人工")[-1]
        for _ in range(len(answers)):
            if asked.get("work_order"):
                break
            assert phone not in asked["text"]
            known = [answer for words, answer in answers.items() if words in asked["text"]]
            assert known, asked["text"]
            asked = self.says(known[-1])[-1]
        return str(asked["work_order"]["code"])


@dataclass
class StaffMember:
    """A member of the staff in a browser without JavaScript."""

    client: httpx.Client
    username: str
    password: str = ""

    def page(self, path: str) -> str:
        """Open a page."""
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return html.unescape(answer.text)

    def send(self, path: str, source: str, **fields: str) -> httpx.Response:
        """Send a form, with the CSRF token of the page that it stands on."""
        token = _CSRF.search(self.page(source))
        assert token is not None, f"no form on {source}"
        return self.client.post(path, data={"csrf_token": token[1], **fields})

    def log_in(self, password: str) -> None:
        """Log in; a one-time password is changed at once."""
        found = re.search(r'name="token" value="([^"]+)"', self.client.get("/staff/login").text)
        fields = {"username": self.username, "password": password}
        if found:
            fields["token"] = found[1]
        answer = self.client.post("/staff/login", data=fields)
        assert answer.status_code == 303, answer.text
        self.password = password
        if "一次性" in self.page("/staff"):
            self.password = f"{self.username}-新密码-2026"
            changed = self.send(
                "/staff/password",
                "/staff/password",
                old=password,
                new=self.password,
                again=self.password,
            )
            assert changed.status_code == 303, changed.text
