"""The real pages in Chromium: what a citizen and a lawyer do there, step by step."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.chromium import FLAGS, chromium_program
from tests.processes.product import Product

PHONE_SIZE = (390, 844)
DESKTOP_SIZE = (1280, 860)
WAIT_MS = 30_000
PASSWORD = "律师的新密码-2026"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium of one's own, outside of the tests."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=WAIT_MS)
        browser = playwright.chromium.launch(executable_path=chromium_program(), args=FLAGS)
        yield browser
        browser.close()


@dataclass
class CitizenPage:
    """The citizens' page in one tab."""

    page: Page

    @classmethod
    def open(
        cls, browser: Browser, product: Product, size: tuple[int, int] = PHONE_SIZE
    ) -> "CitizenPage":
        """Open the page and wait for the greeting."""
        width, height = size
        context = browser.new_context(
            base_url=product.url, viewport={"width": width, "height": height}, locale="zh-CN"
        )
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.goto("/")
        expect(page.locator(".message.bot").first).to_contain_text("12348")
        return cls(page)

    def says(self, text: str) -> None:
        """Type something, send it, and wait for the reply."""
        before = self.page.locator(".message.bot").count()
        self.page.locator("#text").fill(text)
        self.page.locator("#text").press("Enter")
        expect(self.page.locator(".message.bot").nth(before)).to_be_visible()
        expect(self.page.locator("#thinking")).to_be_hidden()

    def taps(self, title: str) -> None:
        """Tap one of the offered choices under the newest message."""
        before = self.page.locator(".message.bot").count()
        self.page.get_by_role("button", name=title, exact=True).last.click()
        expect(self.page.locator(".message.bot").nth(before)).to_be_visible()

    def newest(self) -> str:
        """The text of the newest message from the other side."""
        return self.page.locator(".message:not(.citizen)").last.inner_text()

    def leaves_order(self, description: str) -> str:
        """Leave a work order by dialogue; returns the case code."""
        self.says("转人工")
        answers = {
            "哪一类": "劳动纠纷",
            "哪个区县": "不想说",
            "经过": description,
            "怎么称呼": "王小明",
            "联系电话": "13812345678",
        }
        while "请核对" not in self.newest():
            asked = self.newest()
            self.says(next(answer for words, answer in answers.items() if words in asked))
        self.taps("确认")
        found = re.search(r"FW\d{8}-[0-9A-Z]{6}", self.newest())
        assert found is not None, self.newest()
        return found[0]


@dataclass
class DeskPage:
    """A seat lawyer's desk in one tab."""

    page: Page

    @classmethod
    def log_in(cls, browser: Browser, product: Product, username: str) -> "DeskPage":
        """Log in with the one-time password, set another, and see the desk."""
        width, height = DESKTOP_SIZE
        context = browser.new_context(
            base_url=product.url, viewport={"width": width, "height": height}, locale="zh-CN"
        )
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.goto("/staff/login")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(product.passwords[username])
        page.get_by_role("button", name="登录").click()
        expect(page.locator("body")).to_contain_text("退出")
        if page.url.endswith("/staff/password"):
            page.locator("input[name=old]").fill(product.passwords[username])
            page.locator("input[name=new]").fill(PASSWORD)
            page.locator("input[name=again]").fill(PASSWORD)
            page.locator("main form button").last.click()
            page.wait_for_url("**/desk")
            product.passwords[username] = PASSWORD
        return cls(page)

    def claims(self, code: str) -> None:
        """Claim an order from the queue and see its page."""
        self.page.goto("/desk")
        self.page.get_by_role("button", name=f"接单 {code}").click()
        self.page.wait_for_url(f"**/desk/orders/{code}*")

    def answers(self, text: str) -> None:
        """Write an answer and send it."""
        self.page.locator("#answer-form textarea").fill(text)
        self.page.get_by_role("button", name="发出答复").click()
        expect(self.page.locator("body")).to_contain_text("答复已发出")

    def closes(self) -> None:
        """Close the order."""
        self.page.get_by_role("button", name="办结").click()
        expect(self.page.locator("body")).to_contain_text("已办结")
