"""What the browser tests share: Chromium, and a real service with a small real index."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from hotline.app import build_parts, create_app
from hotline.dependencies import Parts
from hotline.staff.models import Role
from kit.clock import SystemClock
from kit.db import Base
from kit.settings import Settings
from knowledge.indexing import build_articles_lexical, build_entries
from tests.browser.service import RunningService, ScriptedRasa
from tests.chromium import WAIT_MS
from tests.hotline import builders
from tests.missing import missing

SERVICE_TOKEN = "t" * 32
PHONE_SIZE = (390, 844)
# From a page to what axe-core complains about, with the elements concerned.
Violations = Callable[[Page], list[str]]


@dataclass(frozen=True)
class Hotline:
    """A running service with its scripted dialogue."""

    server: RunningService
    rasa: ScriptedRasa
    parts: Parts


def _seed(parts: Parts) -> None:
    Base.metadata.create_all(parts.database.engine)
    now = parts.clock.now()
    with parts.database.write() as session:
        builders.add_statutes(session)
        for entry_id in builders.ENTRIES:
            builders.add_entry(session, entry_id, now)
        builders.add_staff(session, "zhang", Role.SEAT_LAWYER, now)
    build_entries(parts.database, parts.settings, parts.encoder)
    build_articles_lexical(parts.database, parts.settings, now.date())


@pytest.fixture(scope="session")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """The service with the bundled encoder, on SQLite in a temporary folder."""
    rasa = ScriptedRasa(SERVICE_TOKEN)
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("hotline"),
        service_token=SERVICE_TOKEN,
        bot_url=rasa.url,
        bot_token="b" * 32,
        messages_per_minute=1000,
        sessions_per_minute=1000,
        lookups_per_minute=1000,
        logins_per_minute=1000,
    )
    parts = build_parts(settings, SystemClock())
    _seed(parts)
    server = RunningService(create_app(settings, parts))
    rasa.service_url = server.url
    yield Hotline(server, rasa, parts)
    server.stop()
    rasa.close()
    parts.bot.close()
    parts.database.dispose()


@pytest.fixture(autouse=True)
def _quiet_rasa(hotline: Hotline) -> None:
    """Every test begins with an empty script and a dialogue that is up."""
    hotline.rasa.script.clear()
    hotline.rasa.heard.clear()
    hotline.rasa.down = False


@dataclass
class Browsing:
    """The contexts that a test opened, and what their pages complained about."""

    chromium: Browser
    url: str
    contexts: list[BrowserContext]
    complaints: list[str]

    def context(self, size: tuple[int, int] = PHONE_SIZE, **options: object) -> BrowserContext:
        """The browser of one more person."""
        width, height = size
        context = self.chromium.new_context(
            base_url=self.url,
            viewport={"width": width, "height": height},
            locale="zh-CN",
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(WAIT_MS)
        self.contexts.append(context)
        return context

    def page(self, size: tuple[int, int] = PHONE_SIZE, **options: object) -> Page:
        """A tab of one more person, with nothing opened in it yet."""
        page = self.context(size, **options).new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self._hear(said.text))
        page.on("request", lambda request: self._watch(request.url))
        return page

    def _hear(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.complaints.append(text)

    def _watch(self, url: str) -> None:
        if not url.startswith(self.url):
            self.complaints.append(f"asked outside: {url}")


@pytest.fixture
def browsing(chromium: Browser, hotline: Hotline) -> Iterator[Browsing]:
    """Opens pages; at the end none may have had an error, broken the CSP or asked outside."""
    browsing = Browsing(chromium, hotline.server.url, [], [])
    yield browsing
    for context in browsing.contexts:
        context.close()
    assert browsing.complaints == []


@pytest.fixture
def open_page(browsing: Browsing) -> Callable[..., Page]:
    """Open the citizens' page as somebody new, and wait for the greeting."""

    def open_it(size: tuple[int, int] = PHONE_SIZE, **options: object) -> Page:
        page = browsing.page(size, **options)
        page.goto("/")
        page.locator("#log .message").first.wait_for()
        return page

    return open_it


@pytest.fixture
def citizen(open_page: Callable[..., Page]) -> Page:
    """The page on a phone, greeted."""
    return open_page()


@pytest.fixture(scope="session")
def violations() -> Violations:
    """Asks axe-core, as npm installed it for the tests, what is wrong with a page as it is."""
    source = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        missing("axe-core is missing: npm ci --ignore-scripts")
    axe = source.read_text(encoding="utf-8")

    def ask(page: Page) -> list[str]:
        page.evaluate(axe)
        found = page.evaluate("axe.run().then(result => result.violations)")
        return [
            f"{rule['id']}: {' '.join(node['html'] for node in rule['nodes'])}" for rule in found
        ]

    return ask
