"""What the bench and a system say to one another: two JSON files. Python 3.10, standard library.

The task file holds the entries and the questions, without what is right; the result file holds
how long the system took to build and what it found.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

DEPTH = 10
_WARM_UP = "预热一下"
_TOLD_EVERY = 200


@dataclass(frozen=True)
class Entry:
    """An entry as every system is given it; ``answer`` is the text that a citizen reads."""

    id: str
    category: str
    question: str
    similar: tuple[str, ...]
    answer: str

    @property
    def phrasings(self) -> list[str]:
        """The question and its 相似问."""
        return [self.question, *self.similar]


@dataclass(frozen=True)
class Task:
    """What a system is to do within so many seconds; ``folder`` is empty and its own."""

    entries: tuple[Entry, ...]
    questions: tuple[str, ...]
    folder: Path
    seconds: float

    def write(self, path: Path) -> None:
        """Write it for the system's process."""
        data = asdict(self) | {"folder": str(self.folder)}
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


@dataclass(frozen=True)
class Found:
    """Entries, best first (an entry may come twice), and the score of the first.

    ``answers`` says whether the system would answer; None where it has no line of its own.
    """

    ranked: Sequence[str]
    score: float
    answers: bool | None = None


@dataclass(frozen=True)
class Took:
    """Time on the clock and of all processors together, in seconds.

    The second hardly changes on a busy machine, and has no waiting for the disk.
    """

    clock: float
    cpu: float


@dataclass(frozen=True)
class Result:
    """What a system found for each question, and what building and each search took.

    ``remarks`` are further figures that the system's note speaks of.
    """

    build: Took
    found: tuple[Found, ...]
    each: tuple[Took, ...]
    remarks: dict[str, float] = field(default_factory=dict)


class Watch:
    """Times one piece of work, as a context; ``took`` is there after it."""

    took: Took

    def __enter__(self) -> "Watch":
        self._began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        clock, cpu = self._began
        self.took = Took(time.perf_counter() - clock, time.process_time() - cpu)


class System(Protocol):
    """A system under comparison."""

    def prepare(self, task: Task) -> None:
        """Import, and put the entries down in the form that the system reads (not timed)."""

    def build(self) -> dict[str, float]:
        """Make them searchable (timed); returns remarks."""

    def search(self, question: str) -> Found:
        """Find entries (timed)."""


def read_task(path: Path) -> Task:
    """The task as it was written."""
    data = json.loads(path.read_text(encoding="utf-8"))
    entries = tuple(Entry(**row | {"similar": tuple(row["similar"])}) for row in data["entries"])
    return Task(entries, tuple(data["questions"]), Path(data["folder"]), data["seconds"])


def read_result(path: Path) -> Result:
    """The result as it was written."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Result(
        build=Took(**data["build"]),
        found=tuple(Found(**row) for row in data["found"]),
        each=tuple(Took(**row) for row in data["each"]),
        remarks=data["remarks"],
    )


def tell(text: str) -> None:
    """One line of progress."""
    print(f"    {text}", file=sys.stderr, flush=True)


def first_of_each(ranked: Sequence[str]) -> list[str]:
    """Each entry once, at its best place; the first ten."""
    return list(dict.fromkeys(ranked))[:DEPTH]


def carry_out(system: System, task: Task) -> Result:
    """Build the system and ask it everything."""
    system.prepare(task)
    with Watch() as building:
        remarks = system.build()
    tell(f"built in {building.took.clock:.1f} s")
    system.search(_WARM_UP)
    found, each = [], []
    for number, question in enumerate(task.questions, start=1):
        with Watch() as searching:
            one = system.search(question)
        each.append(searching.took)
        found.append(Found(first_of_each(one.ranked), one.score, one.answers))
        if number % _TOLD_EVERY == 0:
            tell(f"{number} of {len(task.questions)} questions")
    return Result(building.took, tuple(found), tuple(each), remarks)


def run(system: System) -> None:
    """The main program of a system: ``TASK RESULT``, two paths."""
    task, result = map(Path, sys.argv[1:3])
    done = asdict(carry_out(system, read_task(task)))
    result.write_text(json.dumps(done, ensure_ascii=False), encoding="utf-8")
