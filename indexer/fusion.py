"""One score from what dense and lexical search say of an owner. Pure.

The weights are those of a conditional logit model (McFadden, 1974) of which owner is the right
one, fitted by ``python -m knowledge calibrate`` and kept in ``fusion.json``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.records import Evidence

WEIGHTS_FILE = Path(__file__).with_name("fusion.json")
BEST_INEXACT = 0.99
"""Only the same words are certain: 1.0 is kept for an exact match."""
UNCENTRED_FLOOR = 0.8
"""Below this cosine, raw e5 vectors of two Chinese sentences have nothing in common."""
_COSINES = 3


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each kind of evidence counts, shape (6,), as shares of 1.

    A step of 1 / `scale` in the score makes an owner e times as likely to be the right one.
    """

    shares: NDArray[np.float64]
    scale: float


def weights_from(fitted: Mapping[str, float]) -> Weights:
    """Weights by the names of `Evidence`, 0 where not named.

    At least one is positive and none negative, or ValueError.
    """
    values = np.array([fitted.get(name, 0.0) for name in Evidence._fields], dtype=np.float64)
    if (values < 0).any() or not values.any():
        raise ValueError("fusion weights must not be negative, nor all of them zero")
    return Weights(values / values.sum(), float(values.sum()))


@cache
def shipped(kind: str) -> Weights:
    """The weights in the box: ``questions`` where rows are questions themselves, ``texts`` else."""
    return weights_from(json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))[kind])


def from_floor(evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evidence (owners, 6) with cosines of uncentred vectors measured from their floor."""
    moved = evidence.copy()
    share = (evidence[:, :_COSINES] - UNCENTRED_FLOOR) / (1 - UNCENTRED_FLOOR)
    moved[:, :_COSINES] = np.clip(share, 0.0, 1.0)
    return moved


def scores(evidence: NDArray[np.float64], weights: Weights, *, dense: bool) -> NDArray[np.float64]:
    """Scores in [0, 0.99] of owners by their evidence (owners, 6).

    Without vectors (`dense` false) the lexical columns decide alone, on the same scale.
    """
    shares = weights.shares.copy()
    if not dense:
        shares[:_COSINES] = 0.0
        if not shares.any():
            shares[_COSINES:] = 1.0
        shares /= shares.sum()
    found: NDArray[np.float64] = np.clip(evidence @ shares, 0.0, BEST_INEXACT)
    return found
