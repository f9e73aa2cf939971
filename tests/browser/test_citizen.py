"""The citizens' page as a citizen meets it: in Chromium, against the real service."""

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
from tests.browser.conftest import Browsing, Hotline
from tests.hotline.builders import PHONE

pytestmark = pytest.mark.browser

QUESTION = "借钱给别人没有写借条，还能要回来吗？"
ARTICLE_TEXT = "借款人应当按照约定的期限返还借款。"
CATEGORY = {
    "text": "您的问题属于哪一类？",
    "buttons": [{"title": name, "payload": name} for name in ("婚姻家庭", "劳动纠纷")],
}
LOST = "连接中断，正在重试，您的话还在"
RETRY_MS = 20_000


def say(page: Page, text: str) -> None:
    """Type something and press Enter."""
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def token(page: Page) -> str:
    """The session token that the page keeps."""
    kept: str = page.evaluate("localStorage.getItem('hotline.session')")
    return kept


def said_by_citizen(hotline: Hotline, page: Page) -> list[str]:
    """What the service holds of the citizen's words."""
    with hotline.parts.database.read() as session:
        row = consultations.by_session(session, token(page))
        messages = consultations.messages(session, row.id)
    return [message.text for message in messages if message.sender == "citizen"]


def shown(page: Page, sender: str) -> list[str]:
    """The bubbles of one speaker, those still on their way included."""
    bubbles = page.locator(f".message.{sender}").all()
    return [bubble.inner_text() for bubble in bubbles]


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


def fill_in(page: Page, **fields: str) -> None:
    """Fill the order form in and submit it."""
    page.locator("#category").select_option(fields.pop("category", "债权债务"))
    for name, value in fields.items():
        page.locator(f"#order-form [name={name}]").fill(value)
    page.locator("#order-form [type=submit]").click()


def register(page: Page) -> str:
    """Leave a work order by the form; returns its case code."""
    page.locator("#fill").click()
    fill_in(page, description="朋友借了五万元一直不还", phone=PHONE)
    code = page.locator("#made .code strong").inner_text()
    page.get_by_role("button", name="回到对话").click()
    return code


def test_a_question_is_answered_with_its_legal_basis(citizen: Page) -> None:
    say(citizen, QUESTION)
    answer = citizen.locator(".message.bot").last
    expect(answer.locator(".section")).to_contain_text(["结论", "依据", "怎么办", "法律依据"])
    expect(answer).to_contain_text("以上为参考性意见")
    citizen.get_by_role("link", name="《民法典》第六百七十五条").click()
    dialog = citizen.get_by_role("dialog")
    expect(dialog).to_contain_text(ARTICLE_TEXT)
    expect(dialog).to_contain_text("现行有效 · 2021-01-01 起施行")
    citizen.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(citizen.get_by_role("link", name="《民法典》第六百七十五条")).to_be_focused()


def test_a_citation_without_script_power_is_still_a_page(citizen: Page) -> None:
    say(citizen, QUESTION)
    address = citizen.locator("a.law").first.get_attribute("href")
    assert address is not None
    citizen.goto(address)
    expect(citizen.get_by_role("heading", level=1)).to_have_text("《民法典》第六百七十五条")
    expect(citizen.locator(".lawtext")).to_have_text(ARTICLE_TEXT)


def test_related_articles_are_offered_for_reading_only(citizen: Page, hotline: Hotline) -> None:
    related = [{"law": "民法典", "article": "第六百七十六条"}]
    hotline.rasa.script["高利贷"] = [{"custom": {"text": "没有把握。", "related": related}}]
    say(citizen, "高利贷")
    expect(citizen.locator(".laws .section")).to_have_text("相关法条（仅供查阅）")
    citizen.locator("a.law").click()
    expect(citizen.get_by_role("dialog")).to_contain_text("逾期利息")


def test_a_tapped_choice_is_sent_as_text_and_then_disabled(citizen: Page, hotline: Hotline) -> None:
    hotline.rasa.script["转人工"] = [{"text": "好的，我为您登记。"}, CATEGORY]
    hotline.rasa.script["劳动纠纷"] = [{"text": "您在哪个区县？"}]
    citizen.locator("#person").click()
    citizen.get_by_role("button", name="劳动纠纷").click()
    expect(citizen.locator(".message.bot").last).to_contain_text("您在哪个区县？")
    expect(citizen.get_by_role("button", name="劳动纠纷")).to_be_disabled()
    expect(citizen.get_by_role("button", name="婚姻家庭")).to_be_disabled()
    assert hotline.rasa.heard == ["转人工", "劳动纠纷"]


def test_the_citizen_says_whether_it_helped(citizen: Page, hotline: Hotline) -> None:
    hotline.rasa.script["有帮助"] = [{"text": "谢谢您的评价。"}]
    say(citizen, QUESTION)
    citizen.get_by_role("button", name="有帮助", exact=True).click()
    expect(citizen.locator(".message.bot").last).to_contain_text("谢谢您的评价。")


