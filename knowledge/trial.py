"""Trial 试答 of a version before it goes live: what would citizens get if it were?

The labelled questions of its entry, and those of other live entries that are worded like it, are
decided by the same ``decide`` as in the chat, over a temporary index in which the version stands in
the place of what its entry says now; those of other entries over the live index too.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from indexer import EmbeddingCache, Encoder, LiveIndex, build, normalise
from indexer.text import ENCODED_LIMIT, cut
from kit.settings import Settings
from knowledge import indexing, reach, similarity
from knowledge.decision import Decision, Kind
from knowledge.retrieval import ENTRIES, Retriever
from knowledge.standard_qa import labelled, repository
from knowledge.standard_qa.models import EntryVersion

# Of the other entries' questions only the ones worded most like the version are asked: each costs
# some 30 ms until its vector is kept.
ASKED = 40
WORTH_ASKING = 0.1


@dataclass(frozen=True, slots=True)
class Heard:
    """A labelled question with the decision on it, now and with the version; ``None``: not yet."""

    entry_id: str
    question: str
    before: Decision | None
    after: Decision

    @property
    def right(self) -> bool:
        """Whether its own entry would answer it."""
        return self.after.entry_id == self.entry_id

    @property
    def offered(self) -> bool:
        """Whether its own entry would be among the choices."""
        return not self.right and self.entry_id in self.becomes

    @property
    def was(self) -> tuple[str, ...]:
        """What citizens get now."""
        return _meant(self.before) if self.before else ()

    @property
    def becomes(self) -> tuple[str, ...]:
        """What they would get."""
        return _meant(self.after)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a version would answer, and what it would take over from other live entries.

    ``asked`` of ``others`` questions of other entries were tried; ``questions`` has the standard
    question of every entry that is named.
    """

    own: tuple[Heard, ...]
    taken: tuple[Heard, ...]
    asked: int
    others: int
    questions: dict[str, str]


def run(
    session: Session,
    version: EntryVersion,
    retriever: Retriever,
    encoder: Encoder,
    settings: Settings,
) -> Trial:
    """Try a version; reads only."""
    own = labelled.of(session, [version.entry_id]).get(version.entry_id, [])
    others = [row for row in labelled.of_live(session) if row[0] != version.entry_id]
    near = _near(version, others)
    if not own and not near:
        return Trial((), (), 0, len(others), {})
    cache = EmbeddingCache(settings.cache_file)
    asked = _Remembering(encoder, cache, [*own, *(text for _, text in near)])
    live = indexing.live(settings, ENTRIES, asked)
    now = Retriever(live, retriever.articles, retriever.region)
    with tempfile.TemporaryDirectory(prefix="trial-") as folder:
        rows = [row for row in repository.live_phrasings(session) if row.owner != version.entry_id]
        rows += repository.phrasings(version)
        build(Path(folder), ENTRIES, rows, encoder=encoder, cache=cache)
        then = _Trying(LiveIndex(Path(folder), ENTRIES, asked), now, version)
        mine = tuple(
            Heard(version.entry_id, text, None, then.consult(session, text).decision)
            for text in own
        )
        theirs = [
            Heard(
                entry_id,
                text,
                now.consult(session, text).decision,
                then.consult(session, text).decision,
            )
            for entry_id, text in near
        ]
    taken = tuple(heard for heard in theirs if _taken(heard, version.entry_id))
    named = {heard.entry_id for heard in taken}
    for heard in (*mine, *taken):
        named |= {*heard.was, *heard.becomes}
    questions = {
        entry_id: row.question
        for entry_id, row in repository.live_versions(session, sorted(named)).items()
    }
    questions[version.entry_id] = version.question
    return Trial(mine, taken, len(near), len(others), questions)


class _Trying(Retriever):
    def __init__(self, entries: LiveIndex, live: Retriever, version: EntryVersion) -> None:
        super().__init__(entries, live.articles, live.region)
        self._version = version

    def live(
        self, session: Session, entry_ids: Sequence[str], *, brief: bool = False
    ) -> dict[str, EntryVersion]:
        """The live versions, with the one on trial in the place of its entry's."""
        found = super().live(session, entry_ids, brief=brief)
        if self._version.entry_id in entry_ids:
            found.pop(self._version.entry_id, None)
            if reach.is_for(self._version, self.region):
                found[self._version.entry_id] = self._version
        return found


def _near(version: EntryVersion, others: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The questions of other entries that are worded most like one of the version's phrasings."""
    if not others:
        return []
    phrasings = [version.question, *version.similar]
    likeness = similarity.nearest(phrasings, [text for _, text in others])
    order = np.argsort(-likeness, kind="stable")[:ASKED]
    return [others[place] for place in order.tolist() if likeness[place] >= WORTH_ASKING]


class _Remembering:
    """An encoder that has the vectors of known questions at hand."""

    def __init__(self, encoder: Encoder, cache: EmbeddingCache, questions: Sequence[str]) -> None:
        self.name, self.dim, self.fingerprint = encoder.name, encoder.dim, encoder.fingerprint
        self.encode_passages = encoder.encode_passages
        self._encoder = encoder
        asked = [cut(normalise(text), ENCODED_LIMIT) for text in questions]
        self._kept = dict(zip(asked, cache.encode(encoder, "query", asked), strict=True))

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, (n, dim)."""
        if all(text in self._kept for text in texts):
            return np.stack([self._kept[text] for text in texts])
        return self._encoder.encode_queries(texts)


def _meant(decision: Decision) -> tuple[str, ...]:
    """The entries that a citizen would get: the one that answers, or the choices."""
    if decision.entry_id:
        return (decision.entry_id,)
    if decision.kind is Kind.CHOICES:
        return tuple(offered.entry_id for offered in decision.offered)
    return ()


def _taken(heard: Heard, entry_id: str) -> bool:
    """Whether the version answers the question now, or keeps its own entry from answering it."""
    if entry_id not in heard.becomes:
        return False
    if heard.becomes == (entry_id,):
        return heard.was != (entry_id,)
    return heard.was == (heard.entry_id,)
