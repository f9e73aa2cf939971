"""Import of the statute base: in bulk, in the caller's transaction, and again without harm."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from kit.errors import InvalidInputError
from knowledge.statute import derivation, names, numerals, source
from knowledge.statute.models import Article, Law, LawVersion
from knowledge.statute.source import SourceArticle, SourceVersion

_CHUNK = 2000
_SUPPLEMENT = "补充"
_NAMED_ARTICLE = re.compile(
    rf"(.+?)\s*(第\s*{numerals.NUMERAL}\s*条(?:\s*之\s*{numerals.NUMERAL})?)"
)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import wrote; all 0 when there was nothing new."""

    laws: int = 0
    versions: int = 0
    articles: int = 0
    superseded: int = 0
    skipped: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.laws or self.versions or self.articles)


def law_id(name: str) -> str:
    """The id of a work: the same in every database."""
    return hashlib.sha256(names.normalise(name).encode()).hexdigest()[:16]


def import_package(session: Session, today: date, path: Path | None = None) -> ImportReport:
    """Import the installed package's statutes; a second run writes nothing.

    ``today`` decides nothing that is stored: dates are stored, status is computed when asked.
    It only refuses data from the future. Raises ``UnavailableError`` without the package.
    """
    versions = list(source.read(path or source.package_file()))
    versions = [version for version in versions if (version.published_on or today) <= today]
    stored = session.execute(select(LawVersion.id, LawVersion.fingerprint))
    held = {version_id: fingerprint for version_id, fingerprint in stored}
    fresh = [version for version in versions if held.get(version.id) != version.fingerprint()]
    if not fresh:
        return ImportReport(skipped=len(versions))
    stale = [version.id for version in fresh if version.id in held]
    for part in _chunks(stale):
        session.execute(delete(Article).where(Article.version_id.in_(part)))
        session.execute(delete(LawVersion).where(LawVersion.id.in_(part)))
    known = set(session.scalars(select(Law.id)))
    laws = [row for row in _laws(versions) if row["id"] not in known]
    articles = [row for version in fresh for row in _articles(version)]
    _insert(session, Law, laws)
    _insert(session, LawVersion, [_version(version) for version in fresh])
    _insert(session, Article, articles)
    _write_repeals(session, versions)
    superseded = _write_amendments(session, versions)
    session.flush()
    return ImportReport(
        len(laws), len(fresh), len(articles), superseded, len(versions) - len(fresh)
    )


def read_jsonl(path: Path) -> Iterator[tuple[str, str, str]]:
    """(name, number, text) of each line ``{"article", "text"}``. Raises ``InvalidInputError``."""
    with path.open(encoding="utf-8") as lines:
        for count, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                match = _NAMED_ARTICLE.fullmatch(row["article"].strip())
                text = row["text"].strip()
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise InvalidInputError(f"第 {count} 行不是 article 和 text：{error}") from error
            parsed = numerals.parse_article(match[2]) if match else None
            if match is None or parsed is None:
                raise InvalidInputError(f"第 {count} 行认不出条文名称：{row['article']}")
            yield names.short(match[1].strip()), numerals.article_number(*parsed), text


def import_jsonl(session: Session, path: Path) -> ImportReport:
    """Add single articles of works that the base does not hold; their date is unknown.

    A work that the base already holds, or knows to be repealed, is left as it is: lines without
    dates must not contradict texts with dates. Such lines are counted as ``skipped``.
    """
    works: dict[str, dict[str, SourceArticle]] = defaultdict(dict)
    skipped = 0
    known = set(session.scalars(select(Law.id)))
    for name, number, text in read_jsonl(path):
        ordinal, suffix = numerals.parse_article(number) or (0, 0)
        if law_id(name) in known or number in works[name]:
            skipped += 1
        else:
            works[name][number] = SourceArticle(number, ordinal, suffix, None, text)
    versions = [
        SourceVersion(
            id=f"jsonl-{law_id(name)}",
            full_name=name,
            level=names.level_of(name),
            kind=names.level_of(name),
            published_on=None,
            effective_on=None,
            status=_SUPPLEMENT,
            articles=tuple(sorted(held.values(), key=lambda row: (row.ordinal, row.suffix))),
        )
        for name, held in works.items()
        if held
    ]
    articles = [row for version in versions for row in _articles(version)]
    _insert(session, Law, _laws(versions))
    _insert(session, LawVersion, [_version(version) for version in versions])
    _insert(session, Article, articles)
    session.flush()
    return ImportReport(len(versions), len(versions), len(articles), 0, skipped)


