"""SQLite's writers in a queue: in order, across processes, and no place is held by the dead."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from kit import outbox
from kit.db import Base, Database
from kit.outbox import OutboxRow
from kit.settings import ROOT
from kit.write_queue import NestedWriteError, WriteQueue
from tests.kit.test_database import NOW

HOLDER = """
import sys, time
from pathlib import Path
from kit.write_queue import WriteQueue
with WriteQueue(Path(sys.argv[1])).turn():
    print("held", flush=True)
    time.sleep(60)
"""
WRITER = """
import sys
from datetime import datetime, UTC
from kit import outbox
from kit.db import Database
database = Database(sys.argv[1])
for _ in range(100):
    with database.write() as session:
        before = outbox.waiting(session)
        outbox.put(session, "topic", {"before": before}, datetime(2026, 11, 21, tzinfo=UTC))
database.dispose()
"""


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    Base.metadata.create_all(database.engine, tables=[OutboxRow.__table__])  # type: ignore[list-item]
    return database


def standing_in_line(place: Path) -> int:
    """How many wait in the kernel for the lock on a file."""
    inode = str(place.stat().st_ino)
    lines = Path("/proc/locks").read_text().splitlines()
    return sum("->" in line and inode in line.replace(":", " ").split() for line in lines)


def test_writers_come_in_the_order_in_which_they_asked(tmp_path: Path) -> None:
    place = tmp_path / "queue"
    queue, came = WriteQueue(place), []

    def ask(number: int) -> None:
        with queue.turn():
            came.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    with queue.turn():
        for number, thread in enumerate(threads, start=1):
            thread.start()
            while standing_in_line(place) < number:
                time.sleep(0.001)
        assert came == []
    for thread in threads:
        thread.join(10)
    assert came == list(range(20))


def test_a_write_inside_a_write_is_named_at_once_and_spoils_nothing(database: Database) -> None:
    with database.write() as session:
        outbox.put(session, "outer", {}, NOW)
        with pytest.raises(NestedWriteError), database.write():
            raise AssertionError("nobody gets here")
    with database.write() as session:
        assert outbox.waiting(session) == 1


def test_a_read_inside_a_write_and_a_write_inside_a_read_are_no_mistakes(
    database: Database,
) -> None:
    with database.write() as writing, database.read() as reading:
        outbox.put(writing, "topic", {}, NOW)
        writing.flush()
        assert outbox.waiting(reading) == 0
    with database.read() as reading, database.write() as writing:
        outbox.put(writing, "topic", {}, NOW)
    with database.read() as reading:
        assert outbox.waiting(reading) == 2


def test_a_failed_write_gives_its_turn_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write():
        raise ZeroDivisionError
    with database.write() as session:
        outbox.put(session, "topic", {}, NOW)


def test_a_killed_process_holds_up_nobody(tmp_path: Path) -> None:
    place = tmp_path / "queue"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(place)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder, holder.stdout:
        assert holder.stdout.readline() == "held\n"
        got_in = threading.Event()

        def ask() -> None:
            with WriteQueue(place).turn():
                got_in.set()

        thread = threading.Thread(target=ask)
        thread.start()
        assert not got_in.wait(0.2)
        holder.kill()
        assert got_in.wait(10)
        thread.join()


def test_processes_and_threads_together_lose_no_write(database: Database) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, database.url], cwd=ROOT) for _ in range(2)
    ]

    def write() -> None:
        for _ in range(50):
            with database.write() as session:
                before = outbox.waiting(session)
                outbox.put(session, "topic", {"before": before}, NOW)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [writer.wait(60) for writer in writers] == [0, 0]
    with database.read() as session:
        rows = session.query(OutboxRow).order_by(OutboxRow.id).all()
    # Each one saw all that were there before it.
    assert [row.payload["before"] for row in rows] == list(range(400))
    database.dispose()
