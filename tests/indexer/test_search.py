import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer import IndexMissing, LiveIndex, Row, build
from tests.indexer.fakes import QUESTIONS, FakeEncoder, many_rows


@pytest.fixture
def live(root: Path, fake: FakeEncoder) -> LiveIndex:
    build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    return LiveIndex(root, "entries", fake)


def test_the_entry_that_says_the_same_comes_first(live: LiveIndex) -> None:
    best = live.search("公司一直拖欠我工资")[0]
    assert best.owner == "wages"
    assert best.row_id == "wages-1"
    assert {"公司"} <= set(best.matched) or "拖欠工资" in best.matched
    assert not best.exact
    assert 0 < best.score < 1


@pytest.mark.parametrize(
    "typed",
    [
        "公司拖欠工资怎么办？",
        "公司拖欠工资怎么办",
        "　公司拖欠工资怎么办???",
        "公司\u200b拖欠工资怎么办!",
    ],
)
def test_the_same_words_are_exact_however_typed(live: LiveIndex, typed: str) -> None:
    best = live.search(typed)[0]
    assert (best.row_id, best.exact, best.score) == ("wages-1", True, 1.0)


def test_only_the_same_words_are_exact(live: LiveIndex) -> None:
    hits = live.search("公司拖欠工资怎么办呢")
    assert not any(hit.exact for hit in hits)
    assert all(hit.score < 1 for hit in hits)


def test_every_owner_comes_once_with_its_best_row(live: LiveIndex) -> None:
    hits = live.search("老板不发工资")
    assert len({hit.owner for hit in hits}) == len(hits)
    assert hits[0].row_id == "wages-2"


def test_an_owners_three_best_rows_count_together_and_fewer_where_it_has_fewer(
    root: Path, fake: FakeEncoder
) -> None:
    said = {
        "one": ["工资拖着"],
        "two": ["工资不发", "欠薪"],
        "five": [f"工资第{n}笔" for n in range(5)],
    }
    rows = [Row(f"{owner}-{text}", owner, text) for owner in said for text in said[owner]]
    build(root, "entries", rows, encoder=fake, cache=None)
    question = fake.encode_queries(["工资第三笔没发"])[0]
    hits = LiveIndex(root, "entries", fake).search("工资第三笔没发")
    assert {hit.owner for hit in hits} == set(said)
    for hit in hits:
        cosines = np.sort(fake.encode_passages(said[hit.owner]) @ question)
        assert hit.evidence.best == pytest.approx(cosines[-1], abs=1e-5)
        assert hit.evidence.several == pytest.approx(cosines[-3:].mean(), abs=1e-5)


def test_hits_are_ordered_and_no_more_than_asked_for(live: LiveIndex) -> None:
    scores = [hit.score for hit in live.search("工资", k=3)]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)


def test_an_owner_with_many_rows_does_not_crowd_out_the_others(
    root: Path, fake: FakeEncoder
) -> None:
    rows = [Row(f"w{n}", "wages", f"公司拖欠工资怎么办{n}") for n in range(90)]
    build(root, "entries", [*rows, *QUESTIONS[2:]], encoder=fake, cache=None)
    assert len(LiveIndex(root, "entries", fake).search("公司拖欠工资", k=5)) == 5


def test_two_owners_with_the_same_words_are_both_exact(root: Path, fake: FakeEncoder) -> None:
    twins = [Row("a", "a", "房东不退押金"), Row("b", "b", "房东不退押金。")]
    build(root, "entries", twins, encoder=fake, cache=None)
    hits = LiveIndex(root, "entries", fake).search("房东不退押金")
    assert [(hit.owner, hit.score) for hit in hits] == [("a", 1.0), ("b", 1.0)]


