"""微信客服: a callback, then what was written by cursor; each message answered once, in order."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from hotline.app import create_app
from hotline.channel.wechat import phrases
from hotline.channel.wechat.crypto import Key, decode_key
from hotline.channel.wechat.delivery import Carrier
from hotline.channel.wechat.media_keeper import MediaKeeper
from hotline.channel.wechat.models import DeliveryState, MediaState, WeChatDelivery, WeChatMedia
from hotline.channel.wechat.service import House
from hotline.channel.wechat.signature import sign
from hotline.channel.wecom.door import CHANNEL, WeCom
from hotline.channel.wecom.puller import Puller
from hotline.consultation import phrases as said_by_us
from hotline.consultation import repository
from hotline.consultation import service as consultations
from hotline.consultation.models import Consultation, Message, Sender
from hotline.consultation.schemas import Choice, Reply
from hotline.dependencies import Parts
from kit import outbox
from kit.clock import FixedClock
from kit.settings import Settings
from tests.hotline.builders import FakeBot
from tests.hotline.wechat import pushes
from tests.hotline.wechat.fake_wecom import KF_ID, FakeWeCom
from tests.hotline.wechat.wecom_site import CORP, wecom_settings

USER = "wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw"


@pytest.fixture
def fake() -> Iterator[FakeWeCom]:
    with FakeWeCom() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, fake: FakeWeCom) -> Settings:
    return wecom_settings(tmp_path, fake.url)


@pytest.fixture
def wecom(settings: Settings, parts: Parts) -> Iterator[WeCom]:
    door = WeCom(settings, parts.database, parts.clock)
    yield door
    door.close()


@pytest.fixture
def client(settings: Settings, parts: Parts, wecom: WeCom) -> TestClient:
    return TestClient(create_app(settings, replace(parts, wecom=wecom)))


def sealed(text: bytes, clock: FixedClock, app_id: str = CORP) -> tuple[dict[str, str], str]:
    """The query of a callback, and its ciphertext."""
    encrypted = Key(decode_key(pushes.AES_KEY)).encrypt(text, app_id)
    timestamp = str(int(clock.now().timestamp()))
    signature = sign(pushes.TOKEN, timestamp, "n", encrypted)
    return {"msg_signature": signature, "timestamp": timestamp, "nonce": "n"}, encrypted


def call_back(client: TestClient, clock: FixedClock, kf_id: str = KF_ID) -> None:
    inner = pushes.xml({"Event": "kf_msg_or_event", "Token": "ENC1", "OpenKfId": kf_id})
    query, encrypted = sealed(inner, clock)
    body = pushes.xml({"ToUserName": CORP, "Encrypt": encrypted})
    answer = client.post("/wecom", params=query, content=body)
    assert (answer.status_code, answer.text) == (200, "success")


@pytest.fixture
def rounds(parts: Parts, clock: FixedClock, wecom: WeCom) -> Callable[..., None]:
    """The worker's rounds: read, run turns, deliver."""
    house = House(parts.messages, link_tries=10, channel=CHANNEL)
    puller = Puller(parts.database, clock, wecom, parts.dialogue, house, lambda turn: turn())
    carrier = Carrier(parts.database, clock, {CHANNEL: wecom})

    def go(seconds: int = 3) -> None:
        for _ in range(seconds):
            clock.advance(timedelta(seconds=1))
            puller.pull()
            carrier.deliver()

    return go


def lawyer_says(parts: Parts, text: str) -> None:
    with parts.database.write() as session:
        row = session.scalars(select(Consultation)).one()
        row = repository.get(session, row.id, lock=True)
        consultations.say(session, row, Sender.LAWYER, Reply(text=text), now=parts.clock.now())


def test_the_address_is_verified_by_its_decrypted_echo(
    client: TestClient, clock: FixedClock
) -> None:
    query, echo = sealed(b"1616140317555161061", clock)
    answer = client.get("/wecom", params={**query, "echostr": echo})
    assert (answer.status_code, answer.text) == (200, "1616140317555161061")
    other, foreign = sealed(b"1", clock, "ww9999999999999999")
    assert client.get("/wecom", params={**other, "echostr": foreign}).status_code == 403
    assert client.get("/wecom", params={**query, "echostr": echo[:-4]}).status_code == 403


