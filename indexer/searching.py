"""A question against one generation: candidates from both sides, fused, one hit per owner."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer import dense
from indexer.fusion import blended, fused, rescaled
from indexer.generation import Generation
from indexer.records import Hit
from indexer.words import terms

DEPTH = 200
"""Candidates from each side at least; an owner with many rows must not crowd out the others."""
DEPTH_PER_HIT = 20


def search(
    generation: Generation,
    normalised: str,
    asked: str,
    vector: NDArray[np.float32] | None,
    k: int,
) -> list[Hit]:
    """The best `k` owners for a question, best first.

    `normalised` is the whole normalised question, `asked` the part of it that is split into terms,
    `vector` its embedding (dim,), None where there is no encoder.
    """
    words = terms(asked)
    lexical = generation.lexical.scores(words)
    exact = generation.rows_saying(normalised)
    depth = max(DEPTH, DEPTH_PER_HIT * k)
    found = [np.array(exact, dtype=np.int64), _best(lexical, depth)]
    centred = None
    if generation.vectors and vector is not None:
        centred = dense.centred(vector[None, :], generation.vectors.mean)[0]
        found.append(dense.nearest(generation.vectors.index, centred, depth))
    certain = set(exact)
    candidates = np.unique(np.concatenate(found))
    if not len(candidates):
        return []

    ranked = []
    for row, likeness in zip(
        candidates.tolist(), _likenesses(generation, candidates, centred, lexical), strict=True
    ):
        score = fused(likeness.dense, likeness.lexical, exact=row in certain)
        ranked.append((-score, -likeness.cosine, row))
    ranked.sort()

    hits: list[Hit] = []
    owners: set[int] = set()
    for negative_score, negative_cosine, row in ranked:
        owner = int(generation.owners[row])
        if owner in owners:
            continue
        owners.add(owner)
        found_row = generation.row(row)
        hits.append(
            Hit(
                owner=found_row.owner,
                row_id=found_row.row_id,
                text=found_row.text,
                score=-negative_score,
                dense=-negative_cosine,
                lexical=float(lexical[row]),
                exact=row in certain,
                matched=generation.lexical.shared_words(words, row),
            )
        )
        if len(hits) == k:
            break
    return hits


class _Likeness(NamedTuple):
    """How like the question a row is: its own cosine, and what goes into its score."""

    cosine: float
    dense: float | None
    lexical: float


def _likenesses(
    generation: Generation,
    candidates: NDArray[np.int64],
    centred: NDArray[np.float32] | None,
    lexical: NDArray[np.float32],
) -> Iterator[_Likeness]:
    """The likeness of each candidate row; `centred` is the question's vector, if there is one."""
    words = lexical[candidates]
    vectors = generation.vectors
    if vectors is None or centred is None:
        yield from (_Likeness(0.0, None, score) for score in words.tolist())
        return
    cosines = together = dense.cosines(vectors.index, centred, candidates)
    words_together = words
    if vectors.centroids is not None:
        owners = generation.owners[candidates]
        together = vectors.centroids[owners] @ centred
        words_together = _owner_means(generation, lexical)[owners]
    for cosine, owner_cosine, score, owner_score in zip(
        cosines.tolist(), together.tolist(), words.tolist(), words_together.tolist(), strict=True
    ):
        share = rescaled(blended(cosine, owner_cosine), centred=vectors.centred)
        yield _Likeness(cosine, share, blended(score, owner_score))


def _owner_means(generation: Generation, lexical: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each owner's mean lexical score, shape (owners,)."""
    touched = np.flatnonzero(lexical)
    sums = np.bincount(
        generation.owners[touched],
        weights=lexical[touched],
        minlength=len(generation.owner_sizes),
    )
    means: NDArray[np.float32] = (sums / generation.owner_sizes).astype(np.float32)
    return means


def _best(scores: NDArray[np.float32], depth: int) -> NDArray[np.int64]:
    """Numbers of the `depth` best rows with any score at all, in no order."""
    touched = np.flatnonzero(scores)
    if len(touched) <= depth:
        return touched
    return touched[np.argpartition(scores[touched], -depth)[-depth:]]
