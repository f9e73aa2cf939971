"""Leaving a work order by dialogue: every field asked, checked, corrected, declined."""

import pytest

from actions.categories import CATEGORIES
from tests.actions.fake_hotline import CODE
from tests.bot.transcript import Turn

STORY = "去年三月起老板拖欠我四个月工资，一共两万块"
FILLED = ("劳动纠纷", "海淀区", STORY, "王小明", "13812341234")


def submitted(hotline):
    assert len(hotline.orders) == 1
    return next(iter(hotline.orders.values()))


def test_a_work_order_is_filled_one_question_at_a_time_and_gets_a_code(citizen, hotline):
    assert "哪一类" in citizen.says("转人工").text
    assert "哪个区县" in citizen.says("劳动纠纷").text
    assert "经过" in citizen.says("海淀区").text
    assert "怎么称呼" in citizen.says(STORY).text
    assert "联系电话" in citizen.says("王小明").text
    summary = citizen.says("13812341234")
    for shown in ("劳动纠纷", "海淀区", STORY, "王小明", "138****1234"):
        assert shown in summary.text
    assert "13812341234" not in summary.text
    assert {"确认", "改电话", "改描述", "取消"} <= set(summary.choices)

    done = citizen.says("确认")

    assert done.customs[-1]["work_order"] == {"code": CODE}
    order = submitted(hotline)
    assert order.pop("request_id")
    assert order == {
        "kind": "咨询",
        "category": "劳动纠纷",
        "county": "海淀区",
        "description": STORY,
        "name": "王小明",
        "phone": "13812341234",
    }
    assert citizen.form() is None
    assert citizen.slots()["phone"] is None


def test_county_and_name_may_be_declined(citizen, hotline):
    citizen.says("转人工", "劳动纠纷", "不想说", STORY, "不方便透露", "13812341234", "确认")
    order = submitted(hotline)
    assert order["county"] is None
    assert order["name"] is None


@pytest.mark.parametrize("kept", ["不想说", "保密"])
def test_the_phone_may_not_be_declined_and_the_bot_says_why(in_form, kept):
    turn = in_form.says(*FILLED[:4], kept)
    assert "必填" in turn.text
    assert "联系电话" in turn.text


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_is_accepted(in_form, category):
    assert "区县" in in_form.says(category).text
    assert in_form.slots()["category"] == category


@pytest.mark.parametrize(
    ("said", "category"),
    [("离婚", "婚姻家庭"), ("工伤", "劳动纠纷"), ("车祸", "交通事故"), ("借钱", "债权债务"),
     ("不知道", "综合咨询"), ("不想说", "综合咨询"), ("其他", "综合咨询"),
     ("老板欠我工资", "劳动纠纷")],
)  # fmt: skip
def test_common_wordings_name_a_category(in_form, said, category):
    in_form.says(said)
    assert in_form.slots()["category"] == category


@pytest.mark.parametrize(
    "name",
    [
        "李谢",
        "白雪",
        "欧阳娜娜",
        "阿卜杜拉·买买提",
        "John Smith",
        "我叫赵敏",
        "何必",
        "我叫郝再见",
        "康宁",
    ],
)
def test_names_of_all_sorts_are_names(in_form, name):
    assert "联系电话" in in_form.says(*FILLED[:3], name).text


@pytest.mark.parametrize(
    "county", ["海淀区", "海淀", "我在昆山市", "敖汉旗", "浦东新区", "家住余杭区"]
)
def test_counties_with_and_without_their_last_character(in_form, county):
    assert "经过" in in_form.says("劳动纠纷", county).text


@pytest.mark.parametrize(
    "phone",
    [
        "138 1234 1234",
        "138-1234-1234",
        "１３８１２３４１２３４",
        "我的电话是13812341234",
        "+8613812341234",
    ],
)
def test_a_mobile_in_any_writing_is_understood(in_form, phone):
    assert "138****1234" in in_form.says(*FILLED[:4], phone).text
    assert in_form.slots()["phone"] == "13812341234"


def test_a_landline_needs_its_area_code(in_form):
    assert "区号" in in_form.says(*FILLED[:4], "87654321").text
    assert "请核对" in in_form.says("(0571) 8765-4321").text
    assert in_form.slots()["phone"] == "0571-87654321"


@pytest.mark.parametrize(
    "phone", ["12345", "1381234123", "138123412345", "23812341234", "没有电话号码"]
)
def test_a_wrong_phone_is_refused_and_asked_again(in_form, phone):
    turn = in_form.says(*FILLED[:4], phone)
    assert "电话" in turn.text
    assert in_form.slots()["phone"] is None
    assert "请核对" in in_form.says("13812341234").text


