"""The access token: one refresher for all processes, few fetches, no loop, no secret in a log."""

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from hotline.channel.wechat.client import WeChatClient
from hotline.channel.wechat.errors import ApiRefused, ApiUnavailable
from hotline.dependencies import Parts
from kit.clock import FixedClock
from kit.db import Base, Database
from tests.hotline.wechat.fake_wechat import FakeWeChat
from tests.hotline.wechat.pushes import APP_ID, SECRET
from tests.processes.product import free_port


@pytest.fixture
def clients(parts: Parts, fake: FakeWeChat, clock: FixedClock) -> Iterator[list[WeChatClient]]:
    """Two processes' clients over one database."""
    made = [
        WeChatClient(fake.url, APP_ID, SECRET, database=parts.database, clock=clock)
        for _ in range(2)
    ]
    yield made
    for client in made:
        client.close()


def refresh_together(clients: list[WeChatClient], each: int) -> set[str]:
    tokens: set[str] = set()
    threads = [
        threading.Thread(target=lambda one=one: tokens.add(one.tokens.get()))
        for one in clients
        for _ in range(each)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tokens


def test_twenty_at_once_fetch_one_token(clients: list[WeChatClient], fake: FakeWeChat) -> None:
    fake.slow_seconds = 0.2
    assert refresh_together(clients, 10) == {"token-0"}
    assert len(fake.fetches) == 1


@pytest.mark.postgres
def test_twenty_at_once_fetch_one_token_on_postgresql(
    postgres_url: str, fake: FakeWeChat, clock: FixedClock
) -> None:
    database = Database(postgres_url)
    Base.metadata.create_all(database.engine)
    fake.slow_seconds = 0.2
    made = [
        WeChatClient(fake.url, APP_ID, SECRET, database=database, clock=clock) for _ in range(2)
    ]
    assert refresh_together(made, 10) == {"token-0"}
    assert len(fake.fetches) == 1
    for client in made:
        client.close()
    database.dispose()


def test_the_token_is_shared_and_kept_until_five_minutes_before_its_end(
    clients: list[WeChatClient], fake: FakeWeChat, clock: FixedClock
) -> None:
    one, two = clients
    assert one.tokens.get() == two.tokens.get() == "token-0"
    clock.advance(timedelta(seconds=7200 - 301))
    one.tokens.get()
    assert len(fake.fetches) == 1
    clock.advance(timedelta(seconds=2))
    two.tokens.get()
    assert len(fake.fetches) == 2


def test_a_refresher_that_died_is_replaced(
    clients: list[WeChatClient], parts: Parts, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = clients

    def die(**_: bool) -> None:
        raise SystemExit

    monkeypatch.setattr(one.tokens, "_fetch", die)
    with pytest.raises(SystemExit):
        one.tokens.get()
    clock.advance(timedelta(seconds=21))
    assert two.tokens.get() == "token-0"


def test_no_more_than_three_fetches_a_minute_even_across_processes(
    clients: list[WeChatClient], fake: FakeWeChat
) -> None:
    fake.always_bad = True
    for _ in range(10):
        for client in clients:
            with pytest.raises(ApiUnavailable):
                client.send_text("o", "在吗")
    assert len(fake.fetches) == 3
    assert fake.forced == 1


def test_a_wrong_secret_is_told_with_its_number_and_without_the_secret(
    clients: list[WeChatClient], fake: FakeWeChat, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    fake.secret_wrong = True
    with pytest.raises(ApiRefused) as refused:
        clients[0].send_text("o", "在吗")
    assert refused.value.errcode == 40125
    assert SECRET not in str(refused.value) + caplog.text


def test_an_api_that_fails_is_unavailable_and_the_token_is_not_told(
    clients: list[WeChatClient], fake: FakeWeChat
) -> None:
    clients[0].tokens.get()
    fake.down = True
    with pytest.raises(ApiUnavailable) as refused:
        clients[0].send_text("o", "在吗")
    assert "token-0" not in str(refused.value)


def test_an_api_that_is_not_there_is_unavailable(parts: Parts, clock: FixedClock) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    client = WeChatClient(nobody, APP_ID, SECRET, database=parts.database, clock=clock)
    with pytest.raises(ApiUnavailable):
        client.send_text("o", "在吗")
    client.close()
