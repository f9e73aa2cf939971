"""A question against one generation: candidates from both sides, fused, one hit per owner."""

import numpy as np
from numpy.typing import NDArray

from indexer import dense, fusion
from indexer.generation import Generation
from indexer.records import Evidence, Hit
from indexer.words import terms

DEPTH = 200
"""Candidates from each side at least; an owner with many rows must not crowd out the others."""
DEPTH_PER_HIT = 20
SHORTLIST = 64
"""Owners whose every row is looked at; twice the hits asked for, where that is more."""
_SEVERAL = 3


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
    all_words = generation.all_words.scores(words) if generation.all_words else None
    exact = generation.rows_saying(normalised)
    depth = max(DEPTH, DEPTH_PER_HIT * k)
    found = [np.array(exact, dtype=np.int64), _best(lexical, depth)]
    centred = None
    if generation.vectors and vector is not None:
        centred = dense.centred(vector[None, :], generation.vectors.mean)[0]
        found.append(dense.nearest(generation.vectors.index, centred, depth))
    owners = np.unique(generation.owners[np.concatenate(found)].astype(np.int64))
    if all_words is not None:
        owners = np.union1d(owners, _best(all_words, depth))
    if not len(owners):
        return []

    certain = set(exact)
    certain_owners = {int(generation.owners[row]) for row in exact}
    if all_words is not None:
        owners = _shortlist(
            generation, owners, centred, all_words, certain_owners, max(SHORTLIST, 2 * k)
        )
    evidence, best_rows = _evidence(generation, owners, centred, lexical, all_words, certain)
    dense_found = generation.vectors is not None and centred is not None
    raw = dense_found and not generation.manifest.centred
    kind = "questions" if generation.manifest.symmetric else "texts"
    scores = fusion.scores(
        fusion.from_floor(evidence) if raw else evidence, fusion.shipped(kind), dense=dense_found
    )
    for place, owner in enumerate(owners.tolist()):
        if owner in certain_owners:
            scores[place] = 1.0
    # Ties: the better cosine, then the order in which rows were given.
    order = np.lexsort((best_rows, -evidence[:, 0], -scores))[:k]
    hits = []
    numbers = best_rows[order].tolist()
    shared = generation.lexical.shared_words(words, numbers)
    for place, number, matched in zip(order.tolist(), numbers, shared, strict=True):
        row = generation.row(number)
        weighed = Evidence(*evidence[place].tolist())
        hits.append(
            Hit(
                owner=row.owner,
                row_id=row.row_id,
                text=row.text,
                score=float(scores[place]),
                dense=weighed.best,
                lexical=float(lexical[number]),
                exact=number in certain,
                matched=matched,
                evidence=weighed,
            )
        )
    return hits


def _shortlist(
    generation: Generation,
    owners: NDArray[np.int64],
    centred: NDArray[np.float32] | None,
    all_words: NDArray[np.float32],
    certain: set[int],
    size: int,
) -> NDArray[np.int64]:
    """The owners worth looking at row by row; those that say the same words always are."""
    if len(owners) <= size:
        return owners
    rough = all_words[owners].copy()
    vectors = generation.vectors
    if vectors is not None and vectors.centroids is not None and centred is not None:
        rough += vectors.centroids[owners] @ centred
    rough[np.isin(owners, list(certain))] = np.inf
    kept: NDArray[np.int64] = np.sort(owners[np.argpartition(rough, -size)[-size:]])
    return kept


def _evidence(
    generation: Generation,
    owners: NDArray[np.int64],
    centred: NDArray[np.float32] | None,
    lexical: NDArray[np.float32],
    all_words: NDArray[np.float32] | None,
    certain: set[int],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The evidence of each owner (owners, 5), and the number of its best row (owners,)."""
    vectors = generation.vectors
    lists = [generation.rows_of(owner) for owner in owners.tolist()]
    rows = np.concatenate(lists)
    sizes = np.array([len(each) for each in lists])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    words = lexical[rows]
    evidence = np.zeros((len(owners), len(Evidence._fields)))
    evidence[:, 3] = np.maximum.reduceat(words, starts)
    evidence[:, 4] = evidence[:, 3] if all_words is None else all_words[owners]
    ranking = words
    if vectors is not None and centred is not None:
        ranking = cosines = dense.cosines(vectors.index, centred, rows)
        evidence[:, 0] = np.maximum.reduceat(cosines, starts)
        evidence[:, 1] = evidence[:, 2] = evidence[:, 0]
        for place in np.flatnonzero(sizes > 1).tolist():
            own = cosines[starts[place] : starts[place] + sizes[place]]
            evidence[place, 1] = np.sort(own)[-_SEVERAL:].mean()
        if vectors.centroids is not None:
            evidence[:, 2] = vectors.centroids[owners] @ centred
    if certain:
        ranking = np.where(np.isin(rows, list(certain)), np.inf, ranking)
    best = np.array(
        [
            start + int(np.argmax(ranking[start : start + size]))
            for start, size in zip(starts.tolist(), sizes.tolist(), strict=True)
        ]
    )
    return evidence, rows[best]


def _best(scores: NDArray[np.float32], depth: int) -> NDArray[np.int64]:
    """Numbers of the `depth` best rows with any score at all, in no order."""
    touched = np.flatnonzero(scores)
    if len(touched) <= depth:
        return touched
    return touched[np.argpartition(scores[touched], -depth)[-depth:]]
