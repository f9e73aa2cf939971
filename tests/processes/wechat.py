"""A citizen in WeChat who consults the running product."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from tests.hotline.wechat import pushes
from tests.hotline.wechat.fake_wechat import FakeWeChat
from tests.processes.product import Product, until

_NUMBERS = itertools.count(7_000_000)
_CHOICE = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)


def open_door(api_url: str) -> dict[str, str]:
    """The settings of a product whose WeChat door is open, in safe mode."""
    return {
        "HOTLINE_WECHAT_MODE": "safe",
        "HOTLINE_WECHAT_APP_ID": pushes.APP_ID,
        "HOTLINE_WECHAT_APP_SECRET": pushes.SECRET,
        "HOTLINE_WECHAT_TOKEN": pushes.TOKEN,
        "HOTLINE_WECHAT_AES_KEY": pushes.AES_KEY,
        "HOTLINE_WECHAT_API_URL": api_url,
        "HOTLINE_PUBLIC_URL": "http://12348.example",
    }


@dataclass
class WeChatCitizen:
    """What one citizen sends, and all that WeChat shows them, in order."""

    product: Product
    fake: FakeWeChat
    openid: str
    shown: list[str] = field(default_factory=list)
    _read: int = 0

    def _push(self, fields: dict[str, str | int]) -> str:
        made = pushes.sealed(fields, datetime.now(UTC))
        answer = httpx.post(
            f"{self.product.url}/wechat", params=made.query, content=made.body, timeout=5
        )
        assert answer.status_code == 200, answer.text
        if answer.text != "success":
            self.shown.append(pushes.unsealed(answer.content)["Content"])
            return self.shown[-1]
        return self.hears()

    def hears(self) -> str:
        """The next thing that is sent by itself."""

        def come() -> bool:
            return len(self.fake.texts(self.openid)) > self._read

        until(come, 40, "a message from WeChat")
        self.shown.append(self.fake.texts(self.openid)[self._read])
        self._read += 1
        return self.shown[-1]

    def says(self, text: str) -> str:
        """Type something; returns what is answered."""
        now = datetime.now(UTC)
        return self._push(pushes.text_fields(self.openid, text, next(_NUMBERS), now))

    def does(self, event: str, key: str = "") -> str:
        """Follow the account, or tap its menu; returns what is answered."""
        return self._push(pushes.event_fields(self.openid, event, datetime.now(UTC), EventKey=key))

    def number_of(self, words: str) -> str:
        """The number that stands before a choice in what was shown last."""
        return {title: number for number, title in self.choices()}[words]

    def choices(self) -> Iterator[tuple[str, str]]:
        """(number, words) of the choices that were shown last."""
        return iter(_CHOICE.findall(self.shown[-1]))
