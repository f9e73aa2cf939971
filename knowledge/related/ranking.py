"""The order of related articles: LambdaMART (Burges, 2010) over their evidence.

The model and the priors come from ``python -m knowledge fit-related``; without vectors it says
nothing, and the index's own order stands.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from indexer import Hit
from indexer.records import Evidence
from knowledge.related.evidence import Link, Priors, matrix
from knowledge.related.forest import Forest, load

FOLDER = Path(__file__).parent
MODEL_FILE = FOLDER / "model.npz"
PRIORS_FILE = FOLDER / "priors.json"


@cache
def model(path: Path = MODEL_FILE) -> Forest:
    """The model that the project ships."""
    return load(path)


@cache
def priors(path: Path = PRIORS_FILE) -> Priors:
    """The priors that the project ships."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Priors(stored["articles"], stored["laws"])


def ranked(
    question: str,
    hits: Sequence[Hit],
    asked: Mapping[str, Evidence],
    linked: Mapping[str, Link],
    by: Forest | None = None,
    known: Priors | None = None,
) -> list[Hit]:
    """The articles found, best first; see ``evidence.matrix`` for the rest."""
    if not hits or all(hit.dense == 0.0 for hit in hits):
        return list(hits)
    numbers = matrix(question, hits, asked, linked, known or priors())
    order = np.argsort(-(by or model()).predict(numbers), kind="stable")
    return [hits[place] for place in order.tolist()]