def test_enter_sends_shift_enter_breaks_the_line_and_an_input_method_keeps_its_enter(
    citizen: Page, hotline: Hotline
) -> None:
    hotline.rasa.script["第一行\n第二行"] = [{"text": "收到两行。"}]
    box = citizen.locator("#text")
    box.press_sequentially("第一行")
    box.press("Shift+Enter")
    box.press_sequentially("第二行")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    expect(box).to_have_value("第一行\n第二行")
    box.press("Enter")
    expect(citizen.locator(".message.bot").last).to_contain_text("收到两行。")
    expect(box).to_have_value("")
    assert hotline.rasa.heard == ["第一行\n第二行"]


def test_what_is_said_while_the_service_is_down_arrives_once(
    citizen: Page, hotline: Hotline
) -> None:
    hotline.server.stop()
    try:
        say(citizen, QUESTION)
        expect(citizen.locator("#status")).to_have_text(LOST)
        expect(citizen.locator("#outbox .message")).to_contain_text("发送中")
    finally:
        hotline.server.start()
    expect(citizen.locator("#log .message.citizen .state")).to_have_text("已送达", timeout=RETRY_MS)
    expect(citizen.locator("#outbox .message")).to_have_count(0)
    expect(citizen.locator("#status")).to_be_empty()
    assert len(shown(citizen, "citizen")) == 1
    assert said_by_citizen(hotline, citizen) == [QUESTION]


def test_a_lost_response_does_not_make_a_second_message(citizen: Page, hotline: Hotline) -> None:
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(str(route.request.post_data_json["client_message_id"]))
        route.fetch()
        route.abort()

    citizen.route("**/api/messages", lose_the_first)
    with citizen.expect_request(
        lambda request: bool(lost) and request.method == "POST" and "/api/messages" in request.url
    ) as again:
        say(citizen, QUESTION)
        expect(citizen.locator("#log .message.citizen")).to_have_count(1, timeout=RETRY_MS)
    assert again.value.post_data_json["client_message_id"] == lost[0]
    expect(citizen.locator("#outbox .message")).to_have_count(0)
    assert said_by_citizen(hotline, citizen) == [QUESTION]
    assert hotline.rasa.heard == [QUESTION]


def test_after_many_failures_it_says_not_sent_and_offers_to_retry(citizen: Page) -> None:
    citizen.clock.install()
    citizen.route("**/api/messages", lambda route: route.fulfill(status=502, body="bad gateway"))
    say(citizen, QUESTION)
    for seconds in (1, 2, 4):
        expect(citizen.locator("#status")).to_have_text(LOST)
        citizen.wait_for_timeout(100)
        citizen.clock.fast_forward(1000 * seconds)
    expect(citizen.locator("#outbox")).to_contain_text("没发出去，您的话还在")
    citizen.unroute("**/api/messages")
    citizen.get_by_role("button", name="重试").click()
    expect(citizen.locator("#log .message.citizen .state")).to_have_text("已送达")


def test_words_that_were_not_sent_survive_a_reload(citizen: Page, hotline: Hotline) -> None:
    citizen.route("**/api/messages", lambda route: route.abort())
    say(citizen, QUESTION)
    expect(citizen.locator("#status")).to_have_text(LOST)
    citizen.locator("#text").fill("还没写完的")
    citizen.unroute("**/api/messages")
    citizen.reload()
    expect(citizen.locator("#log .message.citizen .state")).to_have_text("已送达")
    expect(citizen.locator("#text")).to_have_value("还没写完的")
    assert said_by_citizen(hotline, citizen) == [QUESTION]


def test_the_conversation_is_restored_after_a_reload(citizen: Page) -> None:
    say(citizen, QUESTION)
    expect(citizen.locator(".message.bot")).to_have_count(2)
    before = citizen.locator("#log").inner_text()
    citizen.reload()
    expect(citizen.locator(".message.bot")).to_have_count(2)
    assert citizen.locator("#log").inner_text() == before
    expect(citizen.get_by_role("button", name="有帮助", exact=True)).to_be_enabled()


def test_a_session_that_is_gone_is_begun_anew_and_said_so(citizen: Page) -> None:
    citizen.evaluate("localStorage.setItem('hotline.session', 'gone')")
    citizen.reload()
    expect(citizen.locator(".message.system")).to_contain_text("之前的会话已经结束")
    expect(citizen.locator(".message.bot")).to_contain_text("您好")
    say(citizen, QUESTION)
    expect(citizen.locator(".message.bot").last).to_contain_text("结论")


def test_it_works_where_storage_is_forbidden(browsing: Browsing) -> None:
    page = browsing.page()
    page.add_init_script(
        "Storage.prototype.getItem = Storage.prototype.setItem = Storage.prototype.removeItem ="
        " () => { throw new DOMException('denied', 'SecurityError'); };"
    )
    page.goto("/")
    say(page, QUESTION)
    expect(page.locator(".message.bot").last).to_contain_text("结论")
    assert len(shown(page, "citizen")) == 1


