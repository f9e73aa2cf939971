"""Topics 咨询类别: which of the categories a consultation belongs to, for routing it to lawyers.

A multinomial logistic model over the encoder's vector of the question. It learns from consultations
written here in the manner of those who post them (``questions/``, a topic a file) and from the
phrasings of the entries on the services of 12348, which have no such file. Each category counts
the same, however many examples it has. The other entries teach nothing here: editors divide the
law otherwise than people do who ask. Nor do real questions: they are for measuring.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from indexer import EmbeddingCache, Encoder
from indexer.arrays import READING
from indexer.text import encoded
from knowledge.categories import Category
from knowledge.standard_qa.models import Entry, EntryVersion

MODEL_FILE = Path(__file__).with_name("model.npz")
WRITTEN = Path(__file__).with_name("questions")
SERVICES = frozenset({Category.LEGAL_AID, Category.NOTARY, Category.APPRAISAL, Category.MEDIATION})
"""The services of 12348; the field's 20 topics do not have them."""
_SOFTNESS = 150.0
"""The inverse strength of the penalty on weights, where examples weigh 1 in each category."""

NEAR = 0.6
"""The cosine from which on the nearest phrasing is the better guide (docs/retrieval.md)."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights (categories, dim), biases (categories,) and the encoder's fingerprint."""

    categories: tuple[str, ...]
    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    encoder: str

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
            encoder=np.array(self.encoder),
        )


@cache
def classifier(path: Path = MODEL_FILE) -> Classifier:
    """The classifier that the project ships."""
    with READING, np.load(path, allow_pickle=False) as stored:
        return Classifier(
            tuple(stored["categories"].tolist()),
            stored["weights"].astype(np.float32),
            stored["biases"],
            str(stored["encoder"]),
        )


def classify(encoder: Encoder, question: str) -> tuple[Category, float]:
    """The most probable category of a consultation, and its probability."""
    vector = encoder.encode_queries([encoded(question)])[0]
    return next(iter(classifier().shares(vector).items()))


def likely(nearest: Category, cosine: float, others: Iterable[Category]) -> list[Category]:
    """Categories, likeliest first: that of the nearest phrasing, where it is close, then others."""
    first = [nearest] if cosine >= NEAR else []
    return list(dict.fromkeys([*first, *others]))


def written(folder: Path = WRITTEN) -> list[tuple[str, str]]:
    """Every consultation written for a topic, with the topic."""
    return [
        (text, Category(path.stem).value)
        for path in sorted(folder.glob("*.txt"))
        for text in path.read_text(encoding="utf-8").splitlines()
    ]


def on_services(session: Session) -> list[tuple[str, str]]:
    """Every live phrasing of an entry on one of the services, with its category."""
    rows = session.scalars(
        select(EntryVersion)
        .join(Entry, Entry.live_version_id == EntryVersion.id)
        .where(EntryVersion.category.in_(SERVICES))
        .order_by(EntryVersion.entry_id)
    )
    return [(text, row.category) for row in rows for text in (row.question, *row.similar)]


def vectors(encoder: Encoder, cache: EmbeddingCache, questions: Sequence[str]) -> Vectors:
    """What the classifier sees of questions, (n, dim)."""
    return cache.encode(encoder, "query", [encoded(question) for question in questions])


def fit(found: Vectors, categories: Sequence[str], encoder: str) -> Classifier:
    """Fit on an encoder's vectors (n, dim) and the category of each."""
    from sklearn.linear_model import LogisticRegression

    _, of, counts = np.unique(list(categories), return_inverse=True, return_counts=True)
    model = LogisticRegression(C=_SOFTNESS, max_iter=3000)
    model.fit(found, list(categories), sample_weight=1 / counts[of])
    return Classifier(
        tuple(str(name) for name in model.classes_),
        model.coef_.astype(np.float32),
        model.intercept_.astype(np.float32),
        encoder,
    )


def measure(model: Classifier, found: Vectors, topics: Sequence[str]) -> dict[str, Any]:
    """How often the topic of a question is the most probable, or one of the two most probable."""
    orders = [list(model.shares(vector, services=False)) for vector in found]
    first, second = (
        sum(topic in order[:places] for topic, order in zip(topics, orders, strict=True))
        / max(len(orders), 1)
        for places in (1, 2)
    )
    return {"n": len(orders), "accuracy": round(first, 4), "top_2": round(second, 4)}
