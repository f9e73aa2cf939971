"""Work orders on the citizens' page: the form, the look-up, the lawyer's answer."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select

from hotline.consultation import repository as consultations
from hotline.consultation.models import Message
from hotline.staff import service as staff
from hotline.staff.models import Role
from hotline.staff.service import Subject
from hotline.work_order import service as work_orders
from hotline.work_order.lifecycle import Action
from hotline.work_order.models import WorkOrder
from tests.browser.citizen import (
    QUESTION,
    fill_in,
    register,
    say,
    token,
)
from tests.browser.conftest import Hotline
from tests.hotline.builders import PHONE

pytestmark = pytest.mark.browser


def lawyer(hotline: Hotline) -> Subject:
    """The seat lawyer, ready to act."""
    with hotline.parts.database.read() as session:
        account = staff.by_username(session, "zhang")
    assert account is not None
    return Subject(
        staff_id=account.id,
        username=account.username,
        display_name=account.display_name,
        role=Role(account.role),
        session_id=0,
        csrf_token="",
        must_change_password=False,
        last_seen_at=hotline.parts.clock.now(),
    )


def _consultation_id(hotline: Hotline, page: Page) -> str:
    with hotline.parts.database.read() as session:
        return consultations.by_session(session, token(page)).id


def _messages(hotline: Hotline, page: Page) -> int:
    with hotline.parts.database.read() as session:
        counted = session.scalar(
            select(func.count())
            .select_from(Message)
            .where(Message.consultation_id == _consultation_id(hotline, page))
        )
    return counted or 0


def test_the_form_shows_each_error_by_its_field(citizen: Page) -> None:
    citizen.locator("#fill").click()
    citizen.locator("#order-form [type=submit]").click()
    expect(citizen.locator("#category-error")).to_have_text("请选择问题类别")
    expect(citizen.locator("#description-error")).to_contain_text("至少5个字")
    expect(citizen.locator("#category")).to_be_focused()
    fill_in(citizen, description="朋友借了五万元一直不还", phone="12345")
    expect(citizen.locator("#phone-error")).to_contain_text("电话号码不对")
    expect(citizen.locator("#phone")).to_be_focused()
    expect(citizen.locator("#phone")).to_have_attribute("aria-invalid", "true")
    expect(citizen.locator("#category-error")).to_be_empty()
    expect(citizen.locator("#description")).to_have_value("朋友借了五万元一直不还")


def test_an_error_that_names_a_field_is_shown_by_it(citizen: Page) -> None:
    citizen.locator("#fill").click()
    fill_in(citizen, description="太长了" * 1700, phone=PHONE)
    expect(citizen.locator("#description-error")).to_contain_text("5000")


def test_a_form_makes_one_order_even_while_the_dialogue_is_down(
    citizen: Page, hotline: Hotline
) -> None:
    hotline.rasa.down = True
    say(citizen, QUESTION)
    expect(citizen.locator(".message.bot").nth(1)).to_contain_text("直接从问答库里查到")
    expect(citizen.get_by_role("button", name="填写工单")).to_have_count(2)
    citizen.locator("#fill").click()
    # What was asked comes along, and can be changed.
    expect(citizen.locator("#description")).to_have_value(re.compile("没有写借条"))
    fill_in(citizen, phone=PHONE)
    code = citizen.locator("#made .code strong").inner_text()
    assert re.fullmatch(r"FW\d{8}-[0-9A-Z]{6}", code)
    expect(citizen.get_by_role("heading", name="登记好了")).to_be_focused()
    citizen.get_by_role("button", name="回到对话").click()
    expect(citizen.locator("#log .code strong")).to_have_text(code)
    with hotline.parts.database.read() as session:
        made = session.scalar(
            select(func.count())
            .select_from(WorkOrder)
            .where(WorkOrder.consultation_id == _consultation_id(hotline, citizen))
        )
    assert made == 1


def test_a_form_whose_answer_was_lost_makes_no_second_order(
    citizen: Page, hotline: Hotline
) -> None:
    codes: list[str] = []

    def lose_the_first(route: Route) -> None:
        if codes:
            route.continue_()
            return
        codes.append(str(route.fetch().json()["code"]))
        route.abort()

    citizen.route("**/api/work-orders", lose_the_first)
    citizen.locator("#fill").click()
    fill_in(citizen, description="朋友借了五万元一直不还", phone=PHONE)
    expect(citizen.locator("#order-form [data-error='']")).to_contain_text("您填的内容还在")
    citizen.locator("#order-form [type=submit]").click()
    expect(citizen.locator("#made .code strong")).to_have_text(codes[0])


def test_the_button_that_the_fallback_offers_opens_the_form(
    citizen: Page, hotline: Hotline
) -> None:
    hotline.rasa.script["帮帮我"] = [
        {"text": "对话助手暂时没有响应。", "buttons": [{"title": "填写工单", "payload": "转人工"}]}
    ]
    say(citizen, "帮帮我")
    citizen.locator(".choices button").click()
    expect(citizen.get_by_role("dialog", name="填写工单")).to_be_visible()
    assert hotline.rasa.heard == ["帮帮我"]


def test_a_case_code_can_be_copied(open_page: Callable[..., Page]) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    code = register(page)
    page.locator("#log").get_by_role("button", name="复制编号").click()
    expect(page.locator("#log .code [role=status]")).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == code


def test_an_order_is_looked_up_by_code_and_four_digits(citizen: Page) -> None:
    code = register(citizen)
    citizen.locator("#find").click()
    expect(citizen.locator("#code")).to_have_value(code)
    submit = citizen.locator("#lookup-form [type=submit]")
    submit.click()
    expect(citizen.locator("#phone_tail-error")).to_have_text("请填登记电话的最后四位数字")
    citizen.locator("#phone_tail").fill("0000")
    submit.click()
    expect(citizen.locator("#lookup-form [data-error='']")).to_contain_text("没有找到")
    citizen.locator("#phone_tail").fill(PHONE[-4:])
    citizen.locator("#code").fill("FW123")
    submit.click()
    expect(citizen.locator("#code-error")).to_contain_text("工单编号不对")
    citizen.locator("#code").fill(code.lower())
    submit.click()
    expect(citizen.locator("#progress")).to_contain_text("待接单")
    expect(citizen.locator("#code-error")).to_be_empty()


def test_the_lawyers_answer_arrives_without_reloading(citizen: Page, hotline: Hotline) -> None:
    code = register(citizen)
    citizen.evaluate("window.sameDocument = true")
    subject, now = lawyer(hotline), hotline.parts.clock.now()
    with hotline.parts.database.write() as session:
        work_orders.act(session, subject, code, Action.CLAIM, now)
    expect(citizen.locator("#status")).to_contain_text("律师正在为您服务")
    with hotline.parts.database.write() as session:
        work_orders.answer(
            session, subject, code, "请先发一份书面催款函。", now, request_id="r" * 8
        )
    expect(citizen.locator(".message.lawyer")).to_contain_text("请先发一份书面催款函。")
    expect(citizen).to_have_title(re.compile("律师已答复"))
    assert citizen.evaluate("window.sameDocument")
    say(citizen, "收到，谢谢律师")
    expect(citizen.locator(".message.system").last).to_contain_text("已转给正在为您服务的律师")
    texts = citizen.locator("#log .message").all_inner_texts()
    assert len(texts) == len(set(texts)) == _messages(hotline, citizen)
    citizen.locator("#find").click()
    citizen.locator("#phone_tail").fill(PHONE[-4:])
    citizen.locator("#lookup-form [type=submit]").click()
    expect(citizen.locator("#progress .lawyer")).to_contain_text("请先发一份书面催款函。")
