"""Loads the seed entries: new ones are published, changed ones get a new version.

Entries that an editor of this site has changed are theirs: the seed leaves them alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml
from pydantic import ValidationError
from sqlalchemy.orm import Session

from kit import outbox
from knowledge.standard_qa import repository, service
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
            f"本地已修改而保留 {self.kept_local}"
        )


def read(folder: Path = FOLDER) -> Iterator[SeedEntry]:
    """Every seed entry. Raises ``SeedError``."""
    seen: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        rows = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        if not isinstance(rows, list):
            raise SeedError(f"{path.name}: not a list of entries")
        for row in rows:
            name = row.get("id", "?") if isinstance(row, dict) else "?"
            try:
                entry = SeedEntry.model_validate(row)
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"]))
                raise SeedError(f"{path.name}: {name}: {where} {first['msg']}") from error
            if entry.id in seen:
                raise SeedError(f"{path.name}: {entry.id} stands in {seen[entry.id]} too")
            seen[entry.id] = path.name
            yield entry


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
        content = EntryContent.model_validate(row.model_dump(exclude={"id"}))
        found = session.get(Entry, row.id)
        if found is None:
            _put(session, row.id, content, now, new=True)
            new += 1
            continue
        latest = (
            session.get(EntryVersion, found.latest_version_id) if found.latest_version_id else None
        )
        if latest is not None and latest.author != AUTHOR:
            kept += 1
        elif latest is not None and service.content_of(latest) == content:
            unchanged += 1
        else:
            _put(session, row.id, content, now, new=False)
            changed += 1
    if new or changed:
        outbox.put(session, service.INDEX_TOPIC, {"entry_id": None}, now)
    return SeedReport(new, changed, unchanged, kept)
