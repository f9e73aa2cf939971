"""The citizens' door: every message is answered once, in order, truthfully; bad input is told."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, func, select

from hotline.channel import service
from hotline.channel.models import InboxItem
from hotline.channel.text import TEXT_LIMIT
from hotline.consultation import phrases
from hotline.consultation.models import Consultation, Message, Turn
from hotline.consultation.schemas import Reply
from hotline.dependencies import Parts
from kit.throttle import Throttle
from tests.hotline.builders import FakeBot


def send(
    client: TestClient, text: str, *, session: str | None = None, message_id: str = "m1"
) -> dict[str, Any]:
    body = {"text": text, "client_message_id": message_id, "session": session}
    answer = client.post("/api/messages", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_message_without_a_session_begins_one_and_is_answered(client: TestClient) -> None:
    answer = send(client, "你好")
    assert len(answer["session"]) >= 43
    assert [(item["from"], item["text"]) for item in answer["messages"]] == [("bot", "您好")]
    assert answer["pending"] is False


def test_the_session_token_is_not_in_the_database(client: TestClient, parts: Parts) -> None:
    token = send(client, "你好")["session"]
    with parts.database.read() as session:
        assert token not in session.scalars(select(Consultation.session_hash)).all()


def test_the_same_client_message_twice_is_one_message_with_the_same_reply(
    client: TestClient, parts: Parts, bot: FakeBot
) -> None:
    first = send(client, "借钱不还")
    token = first["session"]
    second = send(client, "再问", session=token, message_id="m2")
    again = send(client, "再问", session=token, message_id="m2")
    assert again["messages"] == second["messages"]
    assert bot.heard == ["借钱不还", "再问"]


def test_all_messages_are_listed_in_order_after_a_number(client: TestClient) -> None:
    token = client.post("/api/sessions").json()["session"]
    send(client, "一", session=token, message_id="a")
    send(client, "二", session=token, message_id="b")
    listed = client.get("/api/messages", params={"session": token}).json()["messages"]
    assert [item["seq"] for item in listed] == [1, 2, 3, 4, 5]
    assert [item["from"] for item in listed] == ["bot", "citizen", "bot", "citizen", "bot"]
    rest = client.get("/api/messages", params={"session": token, "after": 3}).json()["messages"]
    assert [item["seq"] for item in rest] == [4, 5]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b\u0000\u0007"])
def test_nothing_is_told_to_be_nothing_and_not_stored(
    client: TestClient, parts: Parts, text: str
) -> None:
    answer = client.post("/api/messages", json={"text": text, "client_message_id": "m"})
    assert answer.status_code == 422
    assert answer.json() == {"error": {"code": "invalid", "message": phrases.EMPTY}}
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_ten_thousand_characters_are_refused_with_the_limit(client: TestClient) -> None:
    answer = client.post("/api/messages", json={"text": "长" * 10_000, "client_message_id": "m"})
    assert answer.status_code == 422
    assert str(TEXT_LIMIT) in answer.json()["error"]["message"]
    assert "10000" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("/restart", "restart"),
        ("  ／ask_human", "ask_human"),
        ("'; DROP TABLE message; --", "'; DROP TABLE message; --"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("１３８ 号\u0000合同", "138 号合同"),
        ("😀😀", "😀😀"),
    ],
)
def test_odd_input_reaches_the_dialogue_as_harmless_text(
    client: TestClient, bot: FakeBot, typed: str, heard: str
) -> None:
    send(client, typed)
    assert bot.heard == [heard]


def test_an_unknown_session_is_told(client: TestClient) -> None:
    for answer in (
        client.get("/api/messages", params={"session": "x" * 43}),
        client.post(
            "/api/messages",
            json={"text": "你好", "client_message_id": "m", "session": "x" * 43},
        ),
    ):
        assert answer.status_code == 404
        assert "重新开始" in answer.json()["error"]["message"]


def test_one_citizen_cannot_read_anothers_messages(client: TestClient) -> None:
    mine, other = (client.post("/api/sessions").json()["session"] for _ in range(2))
    send(client, "我的秘密", session=mine)
    listed = client.get("/api/messages", params={"session": other}).json()["messages"]
    assert all("秘密" not in item["text"] for item in listed)


def test_without_rasa_the_answer_comes_from_the_index_and_says_so(
    client: TestClient, bot: FakeBot
) -> None:
    bot.down = True
    notice, answer = send(client, "借钱给别人没有写借条，还能要回来吗？")["messages"]
    assert notice["text"] == f"{phrases.BOT_DOWN}\n{phrases.FROM_BASE}"
    assert answer["decision"] == "answer"
    assert answer["citations"] == [{"law": "民法典", "article": "第六百七十五条"}]
    assert phrases.DISCLAIMER in answer["text"]


def test_without_rasa_a_form_answer_is_kept_and_not_searched(
    client: TestClient, parts: Parts, bot: FakeBot
) -> None:
    bot.down = True
    (told,) = send(client, "13812345678")["messages"]
    assert told["text"] == phrases.BOT_DOWN
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Turn)) == 0


def test_ten_messages_at_once_are_each_answered_once_and_in_order(
    client: TestClient, parts: Parts, bot: FakeBot
) -> None:
    token = client.post("/api/sessions").json()["session"]
    answers: list[dict[str, Any]] = []
    threads = [
        threading.Thread(
            target=lambda n=n: answers.append(
                send(client, f"第{n}句", session=token, message_id=f"m{n}")
            )
        )
        for n in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listed = client.get("/api/messages", params={"session": token}).json()["messages"]
    said = [item["text"] for item in listed if item["from"] == "citizen"]
    assert bot.heard == said
    assert len(said) == 10
    assert [len(answer["messages"]) for answer in answers] == [1] * 10
    assert [item["seq"] for item in listed] == list(range(1, 22))


def test_too_many_messages_a_minute_are_told_to_wait(
    client: TestClient, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = client.post("/api/sessions").json()["session"]
    slow = Throttle(2, phrases.TOO_FAST)
    monkeypatch.setattr(parts.messages, "hit", slow.hit)
    send(client, "一", session=token, message_id="a")
    send(client, "二", session=token, message_id="b")
    answer = client.post(
        "/api/messages", json={"text": "三", "client_message_id": "c", "session": token}
    )
    assert answer.status_code == 429
    assert answer.json()["error"]["message"] == phrases.TOO_FAST


def test_asking_again_for_a_reply_does_not_count_as_a_message(
    client: TestClient, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = client.post("/api/sessions").json()["session"]
    monkeypatch.setattr(parts.messages, "hit", Throttle(1, phrases.TOO_FAST).hit)
    first = send(client, "一", session=token)
    assert send(client, "一", session=token) == first


@pytest.mark.parametrize(
    "typed", ["11010119900307123X", "110101 19900307 1234", "１１０１０１１９９００３０７１２３Ｘ"]
)
def test_an_identity_card_number_is_taken_out_before_anything_keeps_it(
    client: TestClient, parts: Parts, bot: FakeBot, typed: str
) -> None:
    send(client, f"我的身份证{typed}被人拿去贷款")
    assert bot.heard == ["我的身份证【身份证号】被人拿去贷款"]
    with parts.database.read() as session:
        kept = "".join(session.scalars(select(Message.text)))
    assert "【身份证号】" in kept
    assert "19900307" not in kept and "１９９０" not in kept


@pytest.mark.parametrize("client_id", ["", "a\u0000b", "有空 格", "x" * 65])
def test_a_wrong_message_id_is_told_in_chinese(client: TestClient, client_id: str) -> None:
    answer = client.post("/api/messages", json={"text": "你好", "client_message_id": client_id})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith("消息编号")


@pytest.mark.parametrize("after", ["-1", "9" * 30, "二"])
def test_a_wrong_number_to_list_after_is_told(client: TestClient, after: str) -> None:
    token = client.post("/api/sessions").json()["session"]
    answer = client.get("/api/messages", params={"session": token, "after": after})
    assert answer.status_code == 422


def test_a_message_whose_process_died_is_taken_up_by_another_and_answered_once(
    client: TestClient, parts: Parts, bot: FakeBot, clock: Any
) -> None:
    token = client.post("/api/sessions").json()["session"]
    # The process wrote the message, took the lease, and died.
    with parts.database.write() as session:
        row = session.scalars(select(Consultation)).one()
        message, _ = service.receive(session, row, "在吗", "m", clock.now())
        row.turn_owner, row.turn_until = "dead", clock.now() + timedelta(seconds=30)
    assert parts.dialogue.forsaken() == []
    assert not parts.dialogue.drain(row.id)
    clock.advance(timedelta(seconds=31))
    assert parts.dialogue.forsaken() == [row.id]
    assert parts.dialogue.drain(row.id)
    assert parts.dialogue.answered(message.id)
    listed = client.get("/api/messages", params={"session": token}).json()
    assert [item["text"] for item in listed["messages"][1:]] == ["在吗", "您好"]
    assert listed["pending"] is False
    assert bot.heard == ["在吗"]


def test_a_turn_that_keeps_failing_ends_with_a_true_word_and_does_not_block_the_next(
    client: TestClient, parts: Parts, bot: FakeBot
) -> None:
    token = client.post("/api/sessions").json()["session"]
    with parts.database.write() as session:
        row = session.scalars(select(Consultation)).one()
        service.receive(session, row, "毒", "m", parts.clock.now())
        item = session.scalars(select(InboxItem)).one()
        item.attempts = 3
    parts.dialogue.drain(row.id)
    listed = client.get("/api/messages", params={"session": token}).json()["messages"]
    assert listed[-1]["text"] == phrases.FAILED
    assert send(client, "下一句", session=token)["messages"][0]["text"] == "您好"


def test_a_lawyer_who_took_over_while_the_bot_was_thinking_is_not_talked_over(
    client: TestClient, parts: Parts, bot: FakeBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = client.post("/api/sessions").json()["session"]

    def slow_send(consultation_id: str, text: str) -> list[Reply]:
        with parts.database.write() as session:
            session.get_one(Consultation, consultation_id).serving_staff_id = 1
        return [Reply(text="机器人的回答")]

    monkeypatch.setattr(bot, "send", slow_send)
    answer = send(client, "你好", session=token)
    assert [item["text"] for item in answer["messages"]] == [phrases.WITH_LAWYER]
    assert answer["served_by"] == "lawyer"


def test_while_a_lawyer_serves_the_bot_is_not_asked_until_the_citizen_wants_it_back(
    client: TestClient, parts: Parts, bot: FakeBot
) -> None:
    token = client.post("/api/sessions").json()["session"]
    with parts.database.write() as session:
        session.scalars(select(Consultation)).one().serving_staff_id = 1
    assert send(client, "补充一句", session=token)["messages"][0]["text"] == phrases.WITH_LAWYER
    assert bot.heard == []
    back = send(client, "问助手", session=token, message_id="m2")
    assert back["messages"][0]["text"] == phrases.BOT_RESUMED
    assert back["served_by"] == "bot"
    send(client, "你好", session=token, message_id="m3")
    assert bot.heard == ["你好"]


def test_a_commit_that_fails_is_a_500_and_nothing_is_left(
    parts: Parts, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = TestClient(app, raise_server_exceptions=False)
    token = client.post("/api/sessions").json()["session"]

    def refuse(_connection: object) -> None:
        raise RuntimeError("disk full")

    event.listen(parts.database.engine, "commit", refuse)
    try:
        answer = client.post(
            "/api/messages", json={"text": "你好", "client_message_id": "m", "session": token}
        )
    finally:
        event.remove(parts.database.engine, "commit", refuse)
    assert answer.status_code == 500
    assert "12348" in answer.json()["error"]["message"]
    listed = client.get("/api/messages", params={"session": token}).json()["messages"]
    assert [item["from"] for item in listed] == ["bot"]
