"""Queries on consultations. A citizen's rows are found through the session token only."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.consultation.models import Consultation, Message, Turn
from kit.auth import hash_token
from kit.errors import NotFoundError


def by_session(session: Session, token: str) -> Consultation:
    """The consultation of a session token. Raises ``NotFoundError``."""
    found = session.scalar(
        select(Consultation).where(Consultation.session_hash == hash_token(token))
    )
    if found is None:
        raise NotFoundError("这个会话不存在或已经结束，请重新开始")
    return found


def get(session: Session, consultation_id: str, *, lock: bool = False) -> Consultation:
    """One consultation. Raises ``NotFoundError``."""
    found = session.get(Consultation, consultation_id, with_for_update=lock)
    if found is None:
        raise NotFoundError("没有这个咨询")
    return found


def messages(session: Session, consultation_id: str, after: int = 0) -> Sequence[Message]:
    """The messages after a number, in order."""
    return session.scalars(
        select(Message)
        .where(Message.consultation_id == consultation_id, Message.seq > after)
        .order_by(Message.seq)
    ).all()


def replies(session: Session, message_id: int) -> Sequence[Message]:
    """What was said in reply to a message, in order."""
    return session.scalars(
        select(Message).where(Message.reply_to == message_id).order_by(Message.seq)
    ).all()


def reply_of(session: Session, turn: Turn) -> Message | None:
    """The message that told what a turn decided; ``None`` until it was said."""
    return session.scalar(
        select(Message).where(
            Message.consultation_id == turn.consultation_id,
            Message.payload["turn_id"].as_integer() == turn.id,
        )
    )


def last_turn(session: Session, consultation_id: str) -> Turn | None:
    """The latest turn of a consultation."""
    return session.scalar(
        select(Turn)
        .where(Turn.consultation_id == consultation_id)
        .order_by(Turn.id.desc())
        .limit(1)
    )
