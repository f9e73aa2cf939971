"""The whole road through the real processes: a new question, a lawyer, and then the bot knows."""

import re
import time

import pytest

from tests.processes.product import Product, until

pytestmark = pytest.mark.processes

QUESTION = "我在厨房帮工，老板把我洗碗摔碎盘子的钱从工钱里一个个扣，扣到没剩几个，能这样扣吗"
NEAREST = "labour-unpaid-wages"
ANSWER = "单位不能随意克扣工资。请先要求说明扣款依据，再向劳动监察大队投诉。"


def test_a_greeting_and_a_standard_question_are_answered_by_the_dialogue(product: Product) -> None:
    citizen = product.citizen()
    assert "12348" in citizen.says("你好")[0]["text"]
    (answer,) = citizen.says("公司拖欠工资怎么办？")
    assert answer["decision"] == "answer"
    assert "劳动合同法" in [item["law"] for item in answer["citations"]]
    assert "参考性意见" in answer["text"]
    (follow_up,) = citizen.says("要带什么材料呢")
    assert "【材料】" in follow_up["text"]
    assert "【怎么办】" not in follow_up["text"]
    assert citizen.says("有帮助")[0]["text"].startswith("谢谢")


def test_a_fact_that_nobody_said_is_asked_for_once_and_the_reply_is_understood(
    product: Product,
) -> None:
    citizen = product.citizen()
    (answer,) = citizen.says("公司没和我签书面劳动合同，可以要双倍工资吗？")
    assert answer["decision"] == "answer"
    assert answer["ask_back"] == "您在这家单位上班多久了？"
    (reply,) = citizen.says("没有一年")
    assert "【结论】" in reply["text"] and "【怎么办】" not in reply["text"]
    assert reply.get("ask_back") is None


def test_danger_is_met_before_anything_else(product: Product) -> None:
    replies = product.citizen().says("我老公拿刀追着我打，我躲在厕所里")
    assert "110" in replies[0]["text"]
    assert "转人工" in [choice["payload"] for choice in replies[0]["choices"]]


def test_from_a_citizens_question_through_a_lawyer_to_the_bot_knowing_it(
    product: Product,
) -> None:
    citizen = product.citizen()
    (first,) = citizen.says(QUESTION)
    assert first["decision"] != "answer", "the test needs a question that the base cannot answer"

    code = citizen.leaves_order(QUESTION)
    assert re.fullmatch(r"FW\d{8}-[0-9A-Z]{6}", code)
    found = citizen.client.post(
        "/api/work-orders/lookup", json={"code": code, "phone_tail": "5678"}
    )
    assert found.json()["state_label"] == "待接单"

    lawyer = product.staff("lawyer")
    order = f"/desk/orders/{code}"
    assert code in lawyer.page("/desk")
    assert lawyer.send(f"{order}/claim", order).status_code == 303
    assert QUESTION in lawyer.page(order)
    answered = lawyer.send(f"{order}/answer", order, text=ANSWER, request_id="e2e-answer-1")
    assert answered.status_code == 303, answered.text

    said = [item for item in citizen.heard() if item["from"] == "lawyer"]
    assert [item["text"] for item in said] == [ANSWER]
    assert lawyer.send(f"{order}/close", order).status_code == 303

    editor = product.staff("editor")

    def proposed() -> str | None:
        found = re.findall(r'href="(/editor/candidates/\d+)"', editor.page("/editor/candidates"))
        return next((path for path in found if QUESTION in editor.page(path)), None)

    candidate = until(proposed, 30, "the candidate")
    merged = editor.send(f"{candidate}/merge", candidate, entry_id=NEAREST, text=QUESTION)
    assert merged.status_code == 303, merged.text
    (version,) = set(re.findall(r"/editor/versions/(\d+)/publish", editor.page("/editor/review")))
    publish = f"/editor/versions/{version}/publish"
    assert editor.send(publish, "/editor/review").status_code == 403, "one person cannot do both"

    second = product.staff("editor2")
    assert second.send(publish, "/editor/review").status_code == 303
    began = time.monotonic()
    another = product.citizen()

    def knows() -> bool:
        reply = another.says(QUESTION)[-1]
        return bool(reply.get("decision") == "answer" and "拖欠工资" in reply["text"])

    until(knows, 30, "the new 相似问 being answered")
    assert time.monotonic() - began < 30


def test_a_work_order_can_be_corrected_and_cancelled_and_a_question_fits_in_between(
    product: Product,
) -> None:
    citizen = product.citizen()
    citizen.says("转人工")
    replies = citizen.says("离婚冷静期是多久？")
    assert any(item.get("decision") for item in replies)
    assert "哪一类" in replies[-1]["text"]
    cancelled = citizen.says("取消")
    assert "取消" in cancelled[-1]["text"]
    citizen.leaves_order("公司三个月没发工资，老板联系不上。")


@pytest.mark.parametrize(
    "text",
    [
        "😀😀😀",
        "hello, can you help me?",
        "'; DROP TABLE message; --",
        "<script>alert(1)</script>",
        "/restart",
        "？",
        "长" * 3900,
        "工伤\u0000怎么\u200b赔",
    ],
)
def test_odd_input_gets_a_clear_chinese_answer(product: Product, text: str) -> None:
    replies = product.citizen().says(text)
    assert replies
    assert all(re.search(r"[一-鿿]", item["text"]) for item in replies)


def test_no_log_holds_a_full_phone_number(product: Product) -> None:
    product.citizen().leaves_order("公司三个月没发工资，老板联系不上。", phone="13998765432")
    for path in (product.data_dir / "logs").glob("*.log"):
        assert "13998765432" not in path.read_text(encoding="utf-8"), path.name
