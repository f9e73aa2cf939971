"""The WeChat door: who comes in, what is understood, what is answered at once."""

import json
import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from hotline.app import create_app
from hotline.channel.models import InboxItem
from hotline.channel.wechat import phrases
from hotline.channel.wechat.door import TURNS, WeChat
from hotline.channel.wechat.models import WeChatContact
from hotline.consultation import phrases as said_by_us
from hotline.consultation.models import Consultation, Message
from hotline.consultation.schemas import Choice, CitationOut, Reply
from hotline.dependencies import Parts
from kit.clock import FixedClock
from kit.settings import Settings
from kit.throttle import Throttle
from tests.hotline.builders import FakeBot
from tests.hotline.wechat import pushes
from tests.hotline.wechat.conftest import Citizen, shown
from tests.hotline.wechat.fake_wechat import FakeWeChat
from tests.processes.product import until


def test_the_address_is_verified_by_its_echo(client: TestClient, clock: FixedClock) -> None:
    query = pushes.plain(b"", clock.now()).query
    answer = client.get("/wechat", params={**query, "echostr": "<b>42</b>"})
    assert (answer.status_code, answer.text) == (200, "<b>42</b>")
    assert answer.headers["content-type"].startswith("text/plain")
    wrong = client.get("/wechat", params={**query, "nonce": "1", "echostr": "42"})
    assert wrong.status_code == 403
    assert "42" not in wrong.text


def test_a_text_is_answered_in_the_open_connection(citizen: Citizen, bot: FakeBot) -> None:
    assert citizen.says("朋友借钱不还") == "您好"
    assert bot.heard == ["朋友借钱不还"]


def test_the_answer_goes_to_the_one_who_asked(citizen: Citizen, clock: FixedClock) -> None:
    answer = citizen.push(pushes.text_fields(citizen.openid, "在吗", 1, clock.now()))
    fields = pushes.unsealed(answer.content)
    assert fields["ToUserName"] == citizen.openid
    assert fields["FromUserName"] == pushes.ACCOUNT
    assert fields["MsgType"] == "text"
    assert answer.headers["content-type"] == "application/xml"


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("key", [pushes.AES_KEY, pushes.OLD_AES_KEY])
def test_an_encrypted_push_is_answered_encrypted(
    client: TestClient, clock: FixedClock, bot: FakeBot, key: str, as_json: bool
) -> None:
    fields = pushes.text_fields("oSafe", "公司欠薪😀", 7, clock.now())
    push = pushes.sealed(fields, clock.now(), key=key, as_json=as_json)
    answer = client.post("/wechat", params=push.query, content=push.body)
    assert "您好" not in answer.text
    assert shown(answer) == "您好"
    assert bot.heard == ["公司欠薪😀"]


def test_in_compatible_mode_only_the_ciphertext_is_believed(
    client: TestClient, clock: FixedClock, bot: FakeBot
) -> None:
    push = pushes.sealed(
        pushes.text_fields("oBoth", "真的", 8, clock.now()), clock.now(), compatible=True
    )
    body = push.body.replace("真的".encode(), "假的".encode())
    assert shown(client.post("/wechat", params=push.query, content=body)) == "您好"
    assert bot.heard == ["真的"]


def test_in_safe_mode_nothing_plain_comes_in(
    open_parts: Parts, settings: Settings, clock: FixedClock, bot: FakeBot, wechat: WeChat
) -> None:
    wechat.settings = settings.model_copy(update={"wechat_mode": "safe"})
    fields = pushes.text_fields("oPlain", "在吗", 1, clock.now())
    wechat_query = pushes.plain(pushes.xml(fields), clock.now())
    client = TestClient(create_app(settings, open_parts))
    answer = client.post("/wechat", params=wechat_query.query, content=wechat_query.body)
    assert answer.status_code == 403
    assert bot.heard == []


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"timestamp": "1"},
        {"nonce": "other"},
        {"encrypt_type": "aes"},
        {"encrypt_type": "aes", "msg_signature": "0" * 40},
    ],
)
def test_a_forged_push_is_refused_and_leaves_nothing(
    client: TestClient, clock: FixedClock, parts: Parts, change: dict[str, str]
) -> None:
    push = pushes.plain(pushes.xml(pushes.text_fields("oX", "在吗", 1, clock.now())), clock.now())
    answer = client.post("/wechat", params={**push.query, **change}, content=push.body)
    assert answer.status_code == 403
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_push_of_another_account_is_refused(client: TestClient, clock: FixedClock) -> None:
    push = pushes.sealed(
        pushes.text_fields("oX", "在吗", 1, clock.now()), clock.now(), app_id="wx0000000000000000"
    )
    assert client.post("/wechat", params=push.query, content=push.body).status_code == 403


def test_with_the_door_closed_nothing_comes_in(parts: Parts, clock: FixedClock) -> None:
    client = TestClient(create_app(parts.settings, parts))
    push = pushes.plain(pushes.xml(pushes.text_fields("oX", "在吗", 1, clock.now())), clock.now())
    assert client.post("/wechat", params=push.query, content=push.body).status_code == 403
    assert client.get("/wechat", params=push.query).status_code == 403


