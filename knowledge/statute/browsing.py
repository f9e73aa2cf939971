"""Reading the statute base as people do: works by name, their versions, articles by their words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kit.errors import NotFoundError
from knowledge.statute.models import Article, Law, LawVersion
from knowledge.statute.repository import ArticleStatus, LawView, StatuteBase
from knowledge.word_diff import Piece, texts


@dataclass(frozen=True, slots=True)
class Work:
    """A work in a list: its row, its standing today and how many versions are held."""

    law: Law
    view: LawView
    versions: int


@dataclass(frozen=True, slots=True)
class Shown:
    """An article of a version; ``pieces`` against another version, where it differs."""

    number: str
    chapter: str | None
    text: str
    pieces: list[Piece] | None = None


def like(words: str) -> str:
    """A pattern that finds these words and nothing else."""
    escaped = words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def works(
    session: Session, today: date, *, words: str = "", level: str = "", offset: int = 0, limit: int
) -> tuple[list[Work], int]:
    """Works whose name has the words, and how many there are in all."""
    query = select(Law)
    if words:
        pattern = like(words)
        query = query.where(
            or_(Law.name.like(pattern, escape="\\"), Law.full_name.like(pattern, escape="\\"))
        )
    if level:
        query = query.where(Law.level == level)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    laws = session.scalars(
        query.order_by(func.length(Law.name), Law.name).offset(offset).limit(limit)
    ).all()
    counted = session.execute(
        select(LawVersion.law_id, func.count())
        .where(LawVersion.law_id.in_([law.id for law in laws]))
        .group_by(LawVersion.law_id)
    )
    versions = {law_id: count for law_id, count in counted}
    base = StatuteBase(session, today)
    views = ((law, base.law(law.name)) for law in laws)
    return [Work(law, view, versions.get(law.id, 0)) for law, view in views if view], total


def levels(session: Session) -> list[str]:
    """Every level that some work has."""
    return list(session.scalars(select(Law.level).distinct().order_by(Law.level)))


def containing(session: Session, today: date, words: str, limit: int) -> list[tuple[str, str, str]]:
    """Law, number and text of articles in force that have the words, by law."""
    base = StatuteBase(session, today)
    rows = session.execute(
        select(Article.law_name, Article.number)
        .where(Article.text.like(like(words), escape="\\"))
        .order_by(Article.law_name, Article.position)
        .limit(limit * 4)
    )
    views = (base.article(law, number) for law, number in rows)
    found = dict.fromkeys(
        (view.law, view.number, view.text)
        for view in views
        if view and view.status is ArticleStatus.IN_FORCE and words in view.text
    )
    return list(found)[:limit]


def law(session: Session, law_id: str) -> Law:
    """One work. Raises ``NotFoundError``."""
    found = session.get(Law, law_id)
    if found is None:
        raise NotFoundError("没有这部法律法规")
    return found


def versions(session: Session, law_id: str) -> list[LawVersion]:
    """The versions of a work that are held, newest first."""
    return list(
        session.scalars(
            select(LawVersion)
            .where(LawVersion.law_id == law_id)
            .order_by(LawVersion.published_on.desc(), LawVersion.id.desc())
        )
    )


def articles(session: Session, version_id: str, against: str | None = None) -> list[Shown]:
    """The articles of a version in order; ``against`` an older one, with what differs."""
    rows = _of(session, version_id)
    if against is None:
        return [Shown(row.number, row.chapter, row.text) for row in rows]
    before = {row.number: row for row in _of(session, against)}
    shown = [
        Shown(row.number, row.chapter, row.text, _differing(before, row.number, row.text))
        for row in rows
    ]
    held = {row.number for row in rows}
    gone = [row for row in before.values() if row.number not in held]
    return shown + [Shown(row.number, row.chapter, "", texts(row.text, "")) for row in gone]


def _of(session: Session, version_id: str) -> Sequence[Article]:
    return session.scalars(
        select(Article).where(Article.version_id == version_id).order_by(Article.position)
    ).all()


def _differing(before: dict[str, Article], number: str, text: str) -> list[Piece] | None:
    old = before[number].text if number in before else ""
    return None if "".join(old.split()) == "".join(text.split()) else texts(old, text)
