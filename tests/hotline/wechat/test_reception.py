"""What lies before the acknowledgement is little, and nothing after it can spoil it."""

import http.client
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError
from starlette.responses import PlainTextResponse

from hotline import cli, worker
from hotline.app import create_app
from hotline.channel.wechat import endpoints, service
from hotline.consultation.models import Message
from hotline.dependencies import Parts
from kit import outbox
from kit.clock import FixedClock
from kit.db import CONNECTIONS, Base, Database
from kit.settings import Settings
from tests.hotline.wechat import pushes
from tests.hotline.wechat.conftest import Citizen, shown
from tests.hotline.wechat.fake_wechat import FakeWeChat
from tests.processes.product import free_port, until


class Said(list[tuple[int, str]]):
    """Statements with the thread that made each."""

    @property
    def texts(self) -> list[str]:
        """The statements."""
        return [statement for _, statement in self]

    def beside(self, part: str) -> list[str]:
        """What the thread that made a statement with this part said; others finish their turns."""
        thread = next(thread for thread, statement in self if part in statement)
        return [statement for ident, statement in self if ident == thread]


@contextmanager
def statements(database: Database) -> Iterator[Said]:
    """What the database is told meanwhile."""
    said = Said()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append((threading.get_ident(), statement))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def stored(database: Database, openid_key: str) -> int:
    with database.read() as session:
        found = session.scalars(select(Message).where(Message.client_message_id == openid_key))
        return len(found.all())


def test_a_push_and_its_turn_take_four_writing_transactions(
    citizen: Citizen, open_parts: Parts
) -> None:
    citizen.says("在吗")
    with statements(open_parts.database) as said:
        assert citizen.says("房东不退押金") == "您好"
    # Written down; leased; answered and let go of; claimed for the open connection.
    assert said.texts.count("BEGIN IMMEDIATE") == 4


def test_writing_a_push_down_takes_at_most_ten_statements(
    citizen: Citizen, open_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen.says("在吗")
    assert open_parts.wechat is not None
    monkeypatch.setattr(open_parts.wechat, "run_turn", lambda drain: Future())
    object.__setattr__(open_parts.settings, "wechat_passive_seconds", 0)
    with statements(open_parts.database) as said:
        assert citizen.says("房东不退押金") == "success"
    written = said.beside("INSERT INTO inbox")
    assert len([one for one in written if not one.startswith("BEGIN")]) <= 10, written


def test_a_push_that_came_before_holds_up_no_writer(citizen: Citizen, open_parts: Parts) -> None:
    fields = pushes.text_fields(citizen.openid, "在吗", 7, citizen.clock.now())
    assert shown(citizen.push(fields)) == "您好"
    with statements(open_parts.database) as said:
        assert shown(citizen.push(fields)) == "您好"
    assert "BEGIN IMMEDIATE" not in said.texts


def test_idle_rounds_of_the_worker_hold_up_no_writer(open_parts: Parts) -> None:
    with statements(open_parts.database) as said:
        assert outbox.take(open_parts.database, open_parts.clock.now(), ["known"]) == []
    assert said and "BEGIN IMMEDIATE" not in said.texts


def test_a_reply_is_not_given_to_a_connection_that_wechat_has_closed(
    citizen: Citizen,
    fake: FakeWeChat,
    carrier: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(endpoints, "LISTENS_SECONDS", 0.0)
    assert citizen.says("在吗") == "success"
    carrier()
    assert fake.texts(citizen.openid) == ["您好"]


def test_what_fails_after_a_push_is_written_down_does_not_spoil_its_acknowledgement(
    citizen: Citizen,
    fake: FakeWeChat,
    carrier: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(service, "claim_passive", fail)
    assert citizen.says("在吗") == "success"
    carrier()
    assert fake.texts(citizen.openid) == ["您好"]


@pytest.fixture
def on_postgres(open_parts: Parts, postgres_url: str) -> Iterator[Parts]:
    """The door over a PostgreSQL database; no turn is run."""
    database = Database(postgres_url)
    Base.metadata.create_all(database.engine)
    assert open_parts.wechat is not None
    open_parts.wechat.run_turn = lambda drain: Future()  # type: ignore[method-assign]
    object.__setattr__(open_parts.settings, "wechat_passive_seconds", 0)
    yield replace(open_parts, database=database)
    database.dispose()


@pytest.mark.postgres
def test_a_connection_that_breaks_while_a_push_is_written_costs_no_acknowledgement(
    on_postgres: Parts, clock: FixedClock
) -> None:
    database = on_postgres.database
    citizen = Citizen(TestClient(create_app(on_postgres.settings, on_postgres)), clock, "oBroken")
    citizen.says("在吗")
    fields = pushes.text_fields(citizen.openid, "还在吗", 77, clock.now())
    waits = text(
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    watching = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with ThreadPoolExecutor(1) as pool:
        with database.engine.begin() as holder, watching.connect() as watcher:
            holder.execute(text("SELECT 1 FROM wechat_contact FOR UPDATE"))
            pushed: Future[Response] = pool.submit(citizen.push, fields)
            pid = until(lambda: watcher.scalar(waits), 20, "the push waiting for the citizen's row")
            watcher.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        assert pushed.result(20).text == "success"
    assert stored(database, "wx:77") == 1


@pytest.mark.postgres
def test_more_threads_than_connections_wait_for_one_and_none_is_refused(
    postgres_url: str,
) -> None:
    database = Database(postgres_url)
    seen: list[int] = []

    def ask(_: int) -> None:
        with database.read() as session:
            session.execute(text("SELECT pg_sleep(0.02)"))
            count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            seen.append(session.scalar(text(count)) or 0)

    with ThreadPoolExecutor(3 * CONNECTIONS) as pool:
        list(pool.map(ask, range(6 * CONNECTIONS)))
    database.dispose()
    assert len(seen) == 6 * CONNECTIONS
    # A service, a second one and the worker fit under PostgreSQL's own limit of 100.
    assert max(seen) <= CONNECTIONS <= 30


def test_a_connection_that_a_proxy_keeps_is_still_open_when_it_is_used_again() -> None:
    port = free_port()
    server = cli.server(Settings(port=port), PlainTextResponse("here"))
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started, 20, "the server listening")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        for pause in (0, 6):
            # Beyond uvicorn's own five seconds, after which the next request would be lost.
            time.sleep(pause)
            connection.request("POST", "/", b"push")
            assert connection.getresponse().read() == b"here"
    finally:
        connection.close()
        server.should_exit = True
        thread.join()


def test_the_doors_of_the_worker_do_not_step_back_behind_other_processes(
    open_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = open_parts.settings
    object.__setattr__(settings, "article_vectors", False)
    monkeypatch.setattr(worker, "build_parts", lambda _: open_parts)
    stop = threading.Event()
    running = threading.Thread(target=worker.run, args=(settings, stop))
    running.start()
    try:
        until((settings.data_dir / "worker.alive").exists, 20, "a round of the worker")
        ours = os.getpriority(os.PRIO_PROCESS, 0)
        doors = {
            thread.name: os.getpriority(os.PRIO_PROCESS, thread.native_id or 0)
            for thread in threading.enumerate()
            if thread.name in ("delivery", "media")
        }
        assert doors == {"delivery": ours, "media": ours}
        assert os.getpriority(os.PRIO_PROCESS, running.native_id or 0) > ours
    finally:
        stop.set()
        running.join()
