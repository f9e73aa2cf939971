"""A part of a collection, built once: its files on disk, and the same loaded."""

import json
import mmap
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer import dense, lexical
from indexer.arrays import READING
from indexer.errors import DimensionMismatch, IndexCorrupt, VectorStoreUnavailable
from indexer.lexical import Lexical
from indexer.manifest import FORMAT, MANIFEST, Manifest, read_manifest, sha256
from indexer.records import Row
from indexer.text import exact_key, normalise
from indexer.vector_store import FaissStore, VectorIndex, VectorStore
from indexer.words import dictionary_fingerprint, terms

_ROWS = "rows.jsonl"
_LEXICAL = "lexical"
_ALL_WORDS = "all_words"
_MEAN = "mean"
_CENTROIDS = "centroids"
_HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Vectors:
    """The dense half of a segment: centred vectors in a vector store, and their mean (dim,).

    `centroids` (owners, dim) stand for all rows of an owner together; None where each has one.
    """

    index: VectorIndex
    mean: NDArray[np.float32]
    centroids: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A loaded segment. Nothing in it changes, so any number of threads may read it.

    `owners` (rows,) numbers each row's owner; `all_words` is the lexical index over owners, the
    rows of each read as one text, None where each has one row. `hidden` are the owners of the
    segment beneath that this one replaces or takes away; `row_keys` (rows,) stand for whole rows.
    """

    manifest: Manifest
    lexical: Lexical
    vectors: Vectors | None
    all_words: Lexical | None
    owners: NDArray[np.int32]
    hidden: NDArray[np.int32]
    row_keys: NDArray[np.uint64]
    _by_owner: NDArray[np.int64]
    _owner_starts: NDArray[np.int64]
    _lines: bytes | mmap.mmap
    _offsets: NDArray[np.int64]
    _exact_keys: NDArray[np.uint64]
    _exact_rows: NDArray[np.int32]

    @property
    def owner_count(self) -> int:
        """How many owners its rows have."""
        return len(self._owner_starts) - 1

    def row(self, number: int) -> Row:
        """The row with that number."""
        line = self._lines[int(self._offsets[number]) : int(self._offsets[number + 1])]
        row_id, owner, text = json.loads(line)
        return Row(row_id, owner, text)

    def rows_of(self, owner: int) -> NDArray[np.int64]:
        """Numbers of an owner's rows, ascending."""
        return self._by_owner[self._owner_starts[owner] : self._owner_starts[owner + 1]]

    def rows_saying(self, normalised: str) -> list[int]:
        """Numbers of the rows whose normalised text is the same as this one."""
        wanted = exact_key(normalised)
        number = np.uint64(lexical.key(wanted))
        begin = int(np.searchsorted(self._exact_keys, number, side="left"))
        end = int(np.searchsorted(self._exact_keys, number, side="right"))
        rows = (int(row) for row in self._exact_rows[begin:end])
        return [row for row in rows if exact_key(normalise(self.row(row).text)) == wanted]


@dataclass(frozen=True, slots=True)
class Beneath:
    """What a segment on top of another takes from it: numbers mean the same in both then."""

    name: str
    mean: NDArray[np.float32] | None
    centred: bool
    mean_length: float
    owner_mean_length: float
    hidden: NDArray[np.int32]


def write(
    folder: Path,
    name: str,
    rows: Sequence[Row],
    *,
    collection: str,
    vectors: NDArray[np.float32] | None,
    store: VectorStore,
    encoder: str | None,
    symmetric: bool,
    centred: bool,
    built_at: str,
    beneath: Beneath | None = None,
) -> None:
    """Write a whole segment into an empty `folder`, flushed to disk, its manifest last.

    `name` is what the folder will be called; `centred` says that the encoder centres its vectors
    itself, however few there are.
    """
    normalised = [normalise(row.text) for row in rows]
    counted = lexical.count(map(terms, normalised))
    words = counted.index(beneath.mean_length if beneath else None)
    keys = np.fromiter(
        (lexical.key(exact_key(text)) for text in normalised), dtype=np.uint64, count=len(rows)
    )
    order = np.argsort(keys, kind="stable")
    numbers: dict[str, int] = {}
    arrays: dict[str, NDArray[Any]] = {
        "offsets": _write_rows(folder / _ROWS, rows),
        "owners": np.fromiter(
            (numbers.setdefault(row.owner, len(numbers)) for row in rows), dtype=np.int32
        ),
        "row_keys": row_keys(rows),
        "exact_keys": keys[order],
        "exact_rows": order.astype(np.int32),
        _HIDDEN: beneath.hidden if beneath else np.empty(0, dtype=np.int32),
        **_lexical_arrays(_LEXICAL, words),
    }
    owner_mean_length = 0.0
    several = len(numbers) < len(rows)
    if several:
        all_words = counted.index_by(
            arrays["owners"], beneath.owner_mean_length if beneath else None
        )
        owner_mean_length = all_words.mean_length
        arrays |= _lexical_arrays(_ALL_WORDS, all_words)
    structure: str | None = None
    if vectors is not None:
        mean = dense.mean_of(vectors) if beneath is None else beneath.mean
        assert mean is not None  # one is only put upon the other where both have vectors
        arrays[_MEAN] = mean
        unit = dense.centred(vectors, mean)
        if several:
            arrays[_CENTROIDS] = dense.centroids(unit, arrays["owners"])
        structure = store.build(folder, name, unit)
    for kind, array in arrays.items():
        np.save(folder / f"{kind}.npy", array, allow_pickle=False)
    for path in folder.iterdir():
        _flush(path)
    Manifest(
        format=FORMAT,
        collection=collection,
        name=name,
        base=beneath.name if beneath else None,
        rows=len(rows),
        encoder=encoder,
        dim=None if vectors is None else int(vectors.shape[1]),
        store=None if vectors is None else store.name,
        structure=structure,
        symmetric=symmetric,
        centred=beneath.centred
        if beneath
        else vectors is not None and (centred or len(rows) >= dense.CENTRE_FROM),
        mean_length=words.mean_length,
        owner_mean_length=owner_mean_length,
        dictionary=dictionary_fingerprint(),
        built_at=built_at,
        files={path.name: sha256(path) for path in sorted(folder.iterdir())},
    ).write(folder)
    for path in (folder / MANIFEST, folder):
        _flush(path)


