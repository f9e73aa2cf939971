"""What endpoints depend on: the shared parts of the application and who is asking."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Path, Request

from hotline.bot_client import BotClient
from hotline.channel.dialogue import Dialogue
from hotline.channel.wechat.door import WeChat
from hotline.channel.wecom.door import WeCom
from hotline.consultation.triager import Triager
from hotline.institution import Institution
from hotline.staff import service as staff
from hotline.staff.models import Role
from hotline.staff.service import Subject
from hotline.work_order.assignment import DeadlineRules
from indexer import Encoder
from kit.auth import same
from kit.clock import Clock
from kit.db import Database
from kit.errors import ForbiddenError, NotAuthenticatedError
from kit.settings import Settings
from kit.throttle import Throttle
from knowledge.retrieval import Retriever

SESSION_COOKIE = "staff_session"
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
# Shown by pages that ask by themselves every few seconds: no sign of somebody sitting there, so
# it must not keep a forsaken login alive.
POLLING_HEADER = "X-Polling"
_BEFORE_NEW_PASSWORD = frozenset({"/staff/password", "/staff/logout"})
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# A session's last use is noted at most this often: not every click needs a write.
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Parts:
    """The shared parts of a running service; kept on ``app.state.parts``."""

    settings: Settings
    database: Database
    clock: Clock
    deadline_rules: DeadlineRules
    encoder: Encoder
    retriever: Retriever
    triager: Triager
    institutions: tuple[Institution, ...]
    bot: BotClient
    dialogue: Dialogue
    messages: Throttle
    sessions: Throttle
    lookups: Throttle
    lookups_by_day: Throttle
    logins: Throttle
    logins_by_source: Throttle
    wechat: WeChat | None = None
    wecom: WeCom | None = None


def get_parts(request: Request) -> Parts:
    """The parts of the application that serves this request."""
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(get_parts)]
# A number of a row in an address: no database holds larger ones.
MAX_ROW_ID = 2**31 - 1
RowId = Annotated[int, Path(ge=1, le=MAX_ROW_ID)]


def require_service(request: Request, parts: PartsDep) -> None:
    """Only the action server, which shows the service token. Raises ``NotAuthenticatedError``."""
    expected = parts.settings.service_token.get_secret_value()
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not expected or not same(shown, expected):
        raise NotAuthenticatedError("需要服务令牌")


def client_address(request: Request) -> str:
    """The address that throttling counts by."""
    return request.client.host if request.client else "unknown"


def current_staff(request: Request, parts: PartsDep) -> Subject:
    """The member of the staff who is logged in. Raises ``NotAuthenticatedError``."""
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        raise NotAuthenticatedError("请先登录")
    now = parts.clock.now()
    settings = parts.settings
    with parts.database.read() as session:
        subject = staff.resolve(
            session,
            token,
            now,
            timedelta(minutes=settings.staff_idle_minutes),
            timedelta(hours=settings.staff_session_hours),
        )
    if subject is None:
        raise NotAuthenticatedError("登录已过期，请重新登录")
    if now - subject.last_seen_at > _SEEN_EVERY and POLLING_HEADER not in request.headers:
        with parts.database.write() as session:
            staff.seen(session, subject.session_id, now)
    return subject


async def csrf_token_shown(request: Request) -> str:
    """The CSRF token that the request shows, in a header (htmx) or a form field."""
    header = request.headers.get(CSRF_HEADER)
    if header or request.method not in _UNSAFE:
        return header or ""
    form = await request.form()
    value = form.get(CSRF_FIELD)
    return value if isinstance(value, str) else ""


def verified_staff(
    request: Request,
    subject: Annotated[Subject, Depends(current_staff)],
    shown: Annotated[str, Depends(csrf_token_shown)],
) -> Subject:
    """Logged in, CSRF token shown on unsafe methods, one-time password already changed."""
    if request.method in _UNSAFE and not same(shown, subject.csrf_token):
        raise ForbiddenError("页面已过期，请刷新后再试")
    if subject.must_change_password and request.url.path not in _BEFORE_NEW_PASSWORD:
        raise ForbiddenError("请先修改一次性密码")
    return subject


StaffDep = Annotated[Subject, Depends(verified_staff)]


class Require:
    """A dependency that lets only these roles in."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    def __call__(self, subject: StaffDep) -> Subject:
        """The subject. Raises ``ForbiddenError``."""
        if subject.role not in self.roles:
            raise ForbiddenError("您的岗位没有这个权限")
        return subject


LawyerDep = Annotated[Subject, Depends(Require(Role.SEAT_LAWYER, Role.SUPERVISOR))]
EditorDep = Annotated[Subject, Depends(Require(Role.KNOWLEDGE_EDITOR))]
BoardDep = Annotated[
    Subject, Depends(Require(Role.SUPERVISOR, Role.KNOWLEDGE_EDITOR, Role.SEAT_LAWYER, Role.ADMIN))
]
