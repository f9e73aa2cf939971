"""Contradictions: figures are read as people write them, and only like sentences are compared."""

from fractions import Fraction

import pytest

from knowledge import contradiction
from knowledge.contradiction import Contradiction

ARTICLE = "劳动争议调解仲裁法第二十七条"
LAW = {ARTICLE: "劳动争议申请仲裁的时效期间为一年。"}


def between(ours: str, theirs: str, law: dict[str, str] | None = None) -> list[Contradiction]:
    said = [contradiction.statements({"deadline": text}, {ARTICLE}) for text in (ours, theirs)]
    return contradiction.between(said[0], said[1], LAW if law is None else law)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一年", [("月", 12)]),
        ("12个月", [("月", 12)]),
        ("一年半", [("月", 18)]),
        ("一个半月", [("月", Fraction(3, 2))]),
        ("半年", [("月", 6)]),
        ("两年零三个月", [("月", 24), ("月", 3)]),
        ("十五日内", [("日", 15)]),
        ("30天", [("日", 30)]),
        ("5个工作日", [("工作日", 5)]),
        ("1,000元", [("元", 1000)]),
        ("一千元", [("元", 1000)]),
        ("五十万元", [("元", 500_000)]),
        ("2.5万元", [("元", 25_000)]),
        ("二倍", [("倍", 2)]),
        ("百分之二十", [("%", 20)]),
        ("20％", [("%", 20)]),
        ("万分之五", [("%", Fraction(1, 20))]),
        ("2021年1月1日施行", []),
        ("第三年", []),
        ("第二十七条第一款", []),
    ],
)
def test_figures_are_read_as_they_are_written(
    text: str, expected: list[tuple[str, Fraction]]
) -> None:
    assert [(item.unit, item.value) for item in contradiction.figures(text)] == expected


def test_two_deadlines_on_one_article_contradict_each_other() -> None:
    (found,) = between("仲裁时效是两年。别拖。", "先协商。申请仲裁的时效为一年。")
    assert (found.article, found.ours) == (ARTICLE, "仲裁时效是两年。")
    assert found.theirs == "申请仲裁的时效为一年。"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("仲裁时效是十二个月。", "仲裁时效是一年。"),
        ("仲裁时效是一年。", "去仲裁委要带两份申请书，法院三日内立案。"),
        ("仲裁时效是一年。", "仲裁不收费。"),
        ("仲裁时效是一年，也有说两年的。", "仲裁时效是一年，也有人说是两年。"),
        ("《民法典》第一百八十八条规定时效是三年。", "仲裁时效是一年。"),
    ],
)
def test_the_same_figure_another_matter_and_another_article_are_none(
    ours: str, theirs: str
) -> None:
    assert between(ours, theirs) == []


def test_figures_of_the_articles_own_cases_need_nearly_the_same_words() -> None:
    law = {ARTICLE: "三个月以上的，试用期不得超过一个月；三年以上的，试用期不得超过六个月。"}
    ours, theirs = "短合同试用期不得超过一个月。", "长期合同试用期不得超过六个月。"
    assert between(ours, theirs, law) == []
    assert between(ours, theirs, {}) != []


def test_each_pair_of_sentences_is_named_once() -> None:
    ours = "时效两年，时效两年。"
    assert len(between(ours, "时效一年，时效一年。")) == 1
