"""Queries on deliveries: what went, with which push, and what is still to go."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.channel.wechat.models import DeliveryState, WeChatContact, WeChatDelivery
from hotline.consultation.models import Message, Sender


def carried_by(session: Session, message_id: int) -> Sequence[tuple[Message, WeChatDelivery]]:
    """The messages that went with the passive reply to a citizen's message, in order."""
    rows = session.execute(
        select(Message, WeChatDelivery)
        .join(WeChatDelivery, WeChatDelivery.message_id == Message.id)
        .where(WeChatDelivery.carrier_id == message_id)
        .order_by(Message.seq)
    )
    return [(message, row) for message, row in rows]


def unclaimed(session: Session, message_id: int) -> bool:
    """Whether a message has replies, none of which has gone any way yet."""
    rows = session.execute(
        select(Message.id, WeChatDelivery.message_id)
        .outerjoin(WeChatDelivery, WeChatDelivery.message_id == Message.id)
        .where(Message.reply_to == message_id)
    ).all()
    return bool(rows) and all(delivered is None for _, delivered in rows)


def contact_of(session: Session, consultation_id: str) -> WeChatContact:
    """The contact of a conversation, locked: whoever delivers to a citizen holds this row."""
    return session.scalars(
        select(WeChatContact)
        .where(WeChatContact.consultation_id == consultation_id)
        .with_for_update()
    ).one()


def quota(session: Session, consultation_id: str) -> int:
    """How many messages WeChat would still take, as we count."""
    return session.scalars(
        select(WeChatContact.quota).where(WeChatContact.consultation_id == consultation_id)
    ).one()


def waiting(session: Session, consultation_id: str) -> Sequence[WeChatDelivery]:
    """What waits for the citizen's next word, in order."""
    return session.scalars(
        select(WeChatDelivery)
        .where(
            WeChatDelivery.consultation_id == consultation_id,
            WeChatDelivery.state == DeliveryState.WAITING,
        )
        .order_by(WeChatDelivery.message_id)
    ).all()


def being_sent(session: Session, consultation_id: str, besides: Sequence[int] = ()) -> bool:
    """Whether a worker is sending something (else) of this conversation at this moment."""
    return (
        session.scalar(
            select(WeChatDelivery.message_id)
            .where(
                WeChatDelivery.consultation_id == consultation_id,
                WeChatDelivery.state == DeliveryState.SENDING,
                WeChatDelivery.message_id.not_in(besides),
            )
            .limit(1)
        )
        is not None
    )


def undelivered(session: Session, consultation_id: str, *, up_to: int) -> Sequence[Message]:
    """What was said up to a number and has not gone any way yet, in order."""
    return session.scalars(
        select(Message)
        .outerjoin(WeChatDelivery, WeChatDelivery.message_id == Message.id)
        .where(
            Message.consultation_id == consultation_id,
            Message.seq <= up_to,
            Message.sender != Sender.CITIZEN,
            WeChatDelivery.message_id.is_(None),
        )
        .order_by(Message.seq)
    ).all()
