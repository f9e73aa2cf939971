"""Doors of the staff: log in, log out, change the password, read an article."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from hotline.console.pages import is_htmx, page, redirect
from hotline.dependencies import (
    SESSION_COOKIE,
    BoardDep,
    Parts,
    PartsDep,
    StaffDep,
    client_address,
    current_staff,
)
from hotline.staff import service
from hotline.staff.models import Role
from hotline.staff.service import Subject
from kit.auth import hash_password, new_token, same
from kit.clock import BEIJING
from kit.errors import AppError, ForbiddenError, InvalidInputError, NotAuthenticatedError
from knowledge.statute.repository import StatuteBase

router = APIRouter(prefix="/staff", tags=["staff"])
LOGIN_COOKIE = "staff_login"
NAME_LIMIT = 64
PASSWORD_LIMIT = 256
_HOMES = {
    Role.SEAT_LAWYER: "/desk",
    Role.SUPERVISOR: "/board",
    Role.KNOWLEDGE_EDITOR: "/editor",
    Role.ADMIN: "/board",
}


def home(subject: Subject) -> str:
    """Where somebody's work begins; with a one-time password, at changing it."""
    return "/staff/password" if subject.must_change_password else _HOMES[subject.role]


def _logged_in(request: Request, parts: Parts) -> Subject | None:
    try:
        return current_staff(request, parts)
    except NotAuthenticatedError:
        return None


def _login_page(
    request: Request, parts: Parts, status: int = 200, error: str = "", username: str = ""
) -> Response:
    token = request.cookies.get(LOGIN_COOKIE) or new_token()
    response = page(
        request, "staff/login.html", status, token=token, error=error, username=username
    )
    # Under no-referrer a browser sends "Origin: null" with every form, its own ones too.
    response.headers["Referrer-Policy"] = "same-origin"
    response.set_cookie(
        LOGIN_COOKIE,
        token,
        path="/staff/login",
        httponly=True,
        samesite="strict",
        secure=parts.settings.secure_cookies,
    )
    return response


def _refuse_foreign_form(request: Request, parts: Parts, shown: str) -> None:
    """Nobody else's page may log a visitor in (login CSRF). Raises ``ForbiddenError``."""
    origin = request.headers.get("Origin")
    own = {request.headers.get("Host"), urlsplit(parts.settings.public_url).netloc or None}
    foreign = origin is not None and urlsplit(origin).netloc not in own
    expected = request.cookies.get(LOGIN_COOKIE, "")
    if foreign or not expected or not same(shown, expected):
        raise ForbiddenError("登录页面已过期，请再试一次")


def _log_in(request: Request, parts: Parts, username: str, password: str) -> str:
    """The cookie of a new session; the one shown before it ends."""
    address = client_address(request)
    # Per name and address, so that nobody can lock a colleague out from elsewhere.
    parts.logins.hit("login", username, address)
    parts.logins_by_source.hit("name", username)
    parts.logins_by_source.hit("address", address)
    with parts.database.read() as session:
        account = service.by_username(session, username)
    try:
        # Slow on purpose: outside of any transaction.
        account = service.check_password(account, password[:PASSWORD_LIMIT])
    except NotAuthenticatedError:
        if account is not None:
            with parts.database.write() as session:
                service.audit(
                    session,
                    actor=account.username,
                    action="login_failed",
                    subject=account.username,
                    now=parts.clock.now(),
                )
        raise
    before = _logged_in(request, parts)
    now = parts.clock.now()
    with parts.database.write() as session:
        if before is not None:
            service.close_session(session, before, now)
        return service.open_session(session, account, now)


@router.get("/login")
def login_page(request: Request, parts: PartsDep) -> Response:
    """登录."""
    subject = _logged_in(request, parts)
    return redirect(request, home(subject)) if subject else _login_page(request, parts)


@router.post("/login")
def log_in(
    request: Request,
    parts: PartsDep,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    token: Annotated[str, Form()] = "",
) -> Response:
    """Check the password and begin a session with a fresh cookie."""
    username = username.strip()[:NAME_LIMIT]
    try:
        _refuse_foreign_form(request, parts, token)
        cookie = _log_in(request, parts, username, password)
    except AppError as error:
        return _login_page(request, parts, error.status, error.message, username)
    response = redirect(request, "/staff")
    response.delete_cookie(LOGIN_COOKIE, path="/staff/login")
    response.set_cookie(
        SESSION_COOKIE,
        cookie,
        path="/",
        httponly=True,
        samesite="lax",
        secure=parts.settings.secure_cookies,
    )
    return response


@router.get("")
def go_home(request: Request, subject: Annotated[Subject, Depends(current_staff)]) -> Response:
    """To the console of one's role."""
    return redirect(request, home(subject))


@router.post("/logout")
def log_out(request: Request, parts: PartsDep, subject: StaffDep) -> Response:
    """退出: the session ends on the server, whatever the browser keeps."""
    with parts.database.write() as session:
        service.close_session(session, subject, parts.clock.now())
    response = redirect(request, "/staff/login")
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@router.get("/password")
def password_page(request: Request, subject: StaffDep) -> Response:
    """修改密码."""
    return page(request, "staff/password.html", subject=subject, error="")


@router.post("/password")
def change_password(
    request: Request,
    parts: PartsDep,
    subject: StaffDep,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Set a new password; the account's other sessions end."""
    try:
        parts.logins.hit(subject.username)
        if new != again:
            raise InvalidInputError("两次输入的新密码不一致")
        if len(new) > PASSWORD_LIMIT:
            raise InvalidInputError(f"新密码最多 {PASSWORD_LIMIT} 位")
        with parts.database.read() as session:
            service.require_good_password(session, subject, old, new)
        # Slow on purpose, so not while the database waits.
        hashed = hash_password(new)
        with parts.database.write() as session:
            service.change_password(session, subject, hashed, parts.clock.now())
    except AppError as error:
        return page(
            request, "staff/password.html", error.status, subject=subject, error=error.message
        )
    return redirect(request, "/staff")


@router.get("/articles")
def article(
    request: Request,
    parts: PartsDep,
    subject: BoardDep,
    law: Annotated[str, Query(max_length=200)],
    number: Annotated[str, Query(max_length=40)],
) -> Response:
    """条文: the text that a citation names; the inside of a dialog when a script asks."""
    today = parts.clock.now().astimezone(BEIJING).date()
    with parts.database.read() as session:
        view = StatuteBase(session, today).article(law, number)
    name = "staff/_article.html" if is_htmx(request) else "staff/article.html"
    status = 200 if view or is_htmx(request) else 404
    return page(request, name, status, subject=subject, view=view, law=law, number=number)
