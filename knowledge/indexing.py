"""Builds the two collections of the index from the database: entries and articles."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from indexer import EmbeddingCache, Encoder, LiveIndex, Row, build, maps
from kit.db import Database
from kit.settings import Settings
from knowledge.retrieval import ARTICLES, ENTRIES
from knowledge.standard_qa.repository import live_phrasings
from knowledge.statute.repository import StatuteBase

Progress = Callable[[int, int], None]
# Small batches: a rebuild of the entries must not wait long for the encoder.
BATCH = 16


def build_entries(
    database: Database, settings: Settings, encoder: Encoder, progress: Progress | None = None
) -> str:
    """A new generation of the entries' phrasings; returns its name."""
    with database.read() as session:
        rows = list(live_phrasings(session))
    cache = EmbeddingCache(settings.cache_file)
    return build(settings.index_dir, ENTRIES, rows, encoder=encoder, cache=cache, progress=progress)


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


def build_articles_dense(
    settings: Settings,
    encoder: Encoder,
    rows: Sequence[Row],
    progress: Progress,
    stop: Callable[[], bool] = lambda: False,
) -> str | None:
    """Encode the articles that the cache lacks, then a generation with vectors.

    Stops between batches when told to (returns ``None``); what is encoded stays encoded.
    """
    cache = EmbeddingCache(settings.cache_file)
    for start in range(0, len(rows), BATCH):
        if stop():
            return None
        cache.encode(encoder, "passage", [row.text for row in rows[start : start + BATCH]])
        progress(min(start + BATCH, len(rows)), len(rows))
    return build(settings.index_dir, ARTICLES, rows, encoder=encoder, cache=cache)


def has_index(settings: Settings, collection: str) -> bool:
    """Whether a collection was built, can be read, and fits the maps that are in the box today."""
    live = LiveIndex(settings.index_dir, collection, None)
    return live.generation is not None and maps.fit(settings.encoder, live.built_by)
