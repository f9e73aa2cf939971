"""BM25 over words and character pairs, in four arrays that load by memory map."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from indexer.words import PAIR

K1 = 1.5
B = 0.75
PROPOSING = 50_000
"""Postings of a question's rarest terms that propose rows; those of its other terms only weigh the
rows proposed. Up to some 25,000 rows every term proposes. Without a limit a search reads a third of
a million postings in a million rows."""
_SPARE = 2
"""Rows proposed for one that is wanted, where terms were left out of the proposing."""


def key(term: str) -> int:
    """A term's 64-bit number; the vocabulary is a sorted array of them, so nothing is parsed."""
    return int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "little")


@dataclass(frozen=True, slots=True)
class Lexical:
    """Postings by term: term `i` weighs `weights[j]` in row `rows[j]`, j in starts[i:i+1].

    Shapes: keys (T,) uint64 sorted, starts (T+1,) int64, rows and weights (P,) int32 / float32.
    A weight says how much the row has of the term; how rare the term is, is known when a question
    is asked. `count` is the number of rows, `mean_length` the mean number of terms in a row.
    """

    keys: NDArray[np.uint64]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    count: int
    mean_length: float

    def spans(self, terms: Iterable[str]) -> NDArray[np.int64]:
        """Where each term's postings begin and end, shape (terms, 2)."""
        numbers = np.fromiter((key(term) for term in terms), dtype=np.uint64)
        if not len(self.keys):
            return np.zeros((len(numbers), 2), dtype=np.int64)
        at = np.minimum(np.searchsorted(self.keys, numbers), len(self.keys) - 1)
        found = np.stack([self.starts[at], self.starts[at + 1]], axis=1)
        found[self.keys[at] != numbers] = 0
        return found

    def rows_with_pairs(self, text: str) -> int:
        """In how many rows even the rarest pair of neighbouring characters of `text` stands."""
        pairs = (PAIR + text[at : at + 2] for at in range(len(text) - 1))
        return min((self._holding(pair) for pair in pairs), default=0)

    def _holding(self, term: str) -> int:
        """In how many rows a term stands: `spans` for one, without its arrays."""
        number = np.uint64(key(term))
        at = int(self.keys.searchsorted(number))
        there = at < len(self.keys) and self.keys[at] == number
        return int(self.starts[at + 1] - self.starts[at]) if there else 0


