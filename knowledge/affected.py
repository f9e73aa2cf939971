"""Affected entries 受影响的条目: what a new text of a statute means for the live answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from kit import outbox
from knowledge.standard_qa import service
from knowledge.standard_qa.models import Entry, EntryVersion, VersionArticle
from knowledge.statute import arrival as arrivals
from knowledge.statute.arrival import Arrival
from knowledge.statute.source import SourceVersion
from knowledge.word_diff import marked

_PART = 400


@dataclass(frozen=True, slots=True)
class Affected:
    """A live entry with the articles that it cites and whose text changes."""

    entry_id: str
    question: str
    articles: list[str]


def find(session: Session, arrival: Arrival) -> list[Affected]:
    """Live entries that cite a changed article, or any article of a work that is repealed."""
    names = [change.name for change in arrival.changes]
    wanted: list[ColumnElement[bool]] = [
        VersionArticle.name.in_(names[start : start + _PART])
        for start in range(0, len(names), _PART)
    ]
    wanted += [VersionArticle.name.startswith(f"{law}第", autoescape=True)
               for law in arrival.repealed]  # fmt: skip
    if not wanted:
        return []
    rows = session.execute(
        select(Entry.id, EntryVersion.question, VersionArticle.name)
        .join(EntryVersion, EntryVersion.id == Entry.live_version_id)
        .join(VersionArticle, VersionArticle.version_id == EntryVersion.id)
        .where(or_(*wanted))
        .order_by(Entry.id, VersionArticle.name)
    )
    found: dict[str, Affected] = {}
    for entry_id, question, name in rows:
        found.setdefault(entry_id, Affected(entry_id, question, [])).articles.append(name)
    return list(found.values())


def flag(
    session: Session, found: Sequence[Affected], arrival: Arrival, now: datetime, *, withdraw: bool
) -> None:
    """标为待复核; with ``withdraw`` they are withdrawn on the day the new text takes effect."""
    for item in found:
        reason = (
            f"《{arrival.law}》有新文本，{arrival.starts_on} 起施行，"
            f"改动了所引用的：{'、'.join(item.articles)}"
        )
        entry = service.flag(session, item.entry_id, reason, now=now)
        if withdraw:
            entry.withdraw_on = arrival.starts_on


def take_in(
    session: Session, version: SourceVersion, now: datetime, *, withdraw: bool
) -> tuple[Arrival, list[Affected]]:
    """Import a version and flag the live entries that it touches. Raises ``ConflictError``.

    The index of articles follows after the commit.
    """
    arrival = arrivals.take_in(session, version)
    found = find(session, arrival)
    if arrival.written:
        flag(session, found, arrival, now, withdraw=withdraw)
        outbox.put(session, arrivals.INDEX_TOPIC, {"version": arrival.version_id}, now)
    return arrival, found


def table(arrival: Arrival, found: Sequence[Affected]) -> str:
    """For people: each changed article word by word, then the entries that cite it."""
    lines = [
        f"《{arrival.law}》{arrival.articles} 条，{arrival.starts_on} 起施行"
        + ("" if arrival.written else "（已经导入过，没有再写入）")
    ]
    lines += [f"{item.name}：{marked(item.pieces)}" for item in arrival.changes]
    lines += [f"废止：{name}" for name in arrival.repealed]
    lines += [f"受影响：{item.entry_id} {item.question}（{'、'.join(item.articles)}）"
              for item in found]  # fmt: skip
    return "\n".join(lines)


def as_json(arrival: Arrival, found: Sequence[Affected]) -> dict[str, Any]:
    """The same on one line."""
    return {
        "law": arrival.law,
        "version": arrival.version_id,
        "starts_on": str(arrival.starts_on),
        "articles": arrival.articles,
        "written": arrival.written,
        "changed": [change.name for change in arrival.changes],
        "repealed": list(arrival.repealed),
        "affected": [
            {"entry": item.entry_id, "question": item.question, "articles": item.articles}
            for item in found
        ],
    }
