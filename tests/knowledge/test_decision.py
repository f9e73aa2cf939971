"""The decision: exact words are answered, doubt gives choices, nothing near is handed over."""

from dataclasses import replace

import pytest

from indexer.records import Evidence
from knowledge.decision import (
    Calibration,
    Kind,
    Logistic,
    Scored,
    calibration,
    confidence,
    decide,
    each,
    features,
)
from knowledge.follow_up import aspect, is_elliptical
from knowledge.matters import split
from knowledge.scope.sense import Meaning

NUMBERS = Calibration(
    answerable=Logistic(0.0, {"score": 10.0, "scope": 2.0, "near_lacking": -10.0, "several": 5.0}),
    right=Logistic(-5.0, {"score": 10.0, "lead": 5.0}),
    sure=Logistic(0.0, {"product": 1.0}),
    scale=40.0,
    answer_at=0.8,
    offer_at=0.2,
    usual=Meaning(sense=3.0, held=2.0, near_outside=0.3, near_lacking=0.3),
)


def hit(entry_id: str, score: float, *, exact: bool = False) -> Scored:
    return Scored(entry_id, "问法", score, score, score, exact)


def test_the_same_words_are_answered_with_certainty() -> None:
    decision = decide("离婚", [hit("a", 1.0, exact=True), hit("b", 0.99)], NUMBERS)
    assert (decision.kind, decision.confidence, decision.entry_id) == (Kind.ANSWER, 1.0, "a")


def test_a_clear_lead_is_answered() -> None:
    decision = decide("公司拖欠工资怎么办", [hit("a", 0.8), hit("b", 0.3)], NUMBERS)
    assert decision.kind is Kind.ANSWER
    assert decision.entry_id == "a"
    assert decision.reasons


def test_two_close_entries_are_offered_as_choices() -> None:
    decision = decide("公司拖欠工资怎么办", [hit("a", 0.5), hit("b", 0.49)], NUMBERS)
    assert decision.kind is Kind.CHOICES
    assert [offered.entry_id for offered in decision.offered] == ["a", "b"]
    assert decision.entry_id is None


def test_a_doubtful_first_brings_those_behind_it_along() -> None:
    hits = [hit("a", 0.5), *(hit(f"far-{place}", 0.05) for place in range(6))]
    decision = decide("公司拖欠工资怎么办", hits, NUMBERS)
    assert decision.kind is Kind.CHOICES
    assert [offered.entry_id for offered in decision.offered] == ["a", "far-0", "far-1", "far-2"]


def test_a_first_that_is_hardly_right_comes_with_its_neighbours() -> None:
    hits = [hit("a", 0.25), *(hit(f"far-{place}", 0.05) for place in range(6))]
    decision = decide("公司拖欠工资怎么办", hits, replace(NUMBERS, offer_at=0.01))
    assert decision.kind is Kind.CHOICES and decision.confidence < 0.1
    assert [offered.entry_id for offered in decision.offered] == ["a", "far-0", "far-1", "far-2"]


def test_a_question_that_is_none_of_the_bases_business_is_not_answered() -> None:
    far = [Scored("a", "问法", 0.8, 0.8, 0.8, False, scope=-8.0)]
    assert decide("公司拖欠工资怎么办", [hit("a", 0.8)], NUMBERS).kind is Kind.ANSWER
    assert decide("公司拖欠工资怎么办", far, NUMBERS).kind is Kind.HANDOVER


def test_a_question_that_is_nearest_to_what_the_base_lacks_is_not_answered() -> None:
    fits = Scored("a", "问法", 0.8, 0.8, 0.8, False, evidence=Evidence(0.8, 0.7, 0.7))
    held = replace(fits, meaning=Meaning(3.0, 3.0, near_outside=0.1, near_lacking=0.2))
    lacking = replace(fits, meaning=Meaning(3.0, 3.0, near_outside=0.1, near_lacking=1.2))
    assert decide("公积金少交了怎么补", [held], NUMBERS).kind is Kind.ANSWER
    assert decide("公积金少交了怎么补", [lacking], NUMBERS).kind is not Kind.ANSWER


def test_without_a_vector_a_question_counts_neither_as_a_near_miss_nor_as_none() -> None:
    fits = Scored("a", "问法", 0.8, 0.8, 0.8, False, scope=4.0, evidence=Evidence(0.8, 0.7))
    told = (Meaning(6.0, 6.0, 0.1, 0.1), None, Meaning(-6.0, -6.0, 0.7, 0.7))
    far, unknown, near = (
        confidence([replace(fits, meaning=meaning)], 0, calibration()) for meaning in told
    )
    assert far > unknown > near


