"""Build a generation beside the live one, verify it, then switch."""

import logging
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer import generation, segment
from indexer.cache import EmbeddingCache, Progress, encode_all
from indexer.encoder import Encoder, Side
from indexer.errors import DimensionMismatch, IndexerError, VectorStoreUnavailable
from indexer.generation import Change
from indexer.manifest import base_of
from indexer.maps import MappedEncoder
from indexer.records import Row
from indexer.segment import Beneath, Segment
from indexer.shelf import Shelf
from indexer.vector_store import FaissStore, VectorStore
from indexer.words import dictionary_fingerprint

log = logging.getLogger(__name__)

SYMMETRIC = frozenset({"entries", "asked"})
"""Collections whose rows are questions themselves, and so are encoded like questions."""


WHOLE_BELOW = 2_000
"""Rows below which a base is always built whole: that takes no second."""
ON_TOP = 2_000
"""Rows that may stand on top of a base: built in half a second, and hardly slower to search."""


def build(
    root: Path,
    collection: str,
    rows: Iterable[Row],
    *,
    encoder: Encoder | None,
    cache: EmbeddingCache | None,
    progress: Progress | None = None,
    symmetric: bool | None = None,
    store: VectorStore | None = None,
) -> str:
    """Build `rows` into a new generation of `root/collection` and make it current.

    Where a large base is there and little of it changed, only that is built, on top of it. Without
    an encoder the generation is lexical only; without rows it is empty and valid. `symmetric`
    encodes rows as questions (None: as the collection's name says). Whatever goes wrong, the
    generation in use stays. Returns the new generation's name; raises ValueError where two rows
    share a row_id, DimensionMismatch where the encoder's vectors are not what it says.
    """
    if symmetric is None:
        symmetric = collection in SYMMETRIC
    store = store or FaissStore()
    shelf = Shelf(root, collection)
    with shelf.building():
        listed = _distinct(rows)
        base = _base(shelf, store, encoder, symmetric=symmetric)
        change = generation.change(base, listed) if base else None
        beneath = None
        if base and change and len(change.rows) <= ON_TOP:
            beneath, listed = _beneath(base, change), change.rows
        vectors = _vectors(listed, "query" if symmetric else "passage", encoder, cache, progress)
        folder, name = shelf.begin()
        try:
            segment.write(
                folder,
                name,
                listed,
                collection=collection,
                vectors=vectors,
                store=FaissStore() if beneath else store,
                encoder=encoder.fingerprint if encoder else None,
                symmetric=symmetric,
                centred=isinstance(encoder, MappedEncoder),
                built_at=datetime.now(UTC).isoformat(timespec="seconds"),
                beneath=beneath,
            )
            loaded = generation.load(folder, store, **_of(encoder))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            _drop(store, name)
            raise
        shelf.keep(folder, name)
        shelf.switch(name)
        for removed in shelf.tidy():
            _drop(store, removed)
    log.info("index %s: generation %s with %d rows is live", collection, name, loaded.rows)
    return name


def _drop(store: VectorStore, name: str) -> None:
    """Litter in a store that does not answer harms nobody; a build that fails for it would."""
    try:
        store.drop(name)
    except VectorStoreUnavailable as problem:
        log.warning("the vectors of %s stay behind: %s", name, problem)


def _of(encoder: Encoder | None) -> dict[str, Any]:
    return {"dim": encoder.dim, "encoder": encoder.fingerprint} if encoder else {}


def _base(
    shelf: Shelf, store: VectorStore, encoder: Encoder | None, *, symmetric: bool
) -> Segment | None:
    """The whole segment of the current generation, if one may be put on top of it."""
    try:
        current = shelf.current()
        name = base_of(current) or current.name
        base = segment.load(shelf.folder / name, store, **_of(encoder))
    except IndexerError:
        return None
    manifest = base.manifest
    same = (
        manifest.encoder == (encoder.fingerprint if encoder else None)
        and manifest.symmetric == symmetric
        and manifest.dictionary == dictionary_fingerprint()
        and manifest.store in (None, store.name)
    )
    return base if same and manifest.rows >= WHOLE_BELOW else None


def _beneath(base: Segment, change: Change) -> Beneath:
    return Beneath(
        name=base.manifest.name,
        mean=base.vectors.mean if base.vectors else None,
        centred=base.manifest.centred,
        mean_length=base.manifest.mean_length,
        owner_mean_length=base.manifest.owner_mean_length,
        hidden=change.hidden,
    )


def _distinct(rows: Iterable[Row]) -> list[Row]:
    listed = list(rows)
    seen: set[str] = set()
    for row in listed:
        if row.row_id in seen:
            raise ValueError(f"row {row.row_id} comes twice")
        seen.add(row.row_id)
    return listed


def _vectors(
    rows: list[Row],
    side: Side,
    encoder: Encoder | None,
    cache: EmbeddingCache | None,
    progress: Progress | None,
) -> NDArray[np.float32] | None:
    if encoder is None:
        return None
    texts = [row.text for row in rows]
    vectors = (
        cache.encode(encoder, side, texts, progress)
        if cache
        else encode_all(encoder, side, texts, progress)
    )
    if vectors.shape != (len(rows), encoder.dim) or not np.isfinite(vectors).all():
        raise DimensionMismatch(f"encoder {encoder.name} gave vectors that it should not")
    return vectors
