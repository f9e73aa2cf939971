"""Fits the order of related articles on real questions with the articles that lawyers matched.

A question's evidence comes from maps that were not trained on it (``adapt.unseen``), its priors
from the questions of the other folds, and in cross-validation so does the model.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer import EmbeddingCache, Encoder, Hit, LiveIndex, Row, build
from indexer.records import Evidence
from knowledge.evaluate import evaluate_ranking, wanted_articles
from knowledge.related.evidence import Features, Link, Priors, law_of, links, matrix
from knowledge.related.forest import Forest, from_dump
from knowledge.related.retrieval import ASKED, DEPTH, DEPTH_ASKED, asked_rows, evidence_of
from knowledge.statute.names import plain

PARAMETERS: dict[str, Any] = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 20,
    "label_gain": [0, 1],
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "num_threads": 1,
    "seed": 0,
    "deterministic": True,
    "verbose": -1,
}
ROUNDS = 150

Question = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for one question by maps that had not seen it, in fold `fold`."""

    question: Question
    fold: int
    hits: Sequence[Hit]
    asked: Mapping[str, Evidence]
    linked: Mapping[str, Link]

    @property
    def names(self) -> list[str]:
        """The plain names of the articles found."""
        return [plain(hit.owner) for hit in self.hits]


@dataclass(frozen=True, slots=True)
class Base:
    """What is searched: articles, phrasings of entries, and each entry's citations."""

    articles: Sequence[Row]
    phrasings: Sequence[Row]
    citations: Mapping[str, Sequence[str]]


def gather(
    base: Base,
    cache: EmbeddingCache,
    parts: Iterable[tuple[Encoder, Sequence[Question]]],
) -> list[Found]:
    """Search each part's questions with that part's encoder; the parts are the folds."""
    found = []
    for fold, (encoder, questions) in enumerate(parts):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            rows = {"articles": base.articles, "entries": base.phrasings, ASKED: asked_rows()}
            indexes = {}
            for name, texts in rows.items():
                build(root, name, texts, encoder=encoder, cache=cache)
                indexes[name] = LiveIndex(root, name, encoder)
            for question in questions:
                text = str(question["question"])
                entries = [
                    (hit.score, base.citations.get(hit.owner, ()))
                    for hit in indexes["entries"].search(text, 20)
                ]
                found.append(
                    Found(
                        question,
                        fold,
                        indexes["articles"].search(text, DEPTH),
                        evidence_of(indexes[ASKED].search(text, DEPTH_ASKED)),
                        links(entries),
                    )
                )
    return found


def priors_of(questions: Iterable[Question]) -> Priors:
    """How often each article, and each law, is right for these questions."""
    articles = Counter(name for row in questions for name in wanted_articles(row))
    laws: Counter[str] = Counter()
    for name, times in articles.items():
        laws[law_of(name)] += times
    return Priors(articles, laws)


def tables(found: Sequence[Found]) -> list[NDArray[np.float64]]:
    """The features of what was found for each question, with the priors of the other folds.

    Leaving out the question alone would tell on it: the counts of its own law would be the only
    ones that differ.
    """
    folds = {one.fold for one in found}
    priors = {fold: priors_of(one.question for one in found if one.fold != fold) for fold in folds}
    return [
        matrix(str(one.question["question"]), one.hits, one.asked, one.linked, priors[one.fold])
        for one in found
    ]


def fit(found: Sequence[Found], numbers: Sequence[NDArray[np.float64]]) -> Forest:
    """The model on these questions and their features."""
    import lightgbm

    told = [
        (one, table)
        for one, table in zip(found, numbers, strict=True)
        if wanted_articles(one.question) & set(one.names)
    ]
    labels = [[name in wanted_articles(one.question) for name in one.names] for one, _ in told]
    data = lightgbm.Dataset(
        np.concatenate([table for _, table in told]),
        np.concatenate(labels).astype(np.int8),
        group=[len(table) for _, table in told],
        feature_name=list(Features._fields),
    )
    return from_dump(lightgbm.train(PARAMETERS, data, ROUNDS).dump_model())


def cross_validated(found: Sequence[Found]) -> dict[str, Any]:
    """Figures of dense search alone, of the index's own order, and of the model's."""
    orders: dict[str, list[list[str]]] = {"dense": [], "index": [], "related": []}
    wanted = []
    numbers = tables(found)
    for fold in sorted({one.fold for one in found}):
        rest = [at for at, one in enumerate(found) if one.fold != fold]
        model = fit([found[at] for at in rest], [numbers[at] for at in rest])
        for one, table in zip(found, numbers, strict=True):
            if one.fold != fold or not one.hits:
                continue
            names = np.array(one.names)
            dense = np.array([hit.dense for hit in one.hits])
            orders["dense"].append(names[np.argsort(-dense, kind="stable")].tolist())
            orders["index"].append(names.tolist())
            orders["related"].append(
                names[np.argsort(-model.predict(table), kind="stable")].tolist()
            )
            wanted.append(wanted_articles(one.question))
    return {name: evaluate_ranking(ranked, wanted) for name, ranked in orders.items()}


def write(model: Forest, priors: Priors, model_file: Path, priors_file: Path) -> None:
    """Write the model and the priors for ``ranking``."""
    model.save(model_file)
    contents = {"articles": dict(priors.articles), "laws": dict(priors.laws)}
    priors_file.write_text(
        json.dumps(contents, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8"
    )
