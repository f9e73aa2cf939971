"""Near questions 相近的问题: beside an answer that may not be the one that was meant."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from hotline.channel.wechat import text as wechat_text
from hotline.consultation import phrases, repository, service
from hotline.consultation.models import Message, Sender
from hotline.consultation.schemas import Choice, Reply
from hotline.consultation.triage import Risk, triage
from hotline.dependencies import Parts
from knowledge.decision import Decision, Kind, Offered
from knowledge.retrieval import Consulted
from knowledge.standard_qa.facts import RequiredFact
from knowledge.standard_qa.models import EntryVersion
from tests.hotline.builders import ANSWER, SERVICE
from tests.hotline.conftest import NOON, Asking

QUESTION = "借钱给别人没有写借条，还能要回来吗？"
NO_RISK = triage(QUESTION)
NEAR = ("借条丢了怎么办？", "借款利息最高多少？")


def consulted(kind: Kind = Kind.ANSWER, asks: RequiredFact | None = None) -> Consulted:
    """A decision for the first of three entries that are alike."""
    versions = {
        f"entry-{n}": EntryVersion(
            entry_id=f"entry-{n}", question=text, answer=ANSWER, citations=[], attachments=[]
        )
        for n, text in enumerate((QUESTION, *NEAR))
    }
    offered = tuple(Offered(name, 0.9 / (place + 1)) for place, name in enumerate(versions))
    return Consulted(Decision(kind, 0.9, offered, ()), (), versions, asks=asks)


def near_of(reply: Reply) -> list[str]:
    return [choice.payload for choice in reply.choices if choice.near]


def test_an_answer_shows_the_questions_that_came_next() -> None:
    reply = service.compose(consulted(), NO_RISK, [])
    assert near_of(reply) == list(NEAR)
    assert [choice.payload for choice in reply.choices[:2]] == [phrases.HELPED, phrases.NOT_HELPED]


def test_choices_are_questions_of_their_own_and_not_near_ones() -> None:
    reply = service.compose(consulted(Kind.CHOICES), NO_RISK, [])
    assert near_of(reply) == []
    assert [choice.payload for choice in reply.choices[:3]] == [QUESTION, *NEAR]


def test_nothing_leads_on_from_a_danger_or_from_a_question_back() -> None:
    danger = triage("他又打我了，现在还拿着刀")
    assert danger.risk is not Risk.NONE
    assert near_of(service.compose(consulted(), danger, [])) == []
    asked = RequiredFact(name="时间", question="什么时候借的？", cues=["#年"])
    assert near_of(service.compose(consulted(asks=asked), NO_RISK, [])) == []


def test_a_question_that_was_tapped_has_no_near_ones(ask: Asking) -> None:
    reply = Reply.model_validate(ask(QUESTION)["reply"])
    assert reply.decision is Kind.ANSWER and near_of(reply) == []


def said(text: str) -> Message:
    """An answer in WeChat with its rating and its near questions."""
    choices = service.compose(consulted(), NO_RISK, []).choices
    payload = {"choices": [choice.model_dump() for choice in choices]}
    return Message(sender=Sender.BOT, text=text, payload=payload)


def test_wechat_numbers_near_questions_where_there_is_room() -> None:
    short = said("可以要回来。")
    told = wechat_text.render([short], "https://hotline.test/m/1")
    assert f"2. {phrases.NOT_HELPED}\n{phrases.NEAR}：\n3. {NEAR[0]}\n4. {NEAR[1]}" in told
    assert wechat_text.chosen("4", wechat_text.choices_of([short])) == NEAR[1]


@pytest.mark.parametrize(
    ("typed", "number"), [("3", 3), ("第三个", 3), ("十", 10), ("十二", 12), ("⑪", 11), ("13", 13)]
)
def test_a_number_is_understood_in_figures_and_in_words(typed: str, number: int) -> None:
    choices = [Choice(title=f"第{n}类事", payload=f"payload-{n}") for n in range(1, 14)]
    assert wechat_text.chosen(typed, choices) == f"payload-{number}"


@pytest.mark.parametrize("length", [640, 5000])
def test_wechat_does_not_cut_an_answer_for_near_questions(length: int) -> None:
    long = said("可" * length)
    told = wechat_text.render([long], "https://hotline.test/m/1")
    assert NEAR[0] not in told and phrases.NOT_HELPED in told
    assert wechat_text.chosen("3", wechat_text.choices_of([long])) == "3"
    assert ("看全文" in told) == (length == 5000)


def test_who_was_not_helped_is_offered_them(ask: Asking, client: TestClient, parts: Parts) -> None:
    turn_id = ask(QUESTION)["turn_id"]
    path = f"/v1/consultations/{ask.id}/satisfaction"
    with parts.database.write() as session:
        consultation = repository.get(session, ask.id, lock=True)
        reply = service.compose(consulted(), NO_RISK, [])
        reply.turn_id = turn_id
        service.say(session, consultation, Sender.BOT, reply, now=NOON + timedelta(seconds=1))
    sorry = client.post(path, json={"helped": False}, headers=SERVICE).json()["reply"]
    assert sorry["text"] == phrases.SORRY_WITH_NEAR
    offered = [Choice.model_validate(choice) for choice in sorry["choices"]]
    assert [choice.payload for choice in offered] == [phrases.ASK_PERSON, *NEAR]
    assert not any(choice.near for choice in offered)
    thanks = client.post(path, json={"helped": True}, headers=SERVICE).json()["reply"]
    assert thanks["choices"] == []
