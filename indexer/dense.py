"""Vectors: centring, and the FAISS structure that fits their number."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Structure = Literal["flat", "ivf"]

IVF_FROM = 100_000
"""Rows from which looking at every vector (about 0.03 ms a thousand rows) takes too long."""
CENTRE_FROM = 50
"""Rows from which the mean says something about the language and not about these few rows."""
_LISTS_PER_ROOT = 2.0
"""Lists of an inverted file, for each root of the number of rows: 2,000 for a million rows."""
_PROBED = 1 / 14
"""Share of the lists that a search reads."""
_PROBED_LEAST = 110
"""Lists that it reads at least: with few lists a neighbour stands more often in another one."""
_RESCORED = 2
"""Vectors compared exactly for each one wanted (docs/decisions/0011-index-at-scale.md)."""
_ROUNDS = 8
_SAMPLED = 64
_BLOCK = 50_000


def structure_for(rows: int) -> Structure:
    """Flat (every vector) for small collections, an inverted file for large ones."""
    return "ivf" if rows >= IVF_FROM else "flat"


def mean_of(vectors: Vectors) -> Vectors:
    """What to subtract from every vector, shape (dim,); zero for too few rows to tell.

    Sentence embeddings share a large common component that hides the differences; without it
    the same encoder finds more (hit@1 0.42 → 0.44 on articles).
    """
    if len(vectors) < CENTRE_FROM:
        return np.zeros(vectors.shape[1], dtype=np.float32)
    mean: Vectors = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    return mean


def centred(vectors: Vectors, mean: Vectors) -> Vectors:
    """Vectors (n, dim) less the mean, of length 1 again (a vector equal to the mean stays 0)."""
    unit: Vectors = vectors - mean
    for block in blocks(len(unit)):
        lengths = np.linalg.norm(unit[block], axis=1, keepdims=True)
        unit[block] /= np.maximum(lengths, 1e-6)
    return unit


def blocks(count: int) -> Iterator[slice]:
    """Slices that cover `count` rows: what is done by blocks needs no second million vectors."""
    return (slice(begin, min(begin + _BLOCK, count)) for begin in range(0, count, _BLOCK))


def centroids(vectors: Vectors, owners: NDArray[np.int32]) -> Vectors:
    """The direction of each owner's rows taken together, (owners, dim), of length 1."""
    sums = np.zeros((int(owners.max(initial=-1)) + 1, vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, owners, vectors)
    return centred(sums, np.zeros(vectors.shape[1], dtype=np.float32))


def structure(vectors: Vectors, kind: Structure) -> Any:
    """A FAISS index by inner product over vectors (n, dim); FAISS numbers them 0..n-1.

    Never deleted from in place: FAISS shifts numbers then, so a change is a new generation.
    """
    count, dim = vectors.shape
    index: Any
    if kind == "flat":
        index = faiss.IndexFlatIP(dim)
    else:
        lists = max(1, round(_LISTS_PER_ROOT * count**0.5))
        coarse = faiss.IndexFlatIP(dim)
        inverted = faiss.IndexIVFRaBitQFastScan(coarse, dim, lists, faiss.METRIC_INNER_PRODUCT)
        inverted.nprobe = min(lists, max(_PROBED_LEAST, round(_PROBED * lists)))
        inverted.cp.niter, inverted.cp.spherical = _ROUNDS, True
        inverted.cp.min_points_per_centroid = 1
        inverted.cp.max_points_per_centroid = _SAMPLED
        drawn = np.random.default_rng(0).permutation(count)[: _SAMPLED * lists]
        inverted.train(vectors[np.sort(drawn)])
        index = faiss.IndexRefineFlat(inverted)
        index.k_factor = _RESCORED
    for block in blocks(count):
        index.add(vectors[block])
    return index


class FaissVectors:
    """The vectors of one generation in a FAISS index; any number of threads may search it."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.count = int(index.ntotal)

    @classmethod
    def read(cls, path: Path) -> "FaissVectors":
        """Map an index from a file: processes that read the same one share its memory."""
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))

    def write(self, path: Path) -> None:
        """Write the index to a file."""
        faiss.write_index(self._index, str(path))

    def nearest(self, vector: Vectors, k: int) -> NDArray[np.int64]:
        """Numbers of the `k` vectors closest to `vector` (dim,), closest first."""
        if not self.count:
            return np.empty(0, dtype=np.int64)
        # One question is one thread's work: to wake others takes longer than it does (20 ms
        # instead of 0.3 on two busy cores). The setting is the calling thread's own.
        faiss.omp_set_num_threads(1)
        _, numbers = self._index.search(vector[None, :], min(k, self.count))
        found: NDArray[np.int64] = numbers[0]
        return found[found >= 0]

    def cosines(self, vector: Vectors, numbers: NDArray[np.int64]) -> Vectors:
        """Cosine of `vector` (dim,) with each numbered vector, whichever way it was found."""
        if not len(numbers):
            return np.empty(0, dtype=np.float32)
        stored: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(numbers))
        return products(stored, vector)


def products(vectors: Vectors, vector: Vectors) -> Vectors:
    """Inner products (n,) of vectors (n, dim) with one.

    Not by BLAS, which wakes its other threads for a few hundred rows, and waits for them.
    """
    found: Vectors = np.vecdot(vectors, vector)
    return found
