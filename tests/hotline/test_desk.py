"""The desk: claim, answer, pass on, close; nothing typed is lost, nothing personal is shown."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.consultation import repository as consultations
from hotline.consultation import service as consultation
from hotline.consultation.models import Consultation, Message, Sender
from hotline.consultation.schemas import Reply
from hotline.dependencies import Parts
from hotline.staff.models import AuditRow
from hotline.work_order.models import WorkOrder, WorkOrderEvent
from kit.clock import FixedClock
from kit.outbox import OutboxRow
from knowledge.standard_qa.schemas import render
from tests.hotline.builders import ANSWER, PHONE, register_order
from tests.hotline.conftest import Seat

LANDLINE = "01088886666"
SUGGESTED = render(ANSWER)
AnyOne = Callable[[str], Seat]


def order_of(parts: Parts, code: str) -> WorkOrder:
    """The order as the database has it."""
    with parts.database.read() as session:
        return session.scalars(select(WorkOrder).where(WorkOrder.code == code)).one()


def said_by_lawyers(parts: Parts, code: str) -> list[str]:
    """What lawyers have said to the citizen of an order."""
    with parts.database.read() as session:
        messages = consultations.messages(session, order_of(parts, code).consultation_id)
    return [message.text for message in messages if message.sender == Sender.LAWYER]


def events_of(parts: Parts, code: str) -> list[WorkOrderEvent]:
    """What happened to an order."""
    with parts.database.read() as session:
        return list(
            session.scalars(
                select(WorkOrderEvent)
                .where(WorkOrderEvent.work_order_id == order_of(parts, code).id)
                .order_by(WorkOrderEvent.id)
            )
        )


def request_id(page: str) -> str:
    """The hidden id of the answer form."""
    found = re.search(r'name="request_id" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def answer(one: Seat, code: str, text: str, **fields: str) -> int:
    """Send the answer form of the order's page; returns the status."""
    page = one.get(f"/desk/orders/{code}").text
    form = {"request_id": request_id(page), "text": text, **fields}
    return one.post(f"/desk/orders/{code}/answer", **form).status_code


def test_an_order_goes_from_the_queue_to_its_end(seat: AnyOne, parts: Parts) -> None:
    zhang, code = seat("zhang"), register_order(parts)
    assert code in zhang.get("/desk").text
    claimed = zhang.post(f"/desk/orders/{code}/claim")
    assert claimed.headers["location"] == f"/desk/orders/{code}?done=claim"
    page = zhang.get(claimed.headers["location"]).text
    assert "已接单" in page and "朋友借钱不还" in page and "《民法典》第六百七十五条" in page
    assert answer(zhang, code, "可以起诉，先整理转账记录。") == 303
    assert order_of(parts, code).state == "answered"
    assert zhang.post(f"/desk/orders/{code}/close").status_code == 303
    assert order_of(parts, code).state == "closed"
    assert said_by_lawyers(parts, code) == ["可以起诉，先整理转账记录。"]
    actions = [event.action for event in events_of(parts, code)]
    assert actions == ["register", "claim", "answer", "close"]
    assert "已办结" in zhang.get(f"/desk/orders/{code}").text


