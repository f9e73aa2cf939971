"""The web door 网页渠道: JSON for the citizens' page; messages are seen by polling."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from hotline.channel import linking, service
from hotline.channel.text import PRINTABLE
from hotline.consultation import phrases, repository
from hotline.consultation import service as consultation
from hotline.consultation.models import Consultation, Sender
from hotline.consultation.schemas import MessageOut, Reply
from hotline.dependencies import Parts, PartsDep, client_address
from kit.auth import new_token
from kit.errors import ForbiddenError

router = APIRouter(prefix="/api", tags=["citizen"])
CHANNEL = "web"
# What the database's integers hold.
MAX_SEQ = 2**31 - 1


class MessageIn(BaseModel):
    """What a citizen sends. ``client_message_id`` is made by the client, once per message."""

    text: str
    client_message_id: Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)]
    session: Annotated[str, Field(max_length=100)] | None = None


class MessagesOut(BaseModel):
    """Messages of a session, in order. ``pending``: the reply is still on its way, so poll."""

    session: str
    messages: list[MessageOut]
    pending: bool = False
    served_by: str = "bot"


def _begin(parts: Parts, address: str) -> tuple[str, Consultation]:
    parts.sessions.hit(address)
    token, now = new_token(), parts.clock.now()
    with parts.database.write() as session:
        row = consultation.begin(session, channel=CHANNEL, token=token, now=now)
        consultation.say(session, row, Sender.BOT, Reply(text=phrases.GREETING), now=now)
    return token, row


def _served_by(row: Consultation) -> str:
    return "lawyer" if row.serving_staff_id is not None else "bot"


@router.post("/sessions", status_code=201)
def begin_session(request: Request, parts: PartsDep) -> MessagesOut:
    """A new session with its greeting; the token is unguessable and only its hash is kept."""
    token, row = _begin(parts, client_address(request))
    with parts.database.read() as session:
        said = repository.messages(session, row.id)
        return MessagesOut(session=token, messages=[service.as_seen(item) for item in said])


@router.post("/messages")
def send_message(body: MessageIn, request: Request, parts: PartsDep) -> MessagesOut:
    """One message and what is said in reply; the same client id again gives the same reply."""
    text = service.accept(body.text)
    if body.session is None:
        token, row = _begin(parts, client_address(request))
        known = None
    else:
        token = body.session
        with parts.database.read() as session:
            row = repository.by_session(session, token)
            known = service.received(session, row, body.client_message_id)
    if known is None:
        # Asking again for the reply to a message that is already here is no new message.
        parts.messages.hit(row.id)
    with parts.database.write() as session:
        message, _ = service.receive(session, row, text, body.client_message_id, parts.clock.now())
    ready = parts.dialogue.wait_for(row.id, message.id, parts.settings.reply_wait_seconds)
    with parts.database.read() as session:
        row = repository.get(session, row.id)
        said = repository.replies(session, message.id)
        return MessagesOut(
            session=token,
            messages=[service.as_seen(item) for item in said],
            pending=not ready,
            served_by=_served_by(row),
        )


@router.get("/messages")
def list_messages(
    session: Annotated[str, Query(max_length=100)],
    parts: PartsDep,
    after: Annotated[int, Query(ge=0, le=MAX_SEQ)] = 0,
) -> MessagesOut:
    """Every message after a number, the citizen's own too: what the page shows after a reload."""
    with parts.database.read() as database:
        row = repository.by_session(database, session)
        said = repository.messages(database, row.id, after)
        return MessagesOut(
            session=session,
            messages=[service.as_seen(item) for item in said],
            pending=service.waiting(database, row.id),
            served_by=_served_by(row),
        )


class LinkCodeIn(BaseModel):
    """Whose conversation the code is for."""

    session: Annotated[str, Field(max_length=100)]


class LinkCodeOut(BaseModel):
    """A code 连接码 to type in WeChat, and for how many minutes it holds."""

    code: str
    minutes: int


@router.post("/link-codes", status_code=201)
def make_link_code(body: LinkCodeIn, parts: PartsDep) -> LinkCodeOut:
    """连接码: typed in WeChat, it makes one conversation of the page's and WeChat's."""
    if parts.wechat is None:
        raise ForbiddenError("微信渠道没有启用")
    with parts.database.read() as session:
        row = repository.by_session(session, body.session)
    parts.messages.hit(row.id)
    with parts.database.write() as session:
        code = linking.new_code(session, row.id, parts.clock.now())
    return LinkCodeOut(code=code, minutes=int(linking.LASTING.total_seconds()) // 60)
