"""Fits what the decision rests on, on labelled questions: fusion, scope, confidence, thresholds.

The answer line is the lowest at which the answers given are right at the stated precision and at
most the stated share of out-of-scope questions is answered, each judged by a model that has not
seen its entry. The held-out third of the labelled questions is never read here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sqlalchemy.orm import Session

from indexer import Hit
from indexer.fusion import scores, weights_from
from indexer.records import Evidence
from knowledge import scope
from knowledge.decision import Calibration, Logistic, Scored, confidence, features, product
from knowledge.evaluate import NOT_ANSWERABLE, OUT_OF_SCOPE, accepted
from knowledge.retrieval import Retriever
from knowledge.scope.sense import Meaning, Sense
from knowledge.scope.sense import fit as fit_sense
from knowledge.standard_qa import repository

CANDIDATES = 50
FOLDS = 5
PRECISION = 0.97
FALSE_ANSWERS = 0.01
# Aimed a little higher than promised: a line is set on few questions and met on others.
MARGIN = 0.005
# A wrong answer to a question that the base has no answer to counts for several: they are few
# among the labelled questions, and many on a hotline.
_BEYOND, _NEAR = 5.0, 3.0
OFFER_AT = 0.02
_PENALTY = 1e-4
_FREE = 1e6
_BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Ground:
    """What scope and sense learn from besides the labelled questions.

    `inside` are questions that the base is for, `outside` such as are none of its business, `near`
    near misses; `vectors` those of the encoder with the fingerprint `encoder`, for all of these and
    every question of the samples.
    """

    inside: Sequence[str]
    outside: Sequence[str]
    near: Sequence[str]
    vectors: Mapping[str, NDArray[np.float32]]
    encoder: str

    def scopes(
        self, inside: Sequence[str], off: Sequence[str], lacking: Sequence[str]
    ) -> tuple[scope.Scope, Sense]:
        """Both models, fitted on these questions, and `outside` and `near` besides."""
        outside = [*self.outside, *off]
        near = [*self.near, *lacking]
        meant = fit_sense(inside, outside, near, self.vectors, self.encoder)
        return scope.fit(inside, outside), meant


@dataclass(frozen=True, slots=True)
class Sample:
    """The hits of one labelled question; ``right`` is the place of the first right one, or None.

    ``accepted`` are the right entries. ``unanswerable`` says that no entry is right. ``beyond``
    says more: the question is no legal one at all. A near miss (law that the base lacks) is
    unanswerable and not beyond.
    """

    question: str
    group: str
    hits: tuple[Hit, ...]
    right: int | None
    unanswerable: bool
    beyond: bool = False
    accepted: frozenset[str] = frozenset()

    @property
    def fold(self) -> int:
        """Questions on one entry stay together."""
        return crc32(self.group.encode()) % FOLDS


def samples(
    session: Session, retriever: Retriever, questions: Iterable[dict[str, Any]]
) -> list[Sample]:
    """Search every question as the chat does."""
    found = []
    for row in questions:
        question = str(row["question"])
        hits = tuple(retriever.entries.search(question, CANDIDATES))
        fits = accepted(row)
        right = next((place for place, hit in enumerate(hits) if hit.owner in fits), None)
        group = str(row.get("entry") or row.get("id") or question)
        expected = row.get("expect")
        found.append(
            Sample(
                question,
                group,
                hits,
                right,
                expected in NOT_ANSWERABLE,
                expected == OUT_OF_SCOPE,
                fits,
            )
        )
    return found


def phrasings(session: Session) -> list[str]:
    """Every live phrasing: what the scope model takes for the base's business."""
    return [row.text for row in repository.live_phrasings(session)]