def test_the_answer_proposes_a_candidate_in_the_same_transaction(
    seat: AnyOne, parts: Parts
) -> None:
    zhang, code = seat("zhang"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    answer(zhang, code, "可以起诉。")
    with parts.database.read() as session:
        row = session.scalars(select(OutboxRow)).one()
    assert row.topic == "candidate.propose"
    assert row.payload["event_id"] == events_of(parts, code)[-1].id


def test_the_same_form_sent_twice_is_one_message(seat: AnyOne, parts: Parts) -> None:
    zhang, code = seat("zhang"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    form = {"request_id": request_id(zhang.get(f"/desk/orders/{code}").text), "text": "可以起诉。"}
    for _ in range(2):
        assert zhang.post(f"/desk/orders/{code}/answer", **form).status_code == 303
    assert said_by_lawyers(parts, code) == ["可以起诉。"]
    assert [event.action for event in events_of(parts, code)].count("answer") == 1


@pytest.mark.parametrize(
    ("text", "status", "message"),
    [
        ("   ", 422, "答复请写明答复内容"),
        ("字" * 5001, 422, "答复最多 5000 字，现在有 5001 字"),
    ],
)
def test_a_refused_answer_stays_in_the_box(
    seat: AnyOne, parts: Parts, text: str, status: int, message: str
) -> None:
    zhang, code = seat("zhang"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    first = request_id(zhang.get(f"/desk/orders/{code}").text)
    refused = zhang.post(f"/desk/orders/{code}/answer", text=text, request_id=first)
    assert refused.status_code == status
    assert message in refused.text
    assert f">{text.strip()}</textarea>" in refused.text
    assert request_id(refused.text) == first
    assert said_by_lawyers(parts, code) == []


def test_an_answer_to_an_order_closed_meanwhile_is_kept_on_the_page(
    seat: AnyOne, parts: Parts
) -> None:
    zhang, ban, code = seat("zhang"), seat("ban"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    answer(zhang, code, "第一次答复。")
    ban.post(f"/desk/orders/{code}/close")
    late = zhang.post(f"/desk/orders/{code}/answer", text="补充一句。", request_id="r" * 32)
    assert late.status_code == 409
    assert "工单现在是“已办结”，不能答复" in late.text
    assert "补充一句。</textarea>" in late.text
    assert said_by_lawyers(parts, code) == ["第一次答复。"]


def test_an_answer_to_an_order_passed_on_meanwhile_is_given_back(
    seat: AnyOne, parts: Parts
) -> None:
    zhang, li, ban, code = seat("zhang"), seat("li"), seat("ban"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    ban.post(f"/desk/orders/{code}/assign", assignee_id=str(li.staff_id))
    late = zhang.post(f"/desk/orders/{code}/answer", text="写了很久的答复", request_id="r" * 32)
    assert late.status_code == 404
    assert "没有这张工单，或您无权查看" in late.text
    assert "写了很久的答复</textarea>" in late.text


def test_a_script_gets_the_same_refusal_as_json_and_the_way_on_as_a_header(
    seat: AnyOne, parts: Parts
) -> None:
    zhang, code = seat("zhang"), register_order(parts)
    script = {"HX-Request": "true"}
    claimed = zhang.post(f"/desk/orders/{code}/claim", headers=script)
    assert claimed.status_code == 204
    assert claimed.headers["HX-Redirect"] == f"/desk/orders/{code}?done=claim"
    refused = zhang.post(
        f"/desk/orders/{code}/answer", headers=script, text="", request_id="r" * 32
    )
    assert refused.status_code == 422
    assert refused.json()["error"]["message"] == "答复请写明答复内容"


def test_the_second_lawyer_to_claim_is_told_so(seat: AnyOne, parts: Parts) -> None:
    zhang, li, code = seat("zhang"), seat("li"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    late = li.post(f"/desk/orders/{code}/claim")
    assert late.status_code == 409
    assert "这张工单刚被别人接走" in late.text
    assert order_of(parts, code).assignee_id == zhang.staff_id


def test_a_transfer_needs_a_reason_and_moves_the_order(seat: AnyOne, parts: Parts) -> None:
    zhang, li, code = seat("zhang"), seat("li"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    to_li = {"assignee_id": str(li.staff_id)}
    refused = zhang.post(f"/desk/orders/{code}/transfer", **to_li, note=" ")
    assert refused.status_code == 422
    assert "转办请写明原因" in refused.text
    assert f'value="{li.staff_id}" selected' in refused.text
    moved = zhang.post(f"/desk/orders/{code}/transfer", **to_li, note="涉及公司法，请李律师办理")
    assert moved.headers["location"] == "/desk?done=transfer"
    assert "已转办" in zhang.get(moved.headers["location"]).text
    assert zhang.get(f"/desk/orders/{code}").status_code == 404
    assert "涉及公司法，请李律师办理" in li.get(f"/desk/orders/{code}").text
    with parts.database.read() as session:
        row = session.get_one(Consultation, order_of(parts, code).consultation_id)
    assert row.serving_staff_id == li.staff_id


def test_an_order_is_not_transferred_to_somebody_who_is_no_lawyer(
    seat: AnyOne, parts: Parts
) -> None:
    zhang, editor, code = seat("zhang"), seat("bian"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    for assignee, message in (
        (str(editor.staff_id), "只能交给在岗的坐席律师"),
        (str(zhang.staff_id), "工单已经在这位律师手里"),
        ("", "请选择接手的律师"),
    ):
        refused = zhang.post(
            f"/desk/orders/{code}/transfer", assignee_id=assignee, note="请接手这张工单"
        )
        assert refused.status_code == 422
        assert message in refused.text
        assert "请接手这张工单</textarea>" in refused.text


def test_a_return_needs_a_reason_and_puts_the_order_back(seat: AnyOne, parts: Parts) -> None:
    zhang, li, code = seat("zhang"), seat("li"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    refused = zhang.post(f"/desk/orders/{code}/return", note="")
    assert refused.status_code == 422
    assert "退单请写明原因" in refused.text
    returned = zhang.post(f"/desk/orders/{code}/return", note="与我有利害关系")
    assert returned.headers["location"] == "/desk?done=return_to_queue"
    assert "接单" in li.get(f"/desk/orders/{code}").text
    assert events_of(parts, code)[-1].note == "与我有利害关系"


def test_the_order_of_another_lawyer_is_not_to_be_seen(seat: AnyOne, parts: Parts) -> None:
    zhang, li, code = seat("zhang"), seat("li"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    assert code not in li.get("/desk").text
    for path in ("", "/live"):
        assert li.get(f"/desk/orders/{code}{path}").status_code == 404
    for path in ("close", "return", "transfer", "answer"):
        refused = li.post(
            f"/desk/orders/{code}/{path}", note="原因", text="答复", request_id="r" * 32
        )
        assert refused.status_code == 404
    assert order_of(parts, code).state == "in_progress"


def test_the_supervisor_sees_all_and_assigns(seat: AnyOne, parts: Parts) -> None:
    zhang, li, ban, code = seat("zhang"), seat("li"), seat("ban"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    assert code in ban.get("/desk").text
    assigned = ban.post(f"/desk/orders/{code}/assign", assignee_id=str(li.staff_id))
    assert assigned.headers["location"] == f"/desk/orders/{code}?done=assign"
    assert order_of(parts, code).assignee_id == li.staff_id
    with parts.database.read() as session:
        last = session.scalars(select(AuditRow).order_by(AuditRow.id.desc())).first()
    assert last is not None
    assert (last.actor, last.action, last.subject) == ("ban", "assign", code)


def test_a_lawyer_cannot_assign(seat: AnyOne, parts: Parts) -> None:
    zhang, li, code = seat("zhang"), seat("li"), register_order(parts)
    refused = zhang.post(f"/desk/orders/{code}/assign", assignee_id=str(li.staff_id))
    assert refused.status_code == 403
    assert "您不能对这张工单派单" in refused.text


@pytest.mark.parametrize(("phone", "masked"), [(PHONE, "138****5678"), (LANDLINE, "010****6666")])
def test_the_phone_is_shown_in_full_only_to_who_holds_the_order(
    seat: AnyOne, parts: Parts, phone: str, masked: str
) -> None:
    zhang, ban = seat("zhang"), seat("ban")
    code = register_order(parts, f"借钱不还，请打 {PHONE} 找我", phone=phone)
    for page in (zhang.get("/desk").text, zhang.get(f"/desk/orders/{code}").text):
        assert phone not in page and PHONE not in page
        assert masked in page
    assert "王**" in zhang.get(f"/desk/orders/{code}").text
    assert phone in ban.get(f"/desk/orders/{code}").text
    zhang.post(f"/desk/orders/{code}/claim")
    page = zhang.get(f"/desk/orders/{code}").text
    assert phone in page and "王小明" in page
    assert phone not in zhang.get("/desk").text


def test_a_phone_in_the_conversation_is_masked_until_the_order_is_claimed(
    seat: AnyOne, parts: Parts
) -> None:
    zhang, code = seat("zhang"), register_order(parts)
    with parts.database.write() as session:
        row = consultations.get(session, order_of(parts, code).consultation_id, lock=True)
        words = Reply(text=f"我的电话 {PHONE}")
        consultation.say(session, row, Sender.CITIZEN, words, now=parts.clock.now())
    assert PHONE not in zhang.get(f"/desk/orders/{code}/live").text
    zhang.post(f"/desk/orders/{code}/claim")
    assert PHONE in zhang.get(f"/desk/orders/{code}/live").text


def test_urgent_orders_stand_first_with_their_badges(seat: AnyOne, parts: Parts) -> None:
    calm = register_order(parts, "想问问房东不退押金怎么办")
    with parts.database.write() as session:
        order = session.scalars(select(WorkOrder).where(WorkOrder.code == calm)).one()
        order.urgency = "normal"
    hot = register_order(parts, "家里的事情，请尽快联系我")
    with parts.database.write() as session:
        order = session.scalars(select(WorkOrder).where(WorkOrder.code == hot)).one()
        order.urgency, order.risk = "urgent", "violence"
    page = seat("zhang").get("/desk").text
    assert page.index(hot) < page.index(calm)
    assert "紧急" in page and "暴力威胁" in page
    assert 'data-urgent="1"' in page


def test_what_is_left_and_what_is_late_is_told_in_words(
    seat: AnyOne, parts: Parts, clock: FixedClock
) -> None:
    zhang, code = seat("zhang"), register_order(parts)
    # Saturday noon: first contact is due at the end of Monday, the answer five working days on.
    assert "首次联系：<b>剩余 2天12小时</b>" in zhang.get("/desk").text
    page = zhang.get(f"/desk/orders/{code}").text
    assert "2026-11-23 24:00" in page and "2026-11-27 24:00" in page
    clock.advance(timedelta(days=2, hours=13, minutes=5))
    zhang = seat("zhang")
    page = zhang.get("/desk").text
    assert "首次联系：<b>已超时 1小时5分</b>" in page
    assert '已超时 <b class="alarm">1</b> 张' in page
    zhang.post(f"/desk/orders/{code}/claim")
    assert "答复：<b>剩余 3天22小时</b>" in zhang.get("/desk").text
    answer(zhang, code, "可以起诉。")
    assert "剩余" not in zhang.get("/desk").text


def test_a_suggestion_is_put_into_the_box_with_its_id(seat: AnyOne, parts: Parts) -> None:
    zhang, code = seat("zhang"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    page = zhang.get(f"/desk/orders/{code}").text
    assert "把握 100%" in page
    assert f'href="/desk/orders/{code}?adopt=debt-no-iou#answer"' in page
    adopted = zhang.get(f"/desk/orders/{code}?adopt=debt-no-iou").text
    assert f">{SUGGESTED}</textarea>" in adopted
    assert 'name="entry_id" value="debt-no-iou"' in adopted


@pytest.mark.parametrize(
    ("text", "entry_id", "adopted"),
    [
        (SUGGESTED.replace("\n", "\r\n") + "  ", "debt-no-iou", "as_is"),
        (SUGGESTED + "\n另请带身份证。", "debt-no-iou", "edited"),
        ("自己写的答复", "", None),
        ("自己写的答复", "no-such-entry", None),
    ],
)
def test_what_became_of_the_suggestion_is_found_out_by_comparing(
    seat: AnyOne, parts: Parts, text: str, entry_id: str, adopted: str | None
) -> None:
    zhang, code = seat("zhang"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    assert answer(zhang, code, text, entry_id=entry_id) == 303
    event = events_of(parts, code)[-1]
    assert event.adopted == adopted
    assert event.entry_id == (entry_id if adopted else None)


def test_an_unpublished_entry_is_not_offered_for_adoption(seat: AnyOne, parts: Parts) -> None:
    zhang, code = seat("zhang"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    page = zhang.get(f"/desk/orders/{code}?adopt=no-such-entry").text
    assert 'name="entry_id" value=""' in page
    assert "required></textarea>" in page


def test_the_polled_lists_move_only_when_something_changed(seat: AnyOne, parts: Parts) -> None:
    zhang = seat("zhang")
    polling = {"HX-Request": "true", "X-Polling": "1"}
    url = re.search(r'hx-get="(/desk/live\?seen=\w+)"', zhang.get("/desk").text)
    assert url is not None
    assert zhang.get(url[1], **polling).status_code == 204
    code = register_order(parts)
    changed = zhang.get(url[1], **polling)
    assert changed.status_code == 200
    assert code in changed.text and "<html" not in changed.text


def test_the_polled_conversation_brings_the_citizens_words_and_leaves_the_box_alone(
    seat: AnyOne, parts: Parts
) -> None:
    zhang, code = seat("zhang"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    page = zhang.get(f"/desk/orders/{code}").text
    url = re.search(rf'hx-get="(/desk/orders/{code}/live\?seen=\w+)"', page)
    assert url is not None
    assert zhang.get(url[1]).status_code == 204
    with parts.database.write() as session:
        row = consultations.get(session, order_of(parts, code).consultation_id, lock=True)
        words = Reply(text="<script>alert(1)</script>我还有一份录音")
        consultation.say(session, row, Sender.CITIZEN, words, now=parts.clock.now())
    changed = zhang.get(url[1])
    assert "我还有一份录音" in changed.text
    assert "<script>alert" not in changed.text
    assert "<textarea" not in changed.text


def test_an_answer_is_a_message_that_its_citizen_can_read(seat: AnyOne, parts: Parts) -> None:
    zhang, code = seat("zhang"), register_order(parts)
    zhang.post(f"/desk/orders/{code}/claim")
    answer(zhang, code, "可以起诉。")
    with parts.database.read() as session:
        message = session.scalars(select(Message).where(Message.sender == "lawyer")).one()
    assert message.payload["work_order"] == {"code": code}
