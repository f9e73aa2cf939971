"""What the tests of the WeChat door share: a service with the door open, and a fake WeChat."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from hotline.app import create_app
from hotline.channel.speech import Transcriber
from hotline.channel.wechat.delivery import Carrier
from hotline.channel.wechat.door import WeChat
from hotline.channel.wechat.media_keeper import MediaKeeper
from hotline.channel.wechat.models import WeChatMedia
from hotline.dependencies import Parts
from kit.clock import FixedClock
from kit.settings import Settings
from tests.hotline.wechat import pushes
from tests.hotline.wechat.fake_wechat import FakeWeChat

LINKS_PER_DAY = 4


@pytest.fixture
def fake() -> Iterator[FakeWeChat]:
    """WeChat's API."""
    with FakeWeChat() as server:
        yield server


def wechat_settings(data_dir: Path, api_url: str, **more: object) -> Settings:
    """Settings with the door open, in compatible mode: plain and encrypted pushes come in."""
    return Settings.model_validate(
        {
            "data_dir": data_dir,
            "service_token": "t" * 32,
            "public_url": "https://12348.example",
            "wechat_mode": "compatible",
            "wechat_app_id": pushes.APP_ID,
            "wechat_app_secret": pushes.SECRET,
            "wechat_token": pushes.TOKEN,
            "wechat_aes_key": pushes.AES_KEY,
            "wechat_aes_key_previous": pushes.OLD_AES_KEY,
            "wechat_api_url": api_url,
            "wechat_passive_seconds": 2,
            "link_codes_per_day": LINKS_PER_DAY,
            **more,
        }
    )


@pytest.fixture
def settings(tmp_path: Path, fake: FakeWeChat) -> Settings:
    """In place of the hotline's own."""
    return wechat_settings(tmp_path, fake.url)


@pytest.fixture
def wechat(settings: Settings, parts: Parts) -> Iterator[WeChat]:
    """The door."""
    door = WeChat(settings, parts.database, parts.clock)
    yield door
    door.close()


@pytest.fixture
def open_parts(parts: Parts, wechat: WeChat) -> Parts:
    """The parts of a service with the door open."""
    return replace(parts, wechat=wechat)


@pytest.fixture
def app(settings: Settings, open_parts: Parts) -> FastAPI:
    """The application with the door open."""
    return create_app(settings, open_parts)


@pytest.fixture
def carrier(open_parts: Parts, wechat: WeChat, clock: FixedClock) -> Callable[[], None]:
    """The worker's rounds: deliver whatever is due within the next seconds."""
    worker = Carrier(open_parts.database, clock, {"wechat": wechat})

    def rounds(seconds: int = 3) -> None:
        for _ in range(seconds):
            clock.advance(timedelta(seconds=1))
            worker.deliver()

    return rounds


@dataclass
class Citizen:
    """Somebody in WeChat."""

    client: TestClient
    clock: FixedClock
    openid: str
    number: int = 1000

    def push(self, fields: Mapping[str, str | int], *, safe: bool = False) -> Response:
        """One delivery of a push."""
        now = self.clock.now()
        made = pushes.sealed(fields, now) if safe else pushes.plain(pushes.xml(fields), now)
        return self.client.post("/wechat", params=made.query, content=made.body)

    def says(self, text: str, **more: str | int) -> str:
        """A message; what WeChat shows in reply, or ``success``."""
        self.number += 1
        fields = pushes.text_fields(self.openid, text, self.number, self.clock.now())
        return shown(self.push({**fields, **more}))

    def does(self, event: str, **more: str | int) -> str:
        """An event; what WeChat shows in reply, or ``success``."""
        return shown(self.push(pushes.event_fields(self.openid, event, self.clock.now(), **more)))


def shown(answer: Response) -> str:
    """The text of a passive reply, or the bare word."""
    assert answer.status_code == 200, answer.text
    if answer.text == "success":
        return "success"
    return pushes.unsealed(answer.content)["Content"]


@pytest.fixture
def citizen(client: TestClient, clock: FixedClock) -> Citizen:
    """Somebody who never wrote before."""
    return Citizen(client, clock, "oia2TjjewbmiOUlr6X-1crbLOvLw")


@pytest.fixture
def keeper(
    settings: Settings, parts: Parts, clock: FixedClock, wechat: WeChat
) -> Callable[..., int]:
    """A round of the worker's fetching."""

    def keep(transcriber: Transcriber | None = None) -> int:
        clients = {"wechat": wechat.client}
        worker = MediaKeeper(settings, parts.database, clock, parts.dialogue, clients, transcriber)
        return worker.keep()

    return keep


def media(parts: Parts) -> WeChatMedia:
    """What the one citizen sent besides text."""
    with parts.database.read() as session:
        return session.scalars(select(WeChatMedia)).one()
