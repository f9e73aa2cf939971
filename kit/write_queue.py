"""SQLite's writers in a queue: one after the other, in the order in which they came.

SQLite lets one writer in at a time and lets the others ask again and again, after pauses that grow
to a tenth of a second: under load one of them may ask in vain for more than a second. Here they
wait in the kernel (``flock`` on a file beside the database), which wakes them in order, threads and
processes alike, and lets go of a dead process's place by itself.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NestedWriteError(RuntimeError):
    """A write transaction was begun inside another one of the same thread: it would wait for ever.

    That is a mistake of ours, not a state of the world; PostgreSQL would let it pass unnoticed.
    """


class WriteQueue:
    """The queue of one database; every transaction that writes takes a turn."""

    def __init__(self, lock_file: Path) -> None:
        self._lock_file = lock_file
        self._mine = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn and hold it. Raises ``NestedWriteError``."""
        if getattr(self._mine, "held", False):
            raise NestedWriteError("a write transaction inside another one of the same thread")
        # Opened for each turn: the kernel queues open files, so two threads need two of them.
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._mine.held = True
            yield
        finally:
            self._mine.held = False
            os.close(descriptor)
