"""Verbs on work orders. Each is part of one transaction; flushes, never commits."""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.consultation import repository as consultations
from hotline.consultation import service as consultation
from hotline.consultation.models import Message, Sender
from hotline.consultation.schemas import Choice, Reply, WorkOrderRef
from hotline.consultation.triage import Risk, Triage, Urgency
from hotline.staff.models import Role
from hotline.staff.service import Subject, audit, get
from hotline.work_order import repository
from hotline.work_order.assignment import DeadlineRules, Deadlines
from hotline.work_order.lifecycle import STATE_LABELS, Action, State, step
from hotline.work_order.models import WorkOrder, WorkOrderEvent
from hotline.work_order.schemas import LookupIn, OrderProgress, WorkOrderIn, WorkOrderMade
from kit import outbox
from kit.auth import same
from kit.clock import BEIJING, beijing, until
from kit.errors import InvalidInputError, NotFoundError

CANDIDATE_TOPIC = "candidate.propose"
# Without 0/O, 1/I/L and U: codes are read out over the telephone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
WRONG_LOOKUP = "没有找到：请核对工单编号和登记电话的后四位"


def _new_code(now: datetime) -> str:
    tail = "".join(secrets.choice(ALPHABET) for _ in range(6))
    return f"FW{now.astimezone(BEIJING):%Y%m%d}-{tail}"


def _event(
    session: Session,
    order: WorkOrder,
    action: Action,
    actor: str,
    now: datetime,
    *,
    before: str | None,
    note: str = "",
    entry_id: str | None = None,
    adopted: str | None = None,
) -> WorkOrderEvent:
    event = WorkOrderEvent(
        work_order_id=order.id,
        action=action,
        from_state=before,
        to_state=order.state,
        actor=actor,
        note=note,
        entry_id=entry_id,
        adopted=adopted,
        at=now,
    )
    session.add(event)
    session.flush()
    return event


def _made(order: WorkOrder) -> WorkOrderMade:
    urgent = order.urgency == Urgency.URGENT
    when = (
        f"这是紧急工单，律师会在 {until(order.first_contact_due_at)} 前先与您联系"
        if urgent
        else f"律师会在 {until(order.due_at)} 前答复"
    )
    text = (
        f"已为您登记，工单编号：{order.code}。{when}，答复会直接显示在这里。\n"
        f"请记下编号；以后凭编号和登记电话的后四位，可以随时查进度。"
    )
    if urgent:
        text += "\n情况紧急请不要只等答复：有危险拨打110、120，法律问题可直接拨打12348。"
    return WorkOrderMade(
        code=order.code, reply=Reply(text=text, work_order=WorkOrderRef(code=order.code))
    )


def register(
    session: Session,
    consultation_id: str,
    form: WorkOrderIn,
    told: Triage,
    rules: DeadlineRules,
    now: datetime,
) -> tuple[WorkOrderMade, bool]:
    """登记: make an order with its case code; the same form again gives the same order (False).

    ``told`` is the triage of the form's description.
    """
    row = consultations.get(session, consultation_id, lock=True)
    found = session.scalar(select(WorkOrder).where(WorkOrder.request_id == form.request_id))
    if found is not None:
        if found.consultation_id != consultation_id:
            raise InvalidInputError("登记编号重复，请重新填写")
        return _made(found), False
    # What the citizen wrote into the form counts as much as what they asked before it.
    risk = told.risk
    if risk is Risk.NONE:
        risk = consultation.recent_risk(row, now)
    urgency = Urgency.NORMAL if risk is Risk.NONE else Urgency.URGENT
    due = rules.due(now, urgent=urgency is Urgency.URGENT)
    order = WorkOrder(
        code=_new_code(now),
        request_id=form.request_id,
        consultation_id=consultation_id,
        kind=form.kind,
        category=form.category,
        county=form.county or None,
        description=form.description,
        citizen_name=form.name or None,
        phone=form.phone,
        phone_tail=form.phone[-4:],
        risk=risk,
        urgency=urgency,
        state=State.PENDING,
        created_at=now,
        first_contact_due_at=due.first_contact,
        due_at=due.answer,
    )
    session.add(order)
    session.flush()
    _event(session, order, Action.REGISTER, "citizen", now, before=None)
    return _made(order), True


