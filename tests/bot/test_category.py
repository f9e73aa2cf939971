"""The category of a work order: the likely one first, and one word says that it is right."""

import httpx
import pytest

from tests.bot.test_failure import BROKEN

WAGES = "老板三个月没发工资我该怎么办"
PLAIN = "您的问题属于哪一类？点一个"


@pytest.fixture
def offered(citizen):
    """A citizen whose last question sounded like 劳动纠纷, and who is asked for the category."""
    turn = citizen.says(WAGES, "转人工")
    assert "像是“劳动纠纷”" in turn.text
    assert turn.choices[0] == "劳动纠纷"
    return citizen


def test_the_last_question_goes_to_the_service_once(offered, hotline):
    assert hotline.told == [WAGES]


@pytest.mark.parametrize("yes", ["是", "对", "嗯", "是的", "对的", "没错", "好的", "可以"])
def test_yes_takes_the_likely_one(offered, yes):
    assert "区县" in offered.says(yes).text
    assert offered.slots()["category"] == "劳动纠纷"


@pytest.mark.parametrize(
    ("said", "category"), [("交通事故", "交通事故"), ("离婚", "婚姻家庭"), ("不知道", "综合咨询")]
)
def test_another_one_can_be_said_as_before(offered, said, category):
    assert "区县" in offered.says(said).text
    assert offered.slots()["category"] == category


def test_no_asks_again_without_it_and_then_yes_is_no_answer(offered):
    assert PLAIN in offered.says("不是").text
    assert "哪一类" in offered.says("好的").text
    assert offered.slots()["category"] is None


def test_a_correction_at_the_end_offers_it_again(offered):
    turn = offered.says("交通事故", "海淀区", "王小明", "13812341234", "改类别")
    assert "像是“劳动纠纷”" in turn.text
    assert "类别：劳动纠纷" in offered.says("对").text


def test_whoever_told_nothing_is_asked_plainly(citizen, hotline):
    assert PLAIN in citizen.says("转人工").text
    assert "哪一类" in citizen.says("好的").text
    assert citizen.slots()["category"] is None
    assert hotline.told == []


def test_a_complaint_is_not_about_the_last_question(citizen, hotline):
    assert PLAIN in citizen.says(WAGES, "我要投诉律师").text
    assert hotline.told == []


@pytest.mark.parametrize("broken", BROKEN)
def test_with_the_service_away_it_is_asked_plainly_and_yes_is_no_answer(citizen, hotline, broken):
    citizen.says(WAGES)
    hotline.broken = broken
    turn = citizen.says("转人工")
    assert PLAIN in turn.text
    assert "暂时" not in turn.text
    assert turn.choices[-1] == "综合咨询"
    assert "哪一类" in citizen.says("是的").text
    assert citizen.slots()["category"] is None


def test_a_refusal_is_not_the_citizens_affair(citizen, hotline, monkeypatch):
    refusal = {"error": {"code": "invalid", "message": "内容太长，最多10000个字"}}
    monkeypatch.setattr(hotline, "_category", lambda told: httpx.Response(422, json=refusal))
    turn = citizen.says(WAGES, "转人工")
    assert PLAIN in turn.text
    assert "太长" not in turn.text


def test_after_a_cancellation_nothing_is_likely_any_more(offered):
    offered.says("取消")
    assert offered.slots()["likely_category"] is None