def test_one_that_is_right_only_if_answerable_is_never_surer_than_either() -> None:
    hits = [hit("a", 0.62), hit("b", 0.5)]
    values = features(hits, NUMBERS.scale, NUMBERS.usual)
    found = confidence(hits, 0, NUMBERS)
    assert found == pytest.approx(NUMBERS.answerable(values) * NUMBERS.right(values))


def test_confidences_fall_with_the_scores_and_never_add_up_to_more_than_one() -> None:
    hits = [hit("a", 0.62), hit("b", 0.61), hit("c", 0.5), hit("d", 0.5)]
    found = [confidence(hits, rank, NUMBERS) for rank in range(4)]
    assert found == sorted(found, reverse=True)
    assert found[0] + found[1] <= 1.0


def test_nothing_near_is_handed_over() -> None:
    decision = decide("今天天气怎么样呢", [hit("a", 0.1), hit("b", 0.1)], NUMBERS)
    assert decision.kind is Kind.HANDOVER
    assert decision.offered == ()


def test_without_any_entry_it_is_handed_over() -> None:
    assert decide("公司拖欠工资怎么办", [], NUMBERS).kind is Kind.HANDOVER


@pytest.mark.parametrize("text", ["", "？？？", "😀😀", "hello", "1"])
def test_words_that_say_nothing_in_chinese_are_asked_back(text: str) -> None:
    assert decide(text, [hit("a", 0.9)], NUMBERS).kind is Kind.ASK_BACK


def test_a_bare_word_is_never_answered_but_asked_back_or_offered() -> None:
    assert decide("离婚", [hit("a", 0.9), hit("b", 0.2)], NUMBERS).kind is Kind.CHOICES
    assert decide("离婚", [hit("a", 0.1)], NUMBERS).kind is Kind.ASK_BACK


def test_confidence_is_a_probability_for_the_calibration_that_is_shipped() -> None:
    numbers = calibration()
    assert 0 < numbers.offer_at < numbers.answer_at < 1
    for score in (0.0, 0.3, 0.6, 0.99):
        assert 0 <= confidence([hit("a", score), hit("b", score / 2)], 0, numbers) <= 1


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("那要多少钱呢", "cost"),
        ("多久", "deadline"),
        ("一般要多长时间啊", "deadline"),
        ("需要带什么材料", "materials"),
        ("要准备哪些证据呢？", "materials"),
        ("去哪里办", "where"),
        ("那该找谁呢", "where"),
        ("有什么法律依据吗", "basis"),
        ("然后呢", "steps"),
    ],
)
def test_a_follow_up_asks_for_a_part_of_the_last_answer(text: str, section: str) -> None:
    assert aspect(text) == section


@pytest.mark.parametrize(
    "text",
    ["离婚要多少钱", "工伤认定要什么材料", "劳动仲裁去哪里申请", "公司拖欠工资怎么办", "你好"],
)
def test_a_question_that_names_its_matter_is_no_follow_up(text: str) -> None:
    assert aspect(text) is None


def test_an_elliptical_question_leans_on_the_last_one() -> None:
    assert is_elliptical("那如果没有合同呢")
    assert is_elliptical("要是他不还呢")
    assert not is_elliptical("公司拖欠工资怎么办")


def test_several_matters_give_a_choice_for_each_in_their_order() -> None:
    parts = [
        decide("公司拖欠工资怎么办", [hit("wages", 0.8), hit("other", 0.3)], NUMBERS),
        decide("离婚孩子归谁", [hit("custody", 0.9)], NUMBERS),
    ]
    decision = each(parts)
    assert decision.kind is Kind.CHOICES
    assert [offered.entry_id for offered in decision.offered] == ["wages", "custody"]
    assert decision.confidence == max(part.confidence for part in parts)


@pytest.mark.parametrize(
    ("question", "matters"),
    [
        (
            "老板拖欠工资怎么办？另外我想离婚，孩子归谁",
            ["老板拖欠工资怎么办？", "我想离婚，孩子归谁"],
        ),
        ("房东不退押金，还有就是邻居的狗咬了我", ["房东不退押金", "邻居的狗咬了我"]),
        ("被车撞了怎么赔？网购的东西是假货能退吗", ["被车撞了怎么赔？", "网购的东西是假货能退吗"]),
        ("借条上写了本金还有利息，能要回来吗", []),
        ("老板拖欠工资怎么办？急！", []),
    ],
)
def test_a_question_is_split_where_people_come_to_the_next_thing(
    question: str, matters: list[str]
) -> None:
    assert split(question) == matters
