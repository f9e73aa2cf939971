"""The WeCom door 微信客服: a callback says that there is something; the worker reads it."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool

from hotline.channel.wechat.endpoints import SUCCESS, bounded_body, show_message
from hotline.channel.wechat.envelope import EnvelopeError
from hotline.channel.wecom.door import WeCom
from hotline.channel.wecom.puller import PULL_TOPIC
from hotline.dependencies import Parts, PartsDep
from kit import outbox
from kit.errors import ForbiddenError

router = APIRouter(prefix="/wecom", include_in_schema=False)
EVENT = "kf_msg_or_event"
TOKEN_LIMIT = 512


def _door(parts: Parts) -> WeCom:
    if parts.wecom is None:
        raise ForbiddenError("微信客服渠道没有启用")
    return parts.wecom


@router.get("")
def verify_address(request: Request, parts: PartsDep) -> Response:
    """验证URL: the decrypted echo proves to WeCom that this address is ours."""
    try:
        return PlainTextResponse(_door(parts).echo(request.query_params, parts.clock.now()))
    except ForbiddenError as error:
        return PlainTextResponse(error.message, error.status)


@router.post("")
async def take_callback(request: Request, parts: PartsDep) -> Response:
    """There is something to read: noted, committed, acknowledged."""
    try:
        wecom = _door(parts)
        body = await bounded_body(request)
        fields = wecom.open(request.query_params, body, parts.clock.now())
    except ForbiddenError as error:
        return PlainTextResponse(error.message, error.status)
    except EnvelopeError as error:
        return PlainTextResponse(str(error), 400)
    if fields.get("Event") == EVENT and fields.get("OpenKfId") == wecom.kf_id:
        await run_in_threadpool(_note, parts, fields.get("Token", "")[:TOKEN_LIMIT])
    return PlainTextResponse(SUCCESS)


def _note(parts: Parts, token: str) -> None:
    with parts.database.write() as session:
        outbox.put(session, PULL_TOPIC, {"token": token}, parts.clock.now())


@router.get("/messages/{key}", response_class=HTMLResponse)
def read_message(request: Request, parts: PartsDep, key: str) -> HTMLResponse:
    """看全文 of what was sent through 微信客服."""
    return show_message(request, parts, _door(parts).links, key)