def progress(session: Session, order: WorkOrder) -> OrderProgress:
    """What a citizen sees of their order."""
    label = STATE_LABELS[State(order.state)]
    answers = [
        event.note for event in repository.events(session, order) if event.action == Action.ANSWER
    ]
    text = f"工单 {order.code}：{label}。登记于 {beijing(order.created_at)}。"
    if answers:
        text += "\n律师答复：\n" + "\n———\n".join(answers)
    elif order.state != State.CLOSED:
        text += f"最迟 {until(order.due_at)} 前答复。"
    return OrderProgress(
        code=order.code,
        state=order.state,
        state_label=label,
        category=order.category,
        created_at=beijing(order.created_at),
        due_at=until(order.due_at),
        answers=answers,
        reply=Reply(text=text, work_order=WorkOrderRef(code=order.code)),
    )


def look_up(session: Session, request: LookupIn) -> OrderProgress:
    """查工单: by code and phone tail; which of the two was wrong is not told."""
    order = session.scalar(select(WorkOrder).where(WorkOrder.code == request.code))
    if order is None or not same(order.phone_tail, request.phone_tail):
        raise NotFoundError(WRONG_LOOKUP)
    return progress(session, order)


def _tell(
    session: Session, order: WorkOrder, sender: Sender, text: str, now: datetime, **extra: object
) -> Message:
    row = consultations.get(session, order.consultation_id, lock=True)
    reply = Reply.model_validate({"text": text, "work_order": {"code": order.code}, **extra})
    return consultation.say(session, row, sender, reply, now=now)


def _still_serving(session: Session, order: WorkOrder) -> int | None:
    """The lawyer of another order of the same conversation that is in progress, if there is one."""
    return session.scalar(
        select(WorkOrder.assignee_id)
        .where(
            WorkOrder.consultation_id == order.consultation_id,
            WorkOrder.id != order.id,
            WorkOrder.state == State.IN_PROGRESS,
        )
        .order_by(WorkOrder.claimed_at.desc())
        .limit(1)
    )


def raise_urgency(
    session: Session, consultation_id: str, risk: Risk, due: Deadlines, now: datetime
) -> None:
    """加急: danger was heard in a conversation whose orders are still open."""
    orders = session.scalars(
        select(WorkOrder).where(
            WorkOrder.consultation_id == consultation_id,
            WorkOrder.state != State.CLOSED,
            WorkOrder.urgency != Urgency.URGENT,
        )
    )
    for order in orders:
        order.urgency, order.risk = Urgency.URGENT, risk
        order.first_contact_due_at = min(order.first_contact_due_at, due.first_contact)
        _event(session, order, Action.ESCALATE, "triage", now, before=order.state, note=risk)


def rate(session: Session, consultation_id: str, helped: bool) -> Reply | None:
    """满意度 of a lawyer's answer, if that is what the citizen heard last; ``None`` if not."""
    order = session.scalar(
        select(WorkOrder)
        .where(WorkOrder.consultation_id == consultation_id, WorkOrder.closed_at.is_not(None))
        .order_by(WorkOrder.closed_at.desc())
        .limit(1)
    )
    turn = consultations.last_turn(session, consultation_id)
    if order is None or order.closed_at is None:
        return None
    if turn is not None and turn.created_at > order.closed_at:
        return None
    order.helped = helped
    return consultation.thank(helped)


