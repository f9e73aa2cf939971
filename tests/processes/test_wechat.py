"""A whole consultation in WeChat through the real Rasa, from the greeting to the rating."""

import re
import sqlite3

import pytest

from hotline.consultation import phrases
from tests.hotline.wechat.fake_wechat import FakeWeChat
from tests.processes.product import Product
from tests.processes.wechat import WeChatCitizen

pytestmark = pytest.mark.processes

STORY = "公司三个月拖欠工资，老板联系不上，我该找谁？"
ANSWER = "请先向劳动监察大队投诉，带上考勤和工资流水。"


def asks_for_progress(citizen: WeChatCitizen, code: str) -> str:
    """By a tap on the menu, the code, and the last four digits of the phone."""
    assert "编号" in citizen.does("CLICK", "查工单")
    assert "后四位" in citizen.says(code)
    return citizen.says("5678")


def test_a_whole_consultation_from_the_greeting_to_the_rating(
    product: Product, fake_wechat: FakeWeChat
) -> None:
    citizen = WeChatCitizen(product, fake_wechat, "oTranscript")
    assert citizen.does("subscribe") == phrases.GREETING

    # A question, its answer, and the rating by the number before it.
    answer = citizen.says("公司拖欠工资怎么办？")
    assert "【依据】《劳动合同法》" in answer
    assert phrases.DISCLAIMER in answer
    assert "【材料】" in citizen.says("要带什么材料呢")
    assert "法律依据：《" in citizen.shown[-1]
    assert citizen.says(citizen.number_of("有帮助")) == phrases.THANKS_HELPED

    # A work order by a tap on the menu, then by number, by words, and by what is asked.
    assert "哪一类" in citizen.does("CLICK", "转人工")
    assert "哪个区县" in citizen.says(citizen.number_of("劳动纠纷"))
    answers = {"经过": STORY, "怎么称呼": "王小明", "联系电话": "13812345678"}
    asked = citizen.says("海淀区")
    while "请核对" not in asked:
        asked = citizen.says(next(text for words, text in answers.items() if words in asked))
    assert "拖欠工资" in asked and "13812345678" not in asked
    made = citizen.says("确认")
    found = re.search(r"FW\d{8}-[0-9A-Z]{6}", made)
    assert found is not None, made
    code = found[0]

    # How far is it? By the menu, with the code and the phone's last four digits.
    assert f"工单 {code}：待接单" in asks_for_progress(citizen, code)

    # The lawyer takes over, and what the citizen adds goes to the lawyer.
    lawyer = product.staff("lawyer")
    order = f"/desk/orders/{code}"
    assert lawyer.send(f"{order}/claim", order).status_code == 303
    assert "已接单" in citizen.hears()
    assert citizen.says("考勤表在我手里") == phrases.WITH_LAWYER
    desk = lawyer.page(order)
    assert "考勤表在我手里" in desk
    assert re.search(r"还可主动发 \d 条", desk)

    answered = lawyer.send(f"{order}/answer", order, text=ANSWER, request_id="wechat-answer")
    assert answered.status_code == 303, answered.text
    assert citizen.hears() == f"【律师答复】\n{ANSWER}"

    # Closed; the rating is taken by the words.
    assert lawyer.send(f"{order}/close", order).status_code == 303
    assert "已办结" in citizen.hears()
    assert [words for _, words in citizen.choices()] == ["有帮助", "没帮助"]
    assert citizen.says("有帮助") == phrases.THANKS_HELPED
    with sqlite3.connect(product.data_dir / "hotline.db") as database:
        (helped,) = database.execute("SELECT helped FROM work_order WHERE code = ?", [code])
    database.close()
    assert helped == (1,)

    # Afterwards the bot serves again, and progress tells of the answer.
    assert ANSWER in asks_for_progress(citizen, code)
    assert all(len(text.encode()) <= 2048 for text in citizen.shown)
    assert len(fake_wechat.texts(citizen.openid)) <= len(citizen.shown)


def test_danger_in_wechat_is_met_before_anything_else(
    product: Product, fake_wechat: FakeWeChat
) -> None:
    citizen = WeChatCitizen(product, fake_wechat, "oDanger")
    assert "110" in citizen.says("我老公拿刀追着我打，我躲在厕所里").split("\n")[0]
    assert "转人工" in [words for _, words in citizen.choices()]
