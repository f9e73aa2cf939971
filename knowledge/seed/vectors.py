"""The seed's phrasings as the encoder in the box sees them, shipped so that nobody encodes them.

Encoding ten thousand phrasings takes minutes on a small machine, in which a new site answers
nothing. The file holds the bare encoder's vectors by the hash of each text, so it can be late but
never wrong: what it lacks is encoded at set-up, what is no longer asked for is never looked up.
``python -m knowledge seed-vectors`` writes it after the seed has changed.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from indexer import EmbeddingCache, Encoder, normalise
from indexer.arrays import READING
from indexer.cache import Progress
from indexer.encoder import Side
from indexer.maps import MappedEncoder
from knowledge.seed import loader

FILE = Path(__file__).with_name("vectors.npz")
_SIDE: Side = "query"


def phrasings() -> list[str]:
    """Every phrasing of the seed, each once, in its order."""
    rows = loader.read()
    return list(
        dict.fromkeys(normalise(text) for row in rows for text in (row.question, *row.similar))
    )


def digests(texts: Iterable[str]) -> list[bytes]:
    """The hash that stands for each normalised text."""
    return [hashlib.sha256(text.encode()).digest() for text in texts]


def write(
    encoder: Encoder, cache: EmbeddingCache, path: Path = FILE, progress: Progress | None = None
) -> int:
    """Write the vectors of all phrasings in half precision; returns how many."""
    base = encoder.base if isinstance(encoder, MappedEncoder) else encoder
    texts = phrasings()
    vectors = cache.encode(base, _SIDE, texts, progress)
    np.savez(
        path,
        fingerprint=np.array(base.fingerprint),
        contents=np.frombuffer(b"".join(digests(texts)), dtype=np.uint8).reshape(len(texts), -1),
        vectors=vectors.astype(np.float16),
    )
    return len(texts)


def take_in(cache: EmbeddingCache, encoder: Encoder, path: Path = FILE) -> int:
    """Put what is shipped into a cache; nothing for another encoder. Returns how many."""
    base = encoder.base if isinstance(encoder, MappedEncoder) else encoder
    if not path.exists():
        return 0
    with READING, np.load(path, allow_pickle=False) as stored:
        if str(stored["fingerprint"]) != base.fingerprint:
            return 0
        contents = [row.tobytes() for row in stored["contents"]]
        vectors = stored["vectors"].astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cache.add(base.fingerprint, _SIDE, contents, vectors)
    return len(contents)
