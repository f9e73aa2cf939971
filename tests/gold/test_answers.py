"""The held-out third of the gold questions: what the base answers, and how often it is right."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

import hotline.tables
from indexer import EmbeddingCache, LiveIndex, Row, build, load_encoder, normalise
from indexer.text import exact_key
from kit.db import Base, Database
from knowledge.evaluate import evaluate_answers
from knowledge.retrieval import ARTICLES, ENTRIES, Retriever
from knowledge.seed import vectors
from knowledge.seed.loader import read
from knowledge.standard_qa.models import Entry, EntryVersion, VersionState
from tests.gold import held_out, questions
from tests.knowledge.conftest import NOW

assert hotline.tables


def gold() -> list[dict[str, str]]:
    """Every answerable and out-of-scope line."""
    lines = [line for path in questions() for line in path.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def publish(session: Session) -> list[Row]:
    """Put the seed entries in as published; returns their phrasings."""
    rows = []
    for seed in read():
        content = seed.model_dump(exclude={"id", "labelled"})
        version = EntryVersion(
            entry_id=seed.id,
            number=1,
            state=VersionState.PUBLISHED,
            author="seed",
            created_at=NOW,
            **content,
        )
        entry = Entry(id=seed.id, category=seed.category, created_at=NOW)
        session.add(entry)
        session.flush()
        session.add(version)
        session.flush()
        entry.live_version_id = entry.latest_version_id = version.id
        for number, text in enumerate([seed.question, *seed.similar]):
            rows.append(Row(f"{version.id}:{number}", seed.id, text))
    return rows


@pytest.fixture(scope="module")
def base(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[tuple[Database, Retriever]]:
    """The seed base with its index; embeddings are kept between test runs."""
    folder = tmp_path_factory.mktemp("gold")
    database = Database(f"sqlite:///{folder / 'base.db'}")
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        rows = publish(session)
    encoder = load_encoder()
    assert pytestconfig.cache is not None
    cache = EmbeddingCache(pytestconfig.cache.mkdir("embeddings") / "cache.sqlite")
    vectors.take_in(cache, encoder)
    build(folder, ENTRIES, rows, encoder=encoder, cache=cache)
    yield (
        database,
        Retriever(LiveIndex(folder, ENTRIES, encoder), LiveIndex(folder, ARTICLES, None)),
    )
    database.dispose()


def test_the_held_out_third_is_answered_rightly_or_offered(
    base: tuple[Database, Retriever],
) -> None:
    """What is kept of the promise, and what it costs, stands in docs/retrieval.md."""
    database, retriever = base
    held = [row for row in gold() if held_out(row["id"])]
    with database.read() as session:
        lacking = [row for row in held if row.get("expect") == "handover"]
        near = evaluate_answers(session, retriever, lacking)
        found = evaluate_answers(session, retriever, [row for row in held if row not in lacking])
    assert found["n"] > 300
    assert found["precision"] >= 0.97, found
    assert found["coverage"] >= 0.82, found
    assert found["choices_hit"] >= 0.9, found
    assert found["false_answers"] <= 0.01, found
    assert near["n"] > 50
    assert near["false_answers"] <= 0.12, near


def test_no_gold_question_is_a_phrasing_of_the_base() -> None:
    said = {
        exact_key(normalise(text)) for entry in read() for text in (entry.question, *entry.similar)
    }
    same = [row["id"] for row in gold() if exact_key(normalise(row["question"])) in said]
    assert same == []
