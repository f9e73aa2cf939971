"""Bases of any size for measuring, made of the seed's own phrasings.

Nobody writes a million phrasings, and encoding them would take hours. A made entry stands between
two seed entries of one category: each of its phrasings is the first part of a phrasing of the one
and the rest of a phrasing of the other, and its vector lies between theirs, as far along as the
words are, with noise of half the covariance that phrasings of one entry have about their middle
(the other half comes from mixing). So a vector's neighbours lie about as far as real ones do. The
vocabulary stays the seed's, so lists of postings grow with the base as they would hardly do in
life: the harder case.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer import Encoder, Row, normalise
from indexer.maps import MappedEncoder
from knowledge.seed import loader, vectors

PER_ENTRY = 12
_SEED = 12348
_BLOCK = 50_000


@dataclass(frozen=True, slots=True)
class Seed:
    """The seed's phrasings: texts, mapped vectors (n, dim), and numbers by entry and category."""

    texts: list[str]
    vectors: NDArray[np.float32]
    entries: list[list[int]]
    categories: list[list[int]]


def read_seed(encoder: MappedEncoder) -> Seed:
    """The seed with the vectors that the project ships, mapped as questions are."""
    with np.load(vectors.FILE, allow_pickle=False) as stored:
        place = {row.tobytes(): at for at, row in enumerate(stored["contents"])}
        shipped = stored["vectors"].astype(np.float32)
    texts: list[str] = []
    found: list[int] = []
    entries: list[list[int]] = []
    by_category: defaultdict[str, list[int]] = defaultdict(list)
    for entry in loader.read():
        numbers = []
        for text in map(normalise, (entry.question, *entry.similar)):
            at = place.get(vectors.digests([text])[0])
            if at is not None:
                numbers.append(len(texts))
                texts.append(text)
                found.append(at)
        if numbers:
            by_category[entry.category].append(len(entries))
            entries.append(numbers)
    return Seed(texts, encoder.map("query", shipped[found]), entries, list(by_category.values()))


@dataclass(frozen=True, slots=True)
class Base:
    """Made rows with their vectors (n, dim)."""

    rows: list[Row]
    vectors: NDArray[np.float32]


def make(seed: Seed, count: int) -> Base:
    """A base of `count` phrasings; a smaller one is the beginning of a larger one."""
    first, second, share = _drawn(seed, count)
    rows = [
        Row(f"m{number}", f"e{number // PER_ENTRY}", _mixed(seed.texts[a], seed.texts[b], part))
        for number, (a, b, part) in enumerate(
            zip(first.tolist(), second.tolist(), share.tolist(), strict=True)
        )
    ]
    made = np.empty((count, seed.vectors.shape[1]), dtype=np.float32)
    noise, spread = np.random.default_rng(_SEED + 1), _spread(seed)
    for begin in range(0, count, _BLOCK):
        block = slice(begin, min(begin + _BLOCK, count))
        part = share[block, None].astype(np.float32)
        made[block] = seed.vectors[first[block]] * part + seed.vectors[second[block]] * (1 - part)
        drawn = noise.standard_normal(made[block].shape, dtype=np.float32)
        made[block] += drawn @ spread
        made[block] /= np.linalg.norm(made[block], axis=1, keepdims=True)
    return Base(rows, made)


def _drawn(
    seed: Seed, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """For each row the two phrasings that it is made of, and the share of the first."""
    random = np.random.default_rng(_SEED)
    weights = np.array([len(entries) for entries in seed.categories], dtype=np.float64)
    first, second = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    share = np.empty(count)
    for begin in range(0, count, PER_ENTRY):
        category = seed.categories[random.choice(len(weights), p=weights / weights.sum())]
        one, other = (seed.entries[random.choice(category)] for _ in range(2))
        size = min(PER_ENTRY, count - begin)
        block = slice(begin, begin + size)
        first[block] = random.choice(one, PER_ENTRY)[:size]
        second[block] = random.choice(other, PER_ENTRY)[:size]
        share[block] = random.uniform(0.3, 0.7)
    return first, second, share


def _mixed(one: str, other: str, share: float) -> str:
    return one[: round(len(one) * share)] + other[round(len(other) * share) :]


def _spread(seed: Seed) -> NDArray[np.float32]:
    """What gives standard noise half the covariance of phrasings within an entry, (dim, dim)."""
    about = np.concatenate(
        [seed.vectors[numbers] - seed.vectors[numbers].mean(axis=0) for numbers in seed.entries]
    )
    values, axes = np.linalg.eigh(np.cov(about, rowvar=False))
    return (axes * np.sqrt(np.maximum(values, 0.0) / 2)).T.astype(np.float32)


class Made:
    """An Encoder that gives a base's vectors for its texts, in their order, and encodes nothing.

    Questions are the real encoder's business: its fingerprint is taken, so that it may search.
    """

    name = "made"

    def __init__(self, vectors: NDArray[np.float32], encoder: Encoder) -> None:
        self.dim = encoder.dim
        self.fingerprint = encoder.fingerprint
        self._vectors = vectors
        self._given = 0

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The next vectors, (n, dim)."""
        begin, self._given = self._given, self._given + len(texts)
        return np.array(self._vectors[begin : self._given])

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The next vectors too: whoever builds says which side its texts are."""
        return self.encode_queries(texts)
