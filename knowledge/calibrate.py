"""Fits the confidence of ``decide`` on labelled questions, and sets its thresholds.

The confidence is a logistic model (Platt, 1999) over the search scores of a hit, fitted on the
tuning part of the labelled questions; the answer line is the lowest at which the answers given to
them are right at the stated precision, and at most the stated share of out-of-scope questions is
answered. The held-out third is never read here.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sqlalchemy.orm import Session

from knowledge.decision import Scored, features
from knowledge.evaluate import NOT_ANSWERABLE
from knowledge.retrieval import Retriever

CONSIDERED = 6
PRECISION = 0.97
FALSE_ANSWERS = 0.01
# Below this probability an entry is not worth a citizen's look.
OFFER_AT = 0.08


@dataclass(frozen=True, slots=True)
class Sample:
    """The best hits of one labelled question; ``right`` is the rank of the right one, or None."""

    hits: tuple[Scored, ...]
    right: int | None
    off_scope: bool


def samples(
    session: Session, retriever: Retriever, questions: Iterable[dict[str, Any]]
) -> list[Sample]:
    """Search every question as the chat does."""
    found = []
    for row in questions:
        hits, _ = retriever.search(session, str(row["question"]))
        names = [hit.entry_id for hit in hits[:CONSIDERED]]
        right = names.index(row["entry"]) if row.get("entry") in names else None
        found.append(Sample(tuple(hits), right, row.get("expect") in NOT_ANSWERABLE))
    return found


def fit(rows: Sequence[Sample]) -> dict[str, Any]:
    """The numbers of a calibration file, with the figures that they were chosen by."""
    names: list[str] = []
    x: list[list[float]] = []
    y: list[int] = []
    first: list[tuple[int, Sample]] = []
    groups: list[int] = []
    for number, sample in enumerate(rows):
        for rank in range(min(CONSIDERED, len(sample.hits))):
            if sample.hits[rank].exact:
                continue
            values = features(sample.hits, rank)
            names = list(values)
            if rank == 0:
                first.append((len(x), sample))
            x.append(list(values.values()))
            y.append(int(rank == sample.right))
            groups.append(number)
    matrix, labels = np.array(x), np.array(y)
    model = LogisticRegression(C=10.0, max_iter=2000)
    # Thresholds are set on probabilities of questions that the fold's model has not seen.
    folds = [
        (np.flatnonzero(np.array(groups) % 5 != fold), np.flatnonzero(np.array(groups) % 5 == fold))
        for fold in range(5)
    ]
    unseen = cross_val_predict(model, matrix, labels, cv=folds, method="predict_proba")[:, 1]
    model.fit(matrix, labels)
    best = [(float(unseen[at]), sample.right == 0, sample.off_scope) for at, sample in first]
    answer_at = _line(best)
    given = [right for p, right, off in best if p >= answer_at and not off]
    answerable = sum(not off for _, _, off in best)
    return {
        "bias": round(float(model.intercept_[0]), 4),
        "weights": {n: round(float(w), 4) for n, w in zip(names, model.coef_[0], strict=True)},
        "answer_at": round(answer_at, 4),
        "offer_at": OFFER_AT,
        "fitted_on": {
            "questions": len(rows),
            "precision": round(sum(given) / max(len(given), 1), 4),
            "coverage": round(len(given) / max(answerable, 1), 4),
        },
    }


def _line(best: Sequence[tuple[float, bool, bool]]) -> float:
    """The lowest line with the stated precision and at most the stated false answers."""
    off_total = max(sum(off for _, _, off in best), 1)
    right = wrong = false = 0
    line = 1.0
    for probability, is_right, off in sorted(best, reverse=True):
        false += off
        right += is_right and not off
        wrong += not is_right and not off
        if right / max(right + wrong, 1) >= PRECISION and false / off_total <= FALSE_ANSWERS:
            line = probability
    return line


def write(numbers: dict[str, Any], path: Path) -> None:
    """Write a calibration file."""
    text = json.dumps(numbers, ensure_ascii=False, indent=2) + "\n"
    path.write_text(text, encoding="utf-8")
