"""From typed text to values, without a bot."""

import pytest

from actions import reading
from actions.categories import CATEGORIES, category_of
from actions.reading import Correction


@pytest.mark.parametrize("name", CATEGORIES)
def test_each_category_names_itself(name):
    assert category_of(name) == name
    assert category_of(f"我选{name}") == name


@pytest.mark.parametrize(
    ("text", "category"),
    [("离婚", "婚姻家庭"), ("工伤", "劳动纠纷"), ("被车撞了", "交通事故"), ("医疗事故", "医疗纠纷"),
     ("工程款", "建设工程"), ("合同", "合同纠纷"), ("都不是", "综合咨询"), ("今天星期五", None)],
)  # fmt: skip
def test_wordings(text, category):
    assert reading.category_in(text) == category


def test_a_question_is_no_category():
    assert reading.category_in("离婚要什么手续？") is None


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13812341234", "13812341234"),
        ("１３８ １２３４ １２３４", "13812341234"),
        ("+86 138-1234-1234", "13812341234"),
        ("电话：13812341234，谢谢", "13812341234"),
        ("(010) 6234 5678", "010-62345678"),
        ("0571-87654321", "0571-87654321"),
        ("0311 1234567", "0311-1234567"),
        ("12812341234", None),
        ("138123412345", None),
        ("62345678", None),
        ("110101199003071234", None),
        ("没有", None),
    ],
)
def test_phones(text, phone):
    assert reading.phone_in(text) == phone


def test_a_phone_is_shown_masked():
    assert reading.mask_phone("13812341234") == "138****1234"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王芳", "王芳"),
        ("我叫王芳", "王芳"),
        ("我的名字是欧阳娜娜", "欧阳娜娜"),
        ("叫我老张就行", "老张"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("Mary Jane", "Mary Jane"),
        ("我姓王", "王某"),
        ("王", None),
        ("这个事情说来话长", None),
        ("你问这个干什么", None),
        ("王芳123", None),
        ("<script>", None),
        ("A" * 31, None),
    ],
)
def test_names(text, name):
    assert reading.name_in(text) == name


@pytest.mark.parametrize(
    ("text", "county"),
    [("海淀区", "海淀区"), ("我在昆山市。", "昆山市"), ("家住海淀", "海淀"), ("区", None),
     ("哪个区", None), ("1234567", None), ("<b>海淀</b>", None), ("字" * 21, None)],
)  # fmt: skip
def test_counties(text, county):
    assert reading.county_in(text) == county


@pytest.mark.parametrize(
    ("text", "county"),
    [("我在海淀区，公证处在哪", "海淀区"), ("浦东新区的司法所", "浦东新区"), ("我们小区附近", None),
     ("附近有律所吗", None), ("北京市朝阳区法援中心", "朝阳区")],
)  # fmt: skip
def test_a_county_in_a_sentence(text, county):
    assert reading.county_mentioned(text) == county


@pytest.mark.parametrize(
    ("text", "code"),
    [("FW20261121-4F7K9Q", "FW20261121-4F7K9Q"), ("fw20261121 4f7k9q", "FW20261121-4F7K9Q"),
     ("我的编号是ＦＷ２０２６１１２１－４Ｆ７Ｋ９Ｑ。", "FW20261121-4F7K9Q"),
     ("FW20261121—4F7K9Q", "FW20261121-4F7K9Q"), ("FW2026112-4F7K9Q", None), ("4F7K9Q", None)],
)  # fmt: skip
def test_order_codes(text, code):
    assert reading.order_code_in(text) == code


@pytest.mark.parametrize(
    ("text", "tail"),
    [("1234", "1234"), ("１２３４", "1234"), ("尾号 1234", "1234"), ("1 2 3 4", "1234"),
     ("13800001234", "1234"), ("FW20261121-123456 尾号7890", "7890"), ("123", None),
     ("12345", None), ("1234还是5678", None)],
)  # fmt: skip
def test_phone_tails(text, tail):
    assert reading.phone_tail_in(text) == tail


@pytest.mark.parametrize(
    ("text", "correction"),
    [
        ("改电话", Correction("phone", "")),
        ("修改一下手机号", Correction("phone", "")),
        ("把电话改成13900001111", Correction("phone", "13900001111")),
        ("改地区：朝阳区", Correction("county", "朝阳区")),
        ("名字写错了", Correction("citizen_name", "")),
        ("名字写错了，应该是李四", Correction("citizen_name", "李四")),
        ("换个联系电话", Correction("phone", "")),
        ("改描述", Correction("description", "")),
        ("怎么改电话？", None),
        ("合同改了", None),
    ],
)
def test_corrections(text, correction):
    assert reading.correction_in(text) == correction


@pytest.mark.parametrize(
    "text", ["不想说", "不方便", "不方便透露", "保密", "我不想留名字", "匿名", "跳过"]
)
def test_declining(text):
    assert reading.declines(text)


@pytest.mark.parametrize("text", ["不想登记了", "不", "我不想填了", "不想离婚", "说"])
def test_not_declining(text):
    assert not reading.declines(text)


@pytest.mark.parametrize(
    "text", ["110101199003071234", "11010119900307123x", "110101 19900307 1234", "【身份证号】"]
)
def test_identity_numbers_are_noticed(text):
    assert reading.holds_identity_number(text)


def test_a_description_keeps_chinese_punctuation_and_loses_identity_numbers():
    told = reading.description_in("他说：“不还！”，身份证110101199003071234\n怎么办？")
    assert told == "他说：“不还！”，身份证【身份证号】 怎么办？"


def test_descriptions_have_a_length():
    assert reading.description_in("太短") is None
    assert reading.description_in("字" * 2001) is None
    assert reading.description_in("字" * 2000)


@pytest.mark.parametrize("text", ["确认", "没错", "好的，提交", "是的", "确认提交！", "可以"])
def test_a_yes(text):
    assert reading.confirmation_in(text)


@pytest.mark.parametrize("text", ["不对", "可以改吗", "不确认", "王芳"])
def test_no_yes(text):
    assert reading.confirmation_in(text) is None
