"""Citations in running text, measured on labelled cases of our own."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from knowledge.statute import citation, names, numerals
from knowledge.statute.citation import CitationMention

CASES: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "citations.jsonl").read_text("utf-8").splitlines()
]


def full_name(mention: CitationMention) -> str:
    text = names.normalise(mention.law) + mention.number
    if mention.paragraph:
        text += f"第{numerals.to_chinese(mention.paragraph)}款"
    if mention.item:
        text += f"第{numerals.to_chinese(mention.item)}项"
    return text


def found_in(case: dict[str, Any]) -> Counter[str]:
    return Counter(full_name(m) for m in citation.find(case["text"], case.get("default_law")))


def expected_of(case: dict[str, Any]) -> Counter[str]:
    return Counter(names.normalise(name) for name in case["citations"])


def test_precision_and_recall_are_at_least_99_percent_on_the_labelled_cases() -> None:
    assert len(CASES) >= 230
    assert len({case["text"] for case in CASES}) == len(CASES)
    right = wrong = missed = 0
    for case in CASES:
        found, expected = found_in(case), expected_of(case)
        right += (found & expected).total()
        wrong += (found - expected).total()
        missed += (expected - found).total()
    assert right / (right + wrong) >= 0.99
    assert right / (right + missed) >= 0.99


def test_no_contract_charter_or_street_is_taken_for_a_statute() -> None:
    negatives = [case for case in CASES if not case["citations"]]
    assert len(negatives) >= 30
    assert [case["text"] for case in negatives if found_in(case)] == []


def test_a_mention_says_where_it_stands() -> None:
    text = "你好，根据《民法典》第577条、第585条主张。"
    first, second = citation.find(text)
    assert text[first.start : first.end] == "《民法典》第577条、第585条"
    assert (first.start, first.end) == (second.start, second.end)
    assert first.name == "民法典第五百七十七条"


def test_an_unusual_name_is_recognised_only_when_the_base_knows_it() -> None:
    text = "请看红十字标志使用办法第三条"
    assert citation.find(text) == []
    (mention,) = citation.find(text, known_names=["红十字标志使用办法"])
    assert mention.name == "红十字标志使用办法第三条"


def test_a_judicial_interpretation_never_becomes_the_law_that_it_interprets() -> None:
    for text in (
        "最高人民法院关于适用《民法典》婚姻家庭编的解释（一）第三条",
        "《最高人民法院关于适用〈民法典〉婚姻家庭编的解释（一）》第三条",
        "《民法典》婚姻家庭编解释（一）第三条",
        "民法典婚姻家庭编司法解释（一）第三条",
    ):
        (mention,) = citation.find(text)
        assert names.normalise(mention.law) == ("最高人民法院关于适用民法典婚姻家庭编的解释(一)")


def test_the_very_short_this_law_needs_a_law_to_mean() -> None:
    assert citation.find("违反本法第三条的") == []
    (mention,) = citation.find("违反本法第三条的", "中华人民共和国劳动法")
    assert mention.name == "劳动法第三条"


def test_quoted_words_after_and_before_a_citation_belong_to_it() -> None:
    (after,) = citation.find("《民法典》第一百八十八条规定：“诉讼时效期间为三年。”")
    assert after.quotes == ("诉讼时效期间为三年。",)
    (before,) = citation.find("“诉讼时效期间为三年”（《民法典》第一百八十八条）")
    assert before.quotes == ("诉讼时效期间为三年",)
    (none,) = citation.find("《民法典》第一千一百六十五条就是俗称的“谁有错谁赔钱”。")
    assert none.quotes == ()


def test_a_range_stops_at_a_sane_length() -> None:
    mentions = citation.find("《民法典》第一条至第九千九百九十九条")
    assert [m.number for m in mentions] == ["第一条", "第九千九百九十九条"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("民法典第一千零七十九条", "民法典第一千零七十九条"),
        ("中华人民共和国刑法第一百二十条之一", "刑法第一百二十条之一"),
        ("《民诉法》第122条", "民事诉讼法第一百二十二条"),
        (
            "最高人民法院关于适用《民法典》有关担保制度的解释第五十二条",
            "最高人民法院关于适用《民法典》有关担保制度的解释第五十二条",
        ),
    ],
)
def test_bare_names_are_read_whole(name: str, expected: str) -> None:
    mention = citation.parse_name(name)
    assert mention is not None
    assert mention.name == expected


@pytest.mark.parametrize("name", ["", "民法典", "第三条", "民法典第三条和第四条说的", "民法典三"])
def test_what_is_no_name_of_an_article_is_not_read(name: str) -> None:
    assert citation.parse_name(name) is None


@pytest.mark.parametrize(
    "text",
    ["《民法典》第577条规定，第十条、" * 600, "》" * 5000 + "第三条" * 1000, "《" * 5000 + "第三条",
     "》（以下简称" + "　" * 8000, "第一、" * 4000, "1" * 20000, "关于" * 5000 + "第三条"],
)  # fmt: skip
def test_hostile_texts_are_read_in_bounded_time(text: str) -> None:
    start = time.perf_counter()
    citation.find(text)
    assert time.perf_counter() - start < 5
