"""Evaluation, in the field's words: how often the base answers, and how often it is right.

Every figure comes from the same ``Retriever`` and ``decide`` as the chat.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from knowledge.decision import Kind
from knowledge.retrieval import Retriever
from knowledge.standard_qa.models import EntryVersion
from knowledge.statute.names import plain

OUT_OF_SCOPE = "out_of_scope"
NOT_ANSWERABLE = frozenset({"handover", OUT_OF_SCOPE})


def accepted(row: dict[str, Any]) -> frozenset[str]:
    """The entries that are right for a question: the one it was written for, and its likes."""
    return frozenset([row["entry"], *row.get("also", [])]) if "entry" in row else frozenset()


def _fits(row: dict[str, Any], version: EntryVersion) -> bool:
    """Whether an entry is right for a question: by its id, or by an article that it names.

    A mention 提及 names an article of a work that the base does not hold: what the citizen reads
    says so, and whoever looks it up finds what lawyers would have shown.
    """
    if "entry" in row:
        return version.entry_id in accepted(row)
    wanted = {plain(name) for name in row.get("articles", [])}
    return bool(wanted & {plain(name) for name in (*version.citations, *version.mentions)})


def evaluate_answers(
    session: Session, retriever: Retriever, questions: Iterable[dict[str, Any]]
) -> dict[str, float | int]:
    """``precision`` of given answers, ``coverage``, ``choices_hit`` and ``false_answers``.

    ``offered`` is the share that gets an answer (with near questions beside it) or choices, and
    ``offered_hit`` the share of these where the right entry is among them.
    """
    n = answerable = answered = right = missed = offered_right = off = false = shown = hit = 0
    for row in questions:
        n += 1
        consulted = retriever.consult(session, str(row["question"]))
        kind, offered = consulted.decision.kind, consulted.decision.offered
        if row.get("expect") in NOT_ANSWERABLE:
            off += 1
            false += kind is Kind.ANSWER
            continue
        answerable += 1
        fitting = [_fits(row, consulted.versions[item.entry_id]) for item in offered]
        shown += bool(offered)
        hit += any(fitting)
        if kind is Kind.ANSWER:
            answered += 1
            right += fitting[0]
        else:
            missed += 1
            offered_right += kind is Kind.CHOICES and any(fitting)
    return {
        "n": n,
        "answered": answered,
        "coverage": _share(answered, answerable),
        "precision": _share(right, answered),
        "choices_hit": _share(offered_right, missed),
        "false_answers": _share(false, off),
        "offered": _share(shown, answerable),
        "offered_hit": _share(hit, shown),
    }


def evaluate_ranking(
    ranked: Sequence[Sequence[str]], wanted: Sequence[frozenset[str]]
) -> dict[str, float | int]:
    """hit@1, hit@3, MRR@10, recall@10 and recall@100 of ranked names against the right ones."""
    hits = {1: 0, 3: 0}
    recall = {10: 0.0, 100: 0.0}
    reciprocal = 0.0
    for names, right in zip(ranked, wanted, strict=True):
        first = next((rank for rank, name in enumerate(names, 1) if name in right), None)
        for depth in hits:
            hits[depth] += first is not None and first <= depth
        if first is not None and first <= 10:
            reciprocal += 1 / first
        for depth in recall:
            recall[depth] += len(right & set(names[:depth])) / len(right)
    n = len(ranked)
    return {
        "n": n,
        "hit@1": _share(hits[1], n),
        "hit@3": _share(hits[3], n),
        "mrr@10": _share(reciprocal, n),
        "recall@10": _share(recall[10], n),
        "recall@100": _share(recall[100], n),
    }


def wanted_articles(row: dict[str, Any]) -> frozenset[str]:
    """The plain names of the articles that are right for a question."""
    return frozenset(plain(name) for name in row["articles"])


def _share(part: float, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
