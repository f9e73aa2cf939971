"""The outbox: what the world must hear, written in the transaction that makes it true.

A worker claims rows, does the work and marks them done; a row whose worker died is claimed again
after its lease; a failing one is tried again later, never forgotten (transactional outbox pattern).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Index, Select, String, Text, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from kit.db import Base, Database, UtcDateTime

LEASE = timedelta(seconds=120)
MAX_DELAY = timedelta(minutes=10)


class OutboxRow(Base):
    """One thing to do after the commit."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_open", "done_at", "available_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    available_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text)


def put(
    session: Session,
    topic: str,
    payload: dict[str, Any],
    now: datetime,
    delay: timedelta = timedelta(0),
) -> None:
    """Write a row in the caller's transaction; nobody claims it before the delay is over."""
    session.add(OutboxRow(topic=topic, payload=payload, created_at=now, available_at=now + delay))


def _due(now: datetime, topics: Sequence[str], limit: int) -> Select[OutboxRow]:
    return (
        select(OutboxRow)
        .where(
            OutboxRow.done_at.is_(None),
            OutboxRow.available_at <= now,
            OutboxRow.topic.in_(topics),
        )
        .order_by(OutboxRow.id)
        .limit(limit)
    )


def is_due(session: Session, now: datetime, topics: Sequence[str]) -> bool:
    """Whether a row waits to be claimed; idle rounds must hold up no writer."""
    return session.scalar(_due(now, topics, 1)) is not None


def claim(
    session: Session, now: datetime, topics: Sequence[str], limit: int = 20
) -> list[OutboxRow]:
    """Take due rows, oldest first, and hide them from others for one lease."""
    rows = session.scalars(_due(now, topics, limit).with_for_update(skip_locked=True)).all()
    for row in rows:
        row.available_at = now + LEASE
        row.attempts += 1
    session.flush()
    return list(rows)


def take(
    database: Database, now: datetime, topics: Sequence[str], limit: int = 20
) -> list[OutboxRow]:
    """Claim in a transaction of its own, which is a writing one only if something is due."""
    with database.read() as session:
        if not is_due(session, now, topics):
            return []
    with database.write() as session:
        return claim(session, now, topics, limit)


def done(session: Session, row_id: int, now: datetime) -> None:
    """The row's work is finished."""
    session.execute(
        update(OutboxRow).where(OutboxRow.id == row_id).values(done_at=now, last_error=None)
    )


def failed(session: Session, row: OutboxRow, now: datetime, error: str) -> None:
    """The work failed: try again later, each time after twice as long, ten minutes at most."""
    delay = min(timedelta(seconds=2 ** min(row.attempts, 10)), MAX_DELAY)
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row.id)
        .values(available_at=now + delay, last_error=error[:2000])
    )


def postpone(session: Session, row_id: int, until: datetime) -> None:
    """Nothing failed, but the row's turn has not come: leave it alone until then."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id)
        .values(available_at=until, attempts=OutboxRow.attempts - 1)
    )


def waiting(session: Session) -> int:
    """How many rows are not done yet."""
    return (
        session.scalar(
            select(func.count()).select_from(OutboxRow).where(OutboxRow.done_at.is_(None))
        )
        or 0
    )
