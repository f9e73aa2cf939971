"""Where the vectors of a generation are kept and searched: in FAISS files, or in another store.

A store keeps each generation under a name of its own, whole: it is built beside the others,
searched once the shelf has switched to it, and dropped when the shelf is tidied.
"""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexer import dense

Array = NDArray[np.float32]
_FILE = "vectors.faiss"


class VectorIndex(Protocol):
    """The vectors of one generation, numbered 0..count-1; any number of threads may search it."""

    @property
    def count(self) -> int:
        """How many vectors there are."""
        ...

    def nearest(self, vector: Array, k: int) -> NDArray[np.int64]:
        """Numbers of the `k` vectors closest to `vector` (dim,), closest first."""
        ...

    def cosines(self, vector: Array, numbers: NDArray[np.int64]) -> Array:
        """Exact cosine of `vector` (dim,) with each numbered vector."""
        ...


class VectorStore(Protocol):
    """Keeps generations of vectors of length 1 by name."""

    @property
    def name(self) -> str:
        """The name by which settings and manifests know it."""
        ...

    def build(self, folder: Path, name: str, vectors: Array) -> str:
        """Keep vectors (n, dim) under a new name; returns the structure that was chosen.

        `folder` is the generation's own, for a store that keeps files.
        """
        ...

    def open(self, folder: Path, name: str) -> VectorIndex:
        """The vectors kept under that name."""
        ...

    def drop(self, name: str) -> None:
        """Forget a name; nothing where it is not known."""
        ...


class FaissStore:
    """Keeps the vectors in a file of the generation's folder, and goes with it."""

    name = "faiss"

    def build(self, folder: Path, name: str, vectors: Array) -> str:
        """Write the FAISS structure that fits the number of vectors."""
        kind = dense.structure_for(len(vectors))
        dense.FaissVectors(dense.structure(vectors, kind)).write(folder / _FILE)
        return kind

    def open(self, folder: Path, name: str) -> VectorIndex:
        """Map the file."""
        return dense.FaissVectors.read(folder / _FILE)

    def drop(self, name: str) -> None:
        """Nothing: the folder is deleted."""