@pytest.mark.parametrize(
    "change", [{"msg_signature": "0" * 40}, {"timestamp": "1"}, {"nonce": "x"}]
)
def test_a_forged_callback_is_refused_and_leaves_nothing(
    client: TestClient, clock: FixedClock, parts: Parts, change: dict[str, str]
) -> None:
    query, encrypted = sealed(b"<xml/>", clock)
    body = pushes.xml({"Encrypt": encrypted})
    assert client.post("/wecom", params={**query, **change}, content=body).status_code == 403
    with parts.database.read() as session:
        assert outbox.waiting(session) == 0


def test_with_the_door_closed_nothing_comes_in(parts: Parts, clock: FixedClock) -> None:
    client = TestClient(create_app(parts.settings, parts))
    query, echo = sealed(b"1", clock)
    assert client.get("/wecom", params={**query, "echostr": echo}).status_code == 403


def test_what_was_written_is_read_by_cursor_and_answered_once(
    client: TestClient,
    clock: FixedClock,
    fake: FakeWeCom,
    bot: FakeBot,
    rounds: Callable[..., None],
) -> None:
    for n in range(5):
        fake.writes(USER, f"m{n}", text={"content": f"第{n}句"})
    call_back(client, clock)
    call_back(client, clock)
    rounds(8)
    assert bot.heard == [f"第{n}句" for n in range(5)]
    assert [to for to, _ in fake.sent] == [USER] * 5
    fake.writes(USER, "m5", text={"content": "第5句"})
    call_back(client, clock)
    rounds(4)
    assert bot.heard[-1] == "第5句"
    assert len(bot.heard) == len(fake.sent) == 6
    assert len(set(fake.ids)) == 6