def test_an_exact_match_is_found_among_thousands(root: Path, fake: FakeEncoder) -> None:
    build(root, "entries", many_rows(3_000), encoder=fake, cache=None)
    best = LiveIndex(root, "entries", fake).search("第1777号纠纷的处理办法")[0]
    assert (best.row_id, best.exact) == ("r1777", True)


@pytest.mark.parametrize("typed", ["", "   \n", "\x00\x07", "😀😀😀", "？！…", "\u200b"])
def test_nothing_said_finds_nothing(live: LiveIndex, typed: str) -> None:
    assert live.search(typed) == []


@pytest.mark.parametrize(
    "typed",
    ["公司拖欠工资" * 1_700, "x" * 10_000, "😀" * 9_999 + "工资", "'; DROP TABLE--", "<b>工资</b>"],
)
def test_odd_questions_are_answered_calmly(live: LiveIndex, typed: str) -> None:
    assert all(0 <= hit.score <= 1 for hit in live.search(typed))


def test_a_long_story_is_found_by_how_it_begins_and_ends(live: LiveIndex) -> None:
    story = "公司拖欠工资" + "，后来又说了很多话" * 1_200 + "，老板不发工资咋办"
    assert len(story) > 10_000
    assert live.search(story)[0].owner == "wages"


def test_without_an_encoder_the_words_alone_find(root: Path) -> None:
    build(root, "entries", QUESTIONS, encoder=None, cache=None)
    best, *_ = LiveIndex(root, "entries", None).search("拖欠工资")
    assert (best.owner, best.dense) == ("wages", 0.0)
    assert 0 < best.lexical < 1
    assert min(best.evidence[3:]) <= best.score <= max(best.evidence[3:])


def test_words_alone_still_serve_where_only_one_side_has_an_encoder(
    root: Path, fake: FakeEncoder
) -> None:
    build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    assert LiveIndex(root, "entries", None).search("拖欠工资")[0].dense == 0.0
    build(root, "entries", QUESTIONS, encoder=None, cache=None)
    assert LiveIndex(root, "entries", fake).search("拖欠工资")[0].dense == 0.0


def test_a_collection_never_built_is_missing(root: Path, fake: FakeEncoder) -> None:
    live = LiveIndex(root, "entries", fake)
    with pytest.raises(IndexMissing, match=r"^index entries: nothing has been built yet$"):
        live.search("工资")
    assert live.generation is None
    assert live.size == 0


def test_asking_for_no_hits_is_a_mistake(live: LiveIndex) -> None:
    with pytest.raises(ValueError, match="k must be at least 1"):
        live.search("工资", k=0)


def test_a_repeated_question_is_answered_from_memory(live: LiveIndex, fake: FakeEncoder) -> None:
    first = live.search("押金不退怎么办")
    fake.encoded.clear()
    spent = []
    for _ in range(20):
        begun = time.perf_counter()
        assert live.search(" 押金不退怎么办 ") == first
        spent.append(time.perf_counter() - begun)
    assert min(spent) < 0.002
    assert fake.encoded == []


def test_what_a_caller_does_to_its_list_harms_nobody(live: LiveIndex) -> None:
    live.search("押金").clear()
    assert live.search("押金")


def test_the_entry_that_is_about_it_beats_one_with_a_lucky_row(root: Path) -> None:
    """Vectors by hand: the lucky row is nearer than any other, but its owner is about else."""

    class Plane(FakeEncoder):
        def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
            angles = np.radians([float(text.split()[-1]) for text in texts])
            return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    rows = [Row(f"about-{angle}", "about", f"甲 {angle}") for angle in (-16, -10, 10, 16)]
    rows += [Row(f"lucky-{angle}", "lucky", f"乙 {angle}") for angle in (5, 60, 70, 80)]
    plane = Plane(dim=2)
    build(root, "entries", rows, encoder=plane, cache=None)
    first, second = LiveIndex(root, "entries", plane).search("丙 0")
    assert (first.owner, second.row_id) == ("about", "lucky-5")
    assert second.dense > first.dense
