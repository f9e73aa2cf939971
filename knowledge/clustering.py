"""Clusters of like questions: agglomerative, by the signs and pairs of signs that they share."""

from collections.abc import Sequence

from scipy import sparse

from knowledge import similarity

LIKE = 0.5


def clusters(
    texts: Sequence[str], weights: Sequence[int], threshold: float = LIKE
) -> list[list[int]]:
    """Groups of places in ``texts``, heaviest group first, heaviest text of a group first.

    The likest pair is joined first; two groups are joined only while their centres are as like
    as the threshold says, so that a chain of neighbours does not become one group.
    """
    rows = similarity.vectors(texts) if texts else sparse.csr_matrix((0, 1))
    group = list(range(len(texts)))
    members = {place: [place] for place in group}
    centres = {place: rows[place] for place in group}
    close = sorted(similarity.pairs(texts, threshold), key=lambda pair: (-pair[2], pair[:2]))
    for left, right, _ in close:
        one, other = group[left], group[right]
        if one == other or _cosine(centres[one], centres[other]) < threshold:
            continue
        centres[one] = centres[one] + centres.pop(other)
        for place in members[other]:
            group[place] = one
        members[one] += members.pop(other)
    found = [sorted(places, key=lambda place: (-weights[place], place))
             for places in members.values()]  # fmt: skip
    return sorted(found, key=lambda places: (-sum(weights[p] for p in places), places[0]))


def _cosine(one: sparse.csr_matrix, other: sparse.csr_matrix) -> float:
    product = float((one @ other.T).sum())
    length = float(one.multiply(one).sum() * other.multiply(other).sum()) ** 0.5
    return product / length if length else 0.0
