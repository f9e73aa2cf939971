"""Gathers what the maps behind the encoder learn from, and writes them with their card.

Learned from are the phrasings of the live entries, the questions written for articles
(``statute.asked``) and, where they are at hand, real questions with the articles that lawyers
matched. No gold question of ``tests/gold`` is among them.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer import EmbeddingCache, Encoder, Row, normalise
from indexer.adapt import Examples, train
from indexer.cache import Progress
from indexer.encoder import SentenceEncoder
from indexer.maps import Card, LinearMap, MappedEncoder, save
from indexer.text import encoded
from knowledge.statute import asked
from knowledge.statute.names import plain

FOLDS = 5


def key(question: str) -> str:
    """A short hash of a question, by which a card remembers what was learned from."""
    return hashlib.sha256(normalise(question).encode()).hexdigest()[:10]


def gather(
    encoder: SentenceEncoder,
    cache: EmbeddingCache,
    phrasings: Sequence[Row],
    articles: Sequence[Row],
    questions: Sequence[dict[str, Any]],
    progress: Progress | None = None,
) -> tuple[Examples, list[dict[str, Any]]]:
    """The examples, and the real questions in them: those whose articles are at hand.

    The real questions come first in the examples, then those written for articles.
    """
    numbers: dict[str, int] = {}
    owners = [numbers.setdefault(row.owner, len(numbers)) for row in phrasings]
    at = {plain(row.owner): number for number, row in enumerate(articles)}
    answers = [
        [at[plain(name)] for name in row["articles"] if plain(name) in at] for row in questions
    ]
    known = [(row, found) for row, found in zip(questions, answers, strict=True) if found]
    written = [
        (text, at[plain(name)])
        for name, texts in asked.read()
        if plain(name) in at
        for text in texts
    ]
    texts = [str(row["question"]) for row, _ in known] + [text for text, _ in written]
    examples = Examples(
        phrasings=cache.encode(encoder, "query", [row.text for row in phrasings]),
        owners=np.array(owners, dtype=np.int64),
        questions=cache.encode(encoder, "query", [encoded(text) for text in texts]),
        passages=cache.encode(encoder, "passage", [row.text for row in articles], progress),
        answers=[found for _, found in known] + [[number] for _, number in written],
        weights=_weights(len(known), len(written)),
    )
    return examples, [row for row, _ in known]


def _weights(real: int, written: int) -> NDArray[np.float64]:
    """Real questions are drawn half of the time, however many were written beside them."""
    share = max(written, 1) / max(real, 1)
    return np.concatenate([np.full(real, share), np.ones(written)])


def without(examples: Examples, left_out: NDArray[np.bool_]) -> Examples:
    """The examples without the questions marked, of the first as many as there are marks."""
    beyond = np.zeros(len(examples.questions) - len(left_out), dtype=np.bool_)
    kept = np.flatnonzero(~np.concatenate([left_out, beyond]))
    return Examples(
        examples.phrasings,
        examples.owners,
        examples.questions[kept],
        examples.passages,
        [examples.answers[number] for number in kept.tolist()],
        None if examples.weights is None else examples.weights[kept],
    )


def cross_validated(
    examples: Examples, questions: Sequence[dict[str, Any]], folds: int
) -> dict[str, Any]:
    """Figures of dense search alone, each question ranked by maps that have not seen its fold."""
    fold = np.array([fold_of(row, folds) for row in questions])
    ranks: list[list[int]] = [[] for _ in questions]
    for number in range(folds):
        query, passage = train(without(examples, fold == number))
        texts = passage.apply(examples.passages)
        for at in np.flatnonzero(fold == number).tolist():
            likeness = texts @ query.apply(examples.questions[at : at + 1])[0]
            right = likeness[list(examples.answers[at])]
            ranks[at] = sorted(int((likeness > one).sum()) for one in right)
    first = np.array([each[0] for each in ranks])
    return {
        "folds": folds,
        "hit@1": round(float((first < 1).mean()), 4),
        "hit@3": round(float((first < 3).mean()), 4),
        "mrr@10": round(float(np.where(first < 10, 1 / (first + 1), 0).mean()), 4),
        "recall@10": round(float(np.mean([np.mean(np.array(r) < 10) for r in ranks])), 4),
        "recall@100": round(float(np.mean([np.mean(np.array(r) < 100) for r in ranks])), 4),
    }


def unseen(
    encoder: SentenceEncoder,
    cache: EmbeddingCache,
    phrasings: Sequence[Row],
    articles: Sequence[Row],
    questions: Sequence[dict[str, Any]],
    progress: Progress | None = None,
    folds: int = FOLDS,
) -> Iterator[tuple[Encoder, list[dict[str, Any]]]]:
    """Encoders with maps trained on all questions but one fold, each with that fold."""
    examples, known = gather(encoder, cache, phrasings, articles, questions, progress)
    fold = np.array([fold_of(row, folds) for row in known])
    for number in range(folds):
        if (fold == number).any():
            trained = train(without(examples, fold == number))
            asked = [row for row in questions if fold_of(row, folds) == number]
            yield MappedEncoder(encoder, *trained), asked


def fold_of(row: dict[str, Any], folds: int) -> int:
    """The fold of a question: by the hash of its words, so that it never changes."""
    return int(key(str(row["question"])), 16) % folds


def write(
    maps: tuple[LinearMap, LinearMap],
    encoder: SentenceEncoder,
    examples: Examples,
    questions: Sequence[dict[str, Any]],
    today: date,
    figures: dict[str, Any],
    folder: Path,
) -> Path:
    """Write the maps and their card, in place of those that were there; returns the path."""
    card = Card(
        base=encoder.fingerprint,
        sha256="",
        trained_on={
            "phrasings": len(examples.phrasings),
            "entries": int(examples.owners.max()) + 1,
            "passages": len(examples.passages),
            "questions": len(questions),
            "written_questions": len(examples.questions) - len(questions),
            "source": "STARD / LeCoQA (THUIR, MIT), the training part; phrasings of the seed base;"
            " questions written for articles (knowledge/statute/questions)",
            "split": "all questions; figures are of folds by the hash of the question",
            "seen": sorted(key(str(row["question"])) for row in questions),
        },
        date=today.isoformat(),
        figures=figures,
    )
    former = list(folder.glob("*.safetensors")) if folder.is_dir() else []
    path = save(folder, *maps, card)
    for old in former:
        if old != path:
            old.unlink()
            old.with_suffix(".json").unlink(missing_ok=True)
    return path


__all__ = ["cross_validated", "fold_of", "gather", "key", "train", "without", "write"]
