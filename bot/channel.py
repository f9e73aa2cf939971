"""The bot's one door 网关通道: a REST channel for the hotline service alone.

``POST /webhooks/gateway/webhook`` with ``Authorization: Bearer <BOT_TOKEN>`` and
``{"sender": str, "message": str, "metadata"?: object}``. A 200 is a list of Rasa REST messages
and never empty. Everything else is ``{"error": {"code", "message"}}`` with a Chinese message:
401 ``unauthorized``, 422 ``bad_request``, 503 ``bot_silent`` (an action failed, or nothing was
said). Text is never logged.
"""

import hmac
import logging
import re
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.channels.rest import RestInput
from sanic import Blueprint, response
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import reading, speedup

log = logging.getLogger(__name__)

OnMessage = Callable[[UserMessage], Awaitable[Any]]

# The tracker store's column holds 255; a longer id would silently lose the conversation.
_SENDER = re.compile(r"[A-Za-z0-9_.:\-]{1,200}")

SILENT = "抱歉，系统暂时没法回答。您说的话已经留存，请稍后再试；着急请直接拨打12348。"


def error(status: int, code: str, message: str) -> HTTPResponse:
    """The one shape of an error."""
    return response.json({"error": {"code": code, "message": message}}, status=status)


class GatewayInput(RestInput):
    """Checks the token, cleans the text, and turns silence into an error that speaks."""

    @classmethod
    def name(cls) -> str:
        return "gateway"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "GatewayInput":
        token = str((credentials or {}).get("token") or "").strip()
        if not token or token.startswith("$"):
            cls.raise_missing_credentials_exception()
        return cls(token)

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode()
        speedup.apply()

    def admits(self, request: Request) -> bool:
        """Whether the request bears our token; compared in constant time."""
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._expected)

    async def converse(
        self, on_new_message: OnMessage, sender: str, raw: object, metadata: dict | None = None
    ) -> list[dict[str, Any]]:
        """One turn: what the bot says to ``raw``; an empty list where it failed to speak."""
        message = reading.read(raw)
        if message.refusal:
            return [{"recipient_id": sender, "text": message.refusal}]
        collector = CollectingOutputChannel()
        try:
            await on_new_message(
                UserMessage(
                    message.text,
                    collector,
                    sender,
                    input_channel=self.name(),
                    metadata=metadata,
                )
            )
        except Exception as failure:
            # Its message could hold what was typed; its kind and place cannot.
            place = "".join(traceback.format_tb(failure.__traceback__))
            log.exception("a turn failed: %s\n%s", type(failure).__name__, place, exc_info=False)
        return collector.messages

    def blueprint(self, on_new_message: OnMessage) -> Blueprint:
        """``GET /`` for probes, ``POST /webhook`` for turns, and a first parse at the start."""
        door = Blueprint("gateway_door", __name__)

        @door.listener("after_server_start")
        async def warm_up(app: Any, loop: Any) -> None:
            # jieba builds its dictionary on the first parse, 0.8 s that no citizen should wait.
            agent = getattr(app.ctx, "agent", None)
            if agent is not None and agent.is_ready():
                await agent.parse_message("你好")

        @door.get("/")
        async def health(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            if agent is None or not agent.is_ready():
                return error(503, "not_ready", "对话服务还没有准备好。")
            return response.json({"status": "ok", "model": agent.model_id})

        @door.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            if not self.admits(request):
                return error(401, "unauthorized", "没有权限。")
            try:
                body = request.json
            except InvalidUsage:
                body = None
            sender = body.get("sender") if isinstance(body, dict) else None
            if not isinstance(sender, str) or not _SENDER.fullmatch(sender):
                return error(422, "bad_request", "请求缺少会话编号，或编号不合规。")
            metadata = body.get("metadata")
            said = await self.converse(
                on_new_message,
                sender,
                body.get("message"),
                metadata if isinstance(metadata, dict) else None,
            )
            if not said:
                log.error("a silent turn")
                return error(503, "bot_silent", SILENT)
            return response.json(said, ensure_ascii=False)

        return door
