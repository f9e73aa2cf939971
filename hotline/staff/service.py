"""Verbs on staff: create, log in, log out, change the password, audit. Never commits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hotline.staff.models import AuditRow, Role, Staff, StaffSession
from kit.auth import hash_password, hash_token, new_token, verify_password
from kit.errors import ConflictError, InvalidInputError, NotAuthenticatedError, NotFoundError

MIN_PASSWORD = 10
WRONG = "用户名或密码不对"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is asking, with the session's CSRF token."""

    staff_id: int
    username: str
    display_name: str
    role: Role
    session_id: int
    csrf_token: str
    must_change_password: bool
    last_seen_at: datetime


def audit(
    session: Session, *, actor: str, action: str, subject: str, now: datetime, detail: str = ""
) -> None:
    """Write a row of the audit log in the caller's transaction."""
    session.add(AuditRow(actor=actor, action=action, subject=subject, detail=detail, at=now))


def create(
    session: Session, *, username: str, display_name: str, role: Role, password: str, now: datetime
) -> Staff:
    """Create an account with a one-time password. Raises ``ConflictError`` if the name is taken."""
    if session.scalar(select(Staff.id).where(Staff.username == username)) is not None:
        raise ConflictError(f"用户名 {username} 已经有人用了")
    staff = Staff(
        username=username,
        display_name=display_name,
        role=role,
        password_hash=hash_password(password),
        created_at=now,
    )
    session.add(staff)
    session.flush()
    return staff


def by_username(session: Session, username: str) -> Staff | None:
    """The active account of a name."""
    return session.scalar(select(Staff).where(Staff.username == username, Staff.active.is_(True)))


def get(session: Session, staff_id: int) -> Staff:
    """One account. Raises ``NotFoundError``."""
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise NotFoundError("没有这个工作人员")
    return staff


def lawyers(session: Session) -> Sequence[Staff]:
    """The active seat lawyers, by name."""
    return session.scalars(
        select(Staff)
        .where(Staff.role == Role.SEAT_LAWYER, Staff.active.is_(True))
        .order_by(Staff.display_name)
    ).all()


def names(session: Session) -> dict[int, str]:
    """The display name of every account, by its id."""
    return {row.id: row.display_name for row in session.scalars(select(Staff))}


def display_names(session: Session, usernames: Collection[str]) -> dict[str, str]:
    """The display names of these user names; names that are no account's are left out."""
    rows = session.scalars(select(Staff).where(Staff.username.in_(usernames)))
    return {row.username: row.display_name for row in rows}


def open_session(session: Session, staff: Staff, now: datetime) -> str:
    """Begin a login session; returns the cookie's token, which is not kept."""
    token = new_token()
    session.add(
        StaffSession(
            token_hash=hash_token(token),
            csrf_token=new_token(),
            staff_id=staff.id,
            created_at=now,
            last_seen_at=now,
        )
    )
    audit(session, actor=staff.username, action="login", subject=staff.username, now=now)
    return token


def check_password(staff: Staff | None, password: str) -> Staff:
    """The account, if the password fits. Raises ``NotAuthenticatedError``."""
    if not verify_password(password, staff.password_hash if staff else None) or staff is None:
        raise NotAuthenticatedError(WRONG)
    return staff


def resolve(
    session: Session, token: str, now: datetime, idle: timedelta, absolute: timedelta
) -> Subject | None:
    """Who a cookie belongs to; ``None`` when it is unknown, revoked or expired."""
    row = session.scalar(
        select(StaffSession).where(
            StaffSession.token_hash == hash_token(token), StaffSession.revoked_at.is_(None)
        )
    )
    if row is None or now - row.last_seen_at > idle or now - row.created_at > absolute:
        return None
    staff = session.get(Staff, row.staff_id)
    if staff is None or not staff.active:
        return None
    return Subject(
        staff_id=staff.id,
        username=staff.username,
        display_name=staff.display_name,
        role=Role(staff.role),
        session_id=row.id,
        csrf_token=row.csrf_token,
        must_change_password=staff.must_change_password,
        last_seen_at=row.last_seen_at,
    )


def seen(session: Session, session_id: int, now: datetime) -> None:
    """Note that the session was used."""
    session.execute(
        update(StaffSession).where(StaffSession.id == session_id).values(last_seen_at=now)
    )


def _end_sessions(session: Session, staff_id: int, now: datetime) -> None:
    session.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _existing(session: Session, username: str) -> Staff:
    staff = session.scalar(select(Staff).where(Staff.username == username))
    if staff is None:
        raise NotFoundError(f"没有用户名 {username}")
    return staff


def reset_password(session: Session, username: str, hashed: str, now: datetime) -> None:
    """Give an account a one-time password, open it again if it was closed; its sessions end."""
    staff = _existing(session, username)
    staff.password_hash = hashed
    staff.must_change_password = True
    staff.active = True
    _end_sessions(session, staff.id, now)
    audit(session, actor="operator", action="password_reset", subject=username, now=now)


def close_account(session: Session, username: str, now: datetime) -> None:
    """Close an account 停用: nobody can log in with it, and its sessions end at once."""
    staff = _existing(session, username)
    staff.active = False
    _end_sessions(session, staff.id, now)
    audit(session, actor="operator", action="account_closed", subject=username, now=now)


def close_session(session: Session, subject: Subject, now: datetime) -> None:
    """Log out: the cookie is worthless from now on."""
    session.execute(
        update(StaffSession).where(StaffSession.id == subject.session_id).values(revoked_at=now)
    )
    audit(session, actor=subject.username, action="logout", subject=subject.username, now=now)


def require_good_password(session: Session, subject: Subject, old: str, new: str) -> None:
    """Raise ``NotAuthenticatedError`` for a wrong old, ``InvalidInputError`` for a bad new one."""
    check_password(get(session, subject.staff_id), old)
    if len(new) < MIN_PASSWORD:
        raise InvalidInputError(f"新密码至少 {MIN_PASSWORD} 位")
    if new == old:
        raise InvalidInputError("新密码不能和旧密码相同")


def change_password(session: Session, subject: Subject, hashed: str, now: datetime) -> None:
    """Set a new password, already checked and hashed; the account's other sessions end."""
    staff = get(session, subject.staff_id)
    staff.password_hash = hashed
    staff.must_change_password = False
    session.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff.id, StaffSession.id != subject.session_id)
        .values(revoked_at=now)
    )
    audit(session, actor=staff.username, action="password", subject=staff.username, now=now)