def test_a_message_that_is_too_long_stays_in_the_box(citizen: Page) -> None:
    text = "长" * 4001
    say(citizen, text)
    expect(citizen.locator("#problem")).to_contain_text("一次最多 4000 个字")
    expect(citizen.locator("#text")).to_have_value(text)
    expect(citizen.locator(".message.citizen")).to_have_count(0)


def test_a_throttled_message_stays_in_the_box_with_the_reason(citizen: Page) -> None:
    refusal = {"error": {"code": "too_many", "message": "您发得太快了，请等几秒再发。"}}
    citizen.route("**/api/messages", lambda route: route.fulfill(status=429, json=refusal))
    say(citizen, QUESTION)
    expect(citizen.locator("#problem")).to_have_text("您发得太快了，请等几秒再发。")
    expect(citizen.locator("#text")).to_have_value(QUESTION)


def test_markup_in_any_text_is_shown_as_text(citizen: Page, hotline: Hotline) -> None:
    evil = "<img src=x onerror=\"document.title='坏了'\"><b>粗</b>"
    hotline.rasa.script[evil] = [
        {
            "custom": {
                "text": f"【{evil[:8]}】{evil}",
                "choices": [{"title": evil, "payload": "好"}],
                "citations": [{"law": evil, "article": "第一条"}],
            }
        }
    ]
    say(citizen, evil)
    answer = citizen.locator(".message.bot").last
    expect(answer).to_contain_text(evil)
    expect(citizen.locator(".message.citizen")).to_contain_text(evil)
    expect(citizen.locator("#log img, #log p b b")).to_have_count(0)
    assert "坏了" not in citizen.title()


def test_large_letters_are_large_and_remembered(citizen: Page) -> None:
    size = "getComputedStyle(document.querySelector('.message p')).fontSize"
    assert citizen.evaluate(size) == "18px"
    citizen.get_by_role("button", name="大字版").click()
    assert citizen.evaluate(size) == "30px"
    citizen.reload()
    expect(citizen.get_by_role("button", name="大字版")).to_have_attribute("aria-pressed", "true")
    citizen.locator(".message").first.wait_for()
    assert citizen.evaluate(size) == "30px"


@pytest.mark.parametrize(("large", "least"), [(False, 44), (True, 60)])
def test_everything_to_tap_is_large_enough(
    citizen: Page, hotline: Hotline, large: bool, least: int
) -> None:
    if large:
        citizen.locator("#size").click()
    say(citizen, QUESTION)
    expect(citizen.get_by_role("button", name="有帮助", exact=True)).to_be_visible()
    citizen.locator("#fill").click()
    small = citizen.evaluate(
        """least => Array.from(document.querySelectorAll(
             'button, a.button, a.law, input, select, textarea'))
           .filter(one => one.offsetParent && one.getBoundingClientRect().height < least)
           .map(one => one.outerHTML)""",
        least,
    )
    assert small == []


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("size", [(320, 256), (320, 640), (390, 844), (1280, 800)])
def test_nothing_scrolls_sideways(
    open_page: Callable[..., Page], size: tuple[int, int], large: bool
) -> None:
    page = open_page(size)
    if large:
        page.locator("#size").click()
    say(page, QUESTION)
    expect(page.locator(".message.bot").last).to_contain_text("结论")
    for dialog in ("fill", "find"):
        page.locator(f"#{dialog}").click()
        wide = "document.querySelector('dialog[open]')"
        assert page.evaluate(f"{wide}.scrollWidth <= {wide}.clientWidth")
        page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


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


def _consultation_id(hotline: Hotline, page: Page) -> str:
    with hotline.parts.database.read() as session:
        return consultations.by_session(session, token(page)).id


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


def _messages(hotline: Hotline, page: Page) -> int:
    with hotline.parts.database.read() as session:
        counted = session.scalar(
            select(func.count())
            .select_from(Message)
            .where(Message.consultation_id == _consultation_id(hotline, page))
        )
    return counted or 0


def test_the_records_of_a_shared_device_can_be_cleared(citizen: Page) -> None:
    say(citizen, QUESTION)
    expect(citizen.locator(".message.bot")).to_have_count(2)
    before = token(citizen)
    citizen.on("dialog", lambda dialog: dialog.accept())
    citizen.get_by_role("button", name="清除本机的对话记录").click()
    expect(citizen.locator(".message")).to_have_count(1)
    assert token(citizen) != before


def test_without_scripts_the_page_says_whom_to_call(browsing: Browsing) -> None:
    page = browsing.page(java_script_enabled=False)
    page.goto("/")
    told = page.locator("noscript .alarm")
    expect(told).to_be_visible()
    expect(told).to_contain_text("请直接拨打 12348")
    expect(page.get_by_role("link", name="拨打12348")).to_be_visible()
