"""The client keeps its side of the contract and turns every failure into one of two errors."""

import asyncio
import logging

import httpx
import pytest

from actions import client
from actions.client import Hotline, HotlineRefusedError, HotlineUnavailableError
from tests.actions.fake_hotline import CODE, FakeHotline

ORDER = {
    "request_id": "r1", "kind": "咨询", "category": "劳动纠纷", "county": None,
    "description": "老板拖欠工资", "name": None, "phone": "13812341234",
}  # fmt: skip


@pytest.fixture
def fake():
    return FakeHotline()


def run(fake, call):
    async def once():
        made = fake.client()
        try:
            return await call(made)
        finally:
            await made.close()

    return asyncio.run(once())


CALLS = {
    "ask": lambda h: h.ask("c1", "我想离婚"),
    "ask_category": lambda h: h.ask_category("老板拖欠工资"),
    "open_work_order": lambda h: h.open_work_order("c1", ORDER),
    "look_up": lambda h: h.look_up(CODE, "1234"),
    "institutions": lambda h: h.institutions("海淀区", None),
    "satisfaction": lambda h: h.satisfaction("c1", True),
}


@pytest.mark.parametrize("name", CALLS)
def test_each_call_brings_a_reply_to_speak(fake, name):
    assert run(fake, CALLS[name])["reply"]["text"]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("broken", ["refused", "timeout", "500", "malformed", "mute", "forbidden"])
def test_each_failure_is_unavailable(fake, name, broken):
    fake.broken = broken
    with pytest.raises(HotlineUnavailableError):
        run(fake, CALLS[name])


def test_a_refusal_carries_the_services_words(fake):
    with pytest.raises(HotlineRefusedError) as refused:
        run(fake, lambda h: h.look_up(CODE, "9999"))
    assert refused.value.status == 404
    assert refused.value.message == "编号或电话尾号不对，请核对后再查。"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"decision": "answer"}),
        httpx.Response(200, json={"decision": "answer", "reply": "text"}),
        httpx.Response(200, json={"reply": {"text": "好"}}),
        httpx.Response(404, json={"detail": "Not Found"}),
        httpx.Response(302, json={"reply": {"text": "好"}}),
    ],
)
def test_what_the_contract_does_not_say_is_unavailable(fake, monkeypatch, answer):
    monkeypatch.setattr(fake, "_question", lambda who, text: answer)
    with pytest.raises(HotlineUnavailableError):
        run(fake, CALLS["ask"])


def test_a_category_asked_without_the_likely_ones_is_unavailable(fake, monkeypatch):
    answer = httpx.Response(200, json={"reply": {"text": "您的问题属于哪一类？"}})
    monkeypatch.setattr(fake, "_category", lambda told: answer)
    with pytest.raises(HotlineUnavailableError):
        run(fake, CALLS["ask_category"])


def test_the_consultation_cannot_leave_its_place_in_the_path(fake):
    seen = []
    answer = fake.answer
    fake.answer = lambda request: (seen.append(request.url.raw_path), answer(request))[1]
    with pytest.raises(HotlineRefusedError):
        run(fake, lambda h: h.ask("../../staff?x=1#", "你好"))
    assert seen == [b"/v1/consultations/..%2F..%2Fstaff%3Fx%3D1%23/questions"]


def test_the_time_limits_are_short():
    assert client.TIMEOUT.connect == 1.0
    assert client.TIMEOUT.read == 8.0


def test_a_failure_is_logged_without_what_was_sent(fake, caplog):
    fake.broken = "500"
    with caplog.at_level(logging.DEBUG), pytest.raises(HotlineUnavailableError):
        run(fake, CALLS["open_work_order"])
    assert "work-orders" in caplog.text
    assert "13812341234" not in caplog.text
    assert "service-token" not in caplog.text


@pytest.mark.parametrize(
    ("environment", "said"),
    [({}, "HOTLINE_SERVICE_TOKEN"),
     ({"HOTLINE_SERVICE_TOKEN": "t", "HOTLINE_URL": "localhost"}, "HOTLINE_URL")],
)  # fmt: skip
def test_a_wrong_environment_is_one_line(monkeypatch, environment, said):
    for name in ("HOTLINE_SERVICE_TOKEN", "HOTLINE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=said):
        Hotline.from_environment()


def test_the_client_is_made_once_from_the_environment(monkeypatch):
    monkeypatch.setenv("HOTLINE_SERVICE_TOKEN", "t")
    client.use(None)
    made = client.hotline()
    assert client.hotline() is made
    asyncio.run(made.close())
    client.use(None)
