"""Sense 语义范围: the scope told from what a question means, where `scope` goes by its letters.

A logistic model over the encoder's vector of the question. It belongs to one encoder with its
maps, and says nothing (0) of another's vectors. The two together miss a third of what either
alone lets pass (docs/retrieval.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MODEL_FILE = Path(__file__).with_name("sense.npz")
_LIMIT = 8.0
_STRENGTH = 5.0

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sense:
    """The fitted model: weights (dim,), a bias, and the fingerprint of the encoder it is for."""

    weights: Vector
    bias: float
    encoder: str

    def __call__(self, vector: Vector) -> float:
        """The log-odds that a question with this vector is one for the base, within ±8."""
        return float(np.clip(vector @ self.weights + self.bias, -_LIMIT, _LIMIT))

    def save(self, path: Path) -> None:
        """Write the model."""
        np.savez_compressed(
            path, weights=self.weights, bias=np.array([self.bias]), encoder=np.array(self.encoder)
        )


@cache
def sense(path: Path = MODEL_FILE) -> Sense:
    """The model that the project ships."""
    with np.load(path, allow_pickle=False) as stored:
        return Sense(stored["weights"], float(stored["bias"][0]), str(stored["encoder"]))


def fit(
    inside: Sequence[str], beyond: Sequence[str], vectors: Mapping[str, Vector], encoder: str
) -> Sense:
    """Fit the model on questions within and beyond the scope, each with its vector."""
    from sklearn.linear_model import LogisticRegression

    matrix = np.stack([vectors[text] for text in [*inside, *beyond]])
    labels = np.arange(len(matrix)) < len(inside)
    model = LogisticRegression(C=_STRENGTH, max_iter=2000, class_weight="balanced")
    model.fit(matrix, labels)
    return Sense(model.coef_[0].astype(np.float32), float(model.intercept_[0]), encoder)
