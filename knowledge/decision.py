"""The one decision: from search hits to answer, choices, ask-back or handover. Pure.

The chat, the desk's suggestions, the editor's hit test and the evaluation all call ``decide``.
Confidence is the probability that an entry is the right one. For the first it is a product of two
logistic models (Platt, 1999): that the base has an answer at all, and that it is this one if so.
What tells the two apart differs: a near miss fits its neighbour well and leaves the others far
behind. For the other entries it falls by how much less likely their scores make them.
The numbers come from ``python -m knowledge calibrate``.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from indexer.records import NO_EVIDENCE, Evidence
from knowledge.scope.sense import Meaning

CALIBRATION_FILE = Path(__file__).with_name("calibration.json")
OFFERED = 4
_CONTENT = re.compile(r"[㐀-鿿]")
MIN_CONTENT = 2
VAGUE_CONTENT = 3
# The place among the others from which an entry is one of the crowd.
_CROWD = 4


class Kind(StrEnum):
    """What the bot does with a question."""

    ANSWER = "answer"
    CHOICES = "choices"
    ASK_BACK = "ask_back"
    HANDOVER = "handover"


@dataclass(frozen=True, slots=True)
class Scored:
    """An entry as the search found it: its best phrasing and that phrasing's scores.

    ``scope`` are the log-odds that the question is one for this base by its letters, ``meaning``
    is what its vector says of that (None without one), ``length`` its characters: the same for
    every hit.
    """

    entry_id: str
    phrasing: str
    score: float
    dense: float
    lexical: float
    exact: bool
    matched: tuple[str, ...] = ()
    scope: float = 0.0
    evidence: Evidence = NO_EVIDENCE
    length: int = 0
    meaning: Meaning | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """An entry with the probability that it is the right one."""

    entry_id: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, how sure we are (0 to 1), which entries are meant, and why."""

    kind: Kind
    confidence: float
    offered: tuple[Offered, ...]
    reasons: tuple[str, ...]

    @property
    def entry_id(self) -> str | None:
        """The entry to answer with, where the decision is to answer."""
        return self.offered[0].entry_id if self.kind is Kind.ANSWER else None


@dataclass(frozen=True, slots=True)
class Logistic:
    """A probability from features: a weight for each by its name, and a bias."""

    bias: float
    weights: dict[str, float]

    def __call__(self, values: Mapping[str, float]) -> float:
        """The probability, in (0, 1)."""
        z = self.bias + sum(weight * values[name] for name, weight in self.weights.items())
        return 1.0 / (1.0 + math.exp(-max(min(z, 30.0), -30.0)))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The fitted numbers: the models, and the two thresholds.

    ``answerable`` says that an entry answers the question, ``right`` that it is the first one if
    so, and ``sure`` how often their product is right in truth. A step of 1 / ``scale`` in the
    score makes an entry e times as likely as another. ``usual`` is assumed where a question has no
    vector: the medians of the answerable questions that were fitted on.
    """

    answerable: Logistic
    right: Logistic
    sure: Logistic
    scale: float
    answer_at: float
    offer_at: float
    usual: Meaning


@cache
def calibration(path: Path = CALIBRATION_FILE) -> Calibration:
    """The calibration that the project ships."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Calibration(
        Logistic(**data["answerable"]),
        Logistic(**data["right"]),
        Logistic(**data["sure"]),
        data["scale"],
        data["answer_at"],
        data["offer_at"],
        Meaning(**data["usual"]),
    )


def features(hits: Sequence[Scored], scale: float, meaning: Meaning) -> dict[str, float]:
    """What the confidence in the first of the hits is computed from."""
    first, *others = hits
    scores = [hit.score for hit in others]
    rest = sum(math.exp(scale * (score - first.score)) for score in scores)
    behind = others[0].evidence if others else NO_EVIDENCE
    return {
        "score": first.score,
        "lead": first.score - max(scores, default=0.0),
        "share": -math.log1p(rest),
        "crowd": first.score - (scores[_CROWD] if len(scores) > _CROWD else 0.0),
        "scope": first.scope,
        "outside": min(first.scope + meaning.sense, 0.0),
        **meaning._asdict(),
        "length": math.log1p(first.length),
        **first.evidence._asdict(),
        **{
            f"{name}_lead": value - getattr(behind, name)
            for name, value in first.evidence._asdict().items()
        },
    }


def product(values: Mapping[str, float], answerable: Logistic, right: Logistic) -> dict[str, float]:
    """The log-odds that both hold: the base has an answer, and it is the first entry."""
    both = answerable(values) * right(values)
    return {"product": math.log(both / (1.0 - both))}


def confidence(hits: Sequence[Scored], rank: int, numbers: Calibration) -> float:
    """The probability that the hit at ``rank`` is the right entry; hits are best first."""
    return _confidence(hits, rank, numbers, _first(hits, numbers))


def _first(hits: Sequence[Scored], numbers: Calibration) -> float:
    """The probability that the first hit is the right entry, by how well it fits."""
    values = features(hits, numbers.scale, hits[0].meaning or numbers.usual)
    return numbers.sure(product(values, numbers.answerable, numbers.right))


def _confidence(hits: Sequence[Scored], rank: int, numbers: Calibration, first: float) -> float:
    if hits[rank].exact:
        return 1.0
    if rank == 0:
        return first
    odds = math.exp(numbers.scale * min(hits[rank].score - hits[0].score, 0.0))
    return min(first * odds, 1.0 - first)


def each(decisions: Sequence[Decision]) -> Decision:
    """One choice for each matter of a question that asks about several, in its order."""
    firsts = tuple(decision.offered[0] for decision in decisions)[:OFFERED]
    best = max(offered.confidence for offered in firsts)
    return Decision(Kind.CHOICES, best, firsts, (f"一次问了 {len(firsts)} 件事，分别给出条目",))


def decide(question: str, hits: Sequence[Scored], numbers: Calibration | None = None) -> Decision:
    """Decide on a question from its hits, best first."""
    numbers = numbers or calibration()
    content = len(_CONTENT.findall(question))
    if hits and hits[0].exact:
        return Decision(
            Kind.ANSWER, 1.0, (Offered(hits[0].entry_id, 1.0),), ("与一条问法完全相同",)
        )
    if content < MIN_CONTENT:
        return Decision(Kind.ASK_BACK, 0.0, (), ("没有可以理解的中文内容",))
    first = _first(hits, numbers) if hits else 0.0
    ranked = sorted(
        (
            Offered(hit.entry_id, _confidence(hits, rank, numbers, first))
            for rank, hit in enumerate(hits)
        ),
        key=lambda offered: -offered.confidence,
    )[:OFFERED]
    best = ranked[0].confidence if ranked else 0.0
    if best >= numbers.answer_at and content > VAGUE_CONTENT:
        return Decision(
            Kind.ANSWER,
            best,
            tuple(ranked),
            (f"最相近的条目把握 {best:.2f}，不低于作答线 {numbers.answer_at:.2f}",),
        )
    # Where the first may be right, so may its neighbours, however unlikely they seem: all four.
    if ranked and best >= numbers.offer_at:
        return Decision(
            Kind.CHOICES,
            best,
            tuple(ranked),
            (f"最高把握 {best:.2f}，低于作答线 {numbers.answer_at:.2f}，给出相近的问题供选择",),
        )
    if content <= VAGUE_CONTENT:
        return Decision(Kind.ASK_BACK, best, (), ("问题太短，请补充情况",))
    return Decision(
        Kind.HANDOVER, best, (), (f"最高把握 {best:.2f}，低于提示线 {numbers.offer_at:.2f}",)
    )
