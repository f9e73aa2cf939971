"""Homophones: what people meant is found, and what they wrote right is left alone."""

from pathlib import Path

import pytest

from indexer import LiveIndex, Row, build, homophones
from indexer.lexical import Lexical, count
from indexer.words import terms
from tests.indexer.fakes import FakeEncoder

SAID = ["老板拖欠工资怎么办", "房东不退押金", "离婚起诉要多少钱", "还钱给他", "我想验一验"]

BY_THE_WAY = (
    "公司在外地承包工程,从去年夏天到今年春节一直是老板拖欠工资怎么办,"
    "会计黎昏和仓库保管员也都没有拿到"
)
"""黎昏 is a name; read as 离婚, which the base has, it would fit nothing better."""


@pytest.fixture(scope="module")
def lexical() -> Lexical:
    return count(terms(text) for text in SAID).index()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("房冻扣我压金", "房东扣我押金"),
        ("拖了两个月公资", "拖了两个月工资"),
        ("离昏要去哪里起素", "离婚要去哪里起诉"),
    ],
)
def test_a_wrong_word_of_the_same_sound_becomes_the_one_that_the_base_has(
    lexical: Lexical, written: str, meant: str
) -> None:
    assert homophones.mended(written, lexical.rows_with_pairs) == meant


@pytest.mark.parametrize(
    "text", ["还钱给他", "房东不退押金", "小彭和阿珍", "我想验一验", "abc，１２", ""]
)
def test_what_the_base_has_or_knows_no_better_stays(lexical: Lexical, text: str) -> None:
    assert homophones.mended(text, lexical.rows_with_pairs) == text


def test_mending_twice_changes_no_more(lexical: Lexical) -> None:
    once = homophones.mended("房冻扣我压金", lexical.rows_with_pairs)
    assert homophones.mended(once, lexical.rows_with_pairs) == once


def test_a_search_finds_what_was_meant_and_shows_the_row_as_it_is(
    root: Path, fake: FakeEncoder
) -> None:
    rows = [Row(str(number), f"o{number}", text) for number, text in enumerate(SAID)]
    build(root, "entries", rows, encoder=fake, cache=None)
    found = LiveIndex(root, "entries", fake).search("房冻扣我压金")[0]
    assert (found.owner, found.text, found.exact) == ("o1", "房东不退押金", False)


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("房冻扣我压金", "房东扣我押金"),
        ("房东不退押金", "房东不退押金"),
        (BY_THE_WAY, BY_THE_WAY),
    ],
)
def test_only_what_was_meant_is_encoded(
    root: Path, fake: FakeEncoder, typed: str, searched: str
) -> None:
    rows = [Row(str(number), f"o{number}", text) for number, text in enumerate(SAID)]
    build(root, "entries", rows, encoder=fake, cache=None)
    live = LiveIndex(root, "entries", fake)
    fake.encoded.clear()
    live.search(typed)
    assert fake.encoded == [("query", searched)]


def test_the_sound_of_a_text_has_no_tones_and_none_for_other_signs() -> None:
    assert homophones.sound("女律师") == homophones.sound("女律诗")
    assert homophones.sound("女") != homophones.sound("怒")
    assert homophones.sound("a") is None
