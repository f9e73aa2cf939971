"""A collection's folder: its generations, which one is current, and who may build now."""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from indexer.errors import IndexCorrupt, IndexMissing
from indexer.manifest import base_of

CURRENT = "CURRENT"
KEPT = 3
_NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{6}")
_BUILDING = ".building-"
_REMOVED = ".removed-"

Stamp = tuple[int, int]
"""Changes whenever CURRENT was replaced: (inode, modification time in ns)."""


class Shelf:
    """The folder `root/collection`, shared by any number of processes."""

    def __init__(self, root: Path, collection: str) -> None:
        self.folder = Path(root) / collection
        self.collection = collection

    def stamp(self) -> Stamp | None:
        """What CURRENT looks like from outside, for the price of one stat; None without it."""
        try:
            found = os.stat(self.folder / CURRENT)
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def current(self) -> Path:
        """The folder of the current generation. Raises IndexMissing or IndexCorrupt."""
        try:
            name = (self.folder / CURRENT).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise IndexMissing(f"index {self.collection}: nothing has been built yet") from None
        except (OSError, ValueError) as problem:
            raise IndexCorrupt(f"index {self.collection}: {CURRENT} is unreadable") from problem
        if not _NAME.fullmatch(name):
            raise IndexCorrupt(f"index {self.collection}: {CURRENT} names no generation")
        return self.folder / name

    @contextmanager
    def building(self) -> Iterator[None]:
        """Hold the right to build; another process that wants it waits its turn."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def begin(self) -> tuple[Path, str]:
        """A fresh folder to build in, and the name that it will have. Only while building."""
        now = datetime.now(UTC)
        name = f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"
        folder = self.folder / f"{_BUILDING}{name}"
        folder.mkdir()
        return folder, name

    def keep(self, folder: Path, name: str) -> Path:
        """Give a finished build its name. It is not current yet."""
        target = self.folder / name
        folder.rename(target)
        return target

    def switch(self, name: str) -> None:
        """Make that generation the current one, in one atomic step."""
        pointer = self.folder / f".{CURRENT}-{name}"
        with pointer.open("w", encoding="utf-8") as file:
            file.write(name + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(pointer, self.folder / CURRENT)

    def generations(self) -> list[str]:
        """Names of the generations here, newest first."""
        if not self.folder.is_dir():
            return []
        return sorted(
            (path.name for path in self.folder.iterdir() if _NAME.fullmatch(path.name)),
            reverse=True,
        )

    def tidy(self) -> list[str]:
        """Delete all but the newest generations, and what dead builds left. Only while building.

        The current one always stays, and so do the segments that those kept stand on. Whoever has
        an older one open keeps reading it: its files are mapped, and go when the last reader does.
        Returns the names that are gone.
        """
        names = self.generations()
        kept = {*names[:KEPT], self.current().name}
        kept |= {base for name in kept if (base := base_of(self.folder / name))}
        for name in names:
            if name not in kept:
                # Renamed first: half a generation must never carry a generation's name.
                (self.folder / name).rename(self.folder / f"{_REMOVED}{name}")
        gone = []
        for path in self.folder.iterdir():
            for mark in (_BUILDING, _REMOVED):
                if path.name.startswith(mark):
                    shutil.rmtree(path)
                    gone.append(path.name.removeprefix(mark))
        return gone
