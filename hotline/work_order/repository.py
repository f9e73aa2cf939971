"""Queries on work orders: what a member of the staff may read is decided here; default is none."""

from collections.abc import Sequence

from sqlalchemy import Select, case, false, func, or_, select
from sqlalchemy.orm import Session

from hotline.staff.models import Role
from hotline.staff.service import Subject
from hotline.work_order.lifecycle import Actor, State
from hotline.work_order.models import WorkOrder, WorkOrderEvent
from kit.errors import NotFoundError


def readable_by(subject: Subject) -> Select[WorkOrder]:
    """The orders this person may read: lawyers the queue and their own, supervisors all."""
    query = select(WorkOrder)
    match subject.role:
        case Role.SUPERVISOR:
            return query
        case Role.SEAT_LAWYER:
            return query.where(
                or_(WorkOrder.assignee_id == subject.staff_id, WorkOrder.assignee_id.is_(None))
            )
        case _:
            return query.where(false())


def capacities(subject: Subject, order: WorkOrder) -> frozenset[Actor]:
    """In which capacities this person acts on this order."""
    found: set[Actor] = set()
    if subject.role is Role.SUPERVISOR:
        found.add(Actor.SUPERVISOR)
    if subject.role is Role.SEAT_LAWYER:
        found.add(Actor.LAWYER)
        if order.assignee_id == subject.staff_id:
            found.add(Actor.ASSIGNEE)
    return frozenset(found)


def find(session: Session, subject: Subject, code: str, *, lock: bool = False) -> WorkOrder:
    """One readable order by its code. Raises ``NotFoundError``."""
    query = readable_by(subject).where(WorkOrder.code == code)
    if lock:
        query = query.with_for_update()
    order = session.scalar(query)
    if order is None:
        raise NotFoundError("没有这张工单，或您无权查看")
    return order


def queue(session: Session, subject: Subject, states: Sequence[State]) -> Sequence[WorkOrder]:
    """Readable orders in these states: urgent ones first, then by what is due first."""
    urgent_first = case((WorkOrder.urgency == "urgent", 0), else_=1)
    return session.scalars(
        readable_by(subject)
        .where(WorkOrder.state.in_(states))
        .order_by(urgent_first, WorkOrder.due_at, WorkOrder.id)
        .limit(200)
    ).all()


def recently_closed(session: Session, subject: Subject, limit: int = 30) -> Sequence[WorkOrder]:
    """Readable orders that were closed, the latest first."""
    return session.scalars(
        readable_by(subject)
        .where(WorkOrder.state == State.CLOSED)
        .order_by(WorkOrder.closed_at.desc(), WorkOrder.id.desc())
        .limit(limit)
    ).all()


def events(session: Session, order: WorkOrder) -> Sequence[WorkOrderEvent]:
    """What happened to an order, in order."""
    return session.scalars(
        select(WorkOrderEvent)
        .where(WorkOrderEvent.work_order_id == order.id)
        .order_by(WorkOrderEvent.id)
    ).all()


def counts(session: Session) -> dict[str, int]:
    """How many orders there are in each state."""
    rows = session.execute(select(WorkOrder.state, func.count()).group_by(WorkOrder.state))
    return {state: count for state, count in rows}
