"""追问: a missing fact is asked for once, after the general answer or before it."""

from collections.abc import Callable
from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy import select

from hotline.channel.wechat import text as wechat_text
from hotline.consultation import phrases, repository
from hotline.consultation.models import Consultation, Message, Sender, Turn
from hotline.consultation.triage import Risk
from hotline.dependencies import Parts
from hotline.gaps import service as gaps
from knowledge.standard_qa import repository as standard_qa
from tests.hotline.builders import ANSWER, ENTRIES
from tests.hotline.conftest import Asking, Seat

WAGES, _, WAGES_TOO = ENTRIES["labour-wages"]
DEPOSIT = ENTRIES["property-deposit"][0]
TENURE = {
    "name": "欠了多久",
    "question": "工资拖欠了多久？",
    "cues": ["#个月", "#年"],
    "section": "deadline",
}


def require(parts: Parts, *, ask_first: bool = False) -> None:
    """The answer on wages turns on how long they have been owed."""
    with parts.database.write() as session:
        live = standard_qa.live_versions(session, ["labour-wages"])["labour-wages"]
        live.facts, live.ask_first = [TENURE], ask_first


def test_the_general_answer_ends_with_the_question_for_the_missing_fact(
    ask: Asking, parts: Parts
) -> None:
    require(parts)
    answer = ask(WAGES)
    assert answer["decision"] == "answer"
    assert ANSWER["conclusion"] in answer["reply"]["text"]
    assert answer["reply"]["text"].endswith(phrases.ASK_FACT.format(question=TENURE["question"]))
    assert answer["reply"]["ask_back"] == TENURE["question"]


def test_who_has_said_it_is_not_asked(ask: Asking, parts: Parts) -> None:
    require(parts)
    answer = ask("老板不发工资咋办，三个月了")
    assert answer["candidates"][0]["entry_id"] == "labour-wages"
    assert answer["reply"]["ask_back"] is None


def test_the_reply_is_answered_with_the_part_that_turns_on_it_and_nothing_is_asked_again(
    ask: Asking, parts: Parts
) -> None:
    require(parts)
    ask(WAGES)
    reply = ask("大概三个月")
    assert reply["decision"] == "answer"
    assert reply["candidates"][0]["entry_id"] == "labour-wages"
    assert reply["reply"]["text"].startswith(phrases.FACT_HEARD)
    assert ANSWER["deadline"] in reply["reply"]["text"]
    assert ANSWER["steps"] not in reply["reply"]["text"]
    assert reply["reply"]["ask_back"] is None


def test_who_does_not_know_is_told_the_part_and_not_asked_again(ask: Asking, parts: Parts) -> None:
    require(parts)
    ask(WAGES)
    reply = ask("不清楚")
    assert ANSWER["deadline"] in reply["reply"]["text"]
    assert reply["reply"]["ask_back"] is None


def test_an_entry_may_ask_first_and_then_answers_whole(ask: Asking, parts: Parts) -> None:
    require(parts, ask_first=True)
    asked = ask(WAGES)
    assert asked["decision"] == "ask_back"
    assert asked["answer"] is None
    assert TENURE["question"] in asked["reply"]["text"]
    assert ANSWER["conclusion"] not in asked["reply"]["text"]
    payloads = [choice["payload"] for choice in asked["reply"]["choices"]]
    assert payloads == [phrases.NOT_SURE, phrases.ASK_PERSON]
    told = ask(payloads[0])
    assert told["decision"] == "answer"
    for words in ANSWER.values():
        assert words in told["reply"]["text"]
    assert told["reply"]["ask_back"] is None


def test_the_reply_is_kept_with_the_question(ask: Asking, parts: Parts) -> None:
    require(parts, ask_first=True)
    ask(WAGES)
    ask("三个月")
    with parts.database.read() as session:
        row = session.scalars(select(Consultation)).one()
        turn = session.scalars(select(Turn).order_by(Turn.id.desc())).first()
    assert row.last_question == f"{WAGES} 三个月"
    assert turn is not None
    assert (turn.question, turn.entry_id) == ("三个月", "labour-wages")
    assert turn.reasons == ["回答了追问“欠了多久”"]


def test_another_question_instead_of_the_reply_is_answered_itself(
    ask: Asking, parts: Parts
) -> None:
    require(parts)
    ask(WAGES)
    assert ask(DEPOSIT)["candidates"][0]["entry_id"] == "property-deposit"
    after = ask("三个月")
    assert after["decision"] != "answer", "the chance to reply has passed"


def test_a_follow_up_instead_of_the_reply_gets_what_it_asks_for(ask: Asking, parts: Parts) -> None:
    require(parts)
    ask(WAGES)
    assert ANSWER["materials"] in ask("那要带什么材料呢")["reply"]["text"]


def test_whoever_is_in_danger_is_not_questioned(ask: Asking, parts: Parts) -> None:
    require(parts, ask_first=True)
    answer = ask(f"{WAGES_TOO}，他拿刀要砍我救命")
    assert answer["reply"]["text"].startswith(phrases.SAFETY[Risk.VIOLENCE])
    assert answer["reply"]["ask_back"] is None
    assert answer["decision"] != "ask_back"


def test_asking_first_is_no_gap_of_the_base(ask: Asking, parts: Parts) -> None:
    require(parts, ask_first=True)
    ask(WAGES)
    later = parts.clock.now() + timedelta(minutes=1)
    with parts.database.read() as session:
        assert gaps.collect(session, lambda _: None, later) == []


def test_wechat_keeps_the_question_when_it_cuts_the_answer(ask: Asking, parts: Parts) -> None:
    require(parts)
    reply = ask(WAGES)["reply"]
    long = f"{'字' * 2000}\n\n{reply['text']}"
    message = Message(sender=Sender.BOT, text=long, payload={"ask_back": reply["ask_back"]})
    told = wechat_text.render([message], "https://hotline.test/m/1")
    assert wechat_text.size(told) <= wechat_text.BYTE_LIMIT
    assert phrases.DISCLAIMER in told
    assert TENURE["question"] in told


def test_the_citizens_page_is_told_what_was_asked(client: TestClient, parts: Parts) -> None:
    require(parts)
    token = client.post("/api/sessions").json()["session"]
    parts.bot.down = True  # type: ignore[attr-defined]
    body = {"text": WAGES, "client_message_id": "m-1", "session": token}
    said = client.post("/api/messages", json=body).json()["messages"]
    assert said[-1]["ask_back"] == TENURE["question"]
    body |= {"text": "三个月", "client_message_id": "m-2"}
    said = client.post("/api/messages", json=body).json()["messages"]
    assert ANSWER["deadline"] in said[-1]["text"]
    with parts.database.read() as session:
        assert repository.by_session(session, token).asked_fact is None


def test_the_hit_test_says_what_would_be_asked(seat: Callable[[str], Seat], parts: Parts) -> None:
    require(parts)
    page = seat("bian").get(f"/editor/test?question={WAGES}").text
    assert f"回答之后追问：{TENURE['question']}" in page
    assert "没有说到“欠了多久”，追问一次" in page
    require(parts, ask_first=True)
    page = seat("bian").get(f"/editor/test?question={WAGES}").text
    assert "决定：请补充情况" in page and f"先问：{TENURE['question']}" in page
