"""What every vector store must do; run on each of them."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer import LiveIndex, VectorStoreUnavailable, build, dense
from indexer.milvus import MilvusStore
from indexer.shelf import Shelf
from indexer.vector_store import FaissStore, VectorStore
from tests.indexer.fakes import QUESTIONS, FakeEncoder, many_rows
from tests.missing import missing

DIM = 16


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> MilvusStore:
    """A Milvus in one file."""
    if not importlib.util.find_spec("milvus_lite"):
        missing("milvus-lite is not installed")
    return MilvusStore(str(tmp_path_factory.mktemp("milvus") / "vectors.db"))


@pytest.fixture(params=["faiss", "milvus"])
def store(request: pytest.FixtureRequest) -> VectorStore:
    return FaissStore() if request.param == "faiss" else request.getfixturevalue("milvus")


def unit_vectors(count: int, seed: int = 3) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).normal(size=(count, DIM)).astype(np.float32)
    return dense.centred(drawn, np.zeros(DIM, dtype=np.float32))


def named(store: VectorStore, tmp_path: Path, name: str, vectors: NDArray[np.float32]) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    assert store.build(folder, name, vectors) == "flat"
    return folder


def test_the_nearest_vectors_are_found_in_order(store: VectorStore, tmp_path: Path) -> None:
    vectors = unit_vectors(50)
    index = store.open(named(store, tmp_path, "nearest-1", vectors), "nearest-1")
    assert index.count == 50
    for vector in vectors[:5]:
        expected = np.argsort(-(vectors @ vector))[:10]
        assert index.nearest(vector, 10).tolist() == expected.tolist()


def test_cosines_are_exact_and_in_the_order_asked_for(store: VectorStore, tmp_path: Path) -> None:
    vectors = unit_vectors(30)
    index = store.open(named(store, tmp_path, "cosines-1", vectors), "cosines-1")
    numbers = np.array([7, 0, 29, 3])
    assert index.cosines(vectors[4], numbers) == pytest.approx(
        vectors[numbers] @ vectors[4], abs=1e-5
    )
    assert len(index.cosines(vectors[4], numbers[:0])) == 0


def test_asking_for_more_than_there_is_gives_what_there_is(
    store: VectorStore, tmp_path: Path
) -> None:
    index = store.open(named(store, tmp_path, "few-1", unit_vectors(3)), "few-1")
    assert sorted(index.nearest(unit_vectors(1)[0], 10).tolist()) == [0, 1, 2]


def test_no_vectors_are_a_generation_too(store: VectorStore, tmp_path: Path) -> None:
    index = store.open(named(store, tmp_path, "empty-1", unit_vectors(0)), "empty-1")
    assert index.count == 0
    assert len(index.nearest(unit_vectors(1)[0], 10)) == 0


def test_generations_under_two_names_do_not_mix(store: VectorStore, tmp_path: Path) -> None:
    first, second = unit_vectors(20), unit_vectors(30, seed=4)
    one = store.open(named(store, tmp_path, "old-1", first), "old-1")
    other = store.open(named(store, tmp_path, "new-1", second), "new-1")
    assert (one.count, other.count) == (20, 30)
    store.drop("old-1")
    assert other.nearest(second[3], 1).tolist() == [3]


def test_dropping_what_is_not_there_is_no_mistake(store: VectorStore) -> None:
    store.drop("20260101T000000000000-abcdef")


def test_an_index_is_built_switched_searched_and_tidied(
    store: VectorStore, root: Path, fake: FakeEncoder
) -> None:
    build(root, "entries", QUESTIONS[:2], encoder=fake, cache=None, store=store)
    live = LiveIndex(root, "entries", fake, store)
    assert live.search("房东不退押金")[0].owner == "wages"
    for _ in range(4):
        name = build(root, "entries", QUESTIONS, encoder=fake, cache=None, store=store)
        assert live.search("房东不退押金")[0].exact
    assert (live.generation, live.size) == (name, len(QUESTIONS))
    assert len(Shelf(root, "entries").generations()) == 3


def test_stores_find_the_same(milvus: MilvusStore, tmp_path: Path, fake: FakeEncoder) -> None:
    rows = [*QUESTIONS, *many_rows(80)]
    found = []
    for number, store in enumerate((FaissStore(), milvus)):
        root = tmp_path / str(number)
        build(root, "entries", rows, encoder=fake, cache=None, store=store)
        live = LiveIndex(root, "entries", fake, store)
        found.append([live.search(text) for text in ("老板不给工资", "第7号纠纷", "离婚材料")])
    for ours, theirs in zip(*found, strict=True):
        assert [hit.row_id for hit in ours] == [hit.row_id for hit in theirs]
        assert [hit.score for hit in ours] == pytest.approx([hit.score for hit in theirs], abs=1e-5)


def test_a_base_in_milvus_is_amended_by_files(
    milvus: MilvusStore, root: Path, fake: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.building.WHOLE_BELOW", 5)
    build(root, "entries", QUESTIONS[:-1], encoder=fake, cache=None, store=milvus)
    name = build(root, "entries", QUESTIONS, encoder=fake, cache=None, store=milvus)
    assert (root / "entries" / name / "vectors.faiss").exists()
    assert LiveIndex(root, "entries", fake, milvus).search("房东不退押金")[0].exact


def test_tidying_drops_what_milvus_keeps(
    milvus: MilvusStore, root: Path, fake: FakeEncoder
) -> None:
    names = [
        build(root, "entries", QUESTIONS, encoder=fake, cache=None, store=milvus) for _ in range(4)
    ]
    with pytest.raises(VectorStoreUnavailable, match=r"^Milvus does not answer: "):
        milvus.open(root, names[0])
    assert milvus.open(root, names[1]).count == len(QUESTIONS)


def test_another_store_than_the_one_set_is_named(
    milvus: MilvusStore, root: Path, fake: FakeEncoder
) -> None:
    build(root, "entries", QUESTIONS, encoder=fake, cache=None, store=milvus)
    with pytest.raises(
        VectorStoreUnavailable, match=r"vectors are kept in milvus, the setting says faiss$"
    ):
        LiveIndex(root, "entries", fake).search("工资")


def test_without_its_package_milvus_is_unavailable_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    monkeypatch.setitem(sys.modules, "pymilvus.exceptions", None)
    with pytest.raises(VectorStoreUnavailable, match=r"^pymilvus is not installed: .+milvus.txt$"):
        MilvusStore(str(tmp_path / "none.db")).build(tmp_path, "a-1", unit_vectors(3))


def test_a_failed_build_in_milvus_leaves_the_live_index_alone(
    milvus: MilvusStore, root: Path, fake: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(root, "entries", QUESTIONS, encoder=fake, cache=None, store=milvus)
    live = LiveIndex(root, "entries", fake, milvus)
    before = live.search("公司拖欠工资")

    def fails(*_: object) -> str:
        raise VectorStoreUnavailable("Milvus does not answer: closed")

    monkeypatch.setattr(milvus, "build", fails)
    with pytest.raises(VectorStoreUnavailable):
        build(root, "entries", QUESTIONS[:2], encoder=fake, cache=None, store=milvus)
    assert live.search("公司拖欠工资") == before
