import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.fusion import BEST_INEXACT, from_floor, scores, shipped, weights_from
from indexer.records import Evidence

EVEN = weights_from({"best": 1, "several": 1, "together": 1, "words": 1, "all_words": 1})


def evidence(*rows: Evidence) -> NDArray[np.float64]:
    return np.array(rows, dtype=np.float64)


def test_weights_share_one_whole_and_keep_their_scale() -> None:
    weights = weights_from({"best": 3, "several": 0, "together": 0, "words": 0, "all_words": 1})
    assert weights.shares.tolist() == [0.75, 0, 0, 0, 0.25, 0]
    assert weights.scale == 4


@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_weights_that_say_nothing_or_turn_evidence_around_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        weights_from(dict.fromkeys(Evidence._fields, bad))


@pytest.mark.parametrize("kind", ["questions", "texts"])
def test_the_weights_in_the_box_use_both_sides(kind: str) -> None:
    shares = shipped(kind).shares
    assert shares[:3].sum() > 0 and shares[3:].sum() > 0


def test_nothing_but_the_same_words_is_certain() -> None:
    assert scores(evidence(Evidence(1, 1, 1, 1, 1)), EVEN, dense=True).tolist() == [BEST_INEXACT]


def test_every_kind_of_evidence_counts_by_its_weight() -> None:
    found = scores(evidence(Evidence(0.5, 0.4, 0.3, 0.2, 0.1)), EVEN, dense=True)
    assert found == pytest.approx([0.3])


def test_without_vectors_the_words_decide() -> None:
    found = scores(evidence(Evidence(words=0.4, all_words=0.2)), EVEN, dense=False)
    assert found == pytest.approx([0.3])


def test_without_vectors_weights_of_vectors_alone_still_let_the_words_decide() -> None:
    dense = weights_from({"best": 1, "several": 0, "together": 0, "words": 0, "all_words": 0})
    assert scores(evidence(Evidence(words=0.4, all_words=0.2)), dense, dense=False) > 0


@pytest.mark.parametrize("name", Evidence._fields)
def test_more_evidence_never_lowers_the_score(name: str) -> None:
    rows = [Evidence(**{name: share / 10}) for share in range(11)]
    found = scores(evidence(*rows), shipped("questions"), dense=True).tolist()
    assert found == sorted(found)


def test_raw_cosines_are_measured_from_their_floor() -> None:
    moved = from_floor(evidence(Evidence(0.9, 0.7, 1.0, 0.3, 0.2, 0.6)))
    assert moved[0] == pytest.approx([0.5, 0.0, 1.0, 0.3, 0.2, 0.6])
