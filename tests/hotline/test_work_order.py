"""Work orders: registered once, found by code and tail, finished by a lawyer; nothing half done."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from hotline.consultation.models import Consultation, Message
from hotline.dependencies import Parts
from hotline.work_order.assignment import DeadlineRules
from hotline.work_order.lifecycle import TRANSITIONS, Action, Actor, State, allowed, step
from hotline.work_order.models import WorkOrder
from hotline.work_order.schemas import order_code, phone
from kit.errors import AppError, ConflictError, ForbiddenError, InvalidInputError
from kit.throttle import Throttle
from kit.working_days import WorkingDays
from tests.hotline.builders import PHONE, SERVICE, register_order
from tests.hotline.conftest import LOOKUPS_PER_DAY

FORM = {
    "request_id": "form-0001",
    "category": "劳动纠纷",
    "county": None,
    "description": "公司三个月没发工资，找不到老板。",
    "name": None,
    "phone": PHONE,
}


def consultation_id(client: TestClient, parts: Parts) -> str:
    client.post("/api/sessions")
    with parts.database.read() as session:
        return session.scalars(select(Consultation.id)).first() or ""


def test_the_same_form_twice_is_one_order(client: TestClient, parts: Parts) -> None:
    path = f"/v1/consultations/{consultation_id(client, parts)}/work-orders"
    first = client.post(path, json=FORM, headers=SERVICE)
    again = client.post(path, json=FORM, headers=SERVICE)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["code"] in first.json()["reply"]["text"]
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(WorkOrder)) == 1


def test_the_service_doors_are_closed_without_the_token(client: TestClient) -> None:
    for path in ("/v1/consultations/x/work-orders", "/v1/consultations/x/questions"):
        assert client.post(path, json=FORM).status_code == 401
        wrong = {"Authorization": "Bearer wrong"}
        assert client.post(path, json=FORM, headers=wrong).status_code == 401


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"phone": "12345"}, "电话号码不对"),
        ({"phone": "110101199003077758"}, "电话号码不对"),
        ({"phone": ""}, "电话号码不对"),
        ({"description": "急"}, "事情经过太短，至少5个字"),
        ({"description": "长" * 5001}, "事情经过太长，最多5000个字"),
        ({"category": "天文"}, "类别请从给出的选项里选一个"),
        ({"name": "名" * 61}, "姓名太长，最多60个字"),
        ({"request_id": "1"}, "表单编号太短，至少8个字"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_made(
    client: TestClient, parts: Parts, change: dict[str, str], message: str
) -> None:
    path = f"/v1/consultations/{consultation_id(client, parts)}/work-orders"
    answer = client.post(path, json=FORM | change, headers=SERVICE)
    assert answer.status_code == 422
    assert message in answer.json()["error"]["message"]
    assert answer.json()["error"]["field"] == next(iter(change))
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(WorkOrder)) == 0


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13812345678", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("１３８-１２３４-５６７８", "13812345678"),
        ("+86 13812345678", "13812345678"),
        ("0571-87654321", "057187654321"),
        ("(010)87654321", "01087654321"),
    ],
)
def test_a_phone_is_kept_as_digits_however_it_is_typed(typed: str, kept: str) -> None:
    assert phone(typed) == kept


@pytest.mark.parametrize(
    "typed", ["FW20261121-4F7K9Q", "fw20261121-4f7k9q", "ＦＷ20261121 4F7K9Q", "FW202611214F7K9Q"]
)
def test_a_code_is_understood_however_it_is_typed(typed: str) -> None:
    assert order_code(typed) == "FW20261121-4F7K9Q"


def test_an_order_is_found_by_code_and_tail_only(client: TestClient, parts: Parts) -> None:
    code = register_order(parts)
    found = client.post(
        "/api/work-orders/lookup", json={"code": code.lower(), "phone_tail": "5678"}
    )
    assert found.json()["state_label"] == "待接单"
    assert PHONE not in found.text
    for wrong in (
        {"code": code, "phone_tail": "0000"},
        {"code": "FW20261121-AAAAAA", "phone_tail": "5678"},
    ):
        answer = client.post("/api/work-orders/lookup", json=wrong)
        assert answer.status_code == 404
        assert answer.json()["error"]["message"] == "没有找到：请核对工单编号和登记电话的后四位"


def test_the_four_digits_cannot_be_tried_out(client: TestClient, parts: Parts) -> None:
    code = register_order(parts)
    wrong = {"code": code, "phone_tail": "0000"}
    answers = [client.post("/api/work-orders/lookup", json=wrong) for _ in range(LOOKUPS_PER_DAY)]
    assert {answer.status_code for answer in answers} == {404}
    assert client.post("/api/work-orders/lookup", json=wrong).status_code == 429
    right = {"code": code, "phone_tail": "5678"}
    assert client.post("/api/work-orders/lookup", json=right).status_code == 429


def test_an_order_made_on_the_page_is_confirmed_in_the_conversation(client: TestClient) -> None:
    token = client.post("/api/sessions").json()["session"]
    made = client.post("/api/work-orders", json=FORM | {"session": token})
    again = client.post("/api/work-orders", json=FORM | {"session": token})
    assert (made.status_code, again.status_code) == (201, 200)
    listed = client.get("/api/messages", params={"session": token}).json()["messages"]
    assert [item["work_order"] for item in listed if item["from"] == "system"] == [
        {"code": made.json()["code"]}
    ]


def test_an_order_and_its_confirmation_are_made_together_or_not_at_all(
    app: Any, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = TestClient(app, raise_server_exceptions=False)
    token = client.post("/api/sessions").json()["session"]

    def die(*_: object) -> None:
        raise RuntimeError("the process died")

    with monkeypatch.context() as patched:
        patched.setattr("hotline.work_order.endpoints.service.confirm_to_citizen", die)
        assert client.post("/api/work-orders", json=FORM | {"session": token}).status_code == 500
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(WorkOrder)) == 0


def test_one_conversation_cannot_fill_the_queue(
    client: TestClient, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = client.post("/api/sessions").json()["session"]
    monkeypatch.setattr(parts.messages, "hit", Throttle(2, "慢一点").hit)
    answers = [
        client.post(
            "/api/work-orders", json=FORM | {"session": token, "request_id": f"form-{n:04}"}
        )
        for n in range(3)
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 429]


def test_an_identity_card_number_is_not_kept_in_an_order(client: TestClient, parts: Parts) -> None:
    token = client.post("/api/sessions").json()["session"]
    form = FORM | {"session": token, "description": "我的身份证11010119900307123X被人冒用"}
    assert client.post("/api/work-orders", json=form).status_code == 201
    with parts.database.read() as session:
        assert (
            session.scalars(select(WorkOrder)).one().description == "我的身份证【身份证号】被人冒用"
        )


def test_a_phone_in_a_reason_is_masked_for_those_who_do_not_hold_the_order(
    parts: Parts, seat: Any
) -> None:
    code = register_order(parts)
    zhang, li = seat("zhang"), seat("li")
    zhang.post(f"/desk/orders/{code}/claim")
    zhang.post(f"/desk/orders/{code}/return", note=f"打 {PHONE} 没人接")
    page = li.get(f"/desk/orders/{code}").text
    assert "打 138****5678 没人接" in page
    assert PHONE not in page


def test_the_lawyers_answer_is_seen_by_its_citizen_and_in_the_lookup(
    client: TestClient, parts: Parts, seat: Any
) -> None:
    token = client.post("/api/sessions").json()["session"]
    made = client.post("/api/work-orders", json=FORM | {"session": token}).json()
    lawyer = seat("zhang")
    code = made["code"]
    assert lawyer.post(f"/desk/orders/{code}/claim").status_code == 303
    fields = {"text": "请先向劳动监察大队投诉。", "request_id": "answer-1"}
    for _ in range(2):
        assert lawyer.post(f"/desk/orders/{code}/answer", **fields).status_code == 303
    listed = client.get("/api/messages", params={"session": token}).json()["messages"]
    answers = [item for item in listed if item["from"] == "lawyer"]
    assert [item["text"] for item in answers] == ["请先向劳动监察大队投诉。"]
    found = client.post("/api/work-orders/lookup", json={"code": code, "phone_tail": "5678"})
    assert found.json()["answers"] == ["请先向劳动监察大队投诉。"]
    assert found.json()["state_label"] == "已答复"


def test_danger_heard_before_the_order_makes_it_urgent_whatever_was_asked_in_between(
    client: TestClient, parts: Parts
) -> None:
    name = consultation_id(client, parts)
    ask = f"/v1/consultations/{name}/questions"
    for text in ("我老公正在打我，救救我", "那要多少钱呢"):
        client.post(ask, json={"text": text}, headers=SERVICE)
    client.post(f"/v1/consultations/{name}/work-orders", json=FORM, headers=SERVICE)
    with parts.database.read() as session:
        order = session.scalars(select(WorkOrder)).one()
        assert (order.urgency, order.risk) == ("urgent", "violence")


def test_danger_heard_after_the_order_raises_it(client: TestClient, parts: Parts) -> None:
    token = client.post("/api/sessions").json()["session"]
    client.post("/api/work-orders", json=FORM | {"session": token})
    body = {"text": "他拿刀要杀我", "client_message_id": "m", "session": token}
    client.post("/api/messages", json=body)
    with parts.database.read() as session:
        order = session.scalars(select(WorkOrder)).one()
        assert order.urgency == "urgent"
        assert order.first_contact_due_at == parts.clock.now() + timedelta(hours=1)


def test_a_closed_orders_answer_is_rated_not_the_bots(
    client: TestClient, parts: Parts, seat: Any
) -> None:
    code = register_order(parts)
    lawyer = seat("zhang")
    lawyer.post(f"/desk/orders/{code}/claim")
    lawyer.post(f"/desk/orders/{code}/answer", text="请先催要。", request_id="answer-1")
    lawyer.post(f"/desk/orders/{code}/close")
    with parts.database.read() as session:
        name = session.scalars(select(WorkOrder)).one().consultation_id
    rated = client.post(
        f"/v1/consultations/{name}/satisfaction", json={"helped": True}, headers=SERVICE
    )
    assert rated.json()["reply"]["text"].startswith("谢谢")
    with parts.database.read() as session:
        assert session.scalars(select(WorkOrder)).one().helped is True


def test_closing_one_of_two_orders_leaves_the_conversation_to_the_others_lawyer(
    client: TestClient, parts: Parts, seat: Any
) -> None:
    token = client.post("/api/sessions").json()["session"]
    codes = [
        client.post(
            "/api/work-orders", json=FORM | {"session": token, "request_id": f"form-000{n}"}
        ).json()["code"]
        for n in (1, 2)
    ]
    zhang, li = seat("zhang"), seat("li")
    zhang.post(f"/desk/orders/{codes[0]}/claim")
    li.post(f"/desk/orders/{codes[1]}/claim")
    li.post(f"/desk/orders/{codes[1]}/answer", text="请先催要。", request_id="answer-1")
    li.post(f"/desk/orders/{codes[1]}/close")
    with parts.database.read() as session:
        assert session.scalars(select(Consultation)).one().serving_staff_id == zhang.staff_id


def test_a_failed_action_changes_nothing(parts: Parts, seat: Any) -> None:
    code = register_order(parts)
    with parts.database.read() as session:
        before = session.scalar(select(func.count()).select_from(Message))
    assert seat("zhang").post(f"/desk/orders/{code}/close").status_code == 409
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == before
        assert session.scalars(select(WorkOrder)).one().state == State.PENDING


def test_every_action_is_refused_from_every_state_that_the_table_does_not_name() -> None:
    everyone = frozenset(Actor)
    for action, rule in TRANSITIONS.items():
        for state in State:
            if state in rule.sources:
                assert step(state, action, everyone, "原因") == rule.target
                assert action in allowed(state, everyone)
            else:
                with pytest.raises(ConflictError):
                    step(state, action, everyone, "原因")


def test_an_action_needs_the_right_person_and_a_reason_where_the_table_says_so() -> None:
    for action, rule in TRANSITIONS.items():
        state = next(iter(rule.sources))
        with pytest.raises(ForbiddenError):
            step(state, action, frozenset(), "原因")
        if rule.needs_note:
            with pytest.raises(InvalidInputError):
                step(state, action, rule.actors, "  ")
    assert allowed(State.CLOSED, frozenset(Actor)) == []
    assert issubclass(ConflictError, AppError)
    assert Action.REGISTER not in TRANSITIONS


def test_an_urgent_order_is_due_by_the_clock_and_others_by_working_days() -> None:
    friday = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    rules = DeadlineRules(WorkingDays(), urgent_hours=1, working_days=5)
    urgent = rules.due(friday, urgent=True)
    normal = rules.due(friday, urgent=False)
    assert urgent.first_contact - friday == timedelta(hours=1)
    # Friday is not counted: Monday to Friday of the next week, until midnight in Beijing.
    assert normal.answer == datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    assert normal.first_contact == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
