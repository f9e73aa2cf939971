"""What a citizen does on the page, for every test that needs one."""

from playwright.sync_api import Page

from hotline.consultation import repository as consultations
from tests.browser.conftest import Hotline
from tests.hotline.builders import PHONE

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
