"""Neighbours 相近条目 of a version: live entries asked nearly alike, or built on the same articles.

They warn an editor of doubles and of contradictions; they never stand in the way of saving.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from knowledge import contradiction, similarity
from knowledge.contradiction import Contradiction, Statement
from knowledge.standard_qa import repository
from knowledge.standard_qa.models import Entry, EntryVersion, VersionArticle
from knowledge.standard_qa.service import cited_names
from knowledge.statute import citation
from knowledge.statute.repository import StatuteBase

LIKE = 0.6
SHOWN = 8
PHRASINGS = 6
# Of the entries on the same articles, those that share most are looked at for contradictions.
COMPARED = 40
REMEMBERED = 1_000

# From a phrasing to ids of live entries with the phrasing that was hit, as the index finds them.
Search = Callable[[str], Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Like:
    """A live entry that is asked nearly as this one: both phrasings, and how alike (0 to 1)."""

    version: EntryVersion
    ours: str
    theirs: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What an editor should look at before handing a version to review."""

    like: list[Like]
    same_articles: list[tuple[EntryVersion, list[str]]]
    contradictions: list[tuple[EntryVersion, list[Contradiction]]]

    def __bool__(self) -> bool:
        return bool(self.like or self.same_articles)


def of(session: Session, version: EntryVersion, search: Search, today: date) -> Neighbours:
    """The neighbours of a version; its own entry is none."""
    same = _same_articles(session, version)
    return Neighbours(
        _like(session, version, search),
        same[:SHOWN],
        _contradictions(version, same, StatuteBase(session, today)),
    )


def contradicted(
    session: Session, version: EntryVersion, base: StatuteBase
) -> list[tuple[EntryVersion, list[Contradiction]]]:
    """The live entries that a version may contradict, for the one who reviews it."""
    return _contradictions(version, _same_articles(session, version), base)


def _like(session: Session, version: EntryVersion, search: Search) -> list[Like]:
    best: dict[str, tuple[float, str, str]] = {}
    for ours in [version.question, *version.similar][:PHRASINGS]:
        found = [hit for hit in search(ours) if hit[0] != version.entry_id]
        for place, value in similarity.likest(ours, [theirs for _, theirs in found], LIKE):
            entry_id, theirs = found[place]
            if value > best.get(entry_id, (0.0, "", ""))[0]:
                best[entry_id] = (value, ours, theirs)
    live = repository.live_versions(session, list(best))
    like = [
        Like(live[entry_id], ours, theirs, value)
        for entry_id, (value, ours, theirs) in best.items()
        if entry_id in live
    ]
    return sorted(like, key=lambda item: -item.likeness)[:SHOWN]


_OURS = select(VersionArticle.name).where(VersionArticle.version_id == bindparam("version_id"))
# Made once, and without the entries themselves: a page of reviews asks for thirty versions, and a
# common article is cited by hundreds.
_SAME_ARTICLES = (
    select(Entry.id, VersionArticle.name)
    .join(VersionArticle, VersionArticle.version_id == Entry.live_version_id)
    .where(VersionArticle.name.in_(_OURS), Entry.id != bindparam("entry_id"))
    .order_by(Entry.id, VersionArticle.name)
)


def _same_articles(session: Session, version: EntryVersion) -> list[tuple[EntryVersion, list[str]]]:
    """The live entries on the same articles that share most, those first."""
    asked = {"version_id": version.id, "entry_id": version.entry_id}
    shared: dict[str, list[str]] = {}
    for entry_id, name in session.execute(_SAME_ARTICLES, asked):
        shared.setdefault(entry_id, []).append(name)
    most = sorted(shared, key=lambda entry_id: -len(shared[entry_id]))[:COMPARED]
    live = repository.live_versions(session, most)
    # Between the two statements an entry may have been withdrawn.
    return [(live[entry_id], shared[entry_id]) for entry_id in most if entry_id in live]


def _contradictions(
    version: EntryVersion,
    others: Sequence[tuple[EntryVersion, list[str]]],
    base: StatuteBase,
) -> list[tuple[EntryVersion, list[Contradiction]]]:
    """Of the live entries on the same articles, those that state other figures."""
    law = _texts({name for _, names in others for name in names}, base)
    ours = _stated(version)
    found = [
        (other, contradiction.between(ours, _stated(other), law)[:SHOWN]) for other, _ in others
    ]
    return [(other, differing) for other, differing in found if differing][:SHOWN]


def _stated(version: EntryVersion) -> Sequence[Statement]:
    return _statements(tuple(version.answer.items()), tuple(version.citations))


@lru_cache(maxsize=REMEMBERED)
def _statements(
    answer: tuple[tuple[str, str], ...], citations: tuple[str, ...]
) -> Sequence[Statement]:
    """Reading an answer takes 5 ms; a page of reviews reads the same live ones again and again."""
    return contradiction.statements(dict(answer), cited_names(citations))


def _texts(names: Iterable[str], base: StatuteBase) -> dict[str, str]:
    """The texts of articles by their names."""
    mentions = [mention for name in names if (mention := citation.parse_name(name))]
    held = {mention.name: base.article(mention.law, mention.number) for mention in mentions}
    return {name: article.text for name, article in held.items() if article}
