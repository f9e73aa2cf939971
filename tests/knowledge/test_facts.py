"""Required facts: heard by their cues, written as one line, refused where they lead nowhere."""

import pytest
from pydantic import ValidationError

from kit.errors import InvalidInputError
from knowledge.follow_up import is_reply
from knowledge.standard_qa import facts
from knowledge.standard_qa.facts import RequiredFact
from knowledge.standard_qa.schemas import SECTIONS
from knowledge.standard_qa.wording import told
from tests.knowledge.builders import content

TENURE = {
    "name": "入职多久",
    "question": "您在这家单位干了多久？",
    "cues": ["#年", "#个月", "试用期", "刚入职"],
}
LINE = "入职多久｜您在这家单位干了多久？｜#年、#个月、试用期、刚入职"


@pytest.mark.parametrize(
    "said", ["干了3年", "三年多了", "半年", "我做了 3 年", "十二个月", "还在试用期", "１０年"]
)
def test_a_fact_is_heard_whatever_number_it_has(said: str) -> None:
    assert RequiredFact.model_validate(TENURE).is_named(said)


@pytest.mark.parametrize("said", ["公司辞退我", "今年被辞退", "年底没发钱", "不清楚"])
def test_a_fact_is_not_heard_where_none_of_its_cues_is_said(said: str) -> None:
    assert not RequiredFact.model_validate(TENURE).is_named(said)


def test_of_several_facts_the_first_one_that_was_not_said_is_missing() -> None:
    signed = RequiredFact(name="书面合同", question="签了书面合同吗？", cues=["合同"])
    both = [RequiredFact.model_validate(TENURE), signed]
    assert facts.missing(both, "没签合同") == both[0]
    assert facts.missing(both, "干了三年") == signed
    assert facts.missing(both, "干了三年没签合同") is None


@pytest.mark.parametrize("line", [LINE, f"{LINE}｜期限"])
def test_a_fact_is_written_as_one_line_and_read_back(line: str) -> None:
    (read,) = facts.of_lines([line], SECTIONS)
    assert facts.as_line(RequiredFact.model_validate(read), SECTIONS) == line


def test_upright_bars_of_a_plain_keyboard_are_read_too() -> None:
    assert facts.of_lines([LINE.replace("｜", "|")], SECTIONS) == facts.of_lines([LINE], SECTIONS)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("入职多久｜您干了多久？", "必要事实要写成"),
        (f"{LINE}｜运气", "没有这个答案部分：运气"),
    ],
)
def test_a_line_that_is_no_fact_is_refused(line: str, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        facts.of_lines([line], SECTIONS)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"facts": [TENURE] * 4}, "必要事实：最多 3 条"),
        ({"facts": [TENURE, TENURE]}, "必要事实的名称要互不相同"),
        ({"facts": [TENURE | {"name": "年"}]}, "必要事实第 1 条：名称要有 2 到 20 字"),
        ({"facts": [TENURE | {"question": "长" * 81}]}, "反问的话要有 4 到 80 字"),
        ({"facts": [TENURE | {"cues": []}]}, "提示词要有 1 到 40 个"),
        ({"facts": [TENURE | {"cues": ["#"]}]}, "“#”要和别的字一起用"),
        ({"facts": [TENURE | {"cues": ["一、二"]}]}, "用“、”隔开"),
        ({"facts": [TENURE | {"name": "入职｜多久"}]}, "名称和问题里不能有“｜”"),
        ({"facts": [TENURE | {"question": "一年|两年？"}]}, "名称和问题里不能有“｜”"),
        ({"facts": [TENURE | {"section": "cost"}]}, "答案里没有写费用"),
        ({"facts": [TENURE | {"cues": ["工资"]}]}, "标准问里已经说到，不会被问"),
        ({"ask_first": True}, "先问后答要写必要事实"),
    ],
)
def test_facts_that_cannot_work_are_refused(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        content(**changes)
    assert problem in told(caught.value)


@pytest.mark.parametrize(
    ("said", "named", "reply"),
    [
        ("两年", True, True),
        ("我是2019年3月进的公司，到现在快七年了", True, True),
        ("没有签", False, True),
        ("不清楚", False, True),
        ("那要多少钱呢", False, False),
        ("房东不退押金怎么办", False, False),
        (
            "邻居三年前借了我两万块一直不还，催了多次他都说没有，后来电话也不接",
            True,
            False,
        ),
        ("三年前借给朋友两万块钱没有写借条现在他不承认了我该怎么办才好", True, False),
    ],
)
def test_a_reply_is_short_and_asks_nothing(said: str, named: bool, reply: bool) -> None:
    assert is_reply(said, named=named) is reply