def fit_fusion(rows: Sequence[Sample]) -> dict[str, float]:
    """Weights of the evidence by a conditional logit model: which candidate is the right one."""
    chosen = [row for row in rows if row.right is not None and not row.hits[0].exact]
    width = max(len(row.hits) for row in chosen)
    x = np.zeros((len(chosen), width, len(Evidence._fields)))
    missing = np.zeros((len(chosen), width))
    right = np.array([row.right for row in chosen])
    for at, row in enumerate(chosen):
        x[at, : len(row.hits)] = [hit.evidence for hit in row.hits]
        missing[at, len(row.hits) :] = -1e9
    each = np.arange(len(chosen))

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = x @ weights + missing
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        shares /= shares.sum(axis=1, keepdims=True)
        gradient = ((shares[:, :, None] * x).sum(axis=1) - x[each, right]).mean(axis=0)
        value = -np.log(shares[each, right] + 1e-12).mean()
        return value + _PENALTY * (weights @ weights), gradient + 2 * _PENALTY * weights

    bounds = [(0.0, None)] * len(Evidence._fields)
    best = minimize(loss, np.ones(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds).x
    return dict(zip(Evidence._fields, (round(float(w), 3) for w in best), strict=True))


def rescored(
    row: Sample,
    fitted: Mapping[str, float],
    within: scope.Scope,
    meant: Sense,
    ground: Ground,
) -> list[Scored]:
    """The hits as the search would rank them with these weights."""
    if not row.hits:
        return []
    evidence = np.array([hit.evidence for hit in row.hits])
    found = scores(evidence, weights_from(fitted), dense=True)
    sounds, means = within(row.question), meant(ground.vectors[row.question])
    scored = [
        Scored(
            hit.owner,
            hit.text,
            1.0 if hit.exact else score,
            hit.dense,
            hit.lexical,
            hit.exact,
            hit.matched,
            sounds,
            hit.evidence,
            len(row.question),
            means,
        )
        for hit, score in zip(row.hits, found.tolist(), strict=True)
    ]
    return sorted(scored, key=lambda hit: -hit.score)[:20]


@dataclass(frozen=True, slots=True)
class Model:
    """Everything fitted on one set of samples."""

    fusion: dict[str, float]
    scope: scope.Scope
    sense: Sense
    numbers: Calibration


def fit_logistic(
    values: Sequence[Mapping[str, float]],
    true: NDArray[np.bool_],
    emphasis: NDArray[np.float64],
    strength: float = 1.0,
) -> Logistic:
    """A logistic model on the features of rows; emphasis (n,) is how many each counts for."""
    matrix = np.array([list(row.values()) for row in values])
    middle, spread = matrix.mean(axis=0), matrix.std(axis=0) + 1e-9
    model = LogisticRegression(C=strength, max_iter=3000).fit(
        (matrix - middle) / spread, true, sample_weight=emphasis
    )
    weights = model.coef_[0] / spread
    named = {name: round(float(w), 4) for name, w in zip(values[0], weights, strict=True)}
    return Logistic(round(float(model.intercept_[0]) - float(weights @ middle), 4), named)


def fit_model(rows: Sequence[Sample], ground: Ground) -> Model:
    """Fit fusion, scope and confidence; the thresholds are still open."""
    fusion = fit_fusion(rows)
    scale = weights_from(fusion).scale
    off = [row.question for row in rows if row.beyond]
    lacking = [row.question for row in rows if row.unanswerable and not row.beyond]
    whole = ground.scopes(ground.inside, off, lacking)
    # The scope of a question that the model was fitted on says too much: half and half.
    halves = [
        ground.scopes(*(_but(half, texts) for texts in (ground.inside, off, lacking)))
        for half in (0, 1)
    ]
    seen: list[Sample] = []
    meanings: list[Meaning] = []
    values, first = [], []
    for row in rows:
        hits = rescored(row, fusion, *halves[_half(row.question)], ground)
        if hits and not hits[0].exact and (meaning := hits[0].meaning):
            seen.append(row)
            meanings.append(meaning)
            values.append(features(hits, scale, meaning))
            first.append(hits[0].entry_id in row.accepted)
    held = np.array([not row.unanswerable for row in seen])
    emphasis = [_BEYOND if row.beyond else _NEAR if row.unanswerable else 1.0 for row in seen]
    answerable = fit_logistic(values, held, np.array(emphasis))
    right = fit_logistic(
        [value for value, own in zip(values, held, strict=True) if own],
        np.array(first)[held],
        np.ones(held.sum()),
    )
    # The emphasis sets the order; how sure that makes us is fitted without it (Platt, 1999).
    both = [product(value, answerable, right) for value in values]
    sure = fit_logistic(both, np.array(first), np.ones(len(first)), _FREE)
    usual = Meaning(*np.median(np.array(meanings)[held], axis=0).round(4).tolist())
    numbers = Calibration(answerable, right, sure, round(scale, 3), 1.0, OFFER_AT, usual)
    return Model(fusion, *whole, numbers)


def _half(text: str) -> int:
    return crc32(text.encode()) % 2


def _but(half: int, texts: Sequence[str]) -> list[str]:
    return [text for text in texts if _half(text) != half]


@dataclass(frozen=True, slots=True)
class Judged:
    """The confidence in the first entry for one question, and whether it is the right one."""

    confidence: float
    right: bool
    unanswerable: bool
    beyond: bool = False


def judge(rows: Sequence[Sample], model: Model, ground: Ground) -> list[Judged]:
    """What the model thinks of its first hits."""
    judged = []
    for row in rows:
        hits = rescored(row, model.fusion, model.scope, model.sense, ground)
        first = confidence(hits, 0, model.numbers) if hits else 0.0
        right = bool(hits) and hits[0].entry_id in row.accepted
        judged.append(Judged(first, right, row.unanswerable, row.beyond))
    return judged


def fit(rows: Sequence[Sample], ground: Ground) -> tuple[Model, dict[str, Any]]:
    """The model on all samples, and the contents of its calibration file with the figures."""
    unseen: list[Judged] = []
    for fold in range(FOLDS):
        model = fit_model([row for row in rows if row.fold != fold], ground)
        unseen += judge([row for row in rows if row.fold == fold], model, ground)
    answer_at = _line(unseen)
    model = fit_model(rows, ground)
    given = [item.right for item in unseen if item.confidence >= answer_at and not item.beyond]
    false = [item.confidence >= answer_at for item in unseen if item.beyond]
    near = [item.confidence >= answer_at for item in unseen if item.unanswerable > item.beyond]
    answered = sum(item.confidence >= answer_at for item in unseen if not item.unanswerable)
    answerable = sum(not item.unanswerable for item in unseen)
    contents = {
        "answerable": asdict(model.numbers.answerable),
        "right": asdict(model.numbers.right),
        "sure": asdict(model.numbers.sure),
        "scale": model.numbers.scale,
        "answer_at": round(answer_at, 4),
        "offer_at": OFFER_AT,
        "usual": model.numbers.usual._asdict(),
        "cross_validated": {
            "questions": len(rows),
            "answerable": answerable,
            "precision": round(sum(given) / max(len(given), 1), 4),
            "coverage": round(answered / max(answerable, 1), 4),
            "false_answers": round(sum(false) / max(len(false), 1), 4),
            "near_misses_answered": round(sum(near) / max(len(near), 1), 4),
        },
        "reliability": reliability(unseen),
    }
    return model, contents


def reliability(judged: Sequence[Judged]) -> list[dict[str, float | int]]:
    """How often a confidence keeps its word: stated and found, by bins of confidence."""
    table = []
    for low, high in pairwise(_BINS):
        inside = [j for j in judged if low <= j.confidence < high or (high == 1.0 == j.confidence)]
        if inside:
            stated = sum(item.confidence for item in inside) / len(inside)
            found = sum(item.right for item in inside) / len(inside)
            table.append({"n": len(inside), "stated": round(stated, 3), "found": round(found, 3)})
    return table


def _line(judged: Sequence[Judged]) -> float:
    """The lowest line with the stated precision and at most the stated false answers.

    An answer to a near miss is a wrong answer like any other: it lowers the precision. False
    answers are those to what is none of the base's business.
    """
    beyond = max(sum(item.beyond for item in judged), 1)
    right = given = false = 0
    line = 1.0
    for item in sorted(judged, key=lambda item: -item.confidence):
        false += item.beyond
        given += not item.beyond
        right += item.right
        precise = right / max(given, 1) >= PRECISION + MARGIN
        if precise and false / beyond <= FALSE_ANSWERS:
            line = item.confidence
    return line


def write_fusion(fitted: Mapping[str, float], path: Path) -> None:
    """Write the weights for questions; those for texts stay."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    write({**kept, "questions": dict(fitted)}, path)


def write(contents: dict[str, Any], path: Path) -> None:
    """Write a file of numbers."""
    text = json.dumps(contents, ensure_ascii=False, indent=2) + "\n"
    path.write_text(text, encoding="utf-8")
