"""The citizens' pages for everybody: axe-core finds nothing to complain about, in any state."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.citizen import CATEGORY, QUESTION, register, say
from tests.browser.conftest import Browsing, Hotline, Violations

pytestmark = pytest.mark.browser

PHONE_SIZE, DESKTOP = (390, 844), (1280, 800)
ARTICLE = "/articles?law=民法典&number=675"


def talk(page: Page, hotline: Hotline) -> None:
    """A conversation that has every kind of message in it, and one that was not sent."""
    hotline.rasa.script["转人工"] = [{"text": "好的，我为您登记。"}, CATEGORY]
    say(page, QUESTION)
    expect(page.get_by_role("button", name="有帮助", exact=True)).to_be_enabled()
    page.locator("#person").click()
    expect(page.get_by_role("button", name="劳动纠纷")).to_be_enabled()
    register(page)
    expect(page.locator("#log .code")).to_be_visible()
    page.route("**/api/messages", lambda route: route.abort())
    say(page, "这句还没发出去")
    expect(page.locator("#status")).not_to_be_empty()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("size", [PHONE_SIZE, DESKTOP])
def test_a_whole_conversation_is_accessible(
    open_page: Callable[..., Page],
    hotline: Hotline,
    violations: Violations,
    size: tuple[int, int],
    large: bool,
    scheme: str,
) -> None:
    page = open_page(size, color_scheme=scheme)
    if large:
        page.locator("#size").click()
    assert violations(page) == []
    talk(page, hotline)
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE_SIZE, DESKTOP])
def test_dialogs_are_accessible(
    open_page: Callable[..., Page], violations: Violations, size: tuple[int, int], scheme: str
) -> None:
    page = open_page(size, color_scheme=scheme)
    say(page, QUESTION)
    page.locator("a.law").click()
    expect(page.locator("#article-standing")).not_to_be_empty()
    assert violations(page) == []
    page.keyboard.press("Escape")
    for opener, form in (("fill", "order-form"), ("find", "lookup-form")):
        page.locator(f"#{opener}").click()
        page.locator(f"#{form} [type=submit]").click()
        expect(page.locator(f"#{form} [aria-invalid=true]").first).to_be_focused()
        assert violations(page) == []
        page.keyboard.press("Escape")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [ARTICLE, "/articles?law=没有&number=1"])
def test_an_articles_page_is_accessible(
    browsing: Browsing, violations: Violations, path: str, scheme: str
) -> None:
    page = browsing.page(PHONE_SIZE, color_scheme=scheme)
    page.goto(path)
    assert violations(page) == []


def test_everything_can_be_reached_and_left_by_the_keyboard(citizen: Page) -> None:
    reached = []
    for _ in range(12):
        citizen.keyboard.press("Tab")
        reached.append(citizen.evaluate("document.activeElement.id || document.activeElement.href"))
    for name in ("size", "person", "find", "fill", "tel:12348", "text"):
        assert name in reached
    citizen.locator("#fill").focus()
    citizen.keyboard.press("Enter")
    expect(citizen.get_by_role("dialog", name="填写工单")).to_be_visible()
    citizen.keyboard.press("Escape")
    expect(citizen.locator("#fill")).to_be_focused()


def test_new_messages_are_announced_and_restored_ones_are_not(citizen: Page) -> None:
    citizen.add_init_script(
        """window.announced = [];
           document.addEventListener('DOMContentLoaded', () => {
             const log = document.getElementById('log');
             new MutationObserver(changes => changes.forEach(change =>
               change.addedNodes.forEach(() => announced.push(log.getAttribute('aria-live')))
             )).observe(log, {childList: true});
           }, {once: true});"""
    )
    citizen.reload()
    expect(citizen.locator(".message.bot")).to_have_count(1)
    assert citizen.evaluate("announced") == ["off"]
    expect(citizen.get_by_role("log")).to_have_attribute("aria-live", "polite")
    say(citizen, QUESTION)
    expect(citizen.locator(".message.bot")).to_have_count(2)
    assert citizen.evaluate("announced") == ["off", "polite", "polite"]
