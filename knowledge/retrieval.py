"""From a question to the decision: the index gives ids, the database gives published text."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from indexer import Hit, IndexerError, LiveIndex
from knowledge import follow_up, reach
from knowledge.categories import Category
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
from knowledge.related.evidence import links
from knowledge.related.ranking import ranked
from knowledge.related.retrieval import DEPTH, DEPTH_ASKED, evidence_of
from knowledge.scope import scope
from knowledge.scope.sense import Meaning, sense
from knowledge.standard_qa import facts, repository
from knowledge.standard_qa.facts import RequiredFact
from knowledge.standard_qa.models import EntryVersion
from knowledge.topics import classifier, likely

log = logging.getLogger(__name__)

ENTRIES = "entries"
ARTICLES = "articles"
CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Context:
    """What the conversation was about just now, and the fact that was asked back, by its name."""

    entry_id: str | None
    question: str | None
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class Consulted:
    """A decision with the published versions that it speaks of."""

    decision: Decision
    hits: Sequence[Scored]
    versions: dict[str, EntryVersion]
    # The one section that a follow-up asked for; None for the whole answer.
    section: str | None = None
    # The required fact that the citizen has not said, to be asked back; and whether before
    # anything is answered.
    asks: RequiredFact | None = None
    asks_first: bool = False
    # The question and the reply to what was asked back, as one text, where this is such a reply.
    joined: str | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why, for editors."""
        asked = (f"没有说到“{self.asks.name}”，追问一次",) if self.asks else ()
        return (*self.decision.reasons, *asked)

    @property
    def kind(self) -> Kind:
        """What the citizen gets: the decision, unless a fact is asked for before it is told."""
        return Kind.ASK_BACK if self.asks and self.asks_first else self.decision.kind

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


def _of_section(
    versions: dict[str, EntryVersion], entry_id: str, section: str | None, reason: str
) -> Consulted:
    """The answer of an entry that is known to be meant, or one section of it."""
    decision = Decision(Kind.ANSWER, 1.0, (Offered(entry_id, 1.0),), (reason,))
    return Consulted(decision, (), versions, section)


def _facts(version: EntryVersion | None) -> list[RequiredFact]:
    return [RequiredFact.model_validate(fact) for fact in version.facts] if version else []


def _asking(consulted: Consulted, question: str, context: Context | None) -> Consulted:
    """The same with the fact to ask back, where the answer turns on one that was not said."""
    version = consulted.answer
    if version is None:
        return consulted
    before = context.question if context and context.entry_id == version.entry_id else None
    fact = facts.missing(_facts(version), f"{before or ''} {question}")
    if fact is None:
        return consulted
    return replace(consulted, asks=fact, asks_first=version.ask_first)


def _scored(hit: Hit, question: str, within: float, meant: Meaning | None) -> Scored:
    return Scored(
        entry_id=hit.owner,
        phrasing=hit.text,
        score=hit.score,
        dense=hit.dense,
        lexical=hit.lexical,
        exact=hit.exact,
        matched=hit.matched,
        scope=within,
        evidence=hit.evidence,
        length=len(question),
        meaning=meant,
    )


