"""Scope 范围: how much a question sounds like one that the base is for.

People also ask about the weather, other countries' law or the opening hours of an office, in words
that entries use too. A logistic model over character n-grams tells them apart. Its value is one of
several that the confidence is made of: an entry that fits very well is given all the same.
"""

import zlib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer import normalise
from indexer.arrays import READING
from indexer.text import cut

FOLDER = Path(__file__).parent
OUTSIDE_FILE = FOLDER / "outside.txt"
NEAR_FILE = FOLDER / "near.txt"
MODEL_FILE = FOLDER / "model.npz"
BUCKETS = 1 << 15
LIMIT = 300
"""Characters that are looked at: a long story is never small talk."""
_LONGEST = 3


def features(question: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The n-grams of a question as (buckets, weights), weights of length 1."""
    text = f"^{cut(normalise(question), LIMIT)}$"
    counted = Counter(
        zlib.crc32(text[at : at + size].encode()) % BUCKETS
        for size in range(1, _LONGEST + 1)
        for at in range(len(text) - size + 1)
    )
    buckets = np.fromiter(counted, dtype=np.int64, count=len(counted))
    weights = 1 + np.log(np.fromiter(counted.values(), dtype=np.float64, count=len(counted)))
    return buckets, weights / np.linalg.norm(weights)


class Scope:
    """The fitted model: a weight for each bucket, (BUCKETS,), already times its rarity."""

    def __init__(self, weights: NDArray[np.float32], bias: float) -> None:
        self.weights = weights
        self.bias = bias

    def __call__(self, question: str) -> float:
        """The log-odds that a question is one for the base, within ±8."""
        buckets, weights = features(question)
        return float(np.clip(weights @ self.weights[buckets] + self.bias, -8.0, 8.0))

    def save(self, path: Path) -> None:
        """Write the model."""
        used = np.flatnonzero(self.weights)
        np.savez_compressed(
            path,
            buckets=used.astype(np.uint16),
            weights=self.weights[used].astype(np.float16),
            bias=np.array([self.bias], dtype=np.float32),
        )


@cache
def scope(path: Path = MODEL_FILE) -> Scope:
    """The model that the project ships."""
    with READING, np.load(path, allow_pickle=False) as stored:
        weights = np.zeros(BUCKETS, dtype=np.float32)
        weights[stored["buckets"]] = stored["weights"]
        return Scope(weights, float(stored["bias"][0]))


def outside() -> list[str]:
    """Questions that are none of the base's business, written to learn from."""
    return _lines(OUTSIDE_FILE)


def near() -> list[str]:
    """Near misses: questions next to those that the base answers, which no entry answers."""
    return _lines(NEAR_FILE)


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def fit(inside: Sequence[str], beyond: Sequence[str]) -> Scope:
    """Fit the model on questions within and beyond the scope."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows = [features(text) for text in [*inside, *beyond]]
    starts = np.concatenate(([0], np.cumsum([len(buckets) for buckets, _ in rows])))
    columns = np.concatenate([buckets for buckets, _ in rows])
    matrix = csr_matrix(
        (np.concatenate([weights for _, weights in rows]), columns, starts), (len(rows), BUCKETS)
    )
    rarity = 1 + np.log((1 + len(rows)) / (1 + np.bincount(columns, minlength=BUCKETS)))
    labels = np.arange(len(rows)) < len(inside)
    model = LogisticRegression(C=10.0, max_iter=3000, class_weight="balanced")
    model.fit(matrix.multiply(rarity).tocsr(), labels)
    weights = np.where(
        np.bincount(columns, minlength=BUCKETS) > 0, model.coef_[0] * rarity, 0.0
    ).astype(np.float32)
    return Scope(weights, float(model.intercept_[0]))
