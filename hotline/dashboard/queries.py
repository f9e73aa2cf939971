"""Queries of the dashboard 看板. They only read, and only count."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from hotline.consultation.models import Turn
from hotline.consultation.triage import Urgency
from hotline.staff.models import Role, Staff
from hotline.work_order.lifecycle import State
from hotline.work_order.models import WorkOrder
from kit.clock import BEIJING
from kit.db import Base
from kit.outbox import OutboxRow
from knowledge.candidate.models import Candidate, CandidateState
from knowledge.decision import Kind
from knowledge.standard_qa.models import EntryVersion, VersionState

WINDOW = timedelta(days=30)
# After this many tries something is wrong that does not pass by itself.
STUCK_AFTER = 3


def midnight(now: datetime) -> datetime:
    """The beginning of the present day in Beijing."""
    return now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Orders:
    """Work orders: how many in each state, urgent ones apart; how many are late."""

    by_state: dict[State, int]
    urgent_by_state: dict[State, int]
    first_contact_overdue: int
    answer_overdue: int
    registered_today: int
    closed_today: int

    @property
    def open(self) -> int:
        """Orders that are not closed."""
        return sum(count for state, count in self.by_state.items() if state is not State.CLOSED)

    @property
    def urgent_open(self) -> int:
        """Urgent orders that are not closed."""
        return sum(
            count for state, count in self.urgent_by_state.items() if state is not State.CLOSED
        )


def orders(session: Session, now: datetime) -> Orders:
    """The state of all work orders at this moment."""
    by_state = dict.fromkeys(State, 0)
    urgent = dict.fromkeys(State, 0)
    rows = session.execute(
        select(WorkOrder.state, WorkOrder.urgency, func.count()).group_by(
            WorkOrder.state, WorkOrder.urgency
        )
    )
    for state, urgency, count in rows:
        by_state[State(state)] += count
        if urgency == Urgency.URGENT:
            urgent[State(state)] += count
    waiting = and_(WorkOrder.claimed_at.is_(None), WorkOrder.first_contact_due_at < now)
    late = and_(WorkOrder.answered_at.is_(None), WorkOrder.due_at < now)
    still_open = WorkOrder.state != State.CLOSED
    today = midnight(now)

    def number(*conditions: ColumnElement[bool]) -> int:
        return _count(session, WorkOrder, and_(*conditions))

    return Orders(
        by_state=by_state,
        urgent_by_state=urgent,
        first_contact_overdue=number(still_open, waiting),
        answer_overdue=number(still_open, late),
        registered_today=number(WorkOrder.created_at >= today),
        closed_today=number(WorkOrder.closed_at >= today),
    )


@dataclass(frozen=True, slots=True)
class Turns:
    """Questions since some moment: how each was decided; how many answers helped, lawyers' too."""

    by_decision: dict[Kind, int]
    helped: int
    not_helped: int

    @property
    def total(self) -> int:
        """All questions."""
        return sum(self.by_decision.values())

    @property
    def answered_share(self) -> float | None:
        """Answered directly among all, 0 to 1; ``None`` without questions."""
        return self.by_decision[Kind.ANSWER] / self.total if self.total else None

    @property
    def satisfied_share(self) -> float | None:
        """Helped among rated, 0 to 1; ``None`` without ratings."""
        rated = self.helped + self.not_helped
        return self.helped / rated if rated else None


def turns(session: Session, since: datetime) -> Turns:
    """The questions since a moment."""
    by_decision = dict.fromkeys(Kind, 0)
    rows = session.execute(
        select(Turn.decision, func.count()).where(Turn.created_at >= since).group_by(Turn.decision)
    )
    for decision, count in rows:
        by_decision[Kind(decision)] += count
    # The bot's answers and the lawyers' alike.
    ratings = Counter(
        session.scalars(
            select(Turn.helped).where(Turn.created_at >= since, Turn.helped.is_not(None))
        ).all()
    )
    ratings.update(
        session.scalars(
            select(WorkOrder.helped).where(
                WorkOrder.closed_at >= since, WorkOrder.helped.is_not(None)
            )
        )
    )
    return Turns(by_decision, ratings[True], ratings[False])


def categories(session: Session, since: datetime) -> list[tuple[str, int]]:
    """Work orders registered since a moment, by category, the most frequent first."""
    number = func.count()
    rows = session.execute(
        select(WorkOrder.category, number)
        .where(WorkOrder.created_at >= since)
        .group_by(WorkOrder.category)
        .order_by(number.desc(), WorkOrder.category)
    )
    return [(category, count) for category, count in rows]


def load_by_lawyer(session: Session) -> list[tuple[str, int]]:
    """Open orders of each active seat lawyer."""
    rows = session.execute(
        select(Staff.display_name, func.count(WorkOrder.id))
        .outerjoin(
            WorkOrder,
            and_(
                WorkOrder.assignee_id == Staff.id,
                WorkOrder.state.in_([State.IN_PROGRESS, State.ANSWERED]),
            ),
        )
        .where(Staff.role == Role.SEAT_LAWYER, Staff.active.is_(True))
        .group_by(Staff.id, Staff.display_name)
        .order_by(Staff.display_name)
    )
    return [(name, count) for name, count in rows]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for the worker and for the editors."""

    outbox: int
    stuck: int
    oldest: datetime | None
    candidates: int
    in_review: int


def waiting(session: Session) -> Waiting:
    """What is not done yet."""
    undone = OutboxRow.done_at.is_(None)
    stuck = and_(OutboxRow.attempts > STUCK_AFTER, OutboxRow.last_error.is_not(None))
    count, oldest = session.execute(
        select(func.count(), func.min(OutboxRow.created_at)).where(undone)
    ).one()
    return Waiting(
        outbox=count,
        stuck=_count(session, OutboxRow, and_(undone, stuck)),
        oldest=oldest,
        candidates=_count(session, Candidate, Candidate.state == CandidateState.OPEN),
        in_review=_count(session, EntryVersion, EntryVersion.state == VersionState.IN_REVIEW),
    )


def _count(session: Session, table: type[Base], condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(table).where(condition)) or 0
