"""The citizen's and the lawyer's part on the real pages, through the real processes."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.processes.pages import CitizenPage, DeskPage
from tests.processes.product import Product

pytestmark = [pytest.mark.processes, pytest.mark.browser]

STORY = "我帮人装修完工半年了，房主总说手头紧，尾款一直拖着不结。"
ANSWER = "请先书面催要并保留微信记录；仍不付的，可以到房屋所在地的基层法院起诉。"


def test_a_citizen_asks_leaves_an_order_and_sees_the_lawyers_answer_arrive(
    product: Product, chromium: Browser
) -> None:
    citizen = CitizenPage.open(chromium, product)
    citizen.says("公司拖欠工资怎么办？")
    assert "结论" in citizen.newest()
    assert "参考性意见" in citizen.newest()
    citizen.page.get_by_role("link", name=re.compile("劳动合同法.*第三十条")).last.click()
    expect(citizen.page.locator("#article-text")).to_contain_text("劳动报酬")
    citizen.page.keyboard.press("Escape")
    citizen.taps("有帮助")
    assert "谢谢" in citizen.newest()
    citizen.says(STORY)
    code = citizen.leaves_order(STORY)

    lawyer = DeskPage.log_in(chromium, product, "lawyer2")
    lawyer.claims(code)
    expect(lawyer.page.locator("body")).to_contain_text(STORY)
    lawyer.answers(ANSWER)
    # Nothing is reloaded on the citizen's side.
    expect(citizen.page.locator(".message.lawyer")).to_contain_text(ANSWER)
    lawyer.closes()
    expect(citizen.page.locator("#log")).to_contain_text("这张工单已办结")

    citizen.page.locator("#find").click()
    citizen.page.locator("#code").fill(code.lower())
    citizen.page.locator("#phone_tail").fill("5678")
    citizen.page.get_by_role("button", name="查询").click()
    expect(citizen.page.locator("#progress")).to_contain_text("已办结")
