"""The index: sentence embeddings in FAISS and jieba BM25, built beside and switched whole.

It holds questions and articles, never answers: a stale index can be late, but not wrong.
"""

from indexer.building import build
from indexer.cache import EmbeddingCache
from indexer.encoder import Encoder, SentenceEncoder, load_encoder
from indexer.errors import (
    CacheUnreadable,
    DimensionMismatch,
    EncoderUnavailable,
    IndexCorrupt,
    IndexerError,
    IndexMissing,
    VectorStoreUnavailable,
)
from indexer.live import LiveIndex
from indexer.records import Hit, Row
from indexer.text import normalise

__all__ = [
    "CacheUnreadable",
    "DimensionMismatch",
    "EmbeddingCache",
    "Encoder",
    "EncoderUnavailable",
    "Hit",
    "IndexCorrupt",
    "IndexMissing",
    "IndexerError",
    "LiveIndex",
    "Row",
    "SentenceEncoder",
    "VectorStoreUnavailable",
    "build",
    "load_encoder",
    "normalise",
]
