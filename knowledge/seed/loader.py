"""Loads the seed entries: new ones are published, changed ones get a new version.

Entries that an editor of this site has changed or withdrawn are theirs: the seed leaves them
alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml
from pydantic import ValidationError
from sqlalchemy.orm import Session

from kit import outbox
from knowledge.standard_qa import labelled, repository, service
from knowledge.standard_qa.models import Entry, EntryVersion, VersionState
from knowledge.standard_qa.schemas import EntryContent, SeedEntry

FOLDER = Path(__file__).with_name("entries")
AUTHOR = "seed"
SECOND_READER = "seed-reader"


class SeedError(Exception):
    """A seed file is wrong: one line that names the file and the entry."""


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What loading changed."""

    new: int
    changed: int
    unchanged: int
    kept_local: int

    def __str__(self) -> str:
        return (
            f"种子条目：新增 {self.new}，更新 {self.changed}，未变 {self.unchanged}，"
            f"本地已修改或撤下而保留 {self.kept_local}"
        )


def _phrasings(folder: Path) -> dict[str, list[str]]:
    """Further 相似问 by entry id, from the files in ``phrasings/``. Raises ``SeedError``."""
    found: dict[str, list[str]] = {}
    for path in sorted((folder / "phrasings").glob("*.yaml")):
        rows = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        if not isinstance(rows, dict):
            raise SeedError(f"phrasings/{path.name}: not phrasings by entry id")
        for entry_id, texts in rows.items():
            if entry_id in found or not isinstance(texts, list):
                raise SeedError(f"phrasings/{path.name}: {entry_id}: twice, or not a list")
            found[entry_id] = [str(text) for text in texts]
    return found


def read(folder: Path = FOLDER) -> Iterator[SeedEntry]:
    """Every seed entry. Raises ``SeedError``."""
    seen: dict[str, str] = {}
    further = _phrasings(folder)
    for path in sorted(folder.glob("*.yaml")):
        rows = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        if not isinstance(rows, list):
            raise SeedError(f"{path.name}: not a list of entries")
        for row in rows:
            name = row.get("id", "?") if isinstance(row, dict) else "?"
            try:
                if isinstance(row, dict) and isinstance(row.get("similar"), list):
                    row["similar"] += further.pop(str(name), [])
                entry = SeedEntry.model_validate(row)
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"]))
                raise SeedError(f"{path.name}: {name}: {where} {first['msg']}") from error
            if entry.id in seen:
                raise SeedError(f"{path.name}: {entry.id} stands in {seen[entry.id]} too")
            seen[entry.id] = path.name
            yield entry
    if further:
        raise SeedError(f"phrasings: no entry {next(iter(further))}")


def _put(session: Session, entry_id: str, content: EntryContent, now: datetime, new: bool) -> None:
    version = service.create_draft(
        session,
        content,
        author=AUTHOR,
        now=now,
        entry_id=None if new else entry_id,
        new_id=entry_id,
        note="随程序发布",
    )
    version.state = VersionState.PUBLISHED
    version.reviewer = SECOND_READER
    version.decided_at = now
    repository.entry(session, entry_id).live_version_id = version.id


def load(session: Session, now: datetime, folder: Path = FOLDER) -> SeedReport:
    """Load all seed entries in the caller's transaction. Raises ``SeedError``, citation errors."""
    new = changed = unchanged = kept = 0
    for row in read(folder):
        content = row.content
        found = session.get(Entry, row.id)
        if found is None:
            _put(session, row.id, content, now, new=True)
            labelled.replace(session, row.id, row.labelled, author=AUTHOR, now=now)
            new += 1
            continue
        latest = (
            session.get(EntryVersion, found.latest_version_id) if found.latest_version_id else None
        )
        if latest is not None and (
            latest.author != AUTHOR or latest.state == VersionState.WITHDRAWN
        ):
            kept += 1
        elif latest is not None and service.content_of(latest) == content:
            unchanged += 1
        else:
            _put(session, row.id, content, now, new=False)
            changed += 1
    if new or changed:
        outbox.put(session, service.INDEX_TOPIC, {"entry_id": None}, now)
    return SeedReport(new, changed, unchanged, kept)
