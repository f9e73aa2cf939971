"""What the bot says outside the forms, as transcripts."""

import pytest

from tests.actions.fake_hotline import CODE, DISCLAIMER


def test_a_question_is_answered_word_for_word_with_its_citations(citizen, hotline):
    reply = citizen.says("我想离婚，对方不同意怎么办").customs[0]
    assert reply == {
        "text": f"离婚有两条路：协议离婚和诉讼离婚。\n{DISCLAIMER}",
        "citations": [{"law": "民法典", "article": "第一千零七十六条"}],
        "choices": [],
        "decision": "answer",
        "turn_id": 1,
    }
    assert hotline.questions == [(citizen.sender, "我想离婚，对方不同意怎么办")]
    assert citizen.slots()["last_decision"] == "answer"


@pytest.mark.parametrize(
    "follow_up", ["那要多少钱呢", "多久", "要带什么材料", "去哪里办", "要多久啊"]
)
def test_a_follow_up_goes_to_the_service_which_knows_the_entry(citizen, hotline, follow_up):
    citizen.says("我想离婚，对方不同意怎么办")
    assert "协议离婚" in citizen.says(follow_up).text
    assert hotline.questions[-1][1] == follow_up
    assert citizen.slots()["last_question"] == "我想离婚，对方不同意怎么办"


def test_a_choice_is_typed_back_as_the_question_it_names(citizen, hotline):
    offered = citizen.says("合同出了问题怎么办").choices
    citizen.says(offered[0])
    assert hotline.questions[-1][1] == offered[0] == "合同没盖章有效吗"


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("你好", "12348"),
        ("谢谢", "不客气"),
        ("再见", "再见"),
        ("今天天气怎么样", "法律问题"),
        ("给我讲个笑话", "法律问题"),
        ("帮我写一段代码", "法律问题"),
        ("你是谁", "12348"),
        ("不用了", "转人工"),
        ("取消", "没有正在办理"),
    ],
)
def test_small_talk_has_its_sentence_and_never_bothers_the_service(citizen, hotline, said, heard):
    assert heard in citizen.says(said).text
    assert hotline.questions == []


@pytest.mark.parametrize("yes", ["好的", "是的", "可以", "要"])
def test_yes_after_an_offer_of_a_person_opens_the_form(citizen, yes):
    assert "转人工" in citizen.says("隔壁在我家门口堆垃圾还骂人").choices
    turn = citizen.says(yes)
    assert "哪一类" in turn.text
    assert citizen.form() == "work_order_form"
    assert citizen.slots()["description"] == "隔壁在我家门口堆垃圾还骂人"


def test_yes_without_an_offer_is_only_a_friendly_word(citizen):
    citizen.says("我想离婚，对方不同意怎么办")
    assert "请说说" in citizen.says("好的").text
    assert citizen.form() is None


def test_an_old_offer_is_no_longer_on_the_table(citizen):
    citizen.says("隔壁在我家门口堆垃圾还骂人", "我想离婚，对方不同意怎么办", "好的")
    assert citizen.form() is None


def test_no_after_an_offer_opens_nothing(citizen):
    citizen.says("隔壁在我家门口堆垃圾还骂人", "不用了")
    assert citizen.form() is None


def test_legal_aid_is_answered_from_the_base(citizen, hotline):
    assert "经济困难" in citizen.says("怎么申请法律援助").text
    assert hotline.questions[-1][1] == "怎么申请法律援助"


def test_it_helped(citizen, hotline):
    citizen.says("我想离婚，对方不同意怎么办")
    assert "谢谢" in citizen.says("有帮助").text
    assert hotline.satisfaction == [(citizen.sender, True)]


def test_it_did_not_help_and_a_person_is_offered(citizen, hotline):
    citizen.says("我想离婚，对方不同意怎么办")
    turn = citizen.says("没帮助")
    assert "转人工" in turn.choices
    assert hotline.satisfaction == [(citizen.sender, False)]
    citizen.says("好的")
    assert citizen.form() == "work_order_form"


@pytest.mark.parametrize(
    ("said", "county", "kind"),
    [
        ("海淀区法律援助中心电话", "海淀区", "法律援助"),
        ("我在浦东新区，公证处在哪", "浦东新区", "公证"),
        ("请问余杭区的司法所怎么走", "余杭区", "司法所"),
        ("附近有什么律师事务所", None, "律师事务所"),
    ],
)
def test_institutions_by_county_and_kind(citizen, hotline, said, county, kind):
    citizen.says(said)
    asked = hotline.asked_institutions[-1]
    assert (asked.get("county"), asked.get("kind")) == (county, kind)


def test_a_bare_county_after_institutions_asks_for_them_there(citizen, hotline):
    citizen.says("附近有公证处吗")
    assert "海淀区" in citizen.says("海淀区").text
    assert hotline.asked_institutions[-1]["county"] == "海淀区"


def test_a_category_typed_alone_goes_to_the_service(citizen, hotline):
    citizen.says("劳动纠纷")
    assert hotline.questions[-1][1] == "劳动纠纷"


