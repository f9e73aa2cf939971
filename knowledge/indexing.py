"""Builds the collections of the index: entries, articles, and questions written for articles."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from indexer import EmbeddingCache, Encoder, LiveIndex, Row, build, maps
from indexer.encoder import Side
from indexer.milvus import MilvusStore
from indexer.vector_store import FaissStore, VectorStore
from kit.db import Database
from kit.settings import Settings
from knowledge.related.retrieval import ASKED, asked_rows
from knowledge.retrieval import ARTICLES, ENTRIES
from knowledge.standard_qa.repository import live_phrasings
from knowledge.statute.repository import StatuteBase

Progress = Callable[[int, int], None]
# Small batches: a rebuild of the entries must not wait long for the encoder.
BATCH = 16


def store_of(settings: Settings) -> VectorStore:
    """Where the settings say that vectors are kept."""
    if settings.vector_store == "milvus":
        return MilvusStore(settings.milvus_uri, settings.milvus_token.get_secret_value())
    return FaissStore()


def live(settings: Settings, collection: str, encoder: Encoder | None) -> LiveIndex:
    """The index of a collection as the settings say."""
    return LiveIndex(settings.index_dir, collection, encoder, store_of(settings))


def build_entries(
    database: Database, settings: Settings, encoder: Encoder, progress: Progress | None = None
) -> str:
    """A new generation of the entries' phrasings; returns its name."""
    with database.read() as session:
        rows = list(live_phrasings(session))
    return _built(settings, ENTRIES, encoder, rows, progress)


def article_rows(database: Database, today: date) -> list[Row]:
    """Every article in force on a day; its text begins with the name of its law.

    An article rarely names what its law is about: with the name the bare encoder finds 0.62 of
    the right ones first instead of 0.59 (a sample of 1,118 articles and 300 questions).
    """
    with database.read() as session:
        return [
            Row(row_id=item.id, owner=f"{item.law}{item.number}", text=f"{item.law} {item.text}")
            for item in StatuteBase(session, today).articles_in_force()
        ]


def build_articles_lexical(database: Database, settings: Settings, today: date) -> str:
    """A generation of the articles without vectors: quick, and searchable at once."""
    rows = article_rows(database, today)
    return build(settings.index_dir, ARTICLES, rows, encoder=None, cache=None)


@dataclass(frozen=True, slots=True)
class ArticleProgress:
    """How far the article vectors are: ``absent``, ``building``, ``ready`` or ``failed``."""

    done: int = 0
    total: int = 0
    state: str = "absent"
    digest: str = ""

    def is_ready(self, digest: str) -> bool:
        """Whether the vectors of just these articles and this encoder are live."""
        return self.state == "ready" and self.digest == digest


def digest(rows: Sequence[Row], encoder: Encoder) -> str:
    """A digest of the articles and of the encoder: the same means there is nothing to build."""
    total = hashlib.sha256(encoder.fingerprint.encode())
    for row in rows:
        total.update(f"\0{row.row_id}\0{row.owner}\0{row.text}".encode())
    return total.hexdigest()


def _progress_file(settings: Settings) -> Path:
    return settings.index_dir / "articles.progress.json"


def tell_progress(settings: Settings, progress: ArticleProgress) -> None:
    """Write the progress for the board, whole or not at all."""
    path = _progress_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".tmp")
    beside.write_text(json.dumps(asdict(progress)), encoding="utf-8")
    os.replace(beside, path)


def read_progress(settings: Settings) -> ArticleProgress:
    """The progress as it was last told."""
    try:
        return ArticleProgress(**json.loads(_progress_file(settings).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return ArticleProgress()


def encode_rows(
    settings: Settings,
    encoder: Encoder,
    side: Side,
    rows: Sequence[Row],
    progress: Progress,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Encode the texts that the cache lacks; ``False`` when told to stop between batches.

    What is encoded stays encoded.
    """
    cache = EmbeddingCache(settings.cache_file)
    for start in range(0, len(rows), BATCH):
        if stop():
            return False
        cache.encode(encoder, side, [row.text for row in rows[start : start + BATCH]])
        progress(min(start + BATCH, len(rows)), len(rows))
    return True


def build_articles(settings: Settings, encoder: Encoder, rows: Sequence[Row]) -> str:
    """A generation of the articles with their vectors; returns its name."""
    return _built(settings, ARTICLES, encoder, rows)


def build_asked(settings: Settings, encoder: Encoder, stop: Callable[[], bool]) -> str | None:
    """The questions written for articles, where they are not indexed yet; ``None`` if they are.

    A few minutes of encoding, once; ``None`` also when told to stop.
    """
    rows = asked_rows()
    if has_index(settings, ASKED) and live(settings, ASKED, None).holds(rows):
        return None
    if not encode_rows(settings, encoder, "query", rows, lambda done, total: None, stop):
        return None
    return _built(settings, ASKED, encoder, rows)


def _built(
    settings: Settings,
    collection: str,
    encoder: Encoder,
    rows: Sequence[Row],
    progress: Progress | None = None,
) -> str:
    return build(
        settings.index_dir,
        collection,
        rows,
        encoder=encoder,
        cache=EmbeddingCache(settings.cache_file),
        progress=progress,
        store=store_of(settings),
    )


def has_index(settings: Settings, collection: str) -> bool:
    """Whether a collection was built, can be read, and fits the maps that are in the box today."""
    index = live(settings, collection, None)
    return index.generation is not None and maps.fit(settings.encoder, index.built_by)
