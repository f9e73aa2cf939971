"""Arrival of one more version of a work: what it changes, and its import."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kit.errors import ConflictError
from knowledge.statute import derivation, importer, names
from knowledge.statute.models import Article, Law, LawVersion
from knowledge.statute.source import SourceVersion
from knowledge.word_diff import Piece, texts

# The index of articles follows what is written through the outbox.
INDEX_TOPIC = "index.articles"


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """An article whose text is another one in the new version; ``new`` is empty: it is gone."""

    name: str
    old: str
    new: str

    @property
    def pieces(self) -> list[Piece]:
        """What was added and what was removed, word by word."""
        return texts(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What comes with a version: ``repealed`` names works that it repeals.

    ``written`` is whether it is written, or would be; ``first`` whether no earlier text is held.
    """

    law: str
    version_id: str
    starts_on: date | None
    articles: int
    changes: Sequence[ArticleChange]
    repealed: Sequence[str]
    written: bool
    first: bool = False


def preview(session: Session, version: SourceVersion) -> Arrival:
    """What taking a version in would change; writes nothing.

    Raises ``ConflictError`` where the base holds another text published on the same day.
    """
    held = _held(session, version)
    before = _before(held, version)
    known = next((row for row in held if row.id == version.id), None)
    fresh = known is None or known.fingerprint != version.fingerprint()
    if fresh:
        _refuse_same_day(held, version)
    return Arrival(
        law=names.short(version.full_name),
        version_id=version.id,
        starts_on=derivation.starts_on(version),
        articles=len(version.articles),
        changes=_changes(session, before.id, version) if before else [],
        repealed=[repeal.name for repeal in derivation.repeals([version])],
        written=fresh,
        first=before is None,
    )


def take_in(session: Session, version: SourceVersion) -> Arrival:
    """Import a version beside the ones that are held; the same file again writes nothing.

    Raises ``ConflictError`` as ``preview`` does.
    """
    arrival = preview(session, version)
    if arrival.written:
        before = _before(_held(session, version), version)
        importer.write_version(session, version)
        if before:
            session.execute(
                update(LawVersion)
                .where(LawVersion.id == before.id)
                .values(expires_on=arrival.starts_on)
            )
        _mark_incorporated(session, version)
    return arrival


def _held(session: Session, version: SourceVersion) -> list[LawVersion]:
    """The complete texts of its work, oldest first."""
    return list(
        session.scalars(
            select(LawVersion)
            .where(
                LawVersion.law_id == importer.law_id(version.full_name),
                LawVersion.complete.is_(True),
            )
            .order_by(LawVersion.published_on, LawVersion.id)
        )
    )


def _before(held: Sequence[LawVersion], version: SourceVersion) -> LawVersion | None:
    """The text that the version follows."""
    earlier = [row for row in held if row.id != version.id and _earlier(row, version)]
    return earlier[-1] if earlier else None


def _earlier(row: LawVersion, version: SourceVersion) -> bool:
    return (row.published_on or date.min) < (version.published_on or date.max)


def _refuse_same_day(held: Sequence[LawVersion], version: SourceVersion) -> None:
    for row in held:
        if row.id != version.id and row.published_on == version.published_on:
            raise ConflictError(
                f"库中已有《{version.full_name}》{version.published_on} 公布的文本，没有导入"
            )


def _changes(session: Session, old_id: str, version: SourceVersion) -> list[ArticleChange]:
    name = names.short(version.full_name)
    new = {article.number: article.text for article in version.articles}
    rows = session.scalars(
        select(Article).where(Article.version_id == old_id).order_by(Article.position)
    )
    return [
        ArticleChange(f"{name}{row.number}", row.text, new.get(row.number, ""))
        for row in rows
        if _plain(row.text) != _plain(new.get(row.number, ""))
    ]


def _plain(text: str) -> str:
    return "".join(text.split())


def _mark_incorporated(session: Session, version: SourceVersion) -> None:
    """Amending acts up to this version's day stand in its text."""
    name = names.short(version.full_name)
    acts = session.execute(
        select(LawVersion.id, Law.full_name)
        .join(Law, Law.id == LawVersion.law_id)
        .where(LawVersion.published_on <= version.published_on, LawVersion.incorporated.is_(False))
    )
    ids = [row.id for row in acts if derivation.amended_work(row.full_name) == name]
    if ids:
        session.execute(update(LawVersion).where(LawVersion.id.in_(ids)).values(incorporated=True))