def test_a_page_that_is_read_twice_is_answered_once(
    client: TestClient,
    clock: FixedClock,
    fake: FakeWeCom,
    bot: FakeBot,
    rounds: Callable[..., None],
    wecom: WeCom,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake.writes(USER, "m1", text={"content": "在吗"})
    call_back(client, clock)
    rounds()
    # The worker died before it moved the cursor: the platform tells the same again.
    fake.log.append(fake.log[0])
    call_back(client, clock)
    rounds()
    assert bot.heard == ["在吗"]
    assert len(fake.sent) == 1


def test_a_failing_api_is_asked_again_later(
    client: TestClient,
    clock: FixedClock,
    fake: FakeWeCom,
    bot: FakeBot,
    rounds: Callable[..., None],
) -> None:
    fake.writes(USER, "m1", text={"content": "在吗"})
    fake.down = True
    call_back(client, clock)
    rounds()
    fake.down = False
    rounds(8)
    assert bot.heard == ["在吗"]


def test_only_a_citizens_words_of_our_account_are_heard(
    client: TestClient,
    clock: FixedClock,
    fake: FakeWeCom,
    bot: FakeBot,
    rounds: Callable[..., None],
) -> None:
    fake.writes(USER, "m1", text={"content": "是员工说的"})
    fake.log[0]["origin"] = 5
    fake.writes("带空格 的", "m2", text={"content": "不是人"})
    fake.log.append({"origin": 3})
    call_back(client, clock, kf_id="wkOther")
    rounds()
    assert fake.calls["/cgi-bin/kf/sync_msg"] == 0
    call_back(client, clock)
    rounds()
    assert bot.heard == []


def test_choices_are_taken_by_number(
    client: TestClient,
    clock: FixedClock,
    fake: FakeWeCom,
    bot: FakeBot,
    rounds: Callable[..., None],
) -> None:
    bot.replies = [Reply(text="选一个", choices=[Choice(title="转人工", payload="找律师")])]
    for n, text in enumerate(("借钱", "1")):
        fake.writes(USER, f"m{n}", text={"content": text})
        call_back(client, clock)
        rounds()
    assert bot.heard == ["借钱", "找律师"]
    assert "1. 转人工" in fake.sent[0][1]


def test_a_lawyers_answer_comes_once_and_waits_when_the_session_is_over(
    client: TestClient,
    clock: FixedClock,
    fake: FakeWeCom,
    parts: Parts,
    rounds: Callable[..., None],
) -> None:
    fake.writes(USER, "m1", text={"content": "在吗"})
    call_back(client, clock)
    rounds()
    lawyer_says(parts, "请先催要。")
    rounds()
    assert fake.texts(USER)[-1] == "【律师答复】\n请先催要。"
    fake.session_over = True
    lawyer_says(parts, "再去起诉。")
    rounds()
    with parts.database.read() as session:
        last = session.scalars(
            select(WeChatDelivery).order_by(WeChatDelivery.message_id.desc()).limit(1)
        ).one()
    assert (last.state, last.reason) == (DeliveryState.WAITING, phrases.WINDOW_CLOSED)
    fake.session_over = False
    fake.writes(USER, "m2", text={"content": "还在"})
    call_back(client, clock)
    rounds(5)
    assert any("再去起诉" in text for text in fake.texts(USER))


def test_a_message_that_did_not_arrive_waits_for_the_next_word(
    client: TestClient,
    clock: FixedClock,
    fake: FakeWeCom,
    parts: Parts,
    rounds: Callable[..., None],
) -> None:
    fake.writes(USER, "m1", text={"content": "在吗"})
    call_back(client, clock)
    rounds()
    assert fake.texts(USER) == ["您好"]
    fake.happens(event_type="msg_send_fail", fail_msgid=fake.ids[-1], fail_type=4)
    fake.happens(event_type="msg_send_fail", fail_msgid="hotline-x-1", fail_type=4)
    call_back(client, clock)
    rounds()
    with parts.database.read() as session:
        (row,) = session.scalars(select(WeChatDelivery))
    assert row.state == DeliveryState.WAITING and "类型 4" in row.reason
    fake.writes(USER, "m2", text={"content": "喂"})
    call_back(client, clock)
    rounds(5)
    assert len(fake.texts(USER)) == 3


def test_who_comes_in_is_greeted(
    client: TestClient, clock: FixedClock, fake: FakeWeCom, rounds: Callable[..., None]
) -> None:
    fake.happens(event_type="enter_session", welcome_code="w-1", external_userid=USER)
    fake.happens(event_type="enter_session", external_userid=USER)
    call_back(client, clock)
    rounds()
    assert fake.welcomed == [said_by_us.GREETING]


def test_a_file_is_fetched_and_kept(
    client: TestClient,
    clock: FixedClock,
    fake: FakeWeCom,
    parts: Parts,
    settings: Settings,
    wecom: WeCom,
    rounds: Callable[..., None],
) -> None:
    fake.media["f-1"] = b"%PDF-1.7 ..."
    fake.writes(USER, "m1", file={"media_id": "f-1"})
    fake.writes(USER, "m2", location={"latitude": 2, "longitude": 1, "address": "东"})
    call_back(client, clock)
    rounds(5)
    keeper = MediaKeeper(
        settings, parts.database, clock, parts.dialogue, {CHANNEL: wecom.client}, None
    )
    keeper.keep()
    with parts.database.read() as session:
        states = session.scalars(select(WeChatMedia.state).order_by(WeChatMedia.message_id)).all()
        texts = session.scalars(select(Message.text).where(Message.sender == "citizen")).all()
    assert states == [MediaState.KEPT, MediaState.NONE]
    assert texts == ["[文件]", "[位置] 东（2,1）"]


def test_a_long_answer_is_cut_and_linked(
    client: TestClient,
    clock: FixedClock,
    fake: FakeWeCom,
    bot: FakeBot,
    rounds: Callable[..., None],
) -> None:
    whole = "这一句话说的是一件不短的事情。" * 100
    bot.replies = [Reply(text=whole)]
    fake.writes(USER, "m1", text={"content": "在吗"})
    call_back(client, clock)
    rounds()
    (text,) = fake.texts(USER)
    link = text.split("看全文：https://12348.example")[1].split("）")[0]
    assert whole in client.get(link).text
    assert client.get(link[:-1]).status_code == 403
