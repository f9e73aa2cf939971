"""The board counts what is there, and says so when nothing is."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from hotline.consultation.models import Turn
from hotline.dashboard import queries
from hotline.dependencies import Parts
from hotline.work_order.lifecycle import State
from hotline.work_order.models import WorkOrder
from kit.clock import FixedClock
from kit.outbox import OutboxRow
from knowledge.decision import Kind
from tests.hotline.builders import FakeBot, register_order
from tests.hotline.conftest import NOON, Seat


def add_turn(parts: Parts, decision: Kind, helped: bool | None, at: datetime) -> None:
    """A question that was decided so, and rated so."""
    with parts.database.write() as session:
        order = session.scalars(select(WorkOrder)).first()
        assert order is not None
        session.add(
            Turn(
                consultation_id=order.consultation_id,
                question="问",
                decision=decision,
                confidence=0.5,
                reasons=[],
                risk="none",
                urgency="normal",
                helped=helped,
                created_at=at,
            )
        )


def test_an_empty_service_has_a_board(seat: Callable[[str], Seat]) -> None:
    page = seat("ban").get("/board").text
    for words in ("未办结工单", "满意度", "近 30 天没有工单", "尚未开始", "对话助手"):
        assert words in page


def test_orders_are_counted_by_state_urgency_and_lateness(
    parts: Parts, clock: FixedClock, seat: Callable[[str], Seat]
) -> None:
    codes = [register_order(parts) for _ in range(3)]
    with parts.database.write() as session:
        order = session.scalars(select(WorkOrder).where(WorkOrder.code == codes[0])).one()
        order.urgency = "urgent"
    seat("zhang").post(f"/desk/orders/{codes[1]}/claim")
    clock.advance(timedelta(days=3))
    with parts.database.read() as session:
        found = queries.orders(session, clock.now())
        assert queries.load_by_lawyer(session) == [("li同志", 0), ("zhang同志", 1)]
        assert queries.categories(session, NOON) == [("债权债务", 3)]
    assert found.by_state[State.PENDING] == 2
    assert found.by_state[State.IN_PROGRESS] == 1
    assert (found.open, found.urgent_open) == (3, 1)
    assert (found.first_contact_overdue, found.answer_overdue) == (2, 0)
    assert (found.registered_today, found.closed_today) == (0, 0)
    clock.advance(timedelta(days=7))
    with parts.database.read() as session:
        assert queries.orders(session, clock.now()).answer_overdue == 3


def test_today_begins_at_midnight_in_beijing(parts: Parts) -> None:
    register_order(parts)
    midnight = queries.midnight(NOON)
    assert midnight.isoformat() == "2026-11-21T00:00:00+08:00"
    add_turn(parts, Kind.ANSWER, True, midnight)
    add_turn(parts, Kind.ANSWER, False, midnight + timedelta(hours=1))
    add_turn(parts, Kind.HANDOVER, None, midnight + timedelta(hours=2))
    add_turn(parts, Kind.ANSWER, True, midnight - timedelta(seconds=1))
    with parts.database.read() as session:
        today = queries.turns(session, midnight)
        month = queries.turns(session, NOON - queries.WINDOW)
    assert today.by_decision == {
        Kind.ANSWER: 2,
        Kind.CHOICES: 0,
        Kind.ASK_BACK: 0,
        Kind.HANDOVER: 1,
    }
    assert today.answered_share == 2 / 3
    assert today.satisfied_share == 0.5
    assert (month.total, month.helped) == (4, 2)


def test_shares_of_nothing_are_not_zero(parts: Parts) -> None:
    with parts.database.read() as session:
        nothing = queries.turns(session, NOON)
    assert nothing.answered_share is None
    assert nothing.satisfied_share is None


def test_the_progress_of_the_article_vectors_is_shown(
    parts: Parts, seat: Callable[[str], Seat]
) -> None:
    told = {"done": 1200, "total": 4800, "state": "building", "digest": "d"}
    path = parts.settings.index_dir / "articles.progress.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    assert "进行中：1200 / 4800（25%）" in seat("ban").get("/board").text


def test_a_silent_bot_and_a_stuck_outbox_are_named(
    parts: Parts, bot: FakeBot, seat: Callable[[str], Seat]
) -> None:
    bot.down = True
    with parts.database.write() as session:
        session.add(
            OutboxRow(
                topic="index.entries",
                payload={},
                created_at=NOON,
                available_at=NOON,
                attempts=9,
                last_error="boom",
            )
        )
    page = seat("guan").get("/board").text
    assert "没有响应" in page
    assert "其中 1 件反复失败" in page


def test_the_bars_say_in_numbers_what_they_draw(parts: Parts, seat: Callable[[str], Seat]) -> None:
    register_order(parts)
    page = seat("ban").get("/board/live").text
    assert '<th scope="row">债权债务</th><td class="num">1</td>' in page
    assert 'class="fill" width="100.0"' in page
    assert "<html" not in page