def write_version(session: Session, version: SourceVersion) -> None:
    """Write one version with its articles, its work, and the repeals that it states."""
    session.execute(delete(Article).where(Article.version_id == version.id))
    session.execute(delete(LawVersion).where(LawVersion.id == version.id))
    known = set(session.scalars(select(Law.id)))
    _insert(session, Law, [row for row in _laws([version]) if row["id"] not in known])
    _insert(session, LawVersion, [_version(version)])
    _insert(session, Article, list(_articles(version)))
    for repeal in derivation.repeals([version]):
        session.execute(
            update(Law)
            .where(Law.id == law_id(repeal.name), Law.repealed_on.is_(None))
            .values(repealed_on=repeal.on, successor=repeal.successor)
        )
    session.flush()


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]


def _insert(session: Session, table: type, rows: Sequence[dict[str, Any]]) -> None:
    for part in _chunks(rows):
        session.execute(insert(table), list(part))


def _laws(versions: Sequence[SourceVersion]) -> list[dict[str, Any]]:
    """One row for each work, and one for each work that these texts repeal."""
    rows: dict[str, dict[str, Any]] = {}
    for version in versions:
        name = names.short(version.full_name)
        rows[law_id(name)] = _law(name, version.full_name, version.level, version.kind)
    for repeal in derivation.repeals(versions):
        rows.setdefault(
            law_id(repeal.name),
            _law(repeal.name, repeal.full_name, names.level_of(repeal.name), "已废止"),
        )
    return list(rows.values())


def _law(name: str, full_name: str, level: str, kind: str) -> dict[str, Any]:
    return {
        "id": law_id(name),
        "name": name,
        "full_name": full_name,
        "level": level,
        "kind": kind,
        "repealed_on": None,
        "successor": None,
    }


def _version(version: SourceVersion) -> dict[str, Any]:
    return {
        "id": version.id,
        "law_id": law_id(version.full_name),
        "published_on": version.published_on,
        "effective_on": version.effective_on,
        "expires_on": None,
        "source_status": version.status,
        "complete": version.status != _SUPPLEMENT,
        "incorporated": False,
        "fingerprint": version.fingerprint(),
    }


def _articles(version: SourceVersion) -> Iterator[dict[str, Any]]:
    name = names.short(version.full_name)
    for position, article in enumerate(version.articles):
        yield {
            "id": f"{name}{article.number}@{version.id}",
            "version_id": version.id,
            "law_name": name,
            "number": article.number,
            "ordinal": article.ordinal,
            "suffix": article.suffix,
            "position": position,
            "chapter": article.chapter,
            "text": article.text,
            "superseded_on": None,
            "superseded_by": None,
        }


def _by_work(versions: Sequence[SourceVersion]) -> dict[str, list[SourceVersion]]:
    """Versions of each work, oldest publication first."""
    works: dict[str, list[SourceVersion]] = defaultdict(list)
    for version in versions:
        works[law_id(version.full_name)].append(version)
    for held in works.values():
        held.sort(key=lambda version: version.published_on or date.min)
    return works


def _write_repeals(session: Session, versions: Sequence[SourceVersion]) -> None:
    works = _by_work(versions)
    for held in works.values():
        for version, following in pairwise(held):
            session.execute(
                update(LawVersion)
                .where(LawVersion.id == version.id)
                .values(expires_on=derivation.starts_on(following))
            )
    for repeal in derivation.repeals(versions):
        work = works.get(law_id(repeal.name), [])
        if any(version.status == "现行有效" for version in work):
            # A later work took up the name again; the repealed one is not this one.
            continue
        session.execute(
            update(Law)
            .where(Law.id == law_id(repeal.name))
            .values(repealed_on=repeal.on, successor=repeal.successor)
        )
        if work:
            session.execute(
                update(LawVersion).where(LawVersion.id == work[-1].id).values(expires_on=repeal.on)
            )


def _write_amendments(session: Session, versions: Sequence[SourceVersion]) -> int:
    """Mark articles that an act changed after the held text was published; how many."""
    works = _by_work(versions)
    count = 0
    for act in sorted(versions, key=lambda version: version.published_on or date.min):
        work = derivation.amended_work(act.full_name)
        held = works.get(law_id(work), []) if work else []
        if not held or act.published_on is None:
            continue
        text = held[-1]
        if (text.published_on or date.min) >= act.published_on:
            session.execute(
                update(LawVersion).where(LawVersion.id == act.id).values(incorporated=True)
            )
            continue
        result = session.execute(
            update(Article)
            .where(
                Article.version_id == text.id,
                Article.number.in_(derivation.changed_articles(act)),
            )
            .values(
                superseded_on=derivation.starts_on(act),
                superseded_by=names.short(act.full_name),
            )
            .returning(Article.id)
        )
        count += len(result.all())
    return count