def row_keys(rows: Sequence[Row]) -> NDArray[np.uint64]:
    """A number for each row, shape (rows,): rows with the same number are the same."""
    return np.fromiter(
        (lexical.key(f"{row.row_id!a}{row.owner!a}{row.text!a}") for row in rows),
        dtype=np.uint64,
        count=len(rows),
    )


def load(
    folder: Path, store: VectorStore, *, dim: int | None = None, encoder: str | None = None
) -> Segment:
    """Read a segment back, verified file by file.

    With `dim` and `encoder` (a fingerprint) its vectors must be that encoder's, or
    DimensionMismatch; without, they are left aside. Raises IndexCorrupt, or VectorStoreUnavailable
    where its vectors lie in another store or one that does not answer.
    """
    manifest = read_manifest(folder)
    if dim is not None and manifest.dim is not None:
        if manifest.dim != dim:
            raise DimensionMismatch(
                f"{folder.name}: vectors have {manifest.dim} dimensions, the encoder has {dim}"
            )
        if manifest.encoder != encoder:
            raise DimensionMismatch(f"{folder.name}: vectors come from another encoder")
    try:
        owners = _array(folder, "owners")
        owner_sizes = np.bincount(owners)
        segment = Segment(
            manifest=manifest,
            lexical=_read_lexical(folder, _LEXICAL, manifest.rows, manifest.mean_length),
            all_words=(
                _read_lexical(folder, _ALL_WORDS, len(owner_sizes), manifest.owner_mean_length)
                if f"{_ALL_WORDS}_keys.npy" in manifest.files
                else None
            ),
            vectors=_read_vectors(folder, manifest, store) if dim is not None else None,
            owners=owners,
            hidden=_array(folder, _HIDDEN),
            row_keys=_array(folder, "row_keys"),
            _by_owner=np.argsort(owners, kind="stable"),
            _owner_starts=np.concatenate(([0], np.cumsum(owner_sizes))).astype(np.int64),
            _lines=_read_lines(folder / _ROWS),
            _offsets=_array(folder, "offsets"),
            _exact_keys=_array(folder, "exact_keys"),
            _exact_rows=_array(folder, "exact_rows"),
        )
    except (OSError, ValueError, RuntimeError) as problem:
        reason = str(problem).strip().splitlines()[0]
        raise IndexCorrupt(f"{folder.name}: cannot be read: {reason}") from problem
    counts = {len(segment.owners), len(segment._offsets) - 1, len(segment._exact_rows)}
    if segment.vectors:
        counts.add(segment.vectors.index.count)
    if counts != {manifest.rows}:
        raise IndexCorrupt(f"{folder.name}: its files disagree about the number of rows")
    return segment


def _write_rows(path: Path, rows: Sequence[Row]) -> NDArray[np.int64]:
    """Write one JSON array a line; returns where each line begins, and the end."""
    offsets = [0]
    with path.open("wb") as file:
        for row in rows:
            line = json.dumps([row.row_id, row.owner, row.text], ensure_ascii=False) + "\n"
            offsets.append(offsets[-1] + file.write(line.encode("utf-8", "surrogatepass")))
    return np.array(offsets, dtype=np.int64)


def _read_lines(path: Path) -> bytes | mmap.mmap:
    if not path.stat().st_size:
        return b""  # an empty file cannot be mapped
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _read_vectors(folder: Path, manifest: Manifest, store: VectorStore) -> Vectors | None:
    if manifest.dim is None:
        return None
    kept = FaissStore() if manifest.store == FaissStore.name else store
    if kept.name != manifest.store:
        raise VectorStoreUnavailable(
            f"{folder.name}: vectors are kept in {manifest.store}, the setting says {store.name}"
        )
    together = _array(folder, _CENTROIDS) if f"{_CENTROIDS}.npy" in manifest.files else None
    return Vectors(kept.open(folder, manifest.name), np.array(_array(folder, _MEAN)), together)


def _lexical_arrays(name: str, index: lexical.Lexical) -> dict[str, NDArray[Any]]:
    return {
        f"{name}_keys": index.keys,
        f"{name}_starts": index.starts,
        f"{name}_rows": index.rows,
        f"{name}_weights": index.weights,
    }


def _read_lexical(folder: Path, name: str, count: int, mean_length: float) -> lexical.Lexical:
    return lexical.Lexical(
        _array(folder, f"{name}_keys"),
        _array(folder, f"{name}_starts"),
        _array(folder, f"{name}_rows"),
        _array(folder, f"{name}_weights"),
        count,
        mean_length,
    )


def _array(folder: Path, name: str) -> NDArray[Any]:
    with READING:
        loaded: NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return np.asarray(loaded)  # still mapped, without the overhead of memmap's every slice


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
