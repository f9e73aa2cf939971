import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from indexer import dense


def unit_vectors(count: int, dim: int = 16) -> NDArray[np.float32]:
    drawn = np.random.default_rng(7).normal(size=(count, dim)).astype(np.float32)
    return dense.centred(drawn, np.zeros(dim, dtype=np.float32))


@pytest.mark.parametrize(
    ("rows", "structure"),
    [(0, "flat"), (1_200, "flat"), (99_999, "flat"), (100_000, "hnsw"), (1_000_000, "hnsw")],
)
def test_the_structure_follows_the_size(rows: int, structure: str) -> None:
    assert dense.structure_for(rows) == structure


def test_flat_is_exhaustive_and_hnsw_a_graph() -> None:
    vectors = unit_vectors(50)
    assert isinstance(dense.structure(vectors, "flat"), faiss.IndexFlatIP)
    graph = dense.structure(vectors, "hnsw")
    assert isinstance(graph, faiss.IndexHNSWFlat)
    assert graph.metric_type == faiss.METRIC_INNER_PRODUCT


def test_hnsw_finds_nearly_what_flat_finds() -> None:
    vectors = unit_vectors(3_000)
    flat, graph = dense.structure(vectors, "flat"), dense.structure(vectors, "hnsw")
    shared = sum(
        len(set(dense.nearest(flat, vector, 10)) & set(dense.nearest(graph, vector, 10)))
        for vector in vectors[:100]
    )
    assert shared >= 950


@pytest.mark.parametrize("kind", ["flat", "hnsw"])
def test_cosines_are_those_of_the_numbered_vectors(kind: dense.Structure) -> None:
    vectors = unit_vectors(200)
    index = dense.structure(vectors, kind)
    numbers = np.array([5, 0, 199])
    expected = vectors[numbers] @ vectors[5]
    assert dense.cosines(index, vectors[5], numbers) == pytest.approx(expected, abs=1e-5)


def test_centring_takes_the_common_part_away() -> None:
    vectors = unit_vectors(200) + 3.0
    mean = dense.mean_of(vectors)
    moved = dense.centred(vectors, mean)
    assert np.linalg.norm(moved, axis=1) == pytest.approx(np.ones(200), abs=1e-5)
    assert abs(float((moved @ moved.T).mean())) < 0.05


def test_too_few_rows_have_no_mean_worth_taking() -> None:
    assert not dense.mean_of(unit_vectors(dense.CENTRE_FROM - 1)).any()
    assert dense.mean_of(unit_vectors(dense.CENTRE_FROM)).any()


def test_a_vector_equal_to_the_mean_is_no_division_by_zero() -> None:
    vector = unit_vectors(1)
    assert not dense.centred(vector, vector[0]).any()


def test_an_empty_structure_finds_nothing() -> None:
    index = dense.structure(np.empty((0, 16), dtype=np.float32), "flat")
    assert len(dense.nearest(index, unit_vectors(1)[0], 10)) == 0


def test_asking_for_more_than_there_is_gives_what_there_is() -> None:
    vectors = unit_vectors(3)
    assert sorted(dense.nearest(dense.structure(vectors, "flat"), vectors[0], 10)) == [0, 1, 2]


def test_a_centroid_lies_between_the_rows_of_its_owner() -> None:
    vectors = unit_vectors(3)
    together = dense.centroids(vectors, np.array([0, 0, 1], dtype=np.int32))
    between = vectors[0] + vectors[1]
    assert together[0] == pytest.approx(between / np.linalg.norm(between), abs=1e-5)
    assert together[1] == pytest.approx(vectors[2], abs=1e-5)


def test_no_owners_have_no_centroids() -> None:
    nothing = np.empty((0, 16), dtype=np.float32)
    assert dense.centroids(nothing, np.empty(0, dtype=np.int32)).shape == (0, 16)
