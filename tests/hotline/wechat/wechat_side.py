"""WeChat's side of the load: pushes over kept connections, again until they are acknowledged."""

import http.client
import random
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from tests.hotline.wechat import pushes
from tests.hotline.wechat.fake_bot import ANSWERED
from tests.hotline.wechat.running_site import Service

CONNECTIONS = 20
# WeChat waits five seconds and then delivers the same push again, three times.
TIMEOUT, RETRIES = 5.0, 3


@dataclass(frozen=True)
class Asked:
    """A message that a citizen sent."""

    number: int
    openid: str

    def push(self) -> tuple[str, bytes]:
        """One delivery of it."""
        now = datetime.now(UTC)
        fields = pushes.text_fields(self.openid, f"问{self.number}号", 10_000 + self.number, now)
        made = pushes.sealed(fields, now)
        return "/wechat?" + urlencode(made.query), made.body


@dataclass(frozen=True)
class Delivered:
    """A delivery that was acknowledged, and the answers that came with the acknowledgement."""

    asked: Asked
    began: float
    ended: float
    answers: tuple[int, ...]


@dataclass
class WeChatSide:
    """Delivers pushes over kept connections, as WeChat's servers do."""

    services: Sequence[Service]
    rng: random.Random
    done: list[Delivered] = field(default_factory=list)
    # When each message was first sent, acknowledged or not.
    first_sent: dict[int, float] = field(default_factory=dict)
    lost: list[Asked] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _kept: list[http.client.HTTPConnection] = field(default_factory=list)
    _local: threading.local = field(default_factory=threading.local)

    def _connection(self, service: Service) -> http.client.HTTPConnection:
        kept: dict[int, http.client.HTTPConnection] = self._local.__dict__
        if service.port not in kept:
            made = http.client.HTTPConnection("127.0.0.1", service.port, timeout=TIMEOUT)
            kept[service.port] = made
            self._kept.append(made)
        return kept[service.port]

    def close(self) -> None:
        """Close every connection."""
        for connection in self._kept:
            connection.close()

    def deliver(self, asked: Asked, service: Service) -> bool:
        """One delivery; whether it was acknowledged."""
        path, body = asked.push()
        connection = self._connection(service)
        began = time.monotonic()
        self.first_sent.setdefault(asked.number, began)
        try:
            connection.request("POST", path, body)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self.failures.append(repr(error))
            return False
        ended = time.monotonic()
        if answer.status != 200:
            # WeChat takes it for no answer.
            self.failures.append(f"{answer.status} {text[:200]!r}")
            return False
        shown = "" if text == b"success" else pushes.unsealed(text)["Content"]
        answers = tuple(int(number) for number in ANSWERED.findall(shown))
        self.done.append(Delivered(asked, began, ended, answers))
        return True

    def insist(self, asked: Asked) -> None:
        """Deliver until it is acknowledged; the proxy in front takes a service that answers."""
        for attempt in range(1 + RETRIES):
            if attempt:
                time.sleep(0.5)
            order = self.rng.sample(list(self.services), len(self.services))
            if any(self.deliver(asked, service) for service in order):
                return
        self.lost.append(asked)

    def deliver_all(self, wanted: Iterable[tuple[Asked, Service]], rate: float) -> None:
        """Deliver at so many a second, over several connections."""
        began = time.monotonic()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for number, (asked, service) in enumerate(wanted):
                pause = began + number / rate - time.monotonic()
                if pause > 0:
                    time.sleep(pause)
                pool.submit(self.deliver, asked, service)
