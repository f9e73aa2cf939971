"""A WeChat of our own: the API on a port of this machine, with switches for what goes wrong."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.hotline.wechat.fake_server import Asked, FakeServer, Said, said

MAX_BYTES = 2048
FILMS = "/films/"


@dataclass
class FakeWeChat(FakeServer):
    """What the API was asked, and how it shall answer."""

    # Switches.
    always_bad: bool = False
    secret_wrong: bool = False
    secret_refusal: int = 40125
    down: bool = False
    slow_seconds: float = 0.0
    daily_limit: bool = False
    window_closed: set[str] = field(default_factory=set)
    quota: dict[str, int] = field(default_factory=dict)
    notice_refused: bool = False
    media: dict[str, bytes] = field(default_factory=dict)
    # Where a video is to be fetched, by its media id.
    videos: dict[str, str] = field(default_factory=dict)
    # What happened.
    token: str = "token-0"
    fetches: list[float] = field(default_factory=list)
    forced: int = 0
    sent: list[tuple[str, str]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    typing: list[str] = field(default_factory=list)
    menus: list[dict[str, Any]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    films_asked: set[str] = field(default_factory=set)

    def revoke(self) -> None:
        """The token that is out there is not valid any more."""
        with self.lock:
            self.token = f"token-{int(self.token.split('-')[1]) + 1}"

    def texts(self, openid: str) -> list[str]:
        """What a citizen was sent."""
        return [text for to, text in self.sent if to == openid]

    def answer(self, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> Any:
        """One call; ``None`` is an HTTP 502."""
        with self.lock:
            self.calls[path] += 1
            if self.down:
                return None
            if path == "/cgi-bin/stable_token":
                return self._token(body)
            if self.always_bad or query.get("access_token") != [self.token]:
                return {"errcode": 40001, "errmsg": "invalid credential"}
            return self._act(path, body)

    def _token(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.secret_wrong:
            return {"errcode": self.secret_refusal, "errmsg": "invalid appsecret"}
        self.fetches.append(time.time())
        if body.get("force_refresh"):
            self.forced += 1
            self.token = f"token-{int(self.token.split('-')[1]) + 1}"
        return {"access_token": self.token, "expires_in": 7200}

    def _act(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("/custom/send"):
            return self._send(body["touser"], body["text"]["content"])
        if path.endswith("/custom/typing"):
            self.typing.append(body["touser"])
        elif path.endswith("/subscribe/bizsend"):
            if self.notice_refused:
                return {"errcode": 43101, "errmsg": "user refuse to accept the msg"}
            self.notices.append(body)
        elif path.endswith("/menu/create"):
            self.menus.append(body)
        return {"errcode": 0, "errmsg": "ok"}

    def _send(self, openid: str, text: str) -> dict[str, Any]:
        if self.daily_limit:
            return {"errcode": 45009, "errmsg": "reach max api daily quota limit"}
        if openid in self.window_closed:
            return {"errcode": 45015, "errmsg": "response out of time limit"}
        if self.quota.get(openid, 1) <= 0:
            return {"errcode": 45047, "errmsg": "out of response count limit"}
        if len(text.encode()) > MAX_BYTES:
            return {"errcode": 45002, "errmsg": "content size out of limit"}
        if openid in self.quota:
            self.quota[openid] -= 1
        self.sent.append((openid, text))
        return {"errcode": 0, "errmsg": "ok"}

    def file(self, query: dict[str, list[str]]) -> bytes | dict[str, Any] | None:
        """A file of ours, or the object that stands for a refusal; ``None`` is an HTTP 502."""
        with self.lock:
            self.calls["/cgi-bin/media/get"] += 1
            if self.down:
                return None
            if self.always_bad or query.get("access_token") != [self.token]:
                return {"errcode": 40001, "errmsg": "invalid credential"}
            media_id = query["media_id"][0]
            if media_id in self.videos:
                return {"video_url": self.videos[media_id]}
            found = self.media.get(media_id)
            return {"errcode": 40007, "errmsg": "invalid media_id"} if found is None else found

    def post(self, asked: Asked) -> Said:
        """A call."""
        if self.slow_seconds:
            time.sleep(self.slow_seconds)
        answer = self.answer(asked.path, dict(asked.query), asked.json())
        return said(answer, status=502 if answer is None else 200)

    def get(self, asked: Asked) -> Said:
        """A file, or what is said instead."""
        if asked.path.startswith(FILMS):
            self.films_asked.update(asked.query)
            return Said(self.media[asked.path.removeprefix(FILMS)], "video/mp4")
        found = self.file(dict(asked.query))
        if isinstance(found, bytes):
            return Said(found, "image/jpeg")
        return said(found, "text/plain", 502 if found is None else 200)