@dataclass(frozen=True, slots=True)
class Scores:
    """What one question's terms say of the rows of one index.

    `totals` (count,) are the sums over the terms that propose rows; `common` are the postings
    (begin, end, rarity) of the others. A score is in [0, 1]: 1 is what a row with exactly the
    question's terms would get (`ideal`), so the scale means the same for every question; terms that
    no row has count against all of them. `words` are the question's words (not pairs) with their
    postings (begin, end) and rarity.
    """

    index: Lexical
    totals: NDArray[np.float32]
    common: tuple[tuple[int, int, float], ...]
    ideal: float
    words: tuple[tuple[str, int, int, float], ...]

    def at(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The scores of these rows, by every term of the question."""
        found = self.totals[rows]
        for begin, end, rarity in self.common:
            places, there = self._in(begin, end, rows)
            found[there] += np.float32(rarity) * self.index.weights[begin:end][places[there]]
        scores: NDArray[np.float32] = np.minimum(found / np.float32(self.ideal), np.float32(1.0))
        return scores

    def best(self, depth: int) -> NDArray[np.int64]:
        """The `depth` best rows with any score at all, in no order."""
        # Of truth values numpy finds the places ten times as fast as of numbers.
        proposed = _top(np.flatnonzero(self.totals > 0), self.totals, depth * _SPARE)
        if len(proposed) <= depth:
            return proposed
        scores = self.at(proposed)
        return proposed[np.argpartition(scores, -depth)[-depth:]]

    def highest(self) -> float:
        """The score of the best row; 0 where none has any."""
        return float(self.at(self.best(1)).max(initial=0.0))

    def shared_words(self, rows: Sequence[int]) -> list[tuple[str, ...]]:
        """For each row the question's words (not pairs) that it has, in the question's order."""
        shared: list[list[str]] = [[] for _ in rows]
        numbers = np.array(rows, dtype=np.int64)
        for word, begin, end, _ in self.words:
            for place in np.flatnonzero(self._in(begin, end, numbers)[1]).tolist():
                shared[place].append(word)
        return [tuple(words) for words in shared]

    def coverage(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The share of the question's words (not pairs) that each row has, by their rarity.

        In [0, 1]; 0 for a question without words.
        """
        found = np.zeros(len(rows))
        whole = 0.0
        for _, begin, end, rarity in self.words:
            whole += rarity
            found += rarity * self._in(begin, end, rows)[1]
        return found / whole if whole else found

    def _in(
        self, begin: int, end: int, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where rows stand among a term's postings, and whether they do."""
        having = self.index.rows[begin:end]
        if not len(having):
            return np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.bool_)
        # Of the same type, or numpy would copy all the postings into the wider one.
        wanted = rows.astype(np.int32)
        places = np.minimum(np.searchsorted(having, wanted), len(having) - 1)
        return places, having[places] == wanted


def scored(
    question: Sequence[str], parts: Sequence[Lexical], *, proposing: int | None = None
) -> list[Scores]:
    """The scores of a question's terms in each part of one collection.

    How rare a term is, is counted over all parts. `proposing` stands for PROPOSING.
    """
    proposing = PROPOSING if proposing is None else proposing
    counted = Counter(question)
    spans = [part.spans(counted) for part in parts]
    count = sum(part.count for part in parts)
    containing = np.zeros(len(counted))
    for each in spans:
        containing += each[:, 1] - each[:, 0]
    rarity = idf(count, containing)
    times = np.fromiter(counted.values(), dtype=np.float64, count=len(counted))
    relative = len(question) / (parts[0].mean_length or 1.0)
    ideal = float((rarity * saturation(times, relative)).sum()) or 1.0
    found = []
    for part, each in zip(parts, spans, strict=True):
        words = tuple(
            (term, begin, end, weight)
            for term, (begin, end), weight in zip(
                counted, each.tolist(), rarity.tolist(), strict=True
            )
            if not term.startswith(PAIR)
        )
        totals, common = _proposed(part, each, rarity, proposing)
        found.append(Scores(part, totals, common, ideal, words))
    return found


def _proposed(
    part: Lexical, spans: NDArray[np.int64], rarity: NDArray[np.float64], proposing: int
) -> tuple[NDArray[np.float32], tuple[tuple[int, int, float], ...]]:
    """The sums over the rarest terms, and the postings of the others."""
    totals = np.zeros(part.count, dtype=np.float32)
    common = []
    read = 0
    lengths = spans[:, 1] - spans[:, 0]
    for place in np.argsort(lengths, kind="stable")[int((lengths == 0).sum()) :].tolist():
        begin, end = spans[place].tolist()
        read += end - begin
        if read > proposing and read > end - begin:
            common.append((begin, end, float(rarity[place])))
        else:
            # Within one term no row comes twice, so plain indexed addition is right.
            weights = np.float32(rarity[place]) * part.weights[begin:end]
            totals[part.rows[begin:end]] += weights
    return totals, tuple(common)


def _top(rows: NDArray[np.int64], totals: NDArray[np.float32], depth: int) -> NDArray[np.int64]:
    if len(rows) <= depth:
        return rows
    return rows[np.argpartition(totals[rows], -depth)[-depth:]]


def idf(count: int, containing: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse document frequency of terms, always positive."""
    found: NDArray[np.float64] = np.log(1 + (count - containing + 0.5) / (containing + 0.5))
    return found


def saturation(
    times: NDArray[np.float64], relative: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """How much terms count that come `times` times, in rows of `relative` length to the mean."""
    counted: NDArray[np.float64] = times * (K1 + 1) / (times + K1 * (1 - B + B * relative))
    return counted


@dataclass(frozen=True, slots=True)
class Counted:
    """Every occurrence of a term in rows: `terms` numbers into `keys`, row after row.

    Shapes: keys (T,) uint64 sorted, terms (N,) int32, lengths (rows,) int64 with sum N.
    """

    keys: NDArray[np.uint64]
    terms: NDArray[np.int32]
    lengths: NDArray[np.int64]

    def index(self, mean_length: float | None = None) -> Lexical:
        """The index over rows; `mean_length` is that of a larger collection they belong to."""
        return self._index(np.arange(len(self.lengths)), len(self.lengths), mean_length)

    def index_by(self, owners: NDArray[np.int32], mean_length: float | None = None) -> Lexical:
        """The index over owners, the rows of each read as one text; `owners` (rows,) from 0."""
        return self._index(owners, int(owners.max(initial=-1)) + 1, mean_length)

    def _index(
        self, holders: NDArray[np.integer], count: int, mean_length: float | None
    ) -> Lexical:
        lengths = np.bincount(holders, weights=self.lengths, minlength=count)
        mean = mean_length or (float(lengths.mean()) if count else 0.0)
        places = self.terms * np.int64(count) + np.repeat(holders, self.lengths)
        together, times = np.unique(places, return_counts=True)
        term_of, holder_of = np.divmod(together, max(count, 1))
        starts = np.searchsorted(term_of, np.arange(len(self.keys) + 1))
        weights = saturation(times, lengths[holder_of] / (mean or 1.0))
        return Lexical(
            self.keys,
            starts.astype(np.int64),
            holder_of.astype(np.int32),
            weights.astype(np.float32),
            count,
            mean,
        )


def count(rows: Iterable[Sequence[str]]) -> Counted:
    """Count each row's terms. Only numbers are kept, so that a million rows fit into memory."""
    numbers: dict[str, int] = {}
    terms, lengths = array("i"), array("q")
    for row in rows:
        terms.extend([numbers.setdefault(term, len(numbers)) for term in row])
        lengths.append(len(row))
    keys = np.fromiter((key(term) for term in numbers), dtype=np.uint64, count=len(numbers))
    order = np.argsort(keys)
    place = np.empty(len(numbers), dtype=np.int32)
    place[order] = np.arange(len(numbers), dtype=np.int32)
    return Counted(
        keys[order],
        place[np.array(terms, dtype=np.int32)],
        np.array(lengths, dtype=np.int64),
    )
