"""A question against one generation: candidates from both sides, fused, one hit per owner."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer import dense, fusion
from indexer.generation import Generation, Part
from indexer.lexical import Scores
from indexer.records import Evidence, Hit
from indexer.segment import Segment
from indexer.words import terms

DEPTH = 200
"""Candidates from each side at least; an owner with many rows must not crowd out the others."""
DEPTH_PER_HIT = 20
SHORTLIST = 64
"""Owners whose every row is looked at; twice the hits asked for, where that is more."""
_SEVERAL = 3


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as one part is asked it.

    `vector` (dim,) is its embedding, centred as the part's are, None without vectors; `words` its
    scores over the part's rows, `all_words` over owners; `exact` the rows that say just the same.
    """

    vector: NDArray[np.float32] | None
    words: Scores
    all_words: Scores
    exact: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Found:
    """What speaks for the owners of a part: evidence (owners, 6), and each one's best row."""

    segment: Segment
    asked: _Asked
    evidence: NDArray[np.float64]
    rows: NDArray[np.int64]
    certain: NDArray[np.bool_]


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
    cut = terms(asked)
    words = generation.scored(cut)
    all_words = generation.scored_owners(cut) if generation.has_several else words
    found = []
    for part, own_words, own_all in zip(generation.parts, words, all_words, strict=True):
        exact = np.array(part.segment.rows_saying(normalised), dtype=np.int64)
        centred = None
        if part.segment.vectors and vector is not None:
            centred = dense.centred(vector[None, :], part.segment.vectors.mean)[0]
        found.append(_found(part, _Asked(centred, own_words, own_all, exact), k))
    evidence = np.concatenate([each.evidence for each in found])
    scores = _scores(generation, evidence, dense_found=vector is not None)
    scores[np.concatenate([each.certain for each in found])] = 1.0
    rows = np.concatenate([each.rows for each in found])
    parts = np.repeat(np.arange(len(found)), [len(each.rows) for each in found])
    # Ties: the better cosine, then the order in which rows were given.
    order = np.lexsort((rows, parts, -evidence[:, 0], -scores))[:k]
    hits: dict[int, Hit] = {}
    for number, each in enumerate(found):
        places = order[parts[order] == number]
        made = _hits(each, rows[places], scores[places], evidence[places])
        hits |= zip(places.tolist(), made, strict=True)
    return [hits[place] for place in order.tolist()]


def fit_by_words(generation: Generation, asked: str) -> float:
    """How well a text fits by its words alone, in [0, 2]: its best row and its best owner."""
    cut = terms(asked)
    sides = [generation.scored(cut), generation.scored_owners(cut)]
    return sum(max(scores.highest() for scores in parts) for parts in sides)


def _found(part: Part, asked: _Asked, k: int) -> _Found:
    """The owners of a part that may be meant."""
    segment = part.segment
    depth = max(DEPTH, DEPTH_PER_HIT * k)
    rows = [asked.exact, asked.words.best(depth)]
    if segment.vectors and asked.vector is not None:
        rows.append(segment.vectors.index.nearest(asked.vector, depth))
    owners = np.unique(segment.owners[np.concatenate(rows)].astype(np.int64))
    if segment.all_words:
        owners = np.union1d(owners, asked.all_words.best(depth))
    owners = owners[~part.hidden[owners]]
    certain = np.unique(segment.owners[asked.exact].astype(np.int64))
    if segment.all_words:
        owners = _shortlist(segment, asked, owners, certain, max(SHORTLIST, 2 * k))
    evidence, best = _evidence(segment, asked, owners)
    return _Found(segment, asked, evidence, best, np.isin(owners, certain))


def _scores(
    generation: Generation, evidence: NDArray[np.float64], *, dense_found: bool
) -> NDArray[np.float64]:
    """The fused score of each owner by its evidence (owners, 6)."""
    manifest = generation.base.manifest
    dense_found = dense_found and generation.has_vectors
    if dense_found and not manifest.centred:
        evidence = fusion.from_floor(evidence)
    kind = "questions" if manifest.symmetric else "texts"
    return fusion.scores(evidence, fusion.shipped(kind), dense=dense_found)


def _hits(
    found: _Found,
    rows: NDArray[np.int64],
    scores: NDArray[np.float64],
    evidence: NDArray[np.float64],
) -> Sequence[Hit]:
    """The hits whose best rows are these."""
    lexical = found.asked.words.at(rows).tolist()
    shared = found.asked.words.shared_words(rows.tolist())
    hits = []
    for place, number in enumerate(rows.tolist()):
        row = found.segment.row(number)
        weighed = Evidence(*evidence[place].tolist())
        hits.append(
            Hit(
                owner=row.owner,
                row_id=row.row_id,
                text=row.text,
                score=float(scores[place]),
                dense=weighed.best,
                lexical=lexical[place],
                exact=number in found.asked.exact,
                matched=shared[place],
                evidence=weighed,
            )
        )
    return hits


def _shortlist(
    segment: Segment,
    asked: _Asked,
    owners: NDArray[np.int64],
    certain: NDArray[np.int64],
    size: int,
) -> NDArray[np.int64]:
    """The owners worth looking at row by row; those that say the same words always are."""
    if len(owners) <= size:
        return owners
    rough = asked.all_words.at(owners)
    if segment.vectors and segment.vectors.centroids is not None and asked.vector is not None:
        rough += dense.products(segment.vectors.centroids[owners], asked.vector)
    rough[np.isin(owners, certain)] = np.inf
    kept: NDArray[np.int64] = np.sort(owners[np.argpartition(rough, -size)[-size:]])
    return kept


def _evidence(
    segment: Segment, asked: _Asked, owners: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The evidence of each owner (owners, 6), and the number of its best row (owners,)."""
    evidence = np.zeros((len(owners), len(Evidence._fields)))
    if not len(owners):
        return evidence, owners
    vectors = segment.vectors
    lists = [segment.rows_of(owner) for owner in owners.tolist()]
    rows = np.concatenate(lists)
    sizes = np.array([len(each) for each in lists])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    ranking = words = asked.words.at(rows)
    evidence[:, 3] = np.maximum.reduceat(words, starts)
    evidence[:, 4] = asked.all_words.at(owners) if segment.all_words else evidence[:, 3]
    if asked.all_words is not asked.words:
        evidence[:, 5] = asked.all_words.coverage(owners)
    if vectors and asked.vector is not None:
        ranking = cosines = vectors.index.cosines(asked.vector, rows)
        evidence[:, 0] = np.maximum.reduceat(cosines, starts)
        evidence[:, 2] = evidence[:, 0]
        evidence[:, 1] = _best_several(cosines, starts, sizes)
        if vectors.centroids is not None:
            evidence[:, 2] = dense.products(vectors.centroids[owners], asked.vector)
    if len(asked.exact):
        ranking = np.where(np.isin(rows, asked.exact), np.inf, ranking)
    # The first of the best rows of each owner.
    tops = np.flatnonzero(ranking == np.repeat(np.maximum.reduceat(ranking, starts), sizes))
    return evidence, rows[tops[np.searchsorted(tops, starts)]]


def _best_several(
    values: NDArray[np.float32], starts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The mean of the three highest values of each owner, or of all where it has fewer."""
    owners = np.repeat(np.arange(len(sizes)), sizes)
    rising = values[np.lexsort((values, owners))]
    places = (starts + sizes)[:, None] - np.arange(1, _SEVERAL + 1)
    there = places >= starts[:, None]
    found = np.where(there, rising[np.maximum(places, 0)], 0.0).sum(axis=1) / there.sum(axis=1)
    return np.asarray(found, dtype=np.float64)