def test_three_deliveries_are_one_message_with_one_answer(
    citizen: Citizen, clock: FixedClock, bot: FakeBot, parts: Parts
) -> None:
    fields = pushes.text_fields(citizen.openid, "在吗", 5, clock.now())
    assert [shown(citizen.push(fields, safe=safe)) for safe in (False, True, False)] == ["您好"] * 3
    assert bot.heard == ["在吗"]
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 2


def test_an_event_that_comes_twice_is_one(citizen: Citizen, parts: Parts) -> None:
    assert said_by_us.GREETING in citizen.does("subscribe", EventKey="")
    assert said_by_us.GREETING in citizen.does("subscribe", EventKey="")
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 2


def test_two_citizens_have_two_conversations(client: TestClient, clock: FixedClock) -> None:
    one, two = Citizen(client, clock, "oOne"), Citizen(client, clock, "oTwo")
    assert one.says("在吗") == two.says("在吗") == "您好"


def test_the_openid_does_not_open_the_conversation_on_the_page(
    citizen: Citizen, client: TestClient
) -> None:
    citizen.says("我的秘密")
    for token in (citizen.openid, f"wechat:{citizen.openid}"):
        assert client.get("/api/messages", params={"session": token}).status_code == 404


def test_citations_and_choices_stand_in_the_text(citizen: Citizen, bot: FakeBot) -> None:
    bot.replies = [
        Reply(
            text="可以要回来。",
            citations=[CitationOut(law="民法典", article="第六百七十五条")],
            choices=[
                Choice(title="有帮助", payload="有帮助"),
                Choice(title="转人工", payload="转人工"),
            ],
        )
    ]
    assert citizen.says("借钱不还") == (
        "可以要回来。\n\n法律依据：《民法典》第六百七十五条\n\n"
        "1. 有帮助\n2. 转人工\n（回复数字或文字即可）"
    )


@pytest.mark.parametrize("said", ["2", "２", "2.", "②", "第二个", "二", "转人工", "转人工 "])
def test_a_choice_is_taken_by_its_number_or_its_words(
    citizen: Citizen, bot: FakeBot, said: str
) -> None:
    bot.replies = [
        Reply(
            text="选一个",
            choices=[
                Choice(title="问题一", payload="一号"),
                Choice(title="转人工", payload="找律师"),
            ],
        )
    ]
    citizen.says("借钱")
    citizen.says(said)
    assert bot.heard == ["借钱", "找律师"]


@pytest.mark.parametrize("said", ["3", "0", "13812345678", "2024", "两年"])
def test_what_is_no_choice_is_heard_as_it_is(citizen: Citizen, bot: FakeBot, said: str) -> None:
    bot.replies = [Reply(text="选", choices=[Choice(title="一", payload="甲")])]
    citizen.says("借钱")
    citizen.says(said)
    assert bot.heard[-1] == said


def test_a_number_means_the_last_choices_only(citizen: Citizen, bot: FakeBot) -> None:
    bot.replies = [Reply(text="选", choices=[Choice(title="一", payload="甲")])]
    citizen.says("借钱")
    bot.replies = [Reply(text="您欠几个月？")]
    citizen.says("1")
    citizen.says("1")
    assert bot.heard == ["借钱", "甲", "1"]


def test_a_click_on_the_menu_says_its_key(citizen: Citizen, bot: FakeBot) -> None:
    assert citizen.does("CLICK", EventKey="转人工") == "您好"
    assert bot.heard == ["转人工"]


def test_following_again_is_greeted_again_in_the_same_conversation(
    citizen: Citizen, clock: FixedClock, parts: Parts
) -> None:
    assert citizen.does("subscribe", EventKey="qrscene_1") == said_by_us.GREETING
    assert citizen.does("unsubscribe") == "success"
    clock.advance(timedelta(days=1))
    assert citizen.does("subscribe") == phrases.GREETING_AGAIN + said_by_us.GREETING
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Consultation)) == 1


@pytest.mark.parametrize(
    "event", ["VIEW", "TEMPLATESENDJOBFINISH", "user_authorization_revoke", "", "新事件"]
)
def test_an_event_that_is_not_for_us_is_acknowledged(citizen: Citizen, event: str) -> None:
    assert citizen.does(event) == "success"


@pytest.mark.parametrize("text", ["", "  ", "\u200b"])
def test_nothing_is_told_to_be_nothing(citizen: Citizen, text: str) -> None:
    assert citizen.says(text) == said_by_us.EMPTY


def test_too_many_messages_are_told_to_wait(citizen: Citizen, parts: Parts) -> None:
    object.__setattr__(parts.messages, "hit", Throttle(1, said_by_us.TOO_FAST).hit)
    assert citizen.says("一") == "您好"
    assert citizen.says("二") == said_by_us.TOO_FAST


