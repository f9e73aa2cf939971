"""What the hotline's tests share: a whole service on a temporary database with a small index."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from hotline.app import create_app
from hotline.bot_client import BotClient
from hotline.channel.dialogue import Dialogue
from hotline.consultation.models import Consultation
from hotline.consultation.triager import Triager
from hotline.dependencies import SESSION_COOKIE, Parts
from hotline.staff import service as staff
from hotline.staff.models import Role
from hotline.work_order.assignment import DeadlineRules
from indexer import LiveIndex, Row, build
from kit.clock import FixedClock
from kit.db import Base, Database
from kit.settings import Settings
from kit.throttle import Throttle
from kit.working_days import WorkingDays
from knowledge.retrieval import ARTICLES, ENTRIES, Retriever
from knowledge.standard_qa import repository as standard_qa
from tests.hotline import builders
from tests.hotline.builders import FakeBot
from tests.indexer.fakes import FakeEncoder

# A Saturday noon in Beijing.
NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
LOGINS_PER_MINUTE = 3
LOOKUPS_PER_DAY = 8
RULES = DeadlineRules(WorkingDays(), urgent_hours=1, working_days=5)
STAFF = {
    "zhang": Role.SEAT_LAWYER,
    "li": Role.SEAT_LAWYER,
    "ban": Role.SUPERVISOR,
    "bian": Role.KNOWLEDGE_EDITOR,
    "shen": Role.KNOWLEDGE_EDITOR,
    "guan": Role.ADMIN,
}


@dataclass(frozen=True)
class Seat:
    """The browser of somebody who is logged in; the CSRF token goes with every form."""

    client: TestClient
    csrf: str
    staff_id: int

    def get(self, url: str, **headers: str) -> Response:
        """Open a page, without following redirects."""
        return self.client.get(url, headers=headers, follow_redirects=False)

    def post(self, url: str, headers: dict[str, str] | None = None, **fields: str) -> Response:
        """Send a form, without following the redirect."""
        data = {"csrf_token": self.csrf, **fields}
        return self.client.post(url, data=data, headers=headers, follow_redirects=False)


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still."""
    return FixedClock(NOON)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a data folder of its own."""
    return Settings(
        data_dir=tmp_path, service_token="t" * 32, reply_wait_seconds=5, demo_staff=False
    )


@pytest.fixture
def bot() -> FakeBot:
    """The dialogue, scripted."""
    return FakeBot()


@pytest.fixture
def parts(settings: Settings, clock: FixedClock, bot: FakeBot) -> Iterator[Parts]:
    """The parts of a service that knows four entries, two articles and six people."""
    database = Database(settings.resolved_database_url)
    Base.metadata.create_all(database.engine)
    encoder = FakeEncoder()
    with database.write() as session:
        builders.add_statutes(session)
        for entry_id in builders.ENTRIES:
            builders.add_entry(session, entry_id, clock.now())
        for username, role in STAFF.items():
            builders.add_staff(session, username, role, clock.now())
        rows = list(standard_qa.live_phrasings(session))
    build(settings.index_dir, ENTRIES, rows, encoder=encoder, cache=None)
    name = "民法典第六百七十五条"
    article = Row(f"{name}@mfd-1", name, "借款人应当按照约定的期限返还借款。")
    build(settings.index_dir, ARTICLES, [article], encoder=encoder, cache=None)
    retriever = Retriever(
        LiveIndex(settings.index_dir, ENTRIES, encoder),
        LiveIndex(settings.index_dir, ARTICLES, encoder),
    )
    triager = Triager.load(encoder)
    client = cast(BotClient, bot)
    yield Parts(
        settings=settings,
        database=database,
        clock=clock,
        deadline_rules=RULES,
        encoder=encoder,
        retriever=retriever,
        triager=triager,
        institutions=(),
        bot=client,
        dialogue=Dialogue(database, clock, client, retriever, triager, RULES),
        messages=Throttle(1000, "慢一点"),
        sessions=Throttle(1000, "慢一点"),
        lookups=Throttle(1000, "慢一点"),
        lookups_by_day=Throttle(LOOKUPS_PER_DAY, "明天再试", per="day"),
        logins=Throttle(LOGINS_PER_MINUTE, "登录次数太多，请一分钟后再试"),
        logins_by_source=Throttle(5 * LOGINS_PER_MINUTE, "登录次数太多，请一分钟后再试"),
    )
    database.dispose()


@pytest.fixture
def app(settings: Settings, parts: Parts) -> FastAPI:
    """The whole application."""
    return create_app(settings, parts)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A browser of nobody in particular."""
    return TestClient(app, raise_server_exceptions=True)


@dataclass(frozen=True, slots=True)
class Asking:
    """A citizen's consultation, asked as the actions ask it."""

    client: TestClient
    id: str

    def __call__(self, text: str) -> dict[str, Any]:
        path = f"/v1/consultations/{self.id}/questions"
        answer = self.client.post(path, json={"text": text}, headers=builders.SERVICE)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
def ask(client: TestClient, parts: Parts) -> Asking:
    """Ask in a conversation of one's own."""
    client.post("/api/sessions")
    with parts.database.read() as session:
        return Asking(client, session.scalars(select(Consultation)).one().id)


@pytest.fixture
def seat(app: FastAPI, parts: Parts) -> Callable[[str], Seat]:
    """Log somebody in: ``seat("zhang")``."""

    def log_in(username: str) -> Seat:
        now = parts.clock.now()
        with parts.database.write() as session:
            account = staff.by_username(session, username)
            assert account is not None
            token = staff.open_session(session, account, now)
        with parts.database.read() as session:
            subject = staff.resolve(session, token, now, timedelta(hours=1), timedelta(hours=1))
        assert subject is not None
        client = TestClient(app)
        client.cookies.set(SESSION_COOKIE, token)
        return Seat(client, subject.csrf_token, account.id)

    return log_in
