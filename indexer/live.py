"""The index that a running process searches: always the current generation, swapped whole."""

import logging
import threading
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer import generation, homophones
from indexer.encoder import Encoder
from indexer.errors import IndexCorrupt, IndexerError, IndexMissing
from indexer.generation import Generation
from indexer.records import Hit, Row
from indexer.searching import fit_by_words, search
from indexer.shelf import Shelf, Stamp
from indexer.text import ENCODED_LIMIT, QUESTION_LIMIT, cut, has_words, normalise
from indexer.vector_store import VectorStore
from indexer.words import warm_up

log = logging.getLogger(__name__)

_ANSWERS_KEPT = 4_096
_VECTORS_KEPT = 1_024
_MEANT = 0.03
"""How much better a question's words must fit with its homophones mended (docs/retrieval.md)."""


class _Reader:
    """One generation with the answers already found in it; both go together when it is swapped."""

    def __init__(self, loaded: Generation, encoder: Encoder | None) -> None:
        self.generation = loaded
        self._encoder = encoder if loaded.has_vectors else None
        self.answer = lru_cache(maxsize=_ANSWERS_KEPT)(self._answer)
        self.meant = lru_cache(maxsize=_ANSWERS_KEPT)(self._meant)
        self.vector = lru_cache(maxsize=_VECTORS_KEPT)(self._vector)

    def _answer(self, normalised: str, k: int) -> tuple[Hit, ...]:
        return self._found(normalised, self.vector(normalised), k)

    def answer_by_words(self, normalised: str, k: int) -> tuple[Hit, ...]:
        """What is found without encoding anything."""
        return self._found(normalised, None, k)

    def _vector(self, normalised: str) -> NDArray[np.float32] | None:
        """The embedding (dim,) of what was meant; None without vectors."""
        if self._encoder is None:
            return None
        encoded: NDArray[np.float32] = self._encoder.encode_queries(
            [cut(self.meant(normalised), ENCODED_LIMIT)]
        )[0]
        return encoded

    def _found(
        self, normalised: str, vector: NDArray[np.float32] | None, k: int
    ) -> tuple[Hit, ...]:
        meant = self.meant(normalised)
        return tuple(search(self.generation, meant, cut(meant, QUESTION_LIMIT), vector, k))

    def _meant(self, normalised: str) -> str:
        """The text with its homophones mended, where that is what was meant.

        Told by the words alone: to encode both texts would cost as much again as the whole search.
        """
        if self.generation.says(normalised):
            return normalised
        mended = homophones.mended(normalised, self.generation.rows_with_pairs)
        if mended == normalised:
            return normalised
        # Only what fits clearly better was meant: names and dialect look like slips too.
        before, after = (
            fit_by_words(self.generation, cut(text, QUESTION_LIMIT))
            for text in (normalised, mended)
        )
        return mended if after > before + _MEANT else normalised


class LiveIndex:
    """The current generation of a collection, for any number of threads.

    Every search looks whether CURRENT changed (one stat) and then swaps one reference; searches
    under way finish on the generation they began with. A generation that is damaged or does not
    fit the encoder is refused with one line in the log, and the one before stays live.
    """

    def __init__(
        self,
        root: Path,
        collection: str,
        encoder: Encoder | None,
        store: VectorStore | None = None,
    ) -> None:
        self._shelf = Shelf(root, collection)
        self._store = store
        self._encoder = encoder
        self._lock = threading.Lock()
        self._reader: _Reader | None = None
        self._seen: Stamp | None = None
        self._refused: IndexerError | None = None

    def search(self, text: str, k: int = 10, *, by_words: bool = False) -> list[Hit]:
        """The best `k` owners for a question as it was typed, best first; [] for no words.

        With `by_words` nothing is encoded: a tenth of the time, and less sure.

        Raises IndexMissing where nothing was ever built, IndexCorrupt, DimensionMismatch or
        VectorStoreUnavailable where the only generation is refused.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        normalised = normalise(text)
        if not has_words(normalised):
            return []
        reader = self._current()
        return list((reader.answer_by_words if by_words else reader.answer)(normalised, k))

    def vector(self, text: str) -> NDArray[np.float32] | None:
        """The embedding (dim,) that a search for this question goes by; None without vectors."""
        reader = self._current_or_none()
        return reader.vector(normalise(text)) if reader else None

    def check(self) -> None:
        """Raise what a search would, if there is nothing that could be searched."""
        self._current()

    @property
    def encoder(self) -> Encoder | None:
        """What encodes the questions; None for lexical search alone."""
        return self._encoder

    @property
    def generation(self) -> str | None:
        """Name of the generation that answers now; None where there is none."""
        reader = self._current_or_none()
        return reader.generation.name if reader else None

    @property
    def built_by(self) -> str | None:
        """Fingerprint of the encoder of its vectors; None where it has none."""
        reader = self._current_or_none()
        return reader.generation.base.manifest.encoder if reader else None

    @property
    def size(self) -> int:
        """Rows in the generation that answers now."""
        reader = self._current_or_none()
        return reader.generation.rows if reader else 0

    def holds(self, rows: Iterable[Row]) -> bool:
        """Whether the generation that answers now has just these rows, by their ids."""
        reader = self._current_or_none()
        if reader is None:
            return False
        return reader.generation.row_ids() == {row.row_id for row in rows}

    def _current_or_none(self) -> _Reader | None:
        try:
            return self._current()
        except IndexerError:
            return None

    def _current(self) -> _Reader:
        reader = self._reader
        if reader and self._shelf.stamp() == self._seen:
            return reader
        # Only the first one loads; others go on with the old one, or wait if there is none.
        if not self._lock.acquire(blocking=reader is None) and reader:
            return reader
        try:
            return self._refreshed()
        finally:
            self._lock.release()

    def _refreshed(self) -> _Reader:
        """Look at CURRENT and load what it names. Under the lock."""
        stamp = self._shelf.stamp()
        if stamp != self._seen or (self._reader is None and self._refused is None):
            self._seen = stamp
            try:
                self._reader = self._load()
                self._refused = None
            except IndexerError as problem:
                self._refused = problem
                if self._reader or not isinstance(problem, IndexMissing):
                    stays = f"{self._reader.generation.name} stays" if self._reader else "none is"
                    log.warning("%s (index %s, %s live)", problem, self._shelf.collection, stays)
        if self._reader:
            return self._reader
        assert self._refused is not None
        # A fresh one each time: one instance raised again and again drags every traceback along.
        raise type(self._refused)(*self._refused.args)

    def _load(self) -> _Reader:
        folder = self._shelf.current()
        if self._reader and self._reader.generation.name == folder.name:
            return self._reader
        try:
            loaded = self._read(folder)
        except IndexCorrupt:
            # Switched and tidied away while we looked: what CURRENT names now is what counts.
            if self._shelf.current() == folder:
                raise
            loaded = self._read(self._shelf.current())
        warm_up()
        homophones.warm_up()
        return _Reader(loaded, self._encoder)

    def _read(self, folder: Path) -> Generation:
        return generation.load(
            folder,
            self._store,
            dim=self._encoder.dim if self._encoder else None,
            encoder=self._encoder.fingerprint if self._encoder else None,
            known=self._reader.generation if self._reader else None,
        )
