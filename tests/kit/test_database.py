"""The database: writers wait for one another, moments keep their zone, a failure leaves nothing."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, null, select
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from kit import outbox
from kit.db import Base, Database
from kit.outbox import OutboxRow

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'new folder' / 'test.db'}")
    Base.metadata.create_all(database.engine, tables=[OutboxRow.__table__])  # type: ignore[list-item]
    return database


def test_a_failing_transaction_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as session:
            outbox.put(session, "topic", {}, NOW)
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.read() as session:
        assert outbox.waiting(session) == 0


def test_a_reader_writes_nothing(database: Database) -> None:
    with database.read() as session:
        outbox.put(session, "topic", {}, NOW)
        session.flush()
    with database.read() as session:
        assert outbox.waiting(session) == 0


def test_moments_come_back_in_utc(database: Database) -> None:
    with database.write() as session:
        outbox.put(session, "topic", {}, NOW)
    with database.read() as session:
        assert session.scalars(select(OutboxRow)).one().created_at == NOW


def test_an_error_of_the_database_does_not_tell_what_was_written(database: Database) -> None:
    secret = "王小明住在东湖区"
    row = {"topic": secret, "created_at": NOW, "available_at": NOW, "attempts": 0}
    with database.read() as session, pytest.raises(IntegrityError) as raised:
        session.execute(insert(OutboxRow).values(payload=null(), **row))
    assert secret not in str(raised.value)


def test_a_naive_moment_is_refused(database: Database) -> None:
    with database.write() as session:
        outbox.put(session, "topic", {}, datetime(2026, 1, 1))
        with pytest.raises(StatementError, match="time zone"):
            session.flush()
        session.rollback()


def test_many_writers_that_read_first_never_find_the_database_locked(database: Database) -> None:
    errors: list[OperationalError] = []

    def write() -> None:
        try:
            for _ in range(20):
                with database.write() as session:
                    outbox.waiting(session)
                    outbox.put(session, "topic", {}, NOW)
        except OperationalError as error:
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with database.read() as session:
        assert outbox.waiting(session) == 160
