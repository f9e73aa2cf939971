"""From what the systems found to the figures: right entries, answers, false answers, time."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from knowledge.evaluate import accepted, evaluate_ranking
from tests.bench.compare.protocol import Found, Result

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """One line of the table; times on the clock and of the processors (milliseconds, seconds).

    ``answered`` and ``right`` count over the questions that an entry answers: the share that gets
    an answer, and the share of these answers that is the right entry. ``false_answers`` is the
    share of the other questions that gets one. ``own_line`` says whose threshold decides: the
    system's own, or one that lets it answer as many answerable questions as ours.
    """

    hit_1: float
    mrr_10: float
    answered: float
    right: float
    false_answers: float
    own_line: bool
    p50_ms: float
    p50_cpu_ms: float
    build_s: float
    build_cpu_s: float
    remarks: dict[str, float]


def answering(found: Sequence[Found], inside: Sequence[bool], as_many: int) -> list[bool]:
    """Which questions a system answers: by its own line, or else the surest.

    Then the line is where it answers ``as_many`` of the questions ``inside``.
    """
    if all(one.answers is not None for one in found):
        return [bool(one.answers) for one in found]
    scores = sorted(
        (one.score for one, is_in in zip(found, inside, strict=True) if is_in and one.ranked),
        reverse=True,
    )
    if not as_many or not scores:
        return [False] * len(found)
    line = scores[min(as_many, len(scores)) - 1]
    return [bool(one.ranked) and one.score >= line for one in found]


def figures(rows: Sequence[Row], result: Result, as_many: int) -> Figures:
    """The figures of one system on labelled questions; ``as_many`` is what ours answers of them."""
    wanted = [accepted(row) for row in rows]
    inside = [bool(right) for right in wanted]
    answers = answering(result.found, inside, as_many)
    ranking = evaluate_ranking(
        [one.ranked for one, right in zip(result.found, wanted, strict=True) if right],
        [right for right in wanted if right],
    )
    given = [
        one.ranked[0] in right
        for one, right, answer in zip(result.found, wanted, answers, strict=True)
        if answer and right
    ]
    false = [answer for answer, is_in in zip(answers, inside, strict=True) if not is_in]
    return Figures(
        hit_1=ranking["hit@1"],
        mrr_10=ranking["mrr@10"],
        answered=_share(len(given), sum(inside)),
        right=_share(sum(given), len(given)),
        false_answers=_share(sum(false), len(false)),
        own_line=result.found[0].answers is not None,
        p50_ms=round(median(each.clock for each in result.each) * 1000, 2),
        p50_cpu_ms=round(median(each.cpu for each in result.each) * 1000, 2),
        build_s=round(result.build.clock, 1),
        build_cpu_s=round(result.build.cpu, 1),
        remarks={name: round(value, 1) for name, value in result.remarks.items()},
    )


def answered(rows: Sequence[Row], result: Result) -> int:
    """How many answerable questions a system answers by its own line."""
    pairs = zip(rows, result.found, strict=True)
    return sum(bool(found.answers) for row, found in pairs if accepted(row))


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
