"""Topics 咨询类别: which of the categories a consultation belongs to, for routing it to lawyers.

A multinomial logistic model over the encoder's vector of the question, learned from the entries'
phrasings and, where at hand, from real questions with their topic. Each category counts the same,
however many phrasings it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from indexer import EmbeddingCache, Encoder, normalise
from indexer.text import ENCODED_LIMIT, cut
from knowledge.adapt import fold_of, key
from knowledge.categories import Category
from knowledge.standard_qa.models import Entry, EntryVersion

MODEL_FILE = Path(__file__).with_name("model.npz")
FOLDS = 5
SERVICES = frozenset({Category.LEGAL_AID, Category.NOTARY, Category.APPRAISAL, Category.MEDIATION})
"""The services of 12348; the field's 20 topics do not have them."""
_WEIGHT = 20.0
"""A real question counts as much as so many phrasings that editors wrote."""
_SOFTNESS = 10.0

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Examples:
    """Vectors (n, dim) with their categories; ``keys`` names those that are real questions."""

    vectors: Vectors
    categories: list[str]
    keys: list[str]


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights (categories, dim), biases (categories,), and the keys of what it learned from."""

    categories: tuple[str, ...]
    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    seen: frozenset[str]

    def shares(self, vector: Vectors, *, services: bool = True) -> dict[Category, float]:
        """The probability of each category, most probable first."""
        logits = self.weights @ vector + self.biases
        if not services:
            logits = np.where(np.isin(self.categories, list(SERVICES)), -np.inf, logits)
        found = np.exp(logits - logits.max())
        found /= found.sum()
        order = np.argsort(-found)
        return {Category(self.categories[place]): float(found[place]) for place in order}

    def save(self, path: Path) -> None:
        """Write the model."""
        np.savez_compressed(
            path,
            categories=np.array(self.categories),
            weights=self.weights.astype(np.float16),
            biases=self.biases,
            seen=np.array(sorted(self.seen), dtype="U10"),
        )


@cache
def classifier(path: Path = MODEL_FILE) -> Classifier:
    """The classifier that the project ships."""
    with np.load(path, allow_pickle=False) as stored:
        return Classifier(
            tuple(stored["categories"].tolist()),
            stored["weights"].astype(np.float32),
            stored["biases"],
            frozenset(stored["seen"].tolist()),
        )


def classify(encoder: Encoder, question: str) -> tuple[Category, float]:
    """The most probable category of a consultation, and its probability."""
    return next(iter(classifier().shares(_vector(encoder, question)).items()))


def _vector(encoder: Encoder, question: str) -> Vectors:
    found: Vectors = encoder.encode_queries([cut(normalise(question), ENCODED_LIMIT)])[0]
    return found


def from_entries(session: Session) -> list[tuple[str, str]]:
    """Every live phrasing with its category."""
    rows = session.scalars(
        select(EntryVersion)
        .join(Entry, Entry.live_version_id == EntryVersion.id)
        .order_by(EntryVersion.entry_id)
    )
    return [(text, row.category) for row in rows for text in (row.question, *row.similar)]


def encoded(
    encoder: Encoder, cache: EmbeddingCache, phrasings: Sequence[tuple[str, str]]
) -> Examples:
    """Phrasings as examples."""
    vectors = cache.encode(encoder, "query", [text for text, _ in phrasings])
    return Examples(vectors, [category for _, category in phrasings], [])


def labelled(encoder: Encoder, questions: Sequence[dict[str, Any]]) -> Examples:
    """Question files' lines as examples."""
    texts = [str(row["question"]) for row in questions]
    vectors = np.stack([_vector(encoder, text) for text in texts])
    return Examples(vectors, [str(row["topic"]) for row in questions], list(map(key, texts)))


def fit(phrasings: Examples, questions: Examples) -> Classifier:
    """Fit on both kinds of examples."""
    from sklearn.linear_model import LogisticRegression

    vectors = np.concatenate([phrasings.vectors, questions.vectors])
    names = np.array([*phrasings.categories, *questions.categories])
    weights = np.ones(len(names))
    weights[len(phrasings.vectors) :] = _WEIGHT
    kinds, of = np.unique(names, return_inverse=True)
    weights *= len(names) / len(kinds) / np.bincount(of, weights=weights)[of]
    model = LogisticRegression(C=_SOFTNESS, max_iter=3000)
    model.fit(vectors, names, sample_weight=weights)
    return Classifier(
        tuple(str(name) for name in model.classes_),
        model.coef_.astype(np.float32),
        model.intercept_.astype(np.float32),
        frozenset(questions.keys),
    )


def is_right(model: Classifier, encoder: Encoder, row: dict[str, Any]) -> bool:
    """Whether the topic of a line is found; the field's topics have no services."""
    return _topic(model, _vector(encoder, str(row["question"]))) == str(row["topic"])


def _topic(model: Classifier, vector: Vectors) -> str:
    return str(next(iter(model.shares(vector, services=False))))


def cross_validated(
    encoder: Encoder, phrasings: Examples, questions: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Accuracy, each question judged by a model that has not seen its fold."""
    examples = labelled(encoder, questions)
    folds = np.array([fold_of(row, FOLDS) for row in questions])
    right = 0
    for fold in range(FOLDS):
        kept = np.flatnonzero(folds != fold).tolist()
        model = fit(
            phrasings,
            Examples(
                examples.vectors[kept],
                [examples.categories[at] for at in kept],
                [examples.keys[at] for at in kept],
            ),
        )
        for at in np.flatnonzero(folds == fold).tolist():
            right += _topic(model, examples.vectors[at]) == examples.categories[at]
    accuracy = round(right / max(len(questions), 1), 4)
    return {"n": len(questions), "accuracy": accuracy, "cross_validated": len(questions)}
