"""The statute base as of one day: look-up by name and number, and every article in force."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.statute import names, numerals
from knowledge.statute.models import Article, Law, LawVersion


class ArticleStatus(StrEnum):
    """效力 of an article on the day that was asked about."""

    IN_FORCE = "in_force"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    REPEALED = "repealed"
    """The whole work was repealed."""
    AMENDED = "amended"
    """The work is in force, but this wording is no longer."""


@dataclass(frozen=True, slots=True)
class ArticleView:
    """条文 with its standing on one day."""

    id: str
    law: str
    number: str
    text: str
    status: ArticleStatus
    effective_on: date | None
    chapter: str | None
    version_id: str
    changed_by: str | None
    """The act that repealed or changed it, where known."""


@dataclass(frozen=True, slots=True)
class LawView:
    """法律法规 with its standing on one day; ``text_held`` says whether we have its articles."""

    name: str
    full_name: str
    level: str
    kind: str
    status: ArticleStatus
    effective_on: date | None
    repealed_on: date | None
    successor: str | None
    text_held: bool
    complete: bool


class _LawRow(NamedTuple):
    """A row of ``Law``; plain tuples, because every look-up reads all of them."""

    id: str
    name: str
    full_name: str
    level: str
    kind: str
    repealed_on: date | None
    successor: str | None


class _VersionRow(NamedTuple):
    """A row of ``LawVersion``."""

    id: str
    law_id: str
    published_on: date | None
    effective_on: date | None
    source_status: str
    complete: bool
    incorporated: bool


_LAW_COLUMNS = [getattr(Law, name) for name in _LawRow._fields]
_VERSION_COLUMNS = [getattr(LawVersion, name) for name in _VersionRow._fields]


@dataclass(frozen=True, slots=True)
class _Work:
    law: _LawRow
    versions: tuple[_VersionRow, ...]
    """Best first: in force, then not yet in force, then former ones, newest first."""
    status: ArticleStatus


def _start(version: _VersionRow) -> date:
    """An amended text applies at the earliest from its publication, whatever its 施行日期."""
    return max(version.effective_on or date.min, version.published_on or date.min)


class StatuteBase:
    """The statutes as they stand on ``today`` (Beijing date). Reads only."""

    def __init__(self, session: Session, today: date) -> None:
        self._session = session
        self.today = today

    @cached_property
    def _works(self) -> dict[str, _Work]:
        """Every work by the key of its name; a few hundred rows, read once."""
        versions: dict[str, list[_VersionRow]] = defaultdict(list)
        for row in self._session.execute(select(*_VERSION_COLUMNS)):
            version = _VersionRow(*row)
            versions[version.law_id].append(version)
        laws = self._session.execute(select(*_LAW_COLUMNS).order_by(Law.name))
        return {
            names.normalise(law.name): self._work(law, versions[law.id])
            for law in (_LawRow(*row) for row in laws)
        }

    def _work(self, law: _LawRow, versions: list[_VersionRow]) -> _Work:
        newest = sorted(versions, key=lambda v: (v.published_on or date.min, v.id), reverse=True)
        live = [version for version in newest if _start(version) <= self.today]
        coming = [version for version in newest if _start(version) > self.today][::-1]
        if self._is_repealed(law, newest):
            status = ArticleStatus.REPEALED
        elif live or not newest:
            status = ArticleStatus.IN_FORCE
        else:
            status = ArticleStatus.NOT_YET_IN_FORCE
        return _Work(law, (*live[:1], *coming, *live[1:]), status)

    def _is_repealed(self, law: _LawRow, newest: list[_VersionRow]) -> bool:
        if law.repealed_on is not None:
            return law.repealed_on <= self.today
        if law.successor is not None:
            return True
        # Repealed says the source, and no text says from when: we never treat it as law.
        return bool(newest) and all(version.source_status == "已废止" for version in newest)

    def _find(self, law: str) -> _Work | None:
        key = names.normalise(law)
        alias = names.normalise(names.ALIASES.get(key, ""))
        # People often leave out who issued an interpretation (关于适用…的解释).
        return (
            self._works.get(key)
            or self._works.get(alias)
            or (self._works.get(f"最高人民法院{key}") if key.startswith("关于") else None)
        )

    def law(self, name: str) -> LawView | None:
        """The work of this full, short or usual short name; an unknown name is never guessed."""
        work = self._find(name)
        if work is None:
            return None
        first = work.versions[0] if work.versions else None
        return LawView(
            name=work.law.name,
            full_name=work.law.full_name,
            level=work.law.level,
            kind=work.law.kind,
            status=work.status,
            effective_on=first.effective_on if first else None,
            repealed_on=work.law.repealed_on,
            successor=work.law.successor,
            text_held=first is not None,
            complete=first is not None and first.complete,
        )

    def article(self, law: str, number: str) -> ArticleView | None:
        """One article as it stands today; ``number`` like 第一千零七十九条, 1079 or 120条之一.

        The text in force comes first; else one that is coming; else the last one there was.
        """
        work = self._find(law)
        if work is None:
            return None
        parsed = numerals.parse_article(number)
        key = numerals.article_number(*parsed) if parsed else re.sub(r"\s", "", number)
        rows = {
            row.version_id: row
            for row in self._session.scalars(
                select(Article).where(Article.law_name == work.law.name, Article.number == key)
            )
        }
        for place, version in enumerate(work.versions):
            if version.id in rows:
                return self._view(rows[version.id], work, version, place == 0)
        return None

    def _view(self, row: Article, work: _Work, version: _VersionRow, first: bool) -> ArticleView:
        changed_by = None
        status = work.status
        if status is ArticleStatus.REPEALED:
            changed_by = work.law.successor
        elif _start(version) > self.today:
            status = ArticleStatus.NOT_YET_IN_FORCE
        elif not first:
            status = ArticleStatus.AMENDED
        elif row.superseded_on is not None and row.superseded_on <= self.today:
            status, changed_by = ArticleStatus.AMENDED, row.superseded_by
        return ArticleView(
            id=row.id,
            law=row.law_name,
            number=row.number,
            text=row.text,
            status=status,
            effective_on=version.effective_on,
            chapter=row.chapter,
            version_id=version.id,
            changed_by=changed_by,
        )

    def articles_in_force(self) -> Iterator[ArticleView]:
        """Every article in force today, work by work, in order.

        Amending acts whose changes the held text already contains are left out: their wording
        stands in the work itself, and may have been changed again since.
        """
        current = {
            work.versions[0].id: work
            for work in self._works.values()
            if work.status is ArticleStatus.IN_FORCE and not work.versions[0].incorporated
        }
        rows = self._session.scalars(
            select(Article)
            .order_by(Article.law_name, Article.version_id, Article.position)
            .execution_options(yield_per=2000)
        )
        for row in rows:
            work = current.get(row.version_id)
            if work is None:
                continue
            view = self._view(row, work, work.versions[0], True)
            if view.status is ArticleStatus.IN_FORCE:
                yield view

    def search_names(self, prefix: str, limit: int = 20) -> list[str]:
        """Names of works in force or coming that begin with ``prefix`` (short or full name)."""
        key = names.normalise(prefix)
        found = [
            work.law.name
            for name, work in self._works.items()
            if name.startswith(key) and work.status is not ArticleStatus.REPEALED and work.versions
        ]
        meant = self._find(prefix)
        if meant and meant.law.name not in found and meant.status is not ArticleStatus.REPEALED:
            found.insert(0, meant.law.name)
        return found[:limit]

    @cached_property
    def known_names(self) -> frozenset[str]:
        """Every name that can be recognised in running text without 《》, short names too."""
        return frozenset(work.law.name for work in self._works.values())
