"""How a work order looks to the staff: what is due, what is masked, what is said. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from hotline.channel.wechat import service as wechat
from hotline.channel.wechat.models import WeChatMedia
from hotline.console.labels import mask_name, mask_phone
from hotline.consultation import repository as consultations
from hotline.consultation.models import Message
from hotline.consultation.triage import Urgency
from hotline.staff import service as staff
from hotline.staff.models import Role, Staff
from hotline.staff.service import Subject
from hotline.work_order import repository
from hotline.work_order.lifecycle import Action, State, allowed
from hotline.work_order.models import WorkOrder, WorkOrderEvent
from kit.errors import NotFoundError
from kit.masking import mask

SOON = timedelta(hours=4)
SENDERS = {"citizen": "群众", "bot": "助手", "lawyer": "律师", "system": "系统"}


@dataclass(frozen=True, slots=True)
class Due:
    """The next thing that is due on an order, as seen at one moment."""

    label: str
    text: str
    overdue: bool
    soon: bool


def span(length: timedelta) -> str:
    """``2天3小时``, ``3小时5分``, ``5分钟``; at least a minute."""
    minutes = max(1, int(length.total_seconds()) // 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    if hours:
        return f"{hours}小时{minutes}分" if minutes else f"{hours}小时"
    return f"{minutes}分钟"


def due(order: WorkOrder, now: datetime) -> Due | None:
    """First contact until somebody has claimed it, then the answer, then nothing."""
    if order.answered_at is not None or order.state == State.CLOSED:
        return None
    waiting = order.claimed_at is None
    at = order.first_contact_due_at if waiting else order.due_at
    label = "首次联系" if waiting else "答复"
    left = at - now
    if left < timedelta(0):
        return Due(label, f"已超时 {span(-left)}", overdue=True, soon=False)
    return Due(label, f"剩余 {span(left)}", overdue=False, soon=left < SOON)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in a list; whatever may be personal is masked."""

    code: str
    state: str
    risk: str
    urgent: bool
    category: str
    kind: str
    county: str
    description: str
    phone: str
    assignee: str
    due: Due | None
    created_at: datetime
    claimable: bool


def row(order: WorkOrder, subject: Subject, names: Mapping[int, str], now: datetime) -> OrderRow:
    """An order as a list shows it."""
    actions = allowed(State(order.state), repository.capacities(subject, order))
    return OrderRow(
        code=order.code,
        state=order.state,
        risk=order.risk,
        urgent=order.urgency == Urgency.URGENT,
        category=order.category,
        kind=order.kind,
        county=order.county or "",
        description=mask(order.description),
        phone=mask_phone(order.phone),
        assignee=names.get(order.assignee_id, "") if order.assignee_id else "",
        due=due(order, now),
        created_at=order.created_at,
        claimable=Action.CLAIM in actions,
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """The lists of the desk 坐席台."""

    queue: list[OrderRow]
    working: list[OrderRow]
    closed: list[OrderRow]

    @property
    def urgent(self) -> int:
        """How many urgent orders wait."""
        return sum(order.urgent for order in self.queue)

    @property
    def overdue(self) -> int:
        """How many open orders are late."""
        return sum(bool(order.due and order.due.overdue) for order in [*self.queue, *self.working])


def desk(session: Session, subject: Subject, now: datetime) -> Desk:
    """What this person sees: lawyers the queue and their own orders, supervisors all."""
    names = staff.names(session)

    def rows(orders: Sequence[WorkOrder]) -> list[OrderRow]:
        return [row(order, subject, names, now) for order in orders]

    return Desk(
        queue=rows(repository.queue(session, subject, [State.PENDING])),
        working=rows(repository.queue(session, subject, [State.IN_PROGRESS, State.ANSWERED])),
        closed=rows(repository.recently_closed(session, subject)),
    )


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the conversation, and who said it."""

    seq: int
    sender: str
    who: str
    text: str
    message: Message
    media: WeChatMedia | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """The whole conversation, and where the order stands at this moment."""

    said: list[Said]
    code: str
    full: bool
    state: str
    due: Due | None
    assignee: str
    wechat: wechat.Line | None


def holds(subject: Subject, order: WorkOrder) -> bool:
    """Whether this person needs the citizen's data in full: the assignee and the supervisor."""
    return subject.role is Role.SUPERVISOR or order.assignee_id == subject.staff_id


def conversation(
    session: Session, subject: Subject, order: WorkOrder, now: datetime
) -> Conversation:
    """What was said, masked for those who do not hold the order."""
    full = holds(subject, order)
    files = wechat.media_of(session, order.consultation_id)
    said = [
        Said(
            seq=message.seq,
            sender=message.sender,
            who=SENDERS[message.sender],
            text=message.text if full else mask(message.text),
            message=message,
            media=files.get(message.id),
        )
        for message in consultations.messages(session, order.consultation_id)
    ]
    return Conversation(
        said=said,
        code=order.code,
        full=full,
        state=order.state,
        due=due(order, now),
        assignee=staff.get(session, order.assignee_id).display_name if order.assignee_id else "",
        wechat=wechat.line(session, order.consultation_id, now),
    )


def media(session: Session, subject: Subject, code: str, message_id: int) -> str:
    """The name of a file that stands in the conversation of an order. Raises ``NotFoundError``.

    A picture cannot be masked: it is for those who hold the order.
    """
    order = repository.find(session, subject, code)
    found = wechat.media_of(session, order.consultation_id).get(message_id)
    if found is None or not found.file or not holds(subject, order):
        raise NotFoundError("没有这个文件，或您无权查看")
    return found.file


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order with everything that its page shows but the conversation and suggestions."""

    code: str
    state: str
    risk: str
    urgent: bool
    category: str
    kind: str
    county: str
    name: str
    phone: str
    description: str
    full: bool
    created_at: datetime
    first_contact_due_at: datetime
    due_at: datetime
    claimed_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    actions: list[Action]
    events: Sequence[WorkOrderEvent]
    actors: Mapping[str, str]
    others: list[Staff]


def view(session: Session, subject: Subject, order: WorkOrder) -> OrderView:
    """An order as its page shows it to this person."""
    full = holds(subject, order)
    name = order.citizen_name or ""
    events = repository.events(session, order)
    return OrderView(
        code=order.code,
        state=order.state,
        risk=order.risk,
        urgent=order.urgency == Urgency.URGENT,
        category=order.category,
        kind=order.kind,
        county=order.county or "",
        name=name if full else mask_name(name),
        phone=order.phone if full else mask_phone(order.phone),
        description=order.description if full else mask(order.description),
        full=full,
        created_at=order.created_at,
        first_contact_due_at=order.first_contact_due_at,
        due_at=order.due_at,
        claimed_at=order.claimed_at,
        answered_at=order.answered_at,
        closed_at=order.closed_at,
        actions=allowed(State(order.state), repository.capacities(subject, order)),
        events=events,
        actors=staff.display_names(session, {event.actor for event in events}),
        others=[lawyer for lawyer in staff.lawyers(session) if lawyer.id != order.assignee_id],
    )
