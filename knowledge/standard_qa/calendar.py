"""The calendar of entries: versions go live on their day, and are withdrawn on their day."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kit.clock import BEIJING
from kit.errors import InvalidInputError
from knowledge.standard_qa import repository, service
from knowledge.standard_qa.models import Entry, EntryVersion, VersionState

ACTOR = "系统"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a day brought, by entry id."""

    published: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.published or self.refused or self.withdrawn)


def keep(session: Session, now: datetime) -> Kept:
    """Do what is due by ``now``; doing it again does nothing."""
    today = now.astimezone(BEIJING).date()
    withdrawn = []
    over = session.execute(
        select(Entry.id, EntryVersion.expires_on)
        .join(EntryVersion, EntryVersion.id == Entry.live_version_id)
        .where((EntryVersion.expires_on <= today) | (Entry.withdraw_on <= today))
        .order_by(Entry.id)
    ).all()
    for entry_id, expires_on in over:
        expired = expires_on is not None and expires_on <= today
        reason = f"失效日期 {expires_on} 已到" if expired else "所依据的条文从今天起改变"
        service.withdraw(session, entry_id, actor=ACTOR, reason=reason, now=now)
        withdrawn.append(entry_id)
    published: list[str] = []
    refused: list[str] = []
    due = session.scalars(
        select(EntryVersion)
        .where(EntryVersion.state == VersionState.SCHEDULED, EntryVersion.valid_from <= today)
        .order_by(EntryVersion.id)
    ).all()
    for version in due:
        done = published if _go_live(session, version, now) else refused
        done.append(version.entry_id)
    return Kept(tuple(published), tuple(refused), tuple(withdrawn))


def _go_live(session: Session, version: EntryVersion, now: datetime) -> bool:
    """Whether it went live; the law may have changed since it was reviewed."""
    entry = repository.entry(session, version.entry_id, lock=True)
    live = repository.version(session, entry.live_version_id) if entry.live_version_id else None
    problem = ""
    if live is not None and live.number > version.number:
        problem = f"第 {live.number} 版已经上线"
    try:
        service.require_confirmed(session, version.citations, now)
    except InvalidInputError as error:
        problem = error.message
        service.flag(session, entry.id, f"第 {version.number} 版没有按期上线：{problem}", now=now)
    if problem:
        version.state = VersionState.REJECTED
        version.review_note = f"{ACTOR}：没有按期上线，{problem}"
        return False
    service.go_live(session, entry, version, now)
    return True
