"""Killing any process during a conversation loses nothing, and what the citizen is told is true."""

import contextlib
import uuid

import httpx
import pytest

from tests.processes.product import Product, until

pytestmark = pytest.mark.processes


@pytest.mark.parametrize("victim", ["bot", "actions", "hotline", "worker"])
def test_killing_a_process_loses_no_message(product: Product, victim: str) -> None:
    citizen = product.citizen()
    citizen.says("你好")
    product.kill(victim)
    replies = [citizen.says(f"公司拖欠工资怎么办{'？' * n}") for n in range(1, 4)]
    assert all(replies)
    heard = citizen.heard()
    asked = [item for item in heard if item["from"] == "citizen"]
    assert len(asked) == 4
    assert [item["seq"] for item in heard] == list(range(1, len(heard) + 1))
    for reply in replies:
        text = "".join(item["text"] for item in reply)
        # Answered, or told truly that it is kept and where help is.
        assert "拖欠工资" in text or (("保存" in text or "留存" in text) and "12348" in text)
    until(product.healthy, 90, "the restart")
    assert "拖欠工资" in citizen.says("公司拖欠工资怎么办？")[-1]["text"]


@pytest.mark.parametrize("victim", ["bot", "actions", "hotline"])
def test_killing_a_process_while_a_form_is_sent_makes_one_order_or_says_so(
    product: Product, victim: str
) -> None:
    citizen = product.citizen()
    for text in ("转人工", "劳动纠纷", "海淀区", "老板跑了，工资没结。", "王小明", "13812345678"):
        citizen.says(text)
    message_id = uuid.uuid4().hex
    product.kill(victim)
    replies = citizen.says("确认", message_id)
    until(product.healthy, 90, "the restart")
    # The same click again, as the page does after a lost connection.
    again = citizen.says("确认", message_id)
    assert [item["seq"] for item in again] == [item["seq"] for item in replies]
    codes = {item["work_order"]["code"] for item in replies if item.get("work_order")}
    if not codes:
        told = "".join(item["text"] for item in replies)
        assert "12348" in told
        later = citizen.says("确认")
        codes = {item["work_order"]["code"] for item in later if item.get("work_order")}
    assert len(codes) == 1
    found = citizen.client.post(
        "/api/work-orders/lookup", json={"code": codes.pop(), "phone_tail": "5678"}
    )
    assert found.status_code == 200


def test_a_message_is_answered_although_its_process_died_right_after_writing_it(
    product: Product,
) -> None:
    citizen = product.citizen()
    citizen.says("你好")
    # Sent without waiting for the answer; the service is killed at once.
    body = {
        "text": "公司拖欠工资怎么办？",
        "client_message_id": "left-alone",
        "session": citizen.session,
    }
    with contextlib.suppress(httpx.TimeoutException):
        citizen.client.post("/api/messages", json=body, timeout=0.05)
    product.kill("hotline")
    until(product.healthy, 90, "the restart")

    def settled() -> bool:
        heard = citizen.heard()
        mine = [item for item in heard if item["text"].startswith("公司拖欠工资怎么办")]
        # Either it never arrived (then the page sends it again), or it is answered by now.
        return not mine or heard[-1]["from"] == "bot"

    until(settled, 60, "the forsaken message's answer")


def test_a_second_start_does_nothing_twice(product: Product) -> None:
    """How long it takes is for `make bench` to say: here other tests share the machine."""

    passwords = dict(product.passwords)
    # The name of each collection's generation: a new one means that it was built again.
    built = {path: path.read_bytes() for path in product.data_dir.glob("index/*/CURRENT")}
    product.stop()
    product.start()
    assert product.passwords == passwords
    assert built
    assert {path: path.read_bytes() for path in built} == built
    assert product.citizen().says("公司拖欠工资怎么办？")[0]["decision"] == "answer"
