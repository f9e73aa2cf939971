"""Verbs of the citizens' doors: receive a message once, list what was said."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.channel.models import InboxItem
from hotline.channel.text import TEXT_LIMIT, clean
from hotline.consultation import phrases, repository, service
from hotline.consultation.models import Consultation, Message, Sender
from hotline.consultation.schemas import MessageOut, Reply
from kit.clock import beijing
from kit.errors import InvalidInputError


def accept(text: str) -> str:
    """The cleaned text of a citizen's message. Raises ``InvalidInputError`` in Chinese."""
    cleaned = clean(text)
    if not cleaned:
        raise InvalidInputError(phrases.EMPTY)
    if len(cleaned) > TEXT_LIMIT:
        raise InvalidInputError(phrases.TOO_LONG.format(limit=TEXT_LIMIT, length=len(cleaned)))
    return cleaned


def received(
    session: Session, consultation: Consultation, client_message_id: str
) -> Message | None:
    """The message that already came under this client id, if any."""
    return session.scalar(
        select(Message).where(
            Message.consultation_id == consultation.id,
            Message.client_message_id == client_message_id,
        )
    )


def receive(
    session: Session,
    consultation: Consultation,
    text: str,
    client_message_id: str,
    now: datetime,
) -> tuple[Message, bool]:
    """Write a message and its inbox item; the same client id again gives the first one (False)."""
    locked = repository.get(session, consultation.id, lock=True)
    found = received(session, locked, client_message_id)
    if found is not None:
        return found, False
    return write_down(session, locked, text, client_message_id, now), True


def write_down(
    session: Session, locked: Consultation, text: str, client_message_id: str, now: datetime
) -> Message:
    """A message that is new, and its inbox item, in a conversation that is locked already."""
    message = service.say(
        session,
        locked,
        Sender.CITIZEN,
        Reply(text=text),
        now=now,
        client_message_id=client_message_id,
    )
    session.add(
        InboxItem(
            consultation_id=locked.id,
            message_id=message.id,
            channel=locked.channel,
            created_at=now,
        )
    )
    session.flush()
    return message


def as_seen(message: Message) -> MessageOut:
    """A message as its citizen sees it."""
    return MessageOut.model_validate(
        {
            **message.payload,
            "seq": message.seq,
            "from_": message.sender,
            "text": message.text,
            "at": beijing(message.created_at),
        }
    )


def waiting(session: Session, consultation_id: str) -> bool:
    """Whether a message of this consultation still waits for its turn."""
    return (
        session.scalar(
            select(InboxItem.id)
            .where(InboxItem.consultation_id == consultation_id, InboxItem.done_at.is_(None))
            .limit(1)
        )
        is not None
    )
