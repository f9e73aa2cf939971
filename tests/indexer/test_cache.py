import sqlite3
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from indexer import CacheUnreadable, EmbeddingCache
from tests.indexer.fakes import FakeEncoder


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "cache" / "embeddings.sqlite")


def test_cached_vectors_are_the_encoders_own(cache: EmbeddingCache, fake: FakeEncoder) -> None:
    texts = ["工资", "离婚", "工资"]
    expected = fake.encode_passages(texts)
    for _ in range(2):
        assert np.array_equal(cache.encode(fake, "passage", texts), expected)


def test_only_what_is_new_is_encoded_and_only_once(
    cache: EmbeddingCache, fake: FakeEncoder
) -> None:
    cache.encode(fake, "query", ["工资", "离婚"])
    fake.encoded.clear()
    cache.encode(fake, "query", ["离婚", "押金", "工资", "押金"])
    assert fake.encoded == [("query", "押金")]


def test_a_text_is_the_same_however_typed(cache: EmbeddingCache, fake: FakeEncoder) -> None:
    cache.encode(fake, "query", ["ＡＢ　工资 "])
    cache.encode(fake, "query", ["ab 工资"])
    assert fake.encoded == [("query", "ab 工资")]


def test_sides_and_encoders_are_kept_apart(cache: EmbeddingCache, fake: FakeEncoder) -> None:
    cache.encode(fake, "query", ["工资"])
    other = FakeEncoder(name="other")
    cache.encode(fake, "passage", ["工资"])
    cache.encode(other, "query", ["工资"])
    assert fake.encoded == [("query", "工资"), ("passage", "工资")]
    assert other.encoded == [("query", "工资")]


def test_progress_begins_with_what_is_there_and_ends_with_all(
    cache: EmbeddingCache, fake: FakeEncoder
) -> None:
    cache.encode(fake, "query", ["0号", "1号"])
    seen: list[tuple[int, int]] = []
    cache.encode(
        fake,
        "query",
        [f"{n}号" for n in range(100)],
        lambda done, total: seen.append((done, total)),
    )
    assert seen == [(2, 100), (66, 100), (100, 100)]


def test_an_interrupted_run_keeps_the_batches_it_finished(
    cache: EmbeddingCache, fake: FakeEncoder
) -> None:
    texts = [f"{n}号" for n in range(200)]

    def interrupt(done: int, total: int) -> None:
        if done == 128:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.encode(fake, "query", texts, interrupt)
    fake.encoded.clear()
    cache.encode(fake, "query", texts)
    assert len(fake.encoded) == 72


def test_no_texts_give_an_empty_matrix(cache: EmbeddingCache, fake: FakeEncoder) -> None:
    assert cache.encode(fake, "query", []).shape == (0, fake.dim)


def test_a_vector_cut_short_is_encoded_again(cache: EmbeddingCache, fake: FakeEncoder) -> None:
    expected = cache.encode(fake, "query", ["工资"])
    db = sqlite3.connect(cache.path)
    with db:
        db.execute("update embedding set vector = x'0000'")
    db.close()
    assert np.array_equal(cache.encode(fake, "query", ["工资"]), expected)


def test_a_file_that_is_no_cache_is_named_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "embeddings.sqlite"
    path.write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(CacheUnreadable, match=r"^embedding cache embeddings\.sqlite: .+$"):
        EmbeddingCache(path)


def test_threads_may_share_one_cache(cache: EmbeddingCache) -> None:
    encoders = [FakeEncoder() for _ in range(4)]
    texts = [f"{n}号" for n in range(300)]
    threads = [Thread(target=cache.encode, args=(fake, "query", texts)) for fake in encoders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal(
        cache.encode(FakeEncoder(), "query", texts), FakeEncoder().encode_queries(texts)
    )