def test_a_slash_is_never_an_intent(citizen, hotline):
    citizen.says("/ask_human")
    assert citizen.form() is None
    citizen.says("/restart", "/转人工")
    assert citizen.form() == "work_order_form"


@pytest.mark.parametrize(
    "said",
    [
        f"查工单 {CODE} 尾号1234",
        "查工单 ｆｗ２０２６１１２１－４ｆ７ｋ９ｑ，尾号1234",
        "帮我查FW20261121 4F7K9Q，电话13800001234",
    ],
)
def test_a_look_up_with_everything_in_one_message(citizen, hotline, said):
    assert "正在由律师办理" in citizen.says(said).text
    assert hotline.lookups == [{"code": CODE, "phone_tail": "1234"}]


@pytest.mark.parametrize("code", [CODE, CODE.lower(), "FW 20261121 4F7K9Q", "ＦＷ20261121-4F7K9Q"])
@pytest.mark.parametrize("tail", ["1234", "１２３４", "尾号是1234", "13800001234"])
def test_a_look_up_asks_for_what_is_missing(citizen, code, tail):
    asked = citizen.says("查工单").text
    assert "编号" in asked
    assert "没有认出" not in asked
    assert "最后四位" not in asked
    assert "后四位" in citizen.says(code).text.replace("最", "")
    assert "正在由律师办理" in citizen.says(tail).text
    assert citizen.form() is None


def test_a_code_alone_is_a_look_up(citizen):
    assert "四位" in citizen.says(CODE).text


@pytest.mark.parametrize("wrong", ["FW123", "1234567", "忘了", "工单"])
def test_a_wrong_code_is_refused_and_asked_again(citizen, wrong):
    turn = citizen.says("查工单", wrong)
    assert "FW20261121-4F7K9Q" in turn.text
    assert "四位" in citizen.says(CODE).text


def test_a_wrong_tail_is_said_in_the_services_words(citizen, hotline):
    turn = citizen.says("查工单", CODE, "9999")
    assert "编号或电话尾号不对" in turn.text
    assert "查工单" in turn.choices
    assert "正在由律师办理" in citizen.says("查工单", CODE, "1234").text


def test_too_many_tries_are_said(citizen):
    for _ in range(5):
        citizen.says("查工单", CODE, "9999")
    assert "太频繁" in citizen.says("查工单", CODE, "1234").text


@pytest.mark.parametrize("step", [(), (CODE,)])
def test_a_look_up_can_be_cancelled(citizen, hotline, step):
    assert "不查了" in citizen.says("查工单", *step, "取消").text
    assert citizen.form() is None
    assert hotline.lookups == []


def test_a_question_in_a_look_up_is_answered_and_the_look_up_goes_on(citizen):
    turn = citizen.says("查工单", "我想离婚，对方不同意怎么办")
    assert "协议离婚" in turn.text
    assert "工单编号" in turn.text
    assert "正在由律师办理" in citizen.says(CODE, "1234").text


def test_a_person_can_be_asked_for_in_a_look_up(citizen):
    assert "哪一类" in citizen.says("查工单", "转人工").text
    assert citizen.form() == "work_order_form"


def test_a_look_up_in_the_middle_of_a_form_loses_nothing(citizen):
    citizen.says("转人工", "劳动纠纷", "海淀区")
    turn = citizen.says("查工单", CODE, "1234")
    assert "正在由律师办理" in turn.text
    assert "没提交的登记" in turn.text
    assert "经过" in citizen.says("转人工").text
    assert citizen.slots()["county"] == "海淀区"


def test_two_citizens_do_not_share_anything(citizen, agent, loop, hotline):
    from tests.bot.transcript import Citizen

    other = Citizen(agent, loop, citizen.door, citizen.sender + "-other")
    citizen.says("转人工", "劳动纠纷")
    assert "12348" in other.says("你好").text
    assert other.form() is None
    assert citizen.slots()["category"] == "劳动纠纷"


@pytest.mark.parametrize(
    "reply",
    [
        "两年",
        "三年多了",
        "有",
        "没有",
        "是的",
        "不清楚",
        "刚入职",
        "干了五个月",
        "没签",
        "8年",
    ],
)
def test_the_reply_to_a_fact_that_was_asked_back_goes_to_the_service(citizen, hotline, reply):
    assert "干了多久" in citizen.says("公司要辞退我怎么办").text
    turn = citizen.says(reply)
    assert hotline.questions[-1][1] == reply
    assert "工作的年限" in turn.text
    assert "干了多久" not in turn.text


def test_a_fact_is_asked_once_and_then_no_is_no_again(citizen, hotline):
    citizen.says("公司要辞退我怎么办", "两年")
    assert "换个说法" in citizen.says("不用了").text
    assert hotline.questions[-1][1] == "两年"


def test_a_person_can_be_asked_for_instead_of_replying(citizen):
    citizen.says("公司要辞退我怎么办", "转人工")
    assert citizen.form() == "work_order_form"
