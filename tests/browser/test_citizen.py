"""The citizens' page as a citizen meets it: in Chromium, against the real service."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from knowledge.standard_qa import repository
from knowledge.standard_qa.attachments import AttachmentFolder
from tests.browser.citizen import (
    ARTICLE_TEXT,
    CATEGORY,
    LOST,
    QUESTION,
    RETRY_MS,
    said_by_citizen,
    say,
    shown,
    token,
)
from tests.browser.conftest import Browsing, Hotline, Violations
from tests.knowledge.test_attachments import DOCX

pytestmark = pytest.mark.browser


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


@pytest.fixture
def entry(hotline: Hotline) -> Iterator[Callable[..., None]]:
    """Sets columns of the entry that answers ``QUESTION``; afterwards it is as it was."""

    def put(**columns: object) -> None:
        with hotline.parts.database.write() as session:
            live = repository.live_versions(session, ["debt-no-iou"])["debt-no-iou"]
            for name, value in columns.items():
                setattr(live, name, value)

    yield put
    put(facts=[], attachments=[])


def test_a_template_is_saved_from_beside_the_answer(
    citizen: Page, hotline: Hotline, violations: Violations, entry: Callable[..., None]
) -> None:
    folder = AttachmentFolder(hotline.parts.settings.data_dir)
    entry(attachments=[folder.keep("支付令申请书.docx", DOCX).model_dump()])
    say(citizen, QUESTION)
    answer = citizen.locator(".message.bot").last
    expect(answer.locator(".section")).to_contain_text(["怎么办", "附件", "法律依据"])
    assert violations(citizen) == []
    with citizen.expect_download() as download:
        answer.get_by_role("link", name="支付令申请书.docx").click()
    assert download.value.suggested_filename == "支付令申请书.docx"
    assert download.value.path().read_bytes() == DOCX


def test_a_missing_fact_is_asked_for_and_the_reply_is_understood(
    citizen: Page, entry: Callable[..., None]
) -> None:
    fact = {
        "name": "约定",
        "question": "约定了哪天还吗？",
        "cues": ["约定", "没说"],
        "section": "deadline",
    }
    entry(facts=[fact])
    say(citizen, QUESTION)
    expect(citizen.locator(".message.bot").last).to_contain_text("约定了哪天还吗？")
    say(citizen, "没说哪天还")
    answer = citizen.locator(".message.bot").last
    expect(answer).to_contain_text("诉讼时效一般三年。")
    expect(answer).not_to_contain_text("约定了哪天还吗？")


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