def act(
    session: Session,
    subject: Subject,
    code: str,
    action: Action,
    now: datetime,
    *,
    note: str = "",
    assignee_id: int | None = None,
) -> WorkOrder:
    """接单, 派单, 转办, 退单, 办结 (not 答复: see ``answer``). Raises what ``step`` raises."""
    order = repository.find(session, subject, code, lock=True)
    before = order.state
    target = step(State(before), action, repository.capacities(subject, order), note)
    serving = consultations.get(session, order.consultation_id, lock=True)
    match action:
        case Action.CLAIM:
            order.assignee_id = subject.staff_id
            order.claimed_at = now
            serving.serving_staff_id = subject.staff_id
            _tell(
                session,
                order,
                Sender.SYSTEM,
                f"{subject.display_name}律师已接单，正在处理。您补充的话会直接转给律师；"
                "想继续问智能助手，请说“问助手”。",
                now,
            )
        case Action.ASSIGN | Action.TRANSFER:
            if assignee_id is None:
                raise InvalidInputError("请选择接手的律师")
            to = get(session, assignee_id)
            if to.role != Role.SEAT_LAWYER or not to.active:
                raise InvalidInputError("只能交给在岗的坐席律师")
            if to.id == order.assignee_id:
                raise InvalidInputError("工单已经在这位律师手里")
            order.assignee_id = to.id
            order.claimed_at = now
            serving.serving_staff_id = to.id
            _tell(session, order, Sender.SYSTEM, f"您的工单已交给{to.display_name}律师处理。", now)
        case Action.RETURN:
            order.assignee_id = None
            serving.serving_staff_id = _still_serving(session, order)
            _tell(
                session,
                order,
                Sender.SYSTEM,
                "您的工单已退回等候，将由其他律师接手。这期间智能助手继续回答您。",
                now,
            )
        case Action.CLOSE:
            order.closed_at = now
            serving.serving_staff_id = _still_serving(session, order)
            _tell(
                session,
                order,
                Sender.SYSTEM,
                "这张工单已办结。律师的答复对您有帮助吗？还有问题可以继续问智能助手。",
                now,
                choices=[
                    Choice(title="有帮助", payload="有帮助"),
                    Choice(title="没帮助", payload="没帮助"),
                ],
            )
        case _:
            raise InvalidInputError("不认识的操作")
    order.state = target
    _event(session, order, action, subject.username, now, before=before, note=note.strip())
    audit(session, actor=subject.username, action=action, subject=code, now=now, detail=note)
    return order


def answer(
    session: Session,
    subject: Subject,
    code: str,
    text: str,
    now: datetime,
    *,
    request_id: str,
    entry_id: str | None = None,
    adopted: str | None = None,
) -> Message:
    """答复: the lawyer's message, the event and the outbox rows, all or nothing.

    ``request_id`` makes it idempotent: the same form twice is one answer. ``adopted`` tells what
    became of the suggestion: ``as_is``, ``edited`` or ``None``.
    """
    order = repository.find(session, subject, code, lock=True)
    row = consultations.get(session, order.consultation_id, lock=True)
    client_id = f"answer:{request_id}"
    said = session.scalar(
        select(Message).where(
            Message.consultation_id == row.id, Message.client_message_id == client_id
        )
    )
    if said is not None:
        return said
    before = order.state
    order.state = step(State(before), Action.ANSWER, repository.capacities(subject, order), text)
    order.answered_at = now
    reply = Reply(text=text.strip(), work_order=WorkOrderRef(code=order.code))
    message = consultation.say(
        session, row, Sender.LAWYER, reply, now=now, client_message_id=client_id
    )
    event = _event(
        session,
        order,
        Action.ANSWER,
        subject.username,
        now,
        before=before,
        note=text.strip(),
        entry_id=entry_id,
        adopted=adopted,
    )
    outbox.put(session, CANDIDATE_TOPIC, {"order_id": order.id, "event_id": event.id}, now)
    return message


def confirm_to_citizen(
    session: Session, consultation_id: str, made: WorkOrderMade, now: datetime
) -> None:
    """Put the confirmation of an order made on the page into the conversation."""
    row = consultations.get(session, consultation_id, lock=True)
    consultation.say(session, row, Sender.SYSTEM, made.reply, now=now)