@pytest.mark.parametrize(
    "text", ["]]>", "a]]>b<FuncFlag>1</FuncFlag>", "😀&<>\"'", "\x00\x0b末", "]]]]>>"]
)
def test_no_character_breaks_the_envelope(citizen: Citizen, bot: FakeBot, text: str) -> None:
    bot.replies = [Reply(text=text)]
    assert citizen.says("在吗") == re.sub("[\x00\x0b]", "", text)


def test_a_long_answer_is_cut_at_a_sentence_and_linked(
    citizen: Citizen, bot: FakeBot, client: TestClient
) -> None:
    whole = "".join(f"第{n}句话说的是一件不短的事情。" for n in range(200))
    bot.replies = [Reply(text=whole, choices=[Choice(title="转人工", payload="转人工")])]
    text = citizen.says("在吗")
    assert len(text.encode()) <= 2048
    assert re.search(r"事情。……\n（内容较长，看全文：", text)
    assert text.endswith("1. 转人工\n（回复数字或文字即可）")
    link = re.search(r"https://12348\.example(/wechat/messages/\S+?)）", text)
    assert link is not None
    answer = client.get(link[1])
    assert answer.status_code == 200
    assert whole in answer.text
    other = re.sub(r"/(\d+)-", lambda found: f"/{int(found[1]) - 1}-", link[1])
    assert client.get(other).status_code == 403


def test_a_linked_message_is_closed_after_thirty_days(
    citizen: Citizen, wechat: WeChat, client: TestClient, clock: FixedClock
) -> None:
    citizen.says("在吗")
    path = wechat.link(2).removeprefix("https://12348.example")
    assert client.get(path).status_code == 200
    clock.advance(timedelta(days=31))
    assert client.get(path).status_code == 403


def test_a_reply_that_is_not_ready_in_time_is_acknowledged_and_comes_later(
    settings: Settings,
    citizen: Citizen,
    bot: FakeBot,
    fake: FakeWeChat,
    carrier: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    wechat: WeChat,
) -> None:
    thinking = threading.Event()

    def slow(consultation_id: str, text: str) -> list[Reply]:
        thinking.wait(10)
        return [Reply(text="想好了")]

    monkeypatch.setattr(bot, "send", slow)
    assert citizen.says("难题") == "success"
    thinking.set()
    wechat._turns.shutdown(wait=True)
    carrier()
    assert fake.texts(citizen.openid) == ["想好了"]
    wechat._courtesies.shutdown(wait=True)
    assert fake.typing == [citizen.openid]


def test_with_all_threads_taken_nobody_is_kept_waiting(
    citizen: Citizen, wechat: WeChat, bot: FakeBot, fake: FakeWeChat, carrier: Callable[[], None]
) -> None:
    open_up = threading.Event()
    turns = [wechat.run_turn(lambda: open_up.wait(10)) for _ in range(TURNS)]
    assert citizen.says("在吗") == "success"
    open_up.set()
    for turn in turns:
        turn.result(10)
    wechat._turns.shutdown(wait=True)
    carrier()
    assert fake.texts(citizen.openid) == ["您好"]


def test_what_a_dead_process_left_is_answered_by_a_retry_or_by_the_worker(
    citizen: Citizen,
    parts: Parts,
    bot: FakeBot,
    clock: FixedClock,
    fake: FakeWeChat,
    carrier: Callable[[], None],
    wechat: WeChat,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The process wrote the message down and died before the turn.
    monkeypatch.setattr(wechat, "run_turn", lambda drain: None)
    fields = pushes.text_fields(citizen.openid, "在吗", 5, clock.now())
    assert shown(citizen.push(fields)) == "success"
    clock.advance(timedelta(seconds=4))
    (left,) = parts.dialogue.forsaken()
    parts.dialogue.drain(left)
    assert shown(citizen.push(fields)) == "您好"
    carrier()
    assert fake.sent == []
    assert bot.heard == ["在吗"]


def test_a_json_push_in_plain_mode_is_understood(
    client: TestClient, clock: FixedClock, bot: FakeBot
) -> None:
    fields = pushes.text_fields("oJson", "公司欠薪", 9, clock.now())
    push = pushes.plain(json.dumps(fields).encode(), clock.now())
    assert shown(client.post("/wechat", params=push.query, content=push.body)) == "您好"
    assert bot.heard == ["公司欠薪"]


def test_ten_first_messages_at_once_make_one_contact(
    app: FastAPI, clock: FixedClock, parts: Parts, bot: FakeBot
) -> None:
    clients = [Citizen(TestClient(app), clock, "oMany", number=100 * n) for n in range(10)]
    threads = [
        threading.Thread(target=one.says, args=(f"第{n}句",)) for n, one in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # On a busy machine the last turns end after the citizens were told to wait.
    until(lambda: len(bot.heard) >= 10, 30, "ten turns")
    assert len(bot.heard) == 10
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(WeChatContact)) == 1
        assert session.scalar(select(func.count()).select_from(InboxItem)) == 10
