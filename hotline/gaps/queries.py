"""Queries on how entries do: never hit, often disliked, adopted by lawyers. They only read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from hotline.consultation.models import Turn
from hotline.gaps.models import Gap, GapState
from hotline.work_order.lifecycle import Action
from hotline.work_order.models import WorkOrderEvent
from knowledge.standard_qa.models import Entry, EntryVersion

WINDOW = timedelta(days=90)
SHOWN = 30
MIN_DISLIKES = 2


@dataclass(frozen=True, slots=True)
class Disliked:
    """An entry with how often its answer was given, rated, and found of no help."""

    entry_id: str
    question: str
    answered: int
    rated: int
    disliked: int


@dataclass(frozen=True, slots=True)
class Adoption:
    """推荐答复: how often lawyers sent it as it stood, changed it, or wrote their own."""

    as_is: int
    edited: int
    ignored: int
    often_edited: list[tuple[str, str, int, int]]
    """Entry id, question, as it stood, changed: entries whose text lawyers change."""


def open_gaps(session: Session, offset: int, limit: int) -> tuple[list[Gap], int]:
    """Open gaps, most frequent first, and how many there are in all."""
    waiting = select(Gap).where(Gap.state == GapState.OPEN)
    total = session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
    rows = session.scalars(
        waiting.order_by(Gap.count.desc(), Gap.last_at.desc(), Gap.id).offset(offset).limit(limit)
    )
    return list(rows), total


def never_hit(session: Session, now: datetime) -> tuple[list[tuple[str, str]], int]:
    """Entries that have been live for the whole window and answered nothing in it."""
    since = now - WINDOW
    used = select(Turn.entry_id).where(Turn.created_at > since, Turn.entry_id.is_not(None))
    unused = (
        select(Entry.id, EntryVersion.question)
        .join(EntryVersion, EntryVersion.id == Entry.live_version_id)
        .where(Entry.id.not_in(used), Entry.created_at <= since)
    )
    total = session.scalar(select(func.count()).select_from(unused.subquery())) or 0
    rows = session.execute(unused.order_by(Entry.id).limit(SHOWN))
    return [(row[0], row[1]) for row in rows], total


def often_disliked(session: Session, now: datetime) -> list[Disliked]:
    """Entries whose answers did not help at least twice, worst first."""
    missed = func.sum(case((Turn.helped.is_(False), 1), else_=0))
    rows = session.execute(
        select(
            Entry.id,
            EntryVersion.question,
            func.count(),
            func.sum(case((Turn.helped.is_not(None), 1), else_=0)),
            missed,
        )
        .join(EntryVersion, EntryVersion.id == Entry.live_version_id)
        .join(Turn, and_(Turn.entry_id == Entry.id, Turn.created_at > now - WINDOW))
        .group_by(Entry.id, EntryVersion.question)
        .having(missed >= MIN_DISLIKES)
        .order_by(missed.desc(), Entry.id)
        .limit(SHOWN)
    )
    return [Disliked(*row) for row in rows]


def adoption(session: Session, now: datetime) -> Adoption:
    """What lawyers made of the suggested answers."""
    answers = and_(WorkOrderEvent.action == Action.ANSWER, WorkOrderEvent.at > now - WINDOW)
    counted = session.execute(
        select(WorkOrderEvent.adopted, func.count()).where(answers).group_by(WorkOrderEvent.adopted)
    )
    counts = {name or "": count for name, count in counted}
    whole = func.sum(case((WorkOrderEvent.adopted == "as_is", 1), else_=0))
    edited = func.sum(case((WorkOrderEvent.adopted == "edited", 1), else_=0))
    rows = session.execute(
        select(Entry.id, EntryVersion.question, whole, edited)
        .join(EntryVersion, EntryVersion.id == Entry.live_version_id)
        .join(WorkOrderEvent, WorkOrderEvent.entry_id == Entry.id)
        .where(answers)
        .group_by(Entry.id, EntryVersion.question)
        .having(edited > 0)
        .order_by(edited.desc(), Entry.id)
        .limit(SHOWN)
    )
    return Adoption(
        as_is=counts.get("as_is", 0),
        edited=counts.get("edited", 0),
        ignored=counts.get("", 0),
        often_edited=[(row[0], row[1], row[2], row[3]) for row in rows],
    )
