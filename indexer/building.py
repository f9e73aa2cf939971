"""Build a generation beside the live one, verify it, then switch."""

import logging
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer import generation
from indexer.cache import EmbeddingCache, Progress, encode_all
from indexer.encoder import Encoder, Side
from indexer.errors import DimensionMismatch
from indexer.maps import MappedEncoder
from indexer.records import Row
from indexer.shelf import Shelf

log = logging.getLogger(__name__)

SYMMETRIC = frozenset({"entries"})
"""Collections whose rows are questions themselves, and so are encoded like questions."""


def build(
    root: Path,
    collection: str,
    rows: Iterable[Row],
    *,
    encoder: Encoder | None,
    cache: EmbeddingCache | None,
    progress: Progress | None = None,
    symmetric: bool | None = None,
) -> str:
    """Build `rows` into a new generation of `root/collection` and make it current.

    Without an encoder the generation is lexical only; without rows it is empty and valid.
    `symmetric` encodes rows as questions (None: as the collection's name says). Whatever goes
    wrong, the generation in use stays. Returns the new generation's name; raises ValueError where
    two rows share a row_id, DimensionMismatch where the encoder's vectors are not what it says.
    """
    if symmetric is None:
        symmetric = collection in SYMMETRIC
    side: Side = "query" if symmetric else "passage"
    shelf = Shelf(root, collection)
    with shelf.building():
        listed = _distinct(rows)
        vectors = _vectors(listed, side, encoder, cache, progress)
        folder, name = shelf.begin()
        try:
            generation.write(
                folder,
                listed,
                collection=collection,
                vectors=vectors,
                encoder=encoder.fingerprint if encoder else None,
                symmetric=symmetric,
                centred=isinstance(encoder, MappedEncoder),
                built_at=datetime.now(UTC).isoformat(timespec="seconds"),
            )
            generation.load(
                folder,
                dim=encoder.dim if encoder else None,
                encoder=encoder.fingerprint if encoder else None,
            )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        shelf.keep(folder, name)
        shelf.switch(name)
        shelf.tidy()
    log.info("index %s: generation %s with %d rows is live", collection, name, len(listed))
    return name


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
