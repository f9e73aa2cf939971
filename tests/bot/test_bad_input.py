"""Whatever is typed, inside a form or outside, gets a Chinese sentence and loses nothing."""

import pytest

BAD = {
    "empty": "",
    "blank": " \t\n\u3000 ",
    "ten thousand characters": "我" * 10_000,
    "emoji": "😀🎉👍",
    "english": "my landlord will not return the deposit",
    "control characters": "\x00\x07\x1b[31m",
    "zero width": "\u200b\u200d\ufeff",
    "lone surrogate": "\ud800",
    "sql": "'; DROP TABLE work_orders; --",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "template": "{{7*7}} ${HOTLINE_SERVICE_TOKEN} {slot_name}",
    "punctuation": "？！……",
    "slash": "/",
    "intent": '/inform{"phone": "13812341234"}',
    "session start": "/session_start",
    "right to left": "\u202e答复",
    "digits": "12345678901234567890",
    "entity markup": "[海淀区](county)",
}


@pytest.mark.parametrize("name", BAD)
def test_outside_a_form(citizen, name):
    citizen.says(BAD[name])
    assert "协议离婚" in citizen.says("我想离婚，对方不同意怎么办").text


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("step", [1, 4, 5])
def test_inside_a_form_nothing_filled_is_lost(in_form, name, step):
    filled = ("劳动纠纷", "海淀区", "老板拖欠我四个月工资", "王小明", "13812341234")[:step]
    in_form.says(*filled, BAD[name])
    slots = in_form.slots()
    assert slots["category"] == "劳动纠纷"
    if step == 5:
        assert slots["phone"] == "13812341234"
        assert "确认" in in_form.says("改电话", "13900001111").choices
    assert in_form.form() == "work_order_form"


@pytest.mark.parametrize("missing", [None, 5, ["转人工"], {"text": "你好"}])
def test_a_message_that_is_no_text_is_answered(citizen, missing):
    assert "文字" in citizen.says(missing).text


def test_ten_thousand_characters_are_refused_with_their_number(citizen, hotline):
    assert "10000" in citizen.says("我" * 10_000).text
    assert hotline.questions == []


def test_two_thousand_characters_are_a_description(in_form):
    in_form.says("劳动纠纷", "海淀区", "欠" * 2000)
    assert len(in_form.slots()["description"]) == 2000


def test_an_identity_card_number_in_a_question_never_reaches_store_or_service(citizen, hotline):
    citizen.says("我的身份证11010119900307123X被人拿去贷款了怎么办")
    assert "19900307" not in citizen.everything_stored()
    assert "【身份证号】" in hotline.questions[-1][1]


def test_an_identity_card_number_alone_is_politely_refused(citizen, hotline):
    assert "身份证" in citizen.says("110101 19900307 1234").text
    assert hotline.questions == []
