"""The same road on PostgreSQL: messages in order, one order per form, an answer, the outbox."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from hotline.app import create_app
from hotline.bot_client import BotClient
from hotline.channel.dialogue import Dialogue
from hotline.consultation import phrases
from hotline.consultation import service as consultations
from hotline.consultation.models import Sender, Turn
from hotline.consultation.schemas import Choice, Reply
from hotline.consultation.triage import Risk, Urgency
from hotline.dependencies import Parts
from hotline.staff import service as staff
from hotline.staff.models import Role
from hotline.work_order import service as work_orders
from hotline.work_order.lifecycle import Action
from kit import outbox
from kit.db import Base, Database
from kit.outbox import OutboxRow
from knowledge.decision import Kind
from tests.hotline import builders
from tests.hotline.builders import FakeBot
from tests.hotline.conftest import RULES
from tests.hotline.test_messages import send

pytestmark = pytest.mark.postgres


@pytest.fixture
def on_postgres(parts: Parts, bot: FakeBot, postgres_url: str) -> Iterator[Parts]:
    """The same parts over a PostgreSQL database with the same people and entries."""
    database = Database(postgres_url)
    Base.metadata.create_all(database.engine)
    now = parts.clock.now()
    with database.write() as session:
        builders.add_statutes(session)
        for entry_id in builders.ENTRIES:
            builders.add_entry(session, entry_id, now)
        builders.add_staff(session, "zhang", Role.SEAT_LAWYER, now)
    dialogue = Dialogue(
        database, parts.clock, cast(BotClient, bot), parts.retriever, parts.triager, RULES
    )
    yield replace(parts, database=database, dialogue=dialogue)
    database.dispose()


def test_ten_messages_at_once_are_each_answered_once_and_in_order(
    on_postgres: Parts, bot: FakeBot
) -> None:
    client = TestClient(create_app(on_postgres.settings, on_postgres))
    token = client.post("/api/sessions").json()["session"]
    threads = [
        threading.Thread(
            target=send,
            args=(client, f"第{n}句"),
            kwargs={"session": token, "message_id": f"m{n}"},
        )
        for n in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listed = client.get("/api/messages", params={"session": token}).json()["messages"]
    assert [item["seq"] for item in listed] == list(range(1, 22))
    assert bot.heard == [item["text"] for item in listed if item["from"] == "citizen"]


def test_a_known_question_is_answered_without_rasa(on_postgres: Parts, bot: FakeBot) -> None:
    bot.down = True
    client = TestClient(create_app(on_postgres.settings, on_postgres))
    answer = send(client, "借钱给别人没有写借条，还能要回来吗？")["messages"][-1]
    assert answer["decision"] == "answer"


def test_an_order_is_claimed_and_answered_and_the_outbox_row_is_claimed_once(
    on_postgres: Parts,
) -> None:
    code = builders.register_order(on_postgres)
    database, now = on_postgres.database, on_postgres.clock.now()
    with database.write() as session:
        account = staff.by_username(session, "zhang")
        assert account is not None
        token = staff.open_session(session, account, now)
    with database.read() as session:
        subject = staff.resolve(session, token, now, timedelta(hours=1), timedelta(hours=1))
    assert subject is not None
    with database.write() as session:
        work_orders.act(session, subject, code, Action.CLAIM, now)
    for _ in range(2):
        with database.write() as session:
            work_orders.answer(session, subject, code, "请先催要。", now, request_id="once")
    with database.read() as session:
        assert len(session.scalars(select(OutboxRow)).all()) == 1
    with database.write() as first:
        assert len(outbox.claim(first, now, [work_orders.CANDIDATE_TOPIC])) == 1
        # While the first worker holds the row, a second one passes by instead of waiting.
        with database.write() as second:
            assert outbox.claim(second, now, [work_orders.CANDIDATE_TOPIC]) == []


def test_the_near_questions_of_an_answer_are_found_again_when_it_did_not_help(
    on_postgres: Parts,
) -> None:
    now = on_postgres.clock.now()
    near = Choice(title="借条丢了怎么办？", payload="借条丢了怎么办？", near=True)
    with on_postgres.database.write() as session:
        consultation = consultations.begin(session, channel="web", token="t" * 32, now=now)
        turn = Turn(
            consultation_id=consultation.id,
            question="借钱没有借条",
            decision=Kind.ANSWER,
            confidence=0.9,
            reasons=[],
            risk=Risk.NONE,
            urgency=Urgency.NORMAL,
            created_at=now,
        )
        session.add(turn)
        session.flush()
        reply = Reply(text="可以。", decision=Kind.ANSWER, turn_id=turn.id, choices=[near])
        consultations.say(session, consultation, Sender.BOT, Reply(text="您好"), now=now)
        consultations.say(session, consultation, Sender.BOT, reply, now=now)
        sorry = consultations.rate(session, consultation.id, helped=False)
    assert [choice.payload for choice in sorry.choices] == [phrases.ASK_PERSON, near.payload]
