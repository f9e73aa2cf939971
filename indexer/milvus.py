"""Vectors in Milvus: the same protocol as FAISS files, for a site of more than one machine.

Each generation is a Milvus collection of its own. What is current is still said by the shelf, so
words and vectors change in one step; a small segment on top of a base stays in a FAISS file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer import dense
from indexer.errors import VectorStoreUnavailable
from indexer.vector_store import Array, VectorIndex

_NUMBER, _VECTOR = "number", "vector"
_BATCH = 2_000
_LINKS = 32
_BUILD_WIDTH = 200
_WIDER = 2
"""Vectors looked at for each one wanted, in a graph."""


class MilvusStore:
    """Keeps generations in a Milvus server, or in the one file of a milvus-lite (`uri` a path)."""

    name = "milvus"

    def __init__(self, uri: str, token: str = "") -> None:
        self._uri = uri
        self._token = token

    @cached_property
    def _client(self) -> Any:
        with _named():
            from pymilvus import MilvusClient

            return MilvusClient(uri=self._uri, token=self._token)

    def build(self, folder: Path, name: str, vectors: Array) -> str:
        """A collection of that name with an index that fits the number of vectors."""
        flat = dense.structure_for(len(vectors)) == "flat"
        with _named():
            from pymilvus import DataType

            client = self._client
            schema = client.create_schema(auto_id=False)
            schema.add_field(_NUMBER, DataType.INT64, is_primary=True)
            schema.add_field(_VECTOR, DataType.FLOAT_VECTOR, dim=vectors.shape[1])
            index = client.prepare_index_params()
            index.add_index(
                field_name=_VECTOR,
                index_type="FLAT" if flat else "HNSW",
                metric_type="IP",
                params={} if flat else {"M": _LINKS, "efConstruction": _BUILD_WIDTH},
            )
            collection = _collection(name)
            client.create_collection(
                collection, schema=schema, index_params=index, consistency_level="Strong"
            )
            for begin in range(0, len(vectors), _BATCH):
                block = vectors[begin : begin + _BATCH]
                rows = [{_NUMBER: begin + at, _VECTOR: vector} for at, vector in enumerate(block)]
                client.insert(collection, rows)
            client.flush(collection)
            client.load_collection(collection)
        return "flat" if flat else "hnsw"

    def open(self, folder: Path, name: str) -> VectorIndex:
        """The collection of that name."""
        with _named():
            return MilvusVectors(self._client, _collection(name))

    def drop(self, name: str) -> None:
        """Delete the collection of that name."""
        with _named():
            if self._client.has_collection(_collection(name)):
                self._client.drop_collection(_collection(name))


class MilvusVectors:
    """The vectors of one generation in Milvus; the client may be shared by threads."""

    def __init__(self, client: Any, collection: str) -> None:
        self._client = client
        self._collection = collection
        client.load_collection(collection)
        [counted] = client.query(collection, filter="", output_fields=["count(*)"])
        self.count = int(counted["count(*)"])
        self._flat = client.describe_index(collection, _VECTOR)["index_type"] == "FLAT"

    def nearest(self, vector: Array, k: int) -> NDArray[np.int64]:
        """Numbers of the `k` vectors closest to `vector` (dim,), closest first."""
        if not self.count:
            return np.empty(0, dtype=np.int64)
        wanted = min(k, self.count)
        width = {} if self._flat else {"ef": _WIDER * wanted}
        with _named():
            [hits] = self._client.search(
                self._collection,
                data=[vector],
                anns_field=_VECTOR,
                limit=wanted,
                search_params={"metric_type": "IP", "params": width},
            )
        return np.array([hit[_NUMBER] for hit in hits], dtype=np.int64)

    def cosines(self, vector: Array, numbers: NDArray[np.int64]) -> Array:
        """Exact cosine of `vector` (dim,) with each numbered vector."""
        if not len(numbers):
            return np.empty(0, dtype=np.float32)
        with _named():
            rows = self._client.get(
                self._collection, ids=numbers.tolist(), output_fields=[_NUMBER, _VECTOR]
            )
        found = {row[_NUMBER]: row[_VECTOR] for row in rows}
        stored = np.array([found[number] for number in numbers.tolist()], dtype=np.float32)
        return dense.products(stored, vector)


def _collection(name: str) -> str:
    """Milvus takes letters, digits and underscores, and a letter first."""
    return "generation_" + name.replace("-", "_")


@contextmanager
def _named() -> Iterator[None]:
    """What Milvus raises, as one line of our own."""
    try:
        from pymilvus.exceptions import MilvusException
    except ImportError:
        raise VectorStoreUnavailable(
            "pymilvus is not installed: pip install -r requirements/milvus.txt"
        ) from None
    try:
        yield
    except (MilvusException, OSError) as problem:
        reason = str(problem).strip().splitlines()[0]
        raise VectorStoreUnavailable(f"Milvus does not answer: {reason}") from problem
