"""BM25 over words and character pairs, in four arrays that load by memory map."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import log

import numpy as np
from numpy.typing import NDArray

from indexer.words import PAIR

K1 = 1.5
B = 0.75


def key(term: str) -> int:
    """A term's 64-bit number; the vocabulary is a sorted array of them, so nothing is parsed."""
    return int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "little")


@dataclass(frozen=True, slots=True)
class Lexical:
    """Postings by term: term `i` weighs `weights[j]` in row `rows[j]`, j in starts[i:i+1].

    Shapes: keys (T,) uint64 sorted, starts (T+1,) int64, rows and weights (P,) int32 / float32.
    `count` is the number of rows in the collection, `mean_length` their mean number of terms.
    """

    keys: NDArray[np.uint64]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    count: int
    mean_length: float

    def scores(self, question: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of every row for the question's terms, shape (count,), in [0, 1].

        1 is what a row with exactly the question's terms would get, so the scale means the same
        for every question; terms that no row has count against all of them.
        """
        totals = np.zeros(self.count, dtype=np.float32)
        if not question or not self.count:
            return totals
        counted = Counter(question)
        ideal = 0.0
        norm = 1 - B + B * len(question) / (self.mean_length or 1.0)
        for term, times in counted.items():
            begin, end = self._span(term)
            ideal += idf(self.count, end - begin) * saturation(times, norm)
            # Within one term no row comes twice, so plain indexed addition is right.
            totals[self.rows[begin:end]] += self.weights[begin:end]
        np.minimum(totals / np.float32(ideal), np.float32(1.0), out=totals)
        return totals

    def shared_words(self, question: Sequence[str], rows: Sequence[int]) -> list[tuple[str, ...]]:
        """For each row the question's words (not pairs) that it has, in the question's order."""
        shared: list[list[str]] = [[] for _ in rows]
        for term in dict.fromkeys(question):
            if term.startswith(PAIR):
                continue
            begin, end = self._span(term)
            having = self.rows[begin:end]
            places = np.searchsorted(having, rows)
            for place, at in enumerate(places.tolist()):
                if at < len(having) and having[at] == rows[place]:
                    shared[place].append(term)
        return [tuple(words) for words in shared]

    def rows_with_pairs(self, text: str) -> int:
        """In how many rows even the rarest pair of neighbouring characters of `text` stands."""
        spans = [self._span(PAIR + text[at : at + 2]) for at in range(len(text) - 1)]
        return min((end - begin for begin, end in spans), default=0)

    def _span(self, term: str) -> tuple[int, int]:
        number = np.uint64(key(term))
        at = int(np.searchsorted(self.keys, number))
        if at == len(self.keys) or self.keys[at] != number:
            return 0, 0
        return int(self.starts[at]), int(self.starts[at + 1])


def idf(count: int, containing: int) -> float:
    """Inverse document frequency of a term, always positive."""
    return log(1 + (count - containing + 0.5) / (containing + 0.5))


def saturation(times: int, norm: float) -> float:
    """How much a term counts that comes `times` times, in a row of relative length `norm`."""
    return times * (K1 + 1) / (times + K1 * norm)


def index(rows: Iterable[Sequence[str]]) -> Lexical:
    """Build the postings from each row's terms."""
    numbers: dict[str, int] = {}
    columns: list[NDArray[np.int32]] = []
    lengths: list[int] = []
    for row, row_terms in enumerate(rows):
        counted = Counter(row_terms)
        lengths.append(len(row_terms))
        block = np.empty((3, len(counted)), dtype=np.int32)
        block[0] = [numbers.setdefault(term, len(numbers)) for term in counted]
        block[1] = row
        block[2] = list(counted.values())
        columns.append(block)
    count = len(lengths)
    mean_length = float(np.mean(lengths)) if lengths else 0.0
    hashed = np.fromiter((key(term) for term in numbers), dtype=np.uint64, count=len(numbers))
    order = np.argsort(hashed)
    place = np.empty(len(numbers), dtype=np.int32)
    place[order] = np.arange(len(numbers), dtype=np.int32)

    postings = np.concatenate(columns, axis=1) if columns else np.empty((3, 0), dtype=np.int32)
    term_of, row_of, times = place[postings[0]], postings[1], postings[2].astype(np.float32)
    by_term = np.argsort(term_of, kind="stable")  # rows stay ascending within a term
    term_of, row_of, times = term_of[by_term], row_of[by_term], times[by_term]

    containing = np.bincount(term_of, minlength=len(numbers)).astype(np.int64)
    starts = np.concatenate(([0], np.cumsum(containing))).astype(np.int64)
    rarity = np.log(1 + (count - containing + 0.5) / (containing + 0.5))
    relative = np.asarray(lengths, dtype=np.float32) / np.float32(mean_length or 1.0)
    norm = 1 - B + B * relative
    weights = rarity[term_of] * times * (K1 + 1) / (times + K1 * norm[row_of])
    return Lexical(hashed[order], starts, row_of, weights.astype(np.float32), count, mean_length)
