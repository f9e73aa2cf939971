"""Sense 语义范围: the scope told from what a question means, where `scope` goes by its letters.

Two things are told from the encoder's vector of a question. A logistic model over three kinds
(for the base, none of its business, law or services that it lacks) says what the question is like
as a whole. How near its nearest neighbours among the known near misses are says whether the very
matter is one that the base lacks: 公积金 is worded like 社保, and is nearest to other questions on
公积金. It belongs to one encoder with its maps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.arrays import READING
from indexer.dense import centred, mean_of, products

MODEL_FILE = Path(__file__).with_name("sense.npz")
_LIMIT = 8.0
_STRENGTH = 5.0
_SEVERAL = 3

Vector = NDArray[np.float32]
Vectors = NDArray[np.float32]


class Meaning(NamedTuple):
    """What the vector of a question says of the scope.

    `sense` are the log-odds that it is for the base and not none of its business, `held` that it is
    for the base and no near miss, both within ±8. `near_outside` and `near_lacking` are the mean
    cosines, in [-1, 1], of the three nearest known questions of either kind.
    """

    sense: float
    held: float
    near_outside: float
    near_lacking: float


@dataclass(frozen=True, slots=True)
class Sense:
    """The fitted model, for the encoder with the fingerprint `encoder`.

    `weights` (2, dim) and `biases` (2,) are those of the log-odds; `outside` and `lacking` are the
    known questions (n, dim), less `mean` (dim,) and of length 1.
    """

    weights: Vectors
    biases: Vector
    mean: Vector
    outside: Vectors
    lacking: Vectors
    encoder: str

    def __call__(self, vector: Vector) -> Meaning:
        """What a question's vector (dim,) says."""
        sense, held = np.clip(self.weights @ vector + self.biases, -_LIMIT, _LIMIT).tolist()
        direction = centred(vector[None, :], self.mean)[0]
        near = [_nearest(products(known, direction)) for known in (self.outside, self.lacking)]
        return Meaning(sense, held, *near)

    def save(self, path: Path) -> None:
        """Write the model; half precision moves a cosine by some 0.0002."""
        np.savez_compressed(
            path,
            weights=self.weights,
            biases=self.biases,
            mean=self.mean,
            outside=self.outside.astype(np.float16),
            lacking=self.lacking.astype(np.float16),
            encoder=np.array(self.encoder),
        )


def _nearest(cosines: Vector) -> float:
    return float(np.sort(cosines)[-_SEVERAL:].mean())


@cache
def sense(path: Path = MODEL_FILE) -> Sense:
    """The model that the project ships."""
    with READING, np.load(path, allow_pickle=False) as stored:
        return Sense(
            stored["weights"],
            stored["biases"],
            stored["mean"],
            stored["outside"].astype(np.float32),
            stored["lacking"].astype(np.float32),
            str(stored["encoder"]),
        )


def fit(
    inside: Sequence[str],
    outside: Sequence[str],
    lacking: Sequence[str],
    vectors: Mapping[str, Vector],
    encoder: str,
) -> Sense:
    """Fit the model on questions of the three kinds, each with its vector."""
    from sklearn.linear_model import LogisticRegression

    kinds = [np.stack([vectors[text] for text in texts]) for texts in (inside, outside, lacking)]
    labels = np.repeat(np.arange(3), [len(kind) for kind in kinds])
    model = LogisticRegression(C=_STRENGTH, max_iter=2000, class_weight="balanced")
    model.fit(np.concatenate(kinds), labels)
    mean = mean_of(kinds[0])
    return Sense(
        (model.coef_[0] - model.coef_[1:]).astype(np.float32),
        (model.intercept_[0] - model.intercept_[1:]).astype(np.float32),
        mean,
        centred(kinds[1], mean),
        centred(kinds[2], mean),
        encoder,
    )
