"""From a question to the decision: the index gives ids, the database gives published text."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from indexer import Hit, IndexerError, LiveIndex
from knowledge import follow_up, reach
from knowledge.decision import (
    Decision,
    Kind,
    Offered,
    Scored,
    calibration,
    confidence,
    decide,
    each,
)
from knowledge.matters import split
from knowledge.scope import scope
from knowledge.standard_qa import repository
from knowledge.standard_qa.models import EntryVersion

log = logging.getLogger(__name__)

ENTRIES = "entries"
ARTICLES = "articles"
CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Context:
    """What the conversation was about just now."""

    entry_id: str | None
    question: str | None


@dataclass(frozen=True, slots=True)
class Consulted:
    """A decision with the published versions that it speaks of."""

    decision: Decision
    hits: Sequence[Scored]
    versions: dict[str, EntryVersion]
    # The one section that a follow-up asked for; None for the whole answer.
    section: str | None = None

    @property
    def ranked(self) -> list[tuple[Scored, float, EntryVersion]]:
        """Every hit with its probability of being right and its version, likeliest first."""
        offered = {item.entry_id: item.confidence for item in self.decision.offered}
        numbers = calibration()
        found = [
            (
                hit,
                offered.get(hit.entry_id) or confidence(self.hits, rank, numbers),
                self.versions[hit.entry_id],
            )
            for rank, hit in enumerate(self.hits)
        ]
        return sorted(found, key=lambda item: -item[1])

    @property
    def answer(self) -> EntryVersion | None:
        """The version to answer with, where the decision is to answer."""
        entry_id = self.decision.entry_id
        return self.versions[entry_id] if entry_id else None


def _scored(hit: Hit, within: float) -> Scored:
    return Scored(
        entry_id=hit.owner,
        phrasing=hit.text,
        score=hit.score,
        dense=hit.dense,
        lexical=hit.lexical,
        exact=hit.exact,
        matched=hit.matched,
        scope=within,
    )


class Retriever:
    """Finds published answers for one region; shared by every thread of a process."""

    def __init__(self, entries: LiveIndex, articles: LiveIndex, region: str = "") -> None:
        self.entries = entries
        self.articles = articles
        self.region = region
        self._told: set[str] = set()

    def search(
        self, session: Session, question: str, k: int = CANDIDATES
    ) -> tuple[list[Scored], dict[str, EntryVersion]]:
        """The best entries that are live at this moment, best first, and their live versions."""
        hits = self._hits(self.entries, question, k)
        if not hits:
            return [], {}
        versions = self.live(session, [hit.owner for hit in hits])
        # The index may be a moment late: what is no longer live is not shown.
        within = scope()(question)
        found = [_scored(hit, within) for hit in hits if hit.owner in versions]
        return reach.arranged(question, found, versions), versions

    def consult(self, session: Session, question: str, context: Context | None = None) -> Consulted:
        """Decide on a question, in the light of what was just talked about."""
        section = follow_up.aspect(question)
        if section and context and context.entry_id:
            versions = self.live(session, [context.entry_id])
            if context.entry_id in versions:
                offered = (Offered(context.entry_id, 1.0),)
                decision = Decision(Kind.ANSWER, 1.0, offered, ("追问上一个回答",))
                return Consulted(decision, (), versions, section)
        if context and context.question and follow_up.is_elliptical(question):
            question = f"{context.question} {question}"
        hits, versions = self.search(session, question)
        return self._of_several(session, question) or Consulted(
            decide(question, hits), hits, versions
        )

    def _of_several(self, session: Session, question: str) -> Consulted | None:
        """A choice for each matter, where the parts of a question have answers of their own.

        Parts of one category are taken for one matter: 欠钱不还怎么办？利息怎么算？
        """
        matters: dict[str, tuple[Decision, Sequence[Scored], EntryVersion]] = {}
        for part in split(question):
            hits, versions = self.search(session, part)
            decision = decide(part, hits)
            if decision.entry_id:
                version = versions[decision.entry_id]
                matters.setdefault(version.category, (decision, hits, version))
        if len(matters) < 2:
            return None
        found = list(matters.values())
        return Consulted(
            each([decision for decision, _, _ in found]),
            [hits[0] for _, hits, _ in found],
            {version.entry_id: version for _, _, version in found},
        )

    def live(self, session: Session, entry_ids: Sequence[str]) -> dict[str, EntryVersion]:
        """The versions that may be answered with here, by entry id."""
        found = repository.live_versions(session, entry_ids)
        return {key: row for key, row in found.items() if reach.is_for(row, self.region)}

    def related_articles(self, question: str, k: int = 3) -> list[Hit]:
        """Articles near the question 相关法条: shown as such, never as an answer."""
        return self._hits(self.articles, question, k)

    def _hits(self, index: LiveIndex, question: str, k: int) -> list[Hit]:
        """What an index finds; nothing, said once in the log, while it cannot be searched."""
        try:
            hits = index.search(question, k)
        except IndexerError as problem:
            if str(problem) not in self._told:
                self._told.add(str(problem))
                log.warning("answering without it: %s", problem)
            return []
        return hits