def test_an_identity_card_number_is_refused_and_never_stored(in_form):
    turn = in_form.says(*FILLED[:4], "11010119900307123X")
    assert "身份证" in turn.text
    assert "联系电话" in turn.text
    assert "19900307" not in in_form.everything_stored()


def test_a_description_of_a_word_is_asked_for_again(in_form):
    assert "太短" in in_form.says("劳动纠纷", "海淀区", "欠钱").text
    assert "怎么称呼" in in_form.says(STORY).text


def test_a_question_is_a_description_where_one_is_asked_for(in_form, hotline):
    in_form.says("劳动纠纷", "海淀区", "公司不发工资，我能直接起诉吗？")
    assert in_form.slots()["description"] == "公司不发工资，我能直接起诉吗？"
    assert hotline.questions == []


def test_a_sentence_is_not_a_name(in_form):
    turn = in_form.says(*FILLED[:3], "这个事情说来话长")
    assert "姓名" in turn.text
    assert in_form.slots()["citizen_name"] is None


def test_the_last_question_becomes_the_description_and_can_be_changed(citizen, hotline):
    opened = citizen.says("我想离婚但是他不同意怎么办", "多久", "转人工")
    assert "我想离婚但是他不同意怎么办" in opened.text
    summary = citizen.says("婚姻家庭", "海淀区", "王芳", "13812341234")
    assert "描述：我想离婚但是他不同意怎么办" in summary.text
    assert "经过" in citizen.says("改描述").text
    assert STORY in citizen.says(STORY).text
    citizen.says("确认")
    assert submitted(hotline)["description"] == STORY


@pytest.mark.parametrize(
    ("word", "value", "slot"),
    [("改类别", "交通事故", "category"), ("改地区", "朝阳区", "county"),
     ("改姓名", "李四光", "citizen_name"), ("改电话", "13900001111", "phone"),
     ("改描述", "开车被后面的车追尾了", "description")],
)  # fmt: skip
def test_every_field_can_be_corrected_at_the_end(in_form, hotline, word, value, slot):
    in_form.says(*FILLED)
    assert "请核对" not in in_form.says(word).text
    assert "请核对" in in_form.says(value).text
    in_form.says("确认")
    assert submitted(hotline)["name" if slot == "citizen_name" else slot] == value


@pytest.mark.parametrize(
    ("said", "slot", "value"),
    [("把电话改成13900001111", "phone", "13900001111"),
     ("名字写错了，是李四光", "citizen_name", "李四光"),
     ("13900001111", "phone", "13900001111"), ("地区改为朝阳区", "county", "朝阳区"),
     ("改姓名 不想说", "citizen_name", "不想说")],
)  # fmt: skip
def test_a_correction_may_bring_its_value(in_form, said, slot, value):
    assert "请核对" in in_form.says(*FILLED, said).text
    assert in_form.slots()[slot] == value


def test_an_earlier_field_can_be_corrected_in_the_middle(in_form):
    assert "哪一类" in in_form.says(*FILLED[:4], "改类别").text
    assert "联系电话" in in_form.says("交通事故").text
    assert in_form.slots()["category"] == "交通事故"


def test_no_at_the_end_asks_what_is_wrong(in_form, hotline):
    turn = in_form.says(*FILLED, "不对")
    assert "哪一项" in turn.text
    assert not hotline.orders


def test_something_unclear_at_the_end_submits_nothing(in_form, hotline):
    assert "确认" in in_form.says(*FILLED, "王小明").text
    assert not hotline.orders


@pytest.mark.parametrize("step", [0, 1, 3, 4, 5])  # at 2 a question is the description itself
def test_a_legal_question_in_the_middle_is_answered_and_the_form_goes_on(in_form, hotline, step):
    in_form.says(*FILLED[:step])
    turn = in_form.says("离婚要什么手续")
    assert "协议离婚" in turn.text
    assert Turn(turn.messages[-1:]).text.startswith(
        ("您的问题", "您在哪", "怎么称呼", "请留一个", "请核对")
    )
    rest = FILLED[step:]
    in_form.says(*rest, "确认")
    assert submitted(hotline)["category"] == "劳动纠纷"