class Retriever:
    """Finds published answers for one region; shared by every thread of a process."""

    def __init__(
        self,
        entries: LiveIndex,
        articles: LiveIndex,
        region: str = "",
        asked: LiveIndex | None = None,
    ) -> None:
        self.entries = entries
        self.articles = articles
        self.asked = asked
        self.region = region
        self._told: set[str] = set()

    def search(
        self, session: Session, question: str, k: int = CANDIDATES
    ) -> tuple[list[Scored], dict[str, EntryVersion]]:
        """The best entries that are live at this moment, best first, and their live versions.

        Of these only what twenty entries are compared by is read at once.
        """
        hits = self._hits(self.entries, question, k)
        if not hits:
            return [], {}
        versions = self.live(session, [hit.owner for hit in hits], brief=True)
        # The index may be a moment late: what is no longer live is not shown.
        within, meant = scope()(question), self._meaning(question)
        found = [_scored(hit, question, within, meant) for hit in hits if hit.owner in versions]
        return reach.arranged(question, found, versions), versions

    def consult(self, session: Session, question: str, context: Context | None = None) -> Consulted:
        """Decide on a question, in the light of what was just talked about."""
        replied = self._of_reply(session, question, context) if context else None
        if replied:
            return replied
        section = follow_up.aspect(question)
        if section and context and context.entry_id:
            versions = self.live(session, [context.entry_id])
            if context.entry_id in versions:
                return _of_section(versions, context.entry_id, section, "追问上一个回答")
        if context and context.question and follow_up.is_elliptical(question):
            question = f"{context.question} {question}"
        hits, versions = self.search(session, question)
        whole = Consulted(decide(question, hits), hits, versions)
        # A phrasing of the base is one matter, however many sentences it has.
        known = bool(hits) and hits[0].exact
        consulted = whole if known else self._of_several(session, question) or whole
        if consulted.answer:
            # The rest of what the search has read in brief, at one go.
            self.live(session, [consulted.answer.entry_id])
        return _asking(consulted, question, context)

    def _of_reply(self, session: Session, reply: str, context: Context) -> Consulted | None:
        """What the reply to a fact that was asked back leads to; ``None`` where it is no reply.

        Joined with the question it may fit another entry better; else it is about the same one,
        of which the part that turns on the fact is told, or all of it if nothing was told yet.
        """
        if not (context.entry_id and context.question and context.fact):
            return None
        versions = self.live(session, [context.entry_id])
        version = versions.get(context.entry_id)
        asked = [fact for fact in _facts(version) if fact.name == context.fact]
        if version is None or not asked:
            return None
        named = asked[0].is_named(reply)
        if not follow_up.is_reply(reply, named=named) or self._is_new(
            session, reply, version, named=named
        ):
            return None
        joined = f"{context.question} {reply}"
        hits, found = self.search(session, joined)
        decision = decide(joined, hits)
        if named and decision.entry_id not in (None, version.entry_id):
            return Consulted(decision, hits, found, joined=joined)
        section = None if version.ask_first else asked[0].section
        told = _of_section(versions, version.entry_id, section, f"回答了追问“{context.fact}”")
        return replace(told, joined=joined)

    def _is_new(self, session: Session, reply: str, asked: EntryVersion, *, named: bool) -> bool:
        """Whether another entry answers the reply by itself; one that names the fact may do so."""
        hits, versions = self.search(session, reply)
        entry_id = decide(reply, hits).entry_id
        if entry_id is None or entry_id == asked.entry_id:
            return False
        return not named or versions[entry_id].category != asked.category

    def _of_several(self, session: Session, question: str) -> Consulted | None:
        """A choice for each matter, where the parts of a question have answers of their own.

        Parts of one category are taken for one matter: 欠钱不还怎么办？利息怎么算？
        """
        matters: dict[str, tuple[Decision, Sequence[Scored], EntryVersion]] = {}
        parts = split(question)
        if not self._speak_of_several(session, parts):
            return None
        for part in parts:
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

    def _speak_of_several(self, session: Session, parts: Sequence[str]) -> bool:
        """Whether the words of the parts point to several categories.

        Most questions in two sentences are about one matter: nothing is encoded to learn that.
        """
        nearest = [
            hit.owner for part in parts for hit in self._hits(self.entries, part, 1, by_words=True)
        ]
        versions = self.live(session, nearest, brief=True).values()
        return len({version.category for version in versions}) > 1

    def within(self, question: str) -> float:
        """The log-odds that a question is one for the law, by its letters and by its meaning."""
        meaning = self._meaning(question)
        return scope()(question) + (meaning.sense if meaning else 0.0)

    def _meaning(self, question: str) -> Meaning | None:
        """What the question's vector says of the scope; None where the model is for another."""
        model = sense()
        vector = self._vector(question, model.encoder)
        return None if vector is None else model(vector)

    def categories(self, session: Session, text: str) -> list[Category]:
        """The categories that a text may be about, likeliest first; none where nothing is found.

        Of another encoder than the classifier's, only that of the nearest phrasing.
        """
        hits, versions = self.search(session, text)
        if not hits:
            return []
        model = classifier()
        vector = self._vector(text, model.encoder)
        others = model.shares(vector) if vector is not None else ()
        return likely(Category(versions[hits[0].entry_id].category), hits[0].dense, others)

    def _vector(self, text: str, fingerprint: str) -> NDArray[np.float32] | None:
        """The embedding (dim,) of a text, if it is made by the encoder with this fingerprint."""
        encoder = self.entries.encoder
        made_by_it = encoder is not None and encoder.fingerprint == fingerprint
        return self.entries.vector(text) if made_by_it else None

    def live(
        self, session: Session, entry_ids: Sequence[str], *, brief: bool = False
    ) -> dict[str, EntryVersion]:
        """The versions that may be answered with here, by entry id; see ``live_versions``."""
        found = repository.live_versions(session, entry_ids, brief=brief)
        return {key: row for key, row in found.items() if reach.is_for(row, self.region)}

    def related_articles(self, session: Session, question: str, k: int = 3) -> list[Hit]:
        """Articles near the question 相关法条: shown as such, never as an answer."""
        hits = self._hits(self.articles, question, DEPTH)
        asked = self._hits(self.asked, question, DEPTH_ASKED) if self.asked else []
        entries, versions = self.search(session, question)
        linked = links([(hit.score, versions[hit.entry_id].citations) for hit in entries])
        return ranked(question, hits, evidence_of(asked), linked)[:k]

    def _hits(
        self, index: LiveIndex, question: str, k: int, *, by_words: bool = False
    ) -> list[Hit]:
        """What an index finds; nothing, said once in the log, while it cannot be searched."""
        try:
            hits = index.search(question, k, by_words=by_words)
        except IndexerError as problem:
            if str(problem) not in self._told:
                self._told.add(str(problem))
                log.warning("answering without it: %s", problem)
            return []
        return hits
