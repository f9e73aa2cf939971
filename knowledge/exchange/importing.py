"""Import 导入 of entries: a plan that writes nothing, then versions in review, all or none."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from kit.clock import BEIJING
from kit.errors import InvalidInputError
from knowledge.exchange.files import ReadRow
from knowledge.exchange.rows import EntryRow, completed
from knowledge.similarity import normalised
from knowledge.standard_qa import labelled
from knowledge.standard_qa.attachments import AttachmentFolder
from knowledge.standard_qa.models import Entry, EntryVersion, VersionArticle, VersionState
from knowledge.standard_qa.service import cited_rows, content_of, new_entry_id
from knowledge.statute import citation
from knowledge.statute.repository import StatuteBase

_CHUNK = 500
Item = TypeVar("Item")


class Change(StrEnum):
    """What a row would do."""

    NEW = "新建"
    CHANGED = "修改"
    LABELLED = "只改标注问法"
    UNCHANGED = "未变"
    WRONG = "有误"


_WRITTEN = frozenset({Change.NEW, Change.CHANGED, Change.LABELLED})


@dataclass(frozen=True, slots=True)
class Planned:
    """A row with what it would do; ``problem`` in Chinese where it is wrong."""

    number: int
    change: Change
    row: EntryRow | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every row of a file with what it would do."""

    rows: Sequence[Planned]

    def count(self, change: Change) -> int:
        """How many rows would do this."""
        return sum(row.change is change for row in self.rows)

    @property
    def wrong(self) -> list[Planned]:
        """The rows that cannot be imported."""
        return [row for row in self.rows if row.change is Change.WRONG]

    @property
    def writes(self) -> list[Planned]:
        """The rows that would be written."""
        return [row for row in self.rows if row.change in _WRITTEN]

    @property
    def versions(self) -> int:
        """How many versions would be written."""
        return self.count(Change.NEW) + self.count(Change.CHANGED)

    def as_json(self) -> dict[str, Any]:
        """The numbers and the wrong rows."""
        return {
            "rows": len(self.rows),
            "new": self.count(Change.NEW),
            "changed": self.count(Change.CHANGED),
            "labelled": self.count(Change.LABELLED),
            "unchanged": self.count(Change.UNCHANGED),
            "wrong": self.count(Change.WRONG),
            "errors": [{"row": row.number, "problem": row.problem} for row in self.wrong],
        }


def plan(
    session: Session, rows: Sequence[ReadRow], now: datetime, folder: AttachmentFolder
) -> Plan:
    """What an import would do, row by row; writes nothing. ``folder`` has the attachments."""
    base = StatuteBase(session, now.astimezone(BEIJING).date())
    verdicts: dict[str, str] = {}
    known = [row.row.id for row in rows if row.row and row.row.id]
    held, asked_of = _held(session, known), labelled.of(session, known)
    owners = {
        normalised(question): entry_id
        for entry_id, question in session.execute(
            select(Entry.id, EntryVersion.question).join(
                EntryVersion, EntryVersion.id == Entry.latest_version_id
            )
        )
    }
    ids: Counter[str] = Counter()
    asked: dict[str, int] = {}
    planned: list[Planned] = []
    for read in rows:
        row = read.row
        if row is None:
            planned.append(Planned(read.number, Change.WRONG, None, read.problem))
            continue
        if row.id in held:
            latest = max(held[row.id], key=lambda version: version.number)
            row = completed(row, read.absent, content_of(latest))
        question = normalised(row.question)
        owner = owners.get(question)
        unconfirmed = "；".join(filter(None, (_verdict(n, base, verdicts) for n in row.citations)))
        if row.id and ids[row.id]:
            problem = f"编号 {row.id} 在文件里出现了两次"
        elif question in asked:
            problem = f"标准问和第 {asked[question]} 行相同"
        elif owner is not None and owner != row.id:
            problem = f"标准问和已有条目 {owner} 相同；要修改它，请填它的编号"
        elif unconfirmed:
            problem = f"法条引用没有通过核验：{unconfirmed}"
        elif lacking := folder.lacking(row.attachments):
            problem = f"附件不在本站，请先上传：{'、'.join(lacking)}"
        else:
            problem = ""
        ids[row.id] += 1
        asked.setdefault(question, read.number)
        if problem:
            planned.append(Planned(read.number, Change.WRONG, row, problem))
        elif row.id not in held:
            planned.append(Planned(read.number, Change.NEW, row))
        else:
            change = _change(row, held[row.id], asked_of.get(row.id, []))
            planned.append(Planned(read.number, change, row))
    return Plan(planned)


