"""The application: ``create_app(settings)`` puts the parts together; nothing is read at import."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as ASGIMessage

from hotline.api import include_routes
from hotline.bot_client import BotClient
from hotline.channel.dialogue import Dialogue
from hotline.channel.wechat.door import WeChat
from hotline.channel.wecom.door import WeCom
from hotline.console.pages import error_page
from hotline.consultation import phrases
from hotline.consultation.triager import Triager
from hotline.dependencies import Parts
from hotline.institution import load as load_institutions
from hotline.wording import in_words
from hotline.work_order.assignment import DeadlineRules
from indexer import load_encoder
from kit.clock import Clock, SystemClock
from kit.db import Database
from kit.errors import AppError, NotAuthenticatedError
from kit.settings import Settings
from kit.throttle import Throttle
from kit.working_days import WorkingDays, parse_days
from knowledge import indexing
from knowledge.related.retrieval import ASKED
from knowledge.retrieval import ARTICLES, ENTRIES, Retriever

log = logging.getLogger(__name__)
STATIC = Path(__file__).with_name("static")
_STAFF_PAGES = ("/desk", "/editor", "/board", "/staff")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class SecurityHeaders:
    """Puts what every answer needs on it. Plain ASGI: no task of its own around each request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""

        async def send_with_headers(message: ASGIMessage) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


def build_parts(settings: Settings, clock: Clock | None = None) -> Parts:
    """The shared parts of a process that answers questions."""
    clock = clock or SystemClock()
    database = Database(settings.resolved_database_url)
    encoder = load_encoder(settings.encoder)
    retriever = Retriever(
        indexing.live(settings, ENTRIES, encoder),
        indexing.live(settings, ARTICLES, encoder),
        settings.region,
        indexing.live(settings, ASKED, encoder),
    )
    triager = Triager.load(encoder)
    bot = BotClient(
        settings.bot_url, settings.bot_token.get_secret_value(), settings.bot_timeout_seconds
    )
    rules = DeadlineRules(
        WorkingDays(parse_days(settings.extra_holidays), parse_days(settings.extra_workdays)),
        settings.first_response_hours,
        settings.handling_working_days,
    )
    return Parts(
        settings=settings,
        database=database,
        clock=clock,
        deadline_rules=rules,
        encoder=encoder,
        retriever=retriever,
        triager=triager,
        institutions=load_institutions(settings.institutions_file),
        bot=bot,
        dialogue=Dialogue(database, clock, bot, retriever, triager, rules),
        messages=Throttle(settings.messages_per_minute, phrases.TOO_FAST),
        sessions=Throttle(settings.sessions_per_minute, phrases.TOO_FAST),
        lookups=Throttle(settings.lookups_per_minute, "查询次数太多，请一分钟后再试"),
        # Four digits could be tried out in a day or two otherwise.
        lookups_by_day=Throttle(
            settings.lookups_per_day, "这张工单今天查询次数太多，请明天再试，或拨打12348", per="day"
        ),
        logins=Throttle(settings.logins_per_minute, "登录次数太多，请一分钟后再试"),
        # One name tried from many addresses, or many names from one.
        logins_by_source=Throttle(5 * settings.logins_per_minute, "登录次数太多，请一分钟后再试"),
        wechat=WeChat(settings, database, clock) if settings.wechat_mode != "off" else None,
        wecom=WeCom(settings, database, clock) if settings.wecom_corp_id else None,
    )


def _wants_page(request: Request) -> bool:
    return request.url.path.startswith(_STAFF_PAGES) and "HX-Request" not in request.headers


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(AppError)
    def app_error(request: Request, error: AppError) -> Response:
        if _wants_page(request):
            if isinstance(error, NotAuthenticatedError) and request.url.path != "/staff/login":
                return RedirectResponse("/staff/login", status_code=303)
            return error_page(request, error.message, error.status)
        return JSONResponse(error.as_json(), status_code=error.status)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        field, message = in_words(error.errors()[0])
        if _wants_page(request):
            return error_page(request, message, 422)
        body = {"error": {"code": "invalid", "message": message, "field": field}}
        return JSONResponse(body, status_code=422)

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> Response:
        message = "没有这个页面" if error.status_code == 404 else "请求方式不对"
        if _wants_page(request):
            return error_page(request, message, error.status_code)
        return JSONResponse(
            {"error": {"code": "http", "message": message}}, status_code=error.status_code
        )

    @app.exception_handler(Exception)
    def crashed(request: Request, error: Exception) -> Response:
        # Starlette logs the traceback itself after this handler; here only the answer is made.
        message = "系统出了点问题，请稍后再试；着急请拨打12348"
        if _wants_page(request):
            return error_page(request, message, 500)
        return JSONResponse({"error": {"code": "internal", "message": message}}, status_code=500)


def create_app(settings: Settings, parts: Parts | None = None) -> FastAPI:
    """The service. ``parts`` lets tests bring their own clock or dialogue."""
    parts = parts or build_parts(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # The first search loads the index and jieba's dictionary; no citizen should wait for it.
        log.info("entries index: generation %s", parts.retriever.entries.generation)
        yield
        if parts.wechat is not None:
            parts.wechat.close()
        if parts.wecom is not None:
            parts.wecom.close()
        parts.bot.close()
        parts.database.dispose()

    app = FastAPI(
        title="12348 assistant",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.parts = parts
    app.state.database = parts.database
    app.state.clock = parts.clock

    app.add_middleware(SecurityHeaders)
    _handle_errors(app)
    include_routes(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
