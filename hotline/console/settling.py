"""Settling 处理 what waits for an editor, a candidate or a gap: merged or left out, and noted."""

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from hotline.dependencies import Parts
from hotline.staff.service import Subject, audit
from knowledge.standard_qa.models import EntryVersion


class Merge(Protocol):
    """A service's verb that makes a waiting row a 相似问 of an entry."""

    def __call__(
        self,
        session: Session,
        row_id: int,
        entry_id: str,
        text: str,
        /,
        *,
        actor: str,
        now: datetime,
    ) -> EntryVersion:
        """The version in review."""


class Dismiss(Protocol):
    """A service's verb that leaves a waiting row out, with a reason."""

    def __call__(
        self, session: Session, row_id: int, reason: str, /, *, actor: str, now: datetime
    ) -> object:
        """The row."""


def merge(
    parts: Parts,
    subject: Subject,
    verb: Merge,
    row_id: int,
    entry_id: str,
    text: str,
    *,
    action: str,
    noun: str,
) -> None:
    """并入 an entry; the new version goes to review. Raises what the verb raises."""
    now = parts.clock.now()
    with parts.database.write() as session:
        version = verb(session, row_id, entry_id.strip(), text, actor=subject.username, now=now)
        audit(
            session,
            actor=subject.username,
            action=action,
            subject=f"{version.entry_id} v{version.number}",
            now=now,
            detail=f"{noun} {row_id}：{text}",
        )


def dismiss(
    parts: Parts,
    subject: Subject,
    verb: Dismiss,
    row_id: int,
    reason: str,
    *,
    action: str,
    noun: str,
) -> None:
    """不采用 or 不处理, with a reason. Raises what the verb raises."""
    now = parts.clock.now()
    with parts.database.write() as session:
        verb(session, row_id, reason, actor=subject.username, now=now)
        audit(
            session,
            actor=subject.username,
            action=action,
            subject=f"{noun} {row_id}",
            now=now,
            detail=reason.strip(),
        )