@pytest.mark.parametrize("chat", ["谢谢", "你好", "今天天气怎么样", "好的", "附近的公证处在哪里"])
@pytest.mark.parametrize("step", [0, 1, 3, 4])
def test_chatter_in_the_middle_is_answered_and_the_question_comes_again(in_form, chat, step):
    in_form.says(*FILLED[:step])
    asked = ("哪一类", "哪个区县", "经过", "怎么称呼", "联系电话")[step]
    before = {k: v for k, v in in_form.slots().items() if k in ("category", "county", "phone")}
    turn = in_form.says(chat)
    assert asked in turn.text
    assert len(turn.messages) == 2
    after = in_form.slots()
    assert before == {k: after[k] for k in before}


@pytest.mark.parametrize("word", ["取消", "不办了", "算了", "我不想填了"])
@pytest.mark.parametrize("step", range(6))
def test_cancel_ends_the_form_at_any_step(in_form, hotline, word, step):
    turn = in_form.says(*FILLED[:step], word)
    assert "已取消" in turn.text
    assert in_form.form() is None
    assert in_form.slots()["phone"] is None
    assert not hotline.attempts


def test_after_a_cancellation_a_new_form_begins_empty(in_form):
    in_form.says(*FILLED[:4], "取消")
    assert "哪一类" in in_form.says("转人工").text
    assert in_form.slots()["category"] is None


@pytest.mark.parametrize("step", range(6))
def test_asking_for_a_person_inside_the_form_says_that_we_are_doing_it(in_form, step):
    turn = in_form.says(*FILLED[:step], "转人工")
    assert "正在为您转人工" in turn.text
    assert len(turn.messages) == 2
    assert in_form.form() == "work_order_form"


def test_a_bare_no_in_the_middle_explains_both_ways_out(in_form):
    turn = in_form.says("劳动纠纷", "不用")
    assert "取消" in turn.text
    assert "区县" in turn.text


def test_goodbye_in_the_middle_keeps_what_was_filled(in_form, hotline):
    assert "转人工" in in_form.says(*FILLED[:3], "再见").text
    assert in_form.form() is None
    resumed = in_form.says("转人工")
    assert "接着填" in resumed.text
    assert "怎么称呼" in resumed.text
    in_form.says(*FILLED[3:], "确认")
    assert submitted(hotline)["description"] == STORY


@pytest.mark.parametrize(
    ("said", "kind"), [("我要投诉律师", "投诉"), ("给你们提个建议", "建议"), ("转人工", "咨询")]
)
def test_the_kind_of_order_follows_what_was_asked_for(citizen, hotline, said, kind):
    citizen.says(said, *FILLED, "确认")
    assert submitted(hotline)["kind"] == kind


def test_a_complaint_is_not_described_by_the_last_legal_question(citizen):
    citizen.says("我想离婚但是他不同意怎么办", "我要投诉")
    assert citizen.slots()["description"] is None


@pytest.mark.parametrize("broken", ["refused", "timeout", "500", "malformed", "mute", "forbidden"])
def test_a_failed_submission_keeps_everything_and_a_retry_makes_one_order(in_form, hotline, broken):
    in_form.says(*FILLED)
    hotline.broken = broken
    failed = in_form.says("确认")
    assert "12348" in failed.text
    assert "请核对" in failed.text
    assert "确认" in failed.choices
    hotline.broken = ""
    in_form.says("确认")
    assert submitted(hotline)["phone"] == "13812341234"


def test_a_retry_carries_the_same_request_id_and_a_new_form_another(in_form, hotline):
    in_form.says(*FILLED)
    first = in_form.slots()["request_id"]
    hotline.broken = "timeout"
    in_form.says("确认")
    assert in_form.slots()["request_id"] == first
    hotline.broken = ""
    in_form.says("确认", "转人工", *FILLED, "确认")
    assert [a["request_id"] == first for a in hotline.attempts] == [True, False]
    assert len(hotline.orders) == 2


def test_what_the_service_refuses_is_said_and_the_form_stays(in_form, hotline, monkeypatch):
    import httpx

    in_form.says(*FILLED)
    refusal = {"error": {"code": "too_many", "message": "您今天登记的工单太多了。"}}
    monkeypatch.setattr(hotline, "_work_order", lambda body: httpx.Response(429, json=refusal))
    turn = in_form.says("确认")
    assert "您今天登记的工单太多了" in turn.text
    assert in_form.form() == "work_order_form"


def test_two_confirmations_at_once_make_one_order(in_form, hotline):
    in_form.says(*FILLED)
    first, second = in_form.says_at_once("确认", "确认")
    assert first.messages
    assert second.messages
    assert len(hotline.orders) == 1
