from pathlib import Path

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from indexer import dense


def unit_vectors(count: int, dim: int = 16) -> NDArray[np.float32]:
    drawn = np.random.default_rng(7).normal(size=(count, dim)).astype(np.float32)
    return dense.centred(drawn, np.zeros(dim, dtype=np.float32))


def faiss_vectors(vectors: NDArray[np.float32], kind: dense.Structure) -> dense.FaissVectors:
    return dense.FaissVectors(dense.structure(vectors, kind))


@pytest.mark.parametrize(
    ("rows", "structure"),
    [(0, "flat"), (1_200, "flat"), (99_999, "flat"), (100_000, "ivf"), (1_000_000, "ivf")],
)
def test_the_structure_follows_the_size(rows: int, structure: str) -> None:
    assert dense.structure_for(rows) == structure


def test_flat_is_exhaustive_and_ivf_an_inverted_file_with_exact_vectors_behind() -> None:
    vectors = unit_vectors(500)
    assert isinstance(dense.structure(vectors, "flat"), faiss.IndexFlatIP)
    index = dense.structure(vectors, "ivf")
    assert isinstance(index, faiss.IndexRefineFlat)
    assert index.metric_type == faiss.METRIC_INNER_PRODUCT


def test_ivf_finds_nearly_what_flat_finds() -> None:
    """Vectors in clusters, as phrasings are; without any, no list is worth reading first."""
    middles = np.repeat(unit_vectors(300, 64), 20, axis=0)
    vectors = dense.centred(middles + 0.7 * unit_vectors(6_000, 64), np.zeros(64, "float32"))
    flat, inverted = faiss_vectors(vectors, "flat"), faiss_vectors(vectors, "ivf")
    shared = sum(
        len(set(flat.nearest(vector, 10)) & set(inverted.nearest(vector, 200)[:10]))
        for vector in vectors[::60]
    )
    assert shared >= 980


@pytest.mark.parametrize("kind", ["flat", "ivf"])
def test_cosines_are_those_of_the_numbered_vectors(kind: dense.Structure) -> None:
    vectors = unit_vectors(200)
    numbers = np.array([5, 0, 199])
    expected = vectors[numbers] @ vectors[5]
    found = faiss_vectors(vectors, kind).cosines(vectors[5], numbers)
    assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("kind", ["flat", "ivf"])
def test_what_was_written_is_read_back_from_the_map(tmp_path: Path, kind: dense.Structure) -> None:
    vectors = unit_vectors(400)
    written = faiss_vectors(vectors, kind)
    written.write(tmp_path / "vectors")
    read = dense.FaissVectors.read(tmp_path / "vectors")
    assert read.count == 400
    for vector in vectors[:5]:
        assert read.nearest(vector, 20).tolist() == written.nearest(vector, 20).tolist()


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
    nothing = faiss_vectors(np.empty((0, 16), dtype=np.float32), "flat")
    assert len(nothing.nearest(unit_vectors(1)[0], 10)) == 0


def test_asking_for_more_than_there_is_gives_what_there_is() -> None:
    vectors = unit_vectors(3)
    assert sorted(faiss_vectors(vectors, "flat").nearest(vectors[0], 10)) == [0, 1, 2]


def test_a_centroid_lies_between_the_rows_of_its_owner() -> None:
    vectors = unit_vectors(3)
    together = dense.centroids(vectors, np.array([0, 0, 1], dtype=np.int32))
    between = vectors[0] + vectors[1]
    assert together[0] == pytest.approx(between / np.linalg.norm(between), abs=1e-5)
    assert together[1] == pytest.approx(vectors[2], abs=1e-5)


def test_no_owners_have_no_centroids() -> None:
    nothing = np.empty((0, 16), dtype=np.float32)
    assert dense.centroids(nothing, np.empty(0, dtype=np.int32)).shape == (0, 16)
