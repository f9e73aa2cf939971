"""The index of articles: texts start and end on their days; none is lost while others encode."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import update
from sqlalchemy.orm import Session

from hotline import article_index, worker
from hotline.dependencies import Parts
from indexer import Encoder
from kit.clock import FixedClock
from knowledge import indexing
from knowledge.statute.models import Article, Law, LawVersion

TAKES_EFFECT = date(2026, 12, 1)
# The clock stands at noon of 21 November in Beijing.
TO_THE_EVE = timedelta(days=9, hours=11, minutes=59)


def add_text(session: Session, effective_on: date) -> None:
    """A new text of 民法典 with one article, published today."""
    session.add(
        LawVersion(
            id="mfd-2", law_id="mfd", published_on=date(2026, 11, 20), effective_on=effective_on,
            expires_on=None, source_status="尚未生效", complete=True, incorporated=False,
            fingerprint="mfd-2",
        )
    )  # fmt: skip
    session.flush()
    session.add(
        Article(
            id="民法典第六百七十七条@mfd-2", version_id="mfd-2", law_name="民法典",
            number="第六百七十七条", ordinal=677, suffix=0, position=0, chapter=None,
            text="提前返还借款的，按照实际借款的期间计算利息。",
        )
    )  # fmt: skip


def found(parts: Parts) -> set[str]:
    """The articles that a search on loans brings up."""
    question = "提前还借款的利息怎么算"
    with parts.database.read() as session:
        return {hit.owner for hit in parts.retriever.related_articles(session, question, 10)}


def test_a_text_is_found_from_the_day_on_which_it_takes_effect(
    parts: Parts, clock: FixedClock
) -> None:
    with parts.database.write() as session:
        add_text(session, TAKES_EFFECT)
    followed = article_index.follow_day(parts, None)
    assert found(parts) == {"民法典第六百七十五条", "民法典第六百七十六条"}
    clock.advance(TO_THE_EVE)
    followed = article_index.follow_day(parts, followed)
    assert "民法典第六百七十七条" not in found(parts)
    clock.advance(timedelta(minutes=1))
    assert article_index.follow_day(parts, followed) == TAKES_EFFECT
    assert found(parts) == {"民法典第六百七十七条"}


def test_a_work_is_no_longer_found_from_the_day_on_which_it_expires(
    parts: Parts, clock: FixedClock
) -> None:
    with parts.database.write() as session:
        session.execute(update(Law).where(Law.id == "mfd").values(repealed_on=TAKES_EFFECT))
    followed = article_index.follow_day(parts, None)
    assert found(parts)
    clock.advance(TO_THE_EVE + timedelta(minutes=1))
    article_index.follow_day(parts, followed)
    assert not found(parts)


def test_a_day_on_which_nothing_changes_builds_nothing(parts: Parts, clock: FixedClock) -> None:
    followed = article_index.follow_day(parts, None)
    before = parts.retriever.articles.generation
    clock.advance(timedelta(days=1))
    assert article_index.follow_day(parts, followed) != followed
    assert parts.retriever.articles.generation == before


def test_vectors_that_are_ready_stay_so_when_a_text_takes_effect(
    parts: Parts, clock: FixedClock
) -> None:
    with parts.database.write() as session:
        add_text(session, TAKES_EFFECT)
    article_index.build_vectors(parts, lambda: False)
    clock.advance(TO_THE_EVE + timedelta(minutes=1))
    article_index.follow_day(parts, None)
    assert found(parts) == {"民法典第六百七十七条"}
    assert parts.retriever.articles.built_by == parts.encoder.fingerprint
    assert indexing.read_progress(parts.settings).state == "ready"


@dataclass
class Interrupted:
    """An encoder in the middle of whose first batch something happens."""

    inner: Encoder
    happens: Callable[[], None] | None

    def __post_init__(self) -> None:
        self.name, self.dim = self.inner.name, self.inner.dim
        self.fingerprint = self.inner.fingerprint

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.inner.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        happens, self.happens = self.happens, None
        if happens:
            happens()
        return self.inner.encode_passages(texts)


def test_a_text_that_comes_during_the_first_encoding_is_not_lost(parts: Parts) -> None:
    def arrive() -> None:
        with parts.database.write() as session:
            add_text(session, date(2026, 11, 20))
        worker.rebuild_articles(parts, [{"version": "mfd-2"}])
        assert "民法典第六百七十七条" in found(parts), "by its words, at once"

    encoding = replace(parts, encoder=Interrupted(parts.encoder, arrive))
    article_index.in_background(encoding, lambda: False)
    assert found(parts) == {"民法典第六百七十七条"}
    progress = indexing.read_progress(parts.settings)
    assert (progress.state, progress.total) == ("ready", 1)
    assert parts.retriever.articles.built_by == parts.encoder.fingerprint


def test_encoding_that_is_told_to_stop_leaves_the_index_as_it_is(parts: Parts) -> None:
    before = parts.retriever.articles.generation
    article_index.in_background(parts, lambda: True)
    assert parts.retriever.articles.generation == before
