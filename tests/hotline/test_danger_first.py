"""Danger is met at the door, whatever the dialogue takes the words for, and whoever serves."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from hotline.bot_client import BotUnavailable
from hotline.channel import service
from hotline.consultation import phrases
from hotline.consultation.models import Consultation
from hotline.consultation.schemas import Reply
from hotline.consultation.triage import Risk
from hotline.dependencies import Parts
from kit.clock import FixedClock
from tests.hotline.builders import FakeBot
from tests.hotline.test_messages import send

DESPAIR = "我不想活了"
SAFETY = phrases.SAFETY[Risk.SELF_HARM]


def given_to_a_lawyer(parts: Parts) -> None:
    with parts.database.write() as session:
        session.scalars(select(Consultation)).one().serving_staff_id = 1


def test_danger_that_sounds_like_a_cancellation_is_met_before_the_bots_words(
    client: TestClient, bot: FakeBot
) -> None:
    bot.replies = [Reply(text="现在没有正在办理的登记，不用取消。")]
    safety, said = send(client, DESPAIR)["messages"]
    assert safety["from"] == "system"
    assert safety["text"] == f"{SAFETY}\n\n{phrases.URGENT_OFFER}"
    assert [choice["payload"] for choice in safety["choices"]] == [phrases.ASK_PERSON]
    assert said["text"] == "现在没有正在办理的登记，不用取消。"


def test_the_safety_text_is_not_said_twice(client: TestClient, bot: FakeBot) -> None:
    bot.replies = [Reply(text=f"{SAFETY}\n\n{phrases.HANDOVER}")]
    assert len(send(client, DESPAIR)["messages"]) == 1
    bot.down = True
    told = send(client, DESPAIR, message_id="m2")["messages"]
    assert "".join(item["text"] for item in told).count(SAFETY) == 1


def test_danger_is_met_while_a_lawyer_serves(
    client: TestClient, parts: Parts, bot: FakeBot
) -> None:
    token = client.post("/api/sessions").json()["session"]
    given_to_a_lawyer(parts)
    safety, said = send(client, DESPAIR, session=token)["messages"]
    # A person is there already: none is offered.
    assert (safety["text"], safety["choices"]) == (SAFETY, [])
    assert said["text"] == phrases.WITH_LAWYER
    assert bot.heard == []


def test_danger_is_met_when_a_lawyer_takes_over_while_the_bot_is_thinking(
    client: TestClient, parts: Parts, bot: FakeBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = client.post("/api/sessions").json()["session"]

    def slow_send(consultation_id: str, text: str) -> list[Reply]:
        given_to_a_lawyer(parts)
        return [Reply(text=SAFETY)]

    monkeypatch.setattr(bot, "send", slow_send)
    said = send(client, DESPAIR, session=token)["messages"]
    assert [item["text"] for item in said] == [SAFETY, phrases.WITH_LAWYER]


def test_what_is_no_danger_gets_the_bots_words_alone(client: TestClient) -> None:
    assert [item["text"] for item in send(client, "借钱不还怎么办")["messages"]] == ["您好"]


def test_a_turn_that_dies_before_its_reply_leaves_the_lawyer_in_place(
    client: TestClient, parts: Parts, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post("/api/sessions")
    given_to_a_lawyer(parts)
    with parts.database.write() as session:
        row = session.scalars(select(Consultation)).one()
        service.receive(session, row, phrases.BACK_TO_BOT, "m", clock.now())

    def die(*_: object, **__: object) -> None:
        raise BotUnavailable("the process died")

    with monkeypatch.context() as patched:
        patched.setattr("hotline.channel.dialogue.service.say", die)
        with pytest.raises(BotUnavailable):
            parts.dialogue.drain(row.id)
    with parts.database.read() as session:
        assert session.scalars(select(Consultation)).one().serving_staff_id == 1
    clock.advance(timedelta(seconds=31))
    assert parts.dialogue.drain(row.id)
    with parts.database.read() as session:
        assert session.scalars(select(Consultation)).one().serving_staff_id is None
