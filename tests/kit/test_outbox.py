"""The outbox: claimed once, tried again after a failure or a death, done once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kit import outbox
from kit.db import Base, Database
from kit.outbox import OutboxRow

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    Base.metadata.create_all(database.engine, tables=[OutboxRow.__table__])  # type: ignore[list-item]
    with database.write() as session:
        outbox.put(session, "known", {"n": 1}, NOW)
        outbox.put(session, "unknown", {"n": 2}, NOW)
    yield database
    database.dispose()


def claim(database: Database, now: datetime) -> list[OutboxRow]:
    with database.write() as session:
        return outbox.claim(session, now, ["known"])


def test_a_claimed_row_is_hidden_until_its_lease_ends(database: Database) -> None:
    assert [row.payload for row in claim(database, NOW)] == [{"n": 1}]
    assert claim(database, NOW + timedelta(seconds=60)) == []
    assert len(claim(database, NOW + outbox.LEASE)) == 1


def test_a_done_row_is_never_claimed_again(database: Database) -> None:
    (row,) = claim(database, NOW)
    with database.write() as session:
        outbox.done(session, row.id, NOW)
    assert claim(database, NOW + timedelta(days=1)) == []


def test_a_failed_row_waits_longer_each_time_and_is_not_forgotten(database: Database) -> None:
    waits = []
    now = NOW
    for _ in range(12):
        (row,) = claim(database, now)
        with database.write() as session:
            outbox.failed(session, row, now, "no answer")
        with database.read() as session:
            kept = session.get_one(OutboxRow, row.id)
            assert kept.last_error == "no answer"
            waits.append(kept.available_at - now)
            now = kept.available_at
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=2)
    assert waits[-1] == outbox.MAX_DELAY
