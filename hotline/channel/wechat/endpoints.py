"""The WeChat door 微信渠道: Tencent's push comes in here, and a long answer is read here."""

import asyncio
import logging
import time
from concurrent.futures import Future
from datetime import timedelta
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from hotline.channel.wechat import delivery_repository as deliveries
from hotline.channel.wechat import service
from hotline.channel.wechat.door import WeChat
from hotline.channel.wechat.envelope import BODY_LIMIT, EnvelopeError
from hotline.channel.wechat.incoming import Incoming, understand
from hotline.channel.wechat.links import MessageLinks
from hotline.channel.wechat.reception import take_in
from hotline.channel.wechat.service import House, Received
from hotline.channel.wechat.text import body_of
from hotline.console.pages import page
from hotline.consultation import phrases, repository
from hotline.consultation.models import Message
from hotline.dependencies import Parts, PartsDep
from kit.errors import AppError, ForbiddenError, InvalidInputError, TooManyRequestsError

log = logging.getLogger(__name__)
router = APIRouter(prefix="/wechat", include_in_schema=False)
# What WeChat takes for "nothing to show"; anything else is shown as a breakdown.
SUCCESS = "success"
POLL_SECONDS = 0.1
# WeChat hangs up after five seconds: a reply given to it later would be lost.
LISTENS_SECONDS = 4.8
LINK_DAYS = timedelta(days=30)
ECHO_LIMIT = 512


def _door(parts: Parts) -> WeChat:
    if parts.wechat is None:
        raise ForbiddenError("微信渠道没有启用")
    return parts.wechat


@router.get("")
def verify_address(request: Request, parts: PartsDep) -> Response:
    """接入校验: the echo that proves to WeChat that this address is ours."""
    try:
        _door(parts).check(request.query_params, parts.clock.now())
    except ForbiddenError as error:
        return PlainTextResponse(error.message, error.status)
    return PlainTextResponse(request.query_params.get("echostr", "")[:ECHO_LIMIT])


async def bounded_body(request: Request) -> bytes:
    """The body, refused as soon as it is too large. Raises ``EnvelopeError``."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise EnvelopeError("too large")
    return bytes(body)


@router.post("")
async def take_push(request: Request, parts: PartsDep) -> Response:
    """One message or event: written down, acknowledged, and answered at once where that works."""
    began = time.monotonic()
    try:
        wechat = _door(parts)
        opened = wechat.open(request.query_params, await bounded_body(request), parts.clock.now())
        incoming = understand(opened.fields)
    except ForbiddenError as error:
        return PlainTextResponse(error.message, error.status)
    except EnvelopeError as error:
        return PlainTextResponse(str(error), 400)
    try:
        text = await _answer(parts, wechat, incoming, began)
    except (InvalidInputError, TooManyRequestsError) as error:
        text = error.message
    if text is None:
        return PlainTextResponse(SUCCESS)
    return Response(wechat.seal(opened, text, parts.clock.now()), media_type="application/xml")


def _receive(parts: Parts, incoming: Incoming) -> Received | None:
    settings = parts.settings
    house = House(parts.messages, settings.link_codes_per_day, hears=bool(settings.speech_url))
    return take_in(parts.database, parts.clock, incoming, house)


def _claim(
    parts: Parts, wechat: WeChat, incoming: Incoming, message_id: int, began: float
) -> str | None:
    now = parts.clock.now()
    with parts.database.read() as session:
        # Most deliveries of a push that came before end here, without holding up a writer.
        carried = deliveries.carried_by(session, message_id)
        if carried:
            return service.repeated(carried, now, wechat)
        if not deliveries.unclaimed(session, message_id):
            return None
    with parts.database.write() as session:
        if time.monotonic() - began > LISTENS_SECONDS:
            return None
        return service.claim_passive(session, incoming.openid, message_id, now, wechat)


async def _answer(parts: Parts, wechat: WeChat, incoming: Incoming, began: float) -> str | None:
    """The reply if it is ready in time; else ``None``: the worker carries it."""
    received = await run_in_threadpool(_receive, parts, incoming)
    if received is None:
        return None
    try:
        return await _reply(parts, wechat, incoming, received, began)
    except SQLAlchemyError:
        # It is written down, and that is what is acknowledged.
        log.exception("wechat: no passive reply; the worker carries it")
        return None


async def _reply(
    parts: Parts, wechat: WeChat, incoming: Incoming, received: Received, began: float
) -> str | None:
    if received.turn:
        end = began + parts.settings.wechat_passive_seconds
        turn: Future[object] | None = None
        crowded = wechat.busy
        if received.fresh:
            turn = wechat.run_turn(partial(parts.dialogue.drain, received.consultation_id))
        if crowded or not await _in_time(parts, received.message_id, turn, end):
            if not crowded and received.fresh:
                wechat.show_typing(incoming.openid)
            return None
    return await run_in_threadpool(_claim, parts, wechat, incoming, received.message_id, began)


async def _in_time(
    parts: Parts, message_id: int, turn: "Future[object] | None", end: float
) -> bool:
    left = end - time.monotonic()
    if left <= 0:
        return False
    if turn is not None:
        await asyncio.wait([asyncio.wrap_future(turn)], timeout=left)
    while not await run_in_threadpool(parts.dialogue.answered, message_id):
        # Another process may be at it, for this citizen's earlier message.
        if time.monotonic() + POLL_SECONDS >= end:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


def _whole(parts: Parts, message_id: int) -> list[Message]:
    with parts.database.read() as session:
        message = session.get(Message, message_id)
        if message is None or parts.clock.now() - message.created_at > LINK_DAYS:
            raise ForbiddenError("链接已过期")
        if message.reply_to is None:
            return [message]
        return [
            reply
            for reply in repository.replies(session, message.reply_to)
            if reply.consultation_id == message.consultation_id
        ]


def show_message(request: Request, parts: Parts, links: MessageLinks, key: str) -> HTMLResponse:
    """看全文: a message that was too long, by the link that came with it."""
    texts: list[str] = []
    error = ""
    try:
        texts = [body_of(message) for message in _whole(parts, links.linked(key))]
    except AppError as refused:
        error = refused.message
    return page(
        request,
        "wechat_message.html",
        403 if error else 200,
        texts=texts,
        error=error,
        telephone=phrases.TELEPHONE,
    )


@router.get("/messages/{key}", response_class=HTMLResponse)
def read_message(request: Request, parts: PartsDep, key: str) -> HTMLResponse:
    """看全文 of what was sent in WeChat."""
    return show_message(request, parts, _door(parts).links, key)