def _change(row: EntryRow, held: Sequence[EntryVersion], asked: Sequence[str]) -> Change:
    """What a row does to an entry that is there; without 标注问法 it leaves those alone."""
    if all(content_of(version) != row.content for version in held):
        return Change.CHANGED
    return Change.LABELLED if row.labelled and set(row.labelled) != set(asked) else Change.UNCHANGED


def _verdict(name: str, base: StatuteBase, verdicts: dict[str, str]) -> str:
    if name not in verdicts:
        mention = citation.parse_name(name)
        checked = citation.check(mention, base) if mention else None
        label = checked.status.label if checked else citation.CheckStatus.UNREADABLE.label
        verdicts[name] = "" if checked and checked.confirmed else f"{name}（{label}）"
    return verdicts[name]


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def _held(session: Session, ids: Sequence[str]) -> dict[str, list[EntryVersion]]:
    """The live and the latest version of each entry that is there already."""
    held: dict[str, list[EntryVersion]] = {}
    for part in _chunks(ids):
        rows = session.execute(
            select(Entry.id, EntryVersion)
            .join(
                EntryVersion,
                EntryVersion.id.in_([Entry.live_version_id, Entry.latest_version_id]),
            )
            .where(Entry.id.in_(part))
        )
        for entry_id, version in rows:
            held.setdefault(entry_id, []).append(version)
    return held


def apply(
    session: Session,
    planned: Plan,
    *,
    author: str,
    now: datetime,
    source: str,
    skip_wrong: bool = False,
) -> int:
    """Write the planned versions, in review, for a second person; how many. 标注问法 hold at once.

    Raises ``InvalidInputError`` before anything is written when a row is wrong, unless wrong rows
    are to be skipped.
    """
    if planned.wrong and not skip_wrong:
        first = planned.wrong[0]
        raise InvalidInputError(
            f"有 {len(planned.wrong)} 行有误，没有写入任何内容。"
            f"第 {first.number} 行：{first.problem}"
        )
    writes = [(row.row, row.change) for row in planned.writes if row.row]
    for part in _chunks([row for row, change in writes if change is not Change.LABELLED]):
        _write(session, part, author, now, source)
    for row in [row for row, change in writes if change is Change.LABELLED]:
        labelled.replace(session, row.id, row.labelled, author=author, now=now)
    return planned.versions


def _write(
    session: Session,
    rows: Sequence[EntryRow],
    author: str,
    now: datetime,
    source: str,
) -> None:
    found = session.scalars(
        select(Entry).where(Entry.id.in_([row.id for row in rows])).with_for_update()
    )
    entries = {entry.id: entry for entry in found}
    highest = session.execute(
        select(EntryVersion.entry_id, func.max(EntryVersion.number))
        .where(EntryVersion.entry_id.in_(list(entries)))
        .group_by(EntryVersion.entry_id)
    )
    numbers = {entry_id: number for entry_id, number in highest}
    made: list[tuple[Entry, EntryVersion]] = []
    asked: list[tuple[Entry, list[str]]] = []
    for row in rows:
        entry = entries.get(row.id)
        if entry is None:
            entry = Entry(id=row.id or new_entry_id(), category=row.category, created_at=now)
            session.add(entry)
        version = EntryVersion(
            entry_id=entry.id,
            number=numbers.get(entry.id, 0) + 1,
            state=VersionState.IN_REVIEW,
            author=author,
            created_at=now,
            change_note=f"导入：{source}"[:200],
            **row.content.columns(),
        )
        made.append((entry, version))
        asked.append((entry, row.labelled))
    session.flush()
    session.add_all(version for _, version in made)
    session.flush()
    for entry, version in made:
        entry.latest_version_id = version.id
    links = [row for _, version in made for row in cited_rows(version.id, version.citations)]
    if links:
        session.execute(insert(VersionArticle), links)
    for entry, questions in asked:
        if questions:
            labelled.replace(session, entry.id, questions, author=author, now=now)
    session.flush()


def exported(session: Session, *, latest: bool = False) -> Iterator[EntryRow]:
    """Every entry with its live version, or with its latest one, and its labelled questions."""
    chosen = Entry.latest_version_id if latest else Entry.live_version_id
    rows = session.scalars(
        select(EntryVersion).join(Entry, chosen == EntryVersion.id).order_by(EntryVersion.entry_id)
    ).all()
    asked = labelled.of(session, [version.entry_id for version in rows])
    for version in rows:
        yield EntryRow(
            id=version.entry_id,
            labelled=asked.get(version.entry_id, []),
            **content_of(version).model_dump(),
        )
