import pytest

from indexer.fusion import BEST_INEXACT, DENSE_WEIGHT, LEXICAL_WEIGHT, blended, fused, rescaled


def test_weights_share_one_whole() -> None:
    assert pytest.approx(1.0) == DENSE_WEIGHT + LEXICAL_WEIGHT


def test_an_exact_match_is_certain() -> None:
    assert fused(0.0, 0.0, exact=True) == 1.0


def test_nothing_else_is() -> None:
    assert fused(1.0, 1.0, exact=False) == BEST_INEXACT < 1.0
    assert fused(None, 1.0, exact=False) == BEST_INEXACT


def test_both_sides_count_by_their_weight() -> None:
    assert fused(0.5, 0.2, exact=False) == pytest.approx(0.5 * DENSE_WEIGHT + 0.2 * LEXICAL_WEIGHT)


def test_without_vectors_the_words_decide() -> None:
    assert fused(None, 0.4, exact=False) == 0.4


@pytest.mark.parametrize("lexical", [0.0, 0.3, 0.9])
def test_more_likeness_never_lowers_the_score(lexical: float) -> None:
    scores = [fused(share / 10, lexical, exact=False) for share in range(11)]
    assert scores == sorted(scores)


@pytest.mark.parametrize(
    ("cosine", "centred", "share"),
    [(-0.3, True, 0.0), (0.4, True, 0.4), (1.2, True, 1.0), (0.7, False, 0.0), (0.9, False, 0.5)],
)
def test_cosines_become_shares(cosine: float, centred: bool, share: float) -> None:
    assert rescaled(cosine, centred=centred) == pytest.approx(share)


def test_an_owner_with_one_row_is_that_row() -> None:
    assert blended(0.6, 0.6) == pytest.approx(0.6)


def test_what_an_owner_is_about_counts_more_than_one_lucky_row() -> None:
    assert blended(row=0.5, owner=0.7) > blended(row=0.7, owner=0.5)
