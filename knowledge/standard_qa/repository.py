"""Queries on entries. What citizens get comes only from ``live`` queries."""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session, load_only

from indexer import Row
from kit.errors import NotFoundError
from knowledge.standard_qa.models import Entry, EntryVersion, VersionArticle, VersionState

_COMPARED = (
    EntryVersion.entry_id,
    EntryVersion.category,
    EntryVersion.question,
    EntryVersion.citations,
    EntryVersion.region,
    EntryVersion.audience,
)
# Made once: to make these anew for each question takes longer than to run them.
_LIVE = (
    select(EntryVersion)
    .join(Entry, Entry.live_version_id == EntryVersion.id)
    .where(Entry.id.in_(bindparam("entry_ids", expanding=True)))
)
_LIVE_BRIEF = _LIVE.options(load_only(*_COMPARED))


def entry(session: Session, entry_id: str, *, lock: bool = False) -> Entry:
    """One entry. Raises ``NotFoundError``."""
    found = session.get(Entry, entry_id, with_for_update=lock)
    if found is None:
        raise NotFoundError("没有这个条目")
    return found


def version(session: Session, version_id: int) -> EntryVersion:
    """One version. Raises ``NotFoundError``."""
    found = session.get(EntryVersion, version_id)
    if found is None:
        raise NotFoundError("没有这个版本")
    return found


def live_versions(
    session: Session, entry_ids: Sequence[str], *, brief: bool = False
) -> dict[str, EntryVersion]:
    """The live versions of these entries, by entry id; entries without one are left out.

    ``brief`` reads at once only what entries are compared by, in half the time; the rest of a
    version is read when it is asked for, or with all of it when the version is read again.
    """
    rows = session.scalars(_LIVE_BRIEF if brief else _LIVE, {"entry_ids": list(entry_ids)})
    return {row.entry_id: row for row in rows}


def live_phrasings(session: Session) -> Iterator[Row]:
    """Every phrasing of every live version: what the index of entries is built from."""
    # Columns, not objects: ten thousand entries are read for each one that is published.
    rows = session.execute(
        select(EntryVersion.id, EntryVersion.entry_id, EntryVersion.question, EntryVersion.similar)
        .join(Entry, Entry.live_version_id == EntryVersion.id)
        .order_by(EntryVersion.entry_id)
        .execution_options(yield_per=500)
    )
    for version_id, entry_id, question, similar in rows:
        yield from _phrasings(version_id, entry_id, question, similar)


def phrasings(version: EntryVersion) -> Iterator[Row]:
    """How a version is asked for, as the index takes it."""
    return _phrasings(version.id, version.entry_id, version.question, version.similar)


def _phrasings(
    version_id: int, entry_id: str, question: str, similar: Sequence[str]
) -> Iterator[Row]:
    for number, text in enumerate([question, *similar]):
        yield Row(row_id=f"{version_id}:{number}", owner=entry_id, text=text)


def versions(session: Session, entry_id: str) -> list[EntryVersion]:
    """All versions of an entry, newest first."""
    return list(
        session.scalars(
            select(EntryVersion)
            .where(EntryVersion.entry_id == entry_id)
            .order_by(EntryVersion.number.desc())
        )
    )


def in_review(
    session: Session, *, offset: int = 0, limit: int = 50
) -> tuple[list[EntryVersion], int]:
    """What waits for a second person, oldest first, and how many there are in all."""
    waiting = select(EntryVersion).where(EntryVersion.state == VersionState.IN_REVIEW)
    total = session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
    rows = session.scalars(waiting.order_by(EntryVersion.id).offset(offset).limit(limit))
    return list(rows), total


class Show(StrEnum):
    """Which entries a list shows."""

    ALL = "all"
    LIVE = "live"
    NOT_LIVE = "not_live"
    RECHECK = "recheck"
    EXPIRING = "expiring"


def page(
    session: Session,
    *,
    words: str = "",
    category: str = "",
    region: str = "",
    show: Show = Show.ALL,
    until: date = date.max,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[tuple[Entry, EntryVersion]], int]:
    """Entries with their latest versions, filtered, and how many there are in all.

    ``until`` is the day up to which a live version counts as expiring.
    """
    query = select(Entry, EntryVersion).join(
        EntryVersion, EntryVersion.id == Entry.latest_version_id
    )
    if category:
        query = query.where(Entry.category == category)
    if region:
        query = query.where(EntryVersion.region.startswith(region, autoescape=True))
    if show is Show.LIVE:
        query = query.where(Entry.live_version_id.is_not(None))
    elif show is Show.NOT_LIVE:
        query = query.where(Entry.live_version_id.is_(None))
    elif show is Show.RECHECK:
        query = query.where(Entry.recheck_since.is_not(None))
    elif show is Show.EXPIRING:
        ending = select(EntryVersion.id).where(EntryVersion.expires_on <= until)
        query = query.where(Entry.live_version_id.in_(ending))
    if words:
        pattern = "%" + words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        query = query.where(
            or_(
                EntryVersion.searched.like(pattern, escape="\\"),
                Entry.id.like(pattern, escape="\\"),
            )
        )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(query.order_by(Entry.id).offset(offset).limit(limit))
    return [(row[0], row[1]) for row in rows], total


def entries_on(session: Session, law: str) -> dict[str, list[tuple[str, str]]]:
    """(id, question) of the live entries on each article of a work, by the article's name."""
    rows = session.execute(
        select(VersionArticle.name, Entry.id, EntryVersion.question)
        .join(Entry, Entry.live_version_id == VersionArticle.version_id)
        .join(EntryVersion, EntryVersion.id == Entry.live_version_id)
        .where(VersionArticle.name.startswith(f"{law}第", autoescape=True))
        .order_by(VersionArticle.name, Entry.id)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for name, entry_id, question in rows:
        found.setdefault(name, []).append((entry_id, question))
    return found


def count_live(session: Session) -> int:
    """How many entries citizens can be answered from."""
    return (
        session.scalar(
            select(func.count()).select_from(Entry).where(Entry.live_version_id.is_not(None))
        )
        or 0
    )
