"""The index of articles follows the statutes: new texts at once, others on the day that they start.

Vectors are encoded in the background, which takes long the first time; meanwhile articles are found
by their words. Several threads of the worker build, so each switches to a new generation under one
lock, and only after it has seen that no text came or went since it read the articles.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import date

from hotline.dependencies import Parts
from indexer import Row
from kit.clock import BEIJING
from knowledge import indexing
from knowledge.indexing import ArticleProgress

log = logging.getLogger(__name__)
_SWITCHING = threading.Lock()
Stop = Callable[[], bool]


def _today(parts: Parts) -> date:
    return parts.clock.now().astimezone(BEIJING).date()


def _rows(parts: Parts) -> list[Row]:
    return indexing.article_rows(parts.database, _today(parts))


def follow(parts: Parts) -> None:
    """Take in what changed: with vectors where the old ones are ready, else by words at once."""
    settings = parts.settings
    with _SWITCHING:
        ready = indexing.read_progress(settings).state == "ready"
        if not (settings.article_vectors and ready):
            indexing.build_articles_lexical(parts.database, settings, _today(parts))
            # Whoever is encoding sees the new articles when done; else the worker's next start.
            indexing.tell_progress(settings, ArticleProgress())
            return
    # Only the new articles are encoded: the vectors of the others are kept.
    build_vectors(parts, lambda: False)


def follow_day(parts: Parts, last: date | None) -> date:
    """Once a day: texts take effect and expire; returns the day that it was done for."""
    today = _today(parts)
    if today != last and not parts.retriever.articles.holds(_rows(parts)):
        log.info("articles: others are in force on %s than the index holds", today)
        follow(parts)
    return today


def build_vectors(parts: Parts, stop: Stop) -> None:
    """Encode the articles in force, with progress on the board and in the log, until none lacks."""
    settings = parts.settings
    while True:
        rows = _rows(parts)
        digest = indexing.digest(rows, parts.encoder)
        if indexing.read_progress(settings).is_ready(digest):
            log.info("article vectors: %d are up to date", len(rows))
            return
        if not _encode(parts, rows, stop):
            return
        with _SWITCHING:
            if indexing.digest(_rows(parts), parts.encoder) != digest:
                # A text came while the others were encoded: this generation would lose it.
                continue
            name = indexing.build_articles(settings, parts.encoder, rows)
            ready = ArticleProgress(len(rows), len(rows), "ready", digest)
            indexing.tell_progress(settings, ready)
        log.info("article vectors: generation %s is live", name)
        return


def _encode(parts: Parts, rows: Sequence[Row], stop: Stop) -> bool:
    told = 0

    def progress(done: int, total: int) -> None:
        nonlocal told
        indexing.tell_progress(parts.settings, ArticleProgress(done, total, "building"))
        percent = done * 100 // total
        if percent >= told + 5:
            told = percent
            log.info("article vectors: %d of %d (%d %%)", done, total, percent)

    return indexing.encode_rows(parts.settings, parts.encoder, "passage", rows, progress, stop)


def in_background(parts: Parts, stop: Stop) -> None:
    """The same, for a thread of its own: a failure is told, and search stays as it is.

    The questions written for articles come first: minutes, and what the order is learned with.
    """
    try:
        if name := indexing.build_asked(parts.settings, parts.encoder, stop):
            log.info("questions written for articles: generation %s is live", name)
        build_vectors(parts, stop)
    except Exception:
        log.exception("article vectors: given up until the next start; search stays lexical")
        indexing.tell_progress(parts.settings, ArticleProgress(0, 0, "failed"))
