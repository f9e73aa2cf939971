"""The shipped vectors: they stand for just the seed's phrasings, and spare encoding them."""

from pathlib import Path

import numpy as np
import pytest

from indexer import EmbeddingCache
from knowledge.seed import vectors
from tests.indexer.fakes import FakeEncoder


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(vectors, "phrasings", lambda: ["房东不退押金", "老板拖欠工资"])
    path = tmp_path / "vectors.npz"
    assert vectors.write(FakeEncoder(), EmbeddingCache(tmp_path / "a.sqlite"), path) == 2
    return path


def test_what_is_shipped_is_not_encoded_again(tmp_path: Path, shipped: Path) -> None:
    encoder, cache = FakeEncoder(), EmbeddingCache(tmp_path / "b.sqlite")
    assert vectors.take_in(cache, encoder, shipped) == 2
    found = cache.encode(encoder, "query", ["房东不退押金", "老板拖欠工资"])
    assert encoder.encoded == []
    assert (
        np.abs(found - FakeEncoder().encode_queries(["房东不退押金", "老板拖欠工资"])).max() < 1e-3
    )


def test_a_text_that_is_not_shipped_is_encoded(tmp_path: Path, shipped: Path) -> None:
    encoder, cache = FakeEncoder(), EmbeddingCache(tmp_path / "b.sqlite")
    vectors.take_in(cache, encoder, shipped)
    cache.encode(encoder, "query", ["房东不退押金", "新的问法"])
    assert encoder.encoded == [("query", "新的问法")]


def test_another_encoder_takes_nothing(tmp_path: Path, shipped: Path) -> None:
    other = FakeEncoder(name="other")
    assert vectors.take_in(EmbeddingCache(tmp_path / "b.sqlite"), other, shipped) == 0
    assert vectors.take_in(EmbeddingCache(tmp_path / "b.sqlite"), other, tmp_path / "none") == 0


def test_the_file_in_the_box_covers_the_seed() -> None:
    with np.load(vectors.FILE, allow_pickle=False) as stored:
        kept = {row.tobytes() for row in stored["contents"]}
    texts = vectors.phrasings()
    hashed = zip(texts, vectors.digests(texts), strict=True)
    missing = [text for text, at in hashed if at not in kept]
    assert missing == [], "run `python -m knowledge seed-vectors` after changing the seed"
