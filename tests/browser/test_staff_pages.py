"""The staff consoles as staff meet them: in Chromium, against the real service."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from hotline.consultation import repository as consultations
from hotline.consultation import service as consultation
from hotline.consultation.models import Sender
from hotline.consultation.schemas import Reply
from hotline.staff import service as staff
from hotline.staff.models import Role, StaffSession
from hotline.work_order import service as work_orders
from hotline.work_order.lifecycle import Action
from hotline.work_order.models import WorkOrder
from knowledge.candidate import service as candidates
from tests.browser.conftest import Browsing, Hotline, Violations
from tests.hotline import builders
from tests.hotline.builders import PASSWORD, register_order

pytestmark = pytest.mark.browser

DESKTOP = (1440, 900)
PHONE = (390, 844)
# The lists and the conversation are asked for every five seconds.
POLL_MS = 12_000


@pytest.fixture(autouse=True)
def _everybody(hotline: Hotline) -> None:
    """One account of each role."""
    parts = hotline.parts
    with parts.database.write() as session:
        for username, role in (
            ("zhang", Role.SEAT_LAWYER),
            ("ban", Role.SUPERVISOR),
            ("bian", Role.KNOWLEDGE_EDITOR),
        ):
            if staff.by_username(session, username) is None:
                builders.add_staff(session, username, role, parts.clock.now())


def log_in(page: Page, username: str) -> None:
    """Type name and password into the login page."""
    page.goto("/staff/login")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()


@pytest.fixture
def desk(browsing: Browsing) -> Page:
    """The desk of zhang."""
    page = browsing.page(DESKTOP)
    log_in(page, "zhang")
    return page


@pytest.fixture
def order(desk: Page, hotline: Hotline) -> str:
    """An order that zhang has claimed, with its page open; returns its code."""
    code = register_order(hotline.parts)
    desk.goto("/desk")
    desk.get_by_role("button", name=f"接单 {code}").click()
    expect(desk.get_by_role("heading", name=f"工单 {code}")).to_be_visible()
    return code


def box(page: Page) -> str:
    """What stands in the answer box."""
    return page.get_by_label("答复内容").input_value()


def citizen_says(hotline: Hotline, code: str, text: str) -> None:
    """The citizen of an order adds something."""
    with hotline.parts.database.write() as session:
        found = session.scalars(select(WorkOrder).where(WorkOrder.code == code)).one()
        row = consultations.get(session, found.consultation_id, lock=True)
        now = hotline.parts.clock.now()
        consultation.say(session, row, Sender.CITIZEN, Reply(text=text), now=now)


def test_the_login_form_works_in_a_real_browser_and_leads_to_the_desk(desk: Page) -> None:
    assert desk.url.endswith("/desk")
    expect(desk.get_by_role("heading", name="坐席台")).to_be_visible()


def test_a_new_order_appears_in_the_open_queue(desk: Page, hotline: Hotline) -> None:
    code = register_order(hotline.parts)
    expect(desk.get_by_role("link", name=code)).to_be_visible(timeout=POLL_MS)
    assert re.match(r"（(紧急)?\d+）坐席台", desk.title())


def test_the_citizens_words_arrive_and_the_draft_stays(
    desk: Page, hotline: Hotline, order: str
) -> None:
    desk.get_by_label("答复内容").fill("正在写的答复")
    citizen_says(hotline, order, "我还有一份录音")
    expect(desk.get_by_text("我还有一份录音")).to_be_visible(timeout=POLL_MS)
    assert box(desk) == "正在写的答复"


def test_a_draft_survives_a_reload_and_goes_when_it_is_sent(desk: Page, order: str) -> None:
    desk.get_by_label("答复内容").fill("写到一半")
    desk.reload()
    assert box(desk) == "写到一半"
    expect(desk.get_by_text("已恢复上次没有发出的草稿")).to_be_visible()
    desk.get_by_role("button", name="发出答复").click()
    expect(desk.get_by_text("答复已发出，群众可以看到了")).to_be_visible()
    expect(desk.get_by_role("region", name="对话内容").get_by_text("写到一半")).to_be_visible()
    desk.goto(f"/desk/orders/{order}")
    assert box(desk) == ""


def test_a_refusal_shows_beside_the_form_and_nothing_is_lost(
    desk: Page, hotline: Hotline, order: str
) -> None:
    desk.get_by_label("答复内容").fill("第一次答复")
    desk.get_by_role("button", name="发出答复").click()
    expect(desk.get_by_text("答复已发出，群众可以看到了")).to_be_visible()
    desk.get_by_label("答复内容").fill("补充一句")
    with hotline.parts.database.write() as session:
        zhang = staff.by_username(session, "zhang")
        assert zhang is not None
        token = staff.open_session(session, zhang, hotline.parts.clock.now())
    with hotline.parts.database.write() as session:
        hour = timedelta(hours=1)
        subject = staff.resolve(session, token, hotline.parts.clock.now(), hour, hour)
        assert subject is not None
        work_orders.act(session, subject, order, Action.CLOSE, hotline.parts.clock.now())
    desk.get_by_role("button", name="发出答复").click()
    expect(desk.get_by_role("alert").get_by_text("不能答复")).to_be_visible()
    assert box(desk) == "补充一句"


def test_a_citation_opens_the_article_in_a_dialog(desk: Page, order: str) -> None:
    desk.get_by_role("link", name="《民法典》第六百七十五条").first.click()
    dialog = desk.get_by_role("dialog")
    expect(dialog.get_by_text("借款人应当按照约定的期限返还借款。")).to_be_visible()
    expect(dialog.get_by_text("现行有效")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_adopting_fills_the_box_and_asks_before_it_replaces(desk: Page, order: str) -> None:
    adopt = desk.get_by_role("link", name="采用").first
    adopt.click()
    expect(desk.get_by_label("答复内容")).to_have_value(re.compile("【结论】可以要回来。"))
    assert desk.locator("#answer-form [name=entry_id]").input_value() == "debt-no-iou"
    desk.get_by_label("答复内容").fill("我自己写的")
    desk.once("dialog", lambda asked: asked.dismiss())
    adopt.click()
    assert box(desk) == "我自己写的"
    desk.once("dialog", lambda asked: asked.accept())
    adopt.click()
    expect(desk.get_by_label("答复内容")).to_have_value(re.compile("【结论】可以要回来。"))


def test_a_lapsed_login_is_told_and_the_draft_comes_back_after_the_next(
    desk: Page, hotline: Hotline, order: str
) -> None:
    desk.get_by_label("答复内容").fill("写了很久的答复")
    with hotline.parts.database.write() as session:
        now = hotline.parts.clock.now()
        session.execute(update(StaffSession).values(revoked_at=now))
    expect(desk.get_by_text("登录已过期，请重新登录")).to_be_visible(timeout=POLL_MS)
    assert box(desk) == "写了很久的答复"
    log_in(desk, "zhang")
    desk.goto(f"/desk/orders/{order}")
    assert box(desk) == "写了很久的答复"


def test_logging_out_takes_the_drafts_away(desk: Page, order: str) -> None:
    desk.get_by_label("答复内容").fill("不该留给下一位的话")
    desk.get_by_role("button", name="退出").click()
    expect(desk.get_by_role("button", name="登录")).to_be_visible()
    # What is left is only the address that htmx notes of the page now open.
    assert desk.evaluate("JSON.stringify(sessionStorage)") == (
        '{"htmx-current-path-for-history":"/staff/login"}'
    )


def test_the_whole_road_works_without_a_script(browsing: Browsing, hotline: Hotline) -> None:
    code = register_order(hotline.parts)
    page = browsing.page(DESKTOP, java_script_enabled=False)
    log_in(page, "zhang")
    page.get_by_role("button", name=f"接单 {code}").click()
    page.get_by_role("link", name="采用").first.click()
    page.get_by_role("button", name="发出答复").click()
    expect(page.get_by_text("答复已发出，群众可以看到了")).to_be_visible()
    expect(page.get_by_text("采用原文：debt-no-iou")).to_be_visible()
    page.get_by_role("button", name="办结").click()
    expect(page.get_by_text("已办结").first).to_be_visible()


def test_citations_are_checked_while_an_editor_types(browsing: Browsing) -> None:
    page = browsing.page(DESKTOP)
    log_in(page, "bian")
    page.goto("/editor/entries/debt-no-iou/edit")
    page.get_by_label("法条引用").fill("民法典第六百七十五条\n民法典第九千条")
    expect(page.get_by_text("没有这一条")).to_be_visible()
    expect(page.get_by_text("有 1 条引用没有通过核验")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_console_is_accessible_and_fits(
    browsing: Browsing, hotline: Hotline, violations: Violations, size: tuple[int, int]
) -> None:
    parts = hotline.parts
    code = register_order(parts)
    with parts.database.write() as session:
        row = candidates.propose(
            session,
            source=f"axe:{code}",
            question="没写借条能要回来吗",
            answer="可以要回来。",
            category="债权债务",
            nearest=None,
            now=parts.clock.now(),
        )
    for username, paths in {
        "zhang": ["/desk", f"/desk/orders/{code}", "/staff/password"],
        "ban": ["/board", "/desk", f"/desk/orders/{code}"],
        "bian": [
            "/editor",
            "/editor/entries/debt-no-iou",
            "/editor/entries/debt-no-iou/edit",
            "/editor/review",
            "/editor/candidates",
            f"/editor/candidates/{row.id}",
            "/editor/test?question=没写借条",
        ],
    }.items():
        page = browsing.page(size)
        log_in(page, username)
        for path in paths:
            page.goto(path)
            assert violations(page) == [], (username, path)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= size[0], (username, path)
