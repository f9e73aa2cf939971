"""Embeddings kept by content, so that a rebuild encodes only what is new."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Encoder, Side, encode
from indexer.errors import CacheUnreadable
from indexer.maps import MappedEncoder
from indexer.text import normalise

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called with (texts done, texts in all)."""

_BATCH = 64
_LOOKUP = 500
_WAIT_S = 60.0
_TABLE = """
create table if not exists embedding (
    fingerprint text not null,
    side text not null,
    content blob not null,
    vector blob not null,
    primary key (fingerprint, side, content)
) without rowid
"""


class EmbeddingCache:
    """A SQLite file of vectors by (encoder fingerprint, side, SHA-256 of the normalised text).

    Safe to share between threads and processes. Raises CacheUnreadable where the file is none.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise CacheUnreadable(f"embedding cache {self.path.name}: {problem}") from problem
        with self._open() as db:
            db.execute(_TABLE)

    def encode(
        self,
        encoder: Encoder,
        side: Side,
        texts: Sequence[str],
        progress: Progress | None = None,
    ) -> NDArray[np.float32]:
        """Vectors of `texts`, normalised, (n, dim), encoding only those not kept yet.

        Commits every batch: an interrupted run loses at most one.
        """
        if isinstance(encoder, MappedEncoder):
            # What is kept is the base's: new maps need no new encoding.
            return encoder.map(side, self.encode(encoder.base, side, texts, progress))
        texts = [normalise(text) for text in texts]
        contents = [hashlib.sha256(text.encode()).digest() for text in texts]
        with self._open() as db:
            vectors = dict(self._kept(db, encoder, side, set(contents)))
            missing = {
                content: text
                for content, text in zip(contents, texts, strict=True)
                if content not in vectors
            }
            done = len(contents) - len(missing)
            if progress:
                progress(done, len(contents))
            for batch in batches(list(missing.items())):
                fresh = encode(encoder, side, [text for _, text in batch])
                rows = [
                    (encoder.fingerprint, side, content, vector.tobytes())
                    for (content, _), vector in zip(batch, fresh, strict=True)
                ]
                with db:
                    db.executemany("insert or replace into embedding values (?, ?, ?, ?)", rows)
                vectors.update(zip((content for content, _ in batch), fresh, strict=True))
                done += len(batch)
                if progress:
                    progress(done, len(contents))
        matrix = np.empty((len(contents), encoder.dim), dtype=np.float32)
        for at, content in enumerate(contents):
            matrix[at] = vectors[content]
        return matrix

    def add(
        self,
        fingerprint: str,
        side: Side,
        contents: Sequence[bytes],
        vectors: NDArray[np.float32],
    ) -> None:
        """Keep vectors (n, dim) that were encoded elsewhere; those that are here stay."""
        rows = [
            (fingerprint, side, content, vector.tobytes())
            for content, vector in zip(contents, vectors, strict=True)
        ]
        with self._open() as db, db:
            db.executemany("insert or ignore into embedding values (?, ?, ?, ?)", rows)

    def _kept(
        self, db: sqlite3.Connection, encoder: Encoder, side: Side, contents: Iterable[bytes]
    ) -> Iterator[tuple[bytes, NDArray[np.float32]]]:
        for wanted in batches(list(contents), _LOOKUP):
            marks = ",".join("?" * len(wanted))
            for content, vector in db.execute(
                "select content, vector from embedding"
                f" where fingerprint = ? and side = ? and content in ({marks})",
                (encoder.fingerprint, side, *wanted),
            ):
                # A vector cut short is encoded again rather than trusted.
                if len(vector) == encoder.dim * np.dtype(np.float32).itemsize:
                    yield content, np.frombuffer(vector, dtype=np.float32)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=_WAIT_S)) as db:
                db.execute("pragma journal_mode = wal")
                db.execute("pragma synchronous = normal")
                yield db
        except sqlite3.Error as problem:
            raise CacheUnreadable(f"embedding cache {self.path.name}: {problem}") from problem


def batches(items: Sequence[T], size: int = _BATCH) -> Iterator[Sequence[T]]:
    """`items` in runs of `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def encode_all(
    encoder: Encoder, side: Side, texts: Sequence[str], progress: Progress | None = None
) -> NDArray[np.float32]:
    """Vectors of `texts`, normalised, (n, dim), without a cache."""
    texts = [normalise(text) for text in texts]
    matrix = np.empty((len(texts), encoder.dim), dtype=np.float32)
    done = 0
    for batch in batches(texts):
        matrix[done : done + len(batch)] = encode(encoder, side, batch)
        done += len(batch)
        if progress:
            progress(done, len(texts))
    return matrix
