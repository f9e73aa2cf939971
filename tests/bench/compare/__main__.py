"""``python -m tests.bench.compare [--only NAME …] [--write]``: the table that the README shows.

Each system runs in a process and an interpreter of its own, one after the other, on two cores.
Ours always runs, for the others answer as many questions as it does. The last line is JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from kit.clock import BEIJING, SystemClock
from kit.settings import ROOT
from knowledge.evaluate import accepted
from tests.bench.compare import report
from tests.bench.compare.candidates import CANDIDATES, OURS, Candidate
from tests.bench.compare.environments import NotThereError
from tests.bench.compare.figures import Figures, Row, answered, figures
from tests.bench.compare.material import PARTS, LeakError, entries, labelled, refuse_leaks
from tests.bench.compare.protocol import Entry, Result, Task, read_result, tell

CORES = 2
MINUTES = 14.0
_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def on_two_cores() -> int:
    """Keep this process and those that it starts on two cores; returns how many there are."""
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    os.sched_setaffinity(0, cores)
    return len(cores)


def ask(candidate: Candidate, task: Task) -> Result:
    """Run one system in its own process. Raises NotThereError."""
    if task.seconds <= 0:
        raise NotThereError("no time was left")
    python = candidate.interpreter()
    given, found = task.folder.with_suffix(".task.json"), task.folder.with_suffix(".found.json")
    task.folder.mkdir()
    task.write(given)
    module = f"tests.bench.compare.systems.{candidate.name}"
    threads = {name: os.environ.get("OMP_NUM_THREADS", str(CORES)) for name in _THREADS}
    try:
        done = subprocess.run(
            [python, "-m", module, given, found],
            cwd=ROOT,
            env=os.environ | threads,
            timeout=task.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotThereError(f"not done after {task.seconds:.0f} s") from error
    if done.returncode:
        raise NotThereError(f"its process ended with {done.returncode}")
    return read_result(found)


def compare(
    chosen: Sequence[Candidate], known: Sequence[Entry], rows: Sequence[Row], minutes: float
) -> tuple[dict[str, Figures], list[str], dict[str, str]]:
    """Figures and notes of those that ran, and why others did not, each by its title."""
    found: dict[str, Figures] = {}
    notes: list[str] = []
    left_out: dict[str, str] = {}
    end = time.monotonic() + minutes * 60
    as_many = 0
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        for candidate in chosen:
            tell(f"{candidate.title} …")
            task = Task(
                tuple(known),
                tuple(str(row["question"]) for row in rows),
                Path(folder) / candidate.name,
                end - time.monotonic(),
            )
            try:
                result = ask(candidate, task)
            except NotThereError as error:
                tell(f"left out: {error}")
                left_out[candidate.title] = str(error)
                continue
            if candidate is OURS:
                as_many = answered(rows, result)
            found[candidate.title] = line = figures(rows, result, as_many)
            notes.append(candidate.note.format(**{k: f"{v:.0f}" for k, v in line.remarks.items()}))
    return found, notes, left_out


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m tests.bench.compare", description=__doc__)
    names = [candidate.name for candidate in CANDIDATES]
    top.add_argument("--only", nargs="+", choices=names, default=names, help="beside ours")
    top.add_argument("--part", choices=sorted(PARTS), default="held_out", help="of the questions")
    top.add_argument("--minutes", type=float, default=MINUTES, help="then the rest is left out")
    top.add_argument("--write", action="store_true", help="keep it, and show it on the pages")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """0; 1 where a system was left out; 2 with one line where nothing could be compared."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    chosen = parser().parse_args(given)
    whole = set(chosen.only) >= {each.name for each in CANDIDATES} - {OURS.name}
    if chosen.write and not (whole and chosen.part == "held_out"):
        print("compare: --write keeps all systems on the held-out questions", file=sys.stderr)
        return 2
    known, rows = entries(), labelled(chosen.part)
    try:
        refuse_leaks(known, rows)
    except LeakError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    cores, before = on_two_cores(), os.getloadavg()[0]
    wanted = [each for each in CANDIDATES if each is OURS or each.name in chosen.only]
    found, notes, left_out = compare(wanted, known, rows, chosen.minutes)
    if OURS.title in left_out:
        print(f"compare: {OURS.title}: {left_out[OURS.title]}", file=sys.stderr)
        return 2
    answerable = sum(bool(accepted(row)) for row in rows)
    run = report.Comparison(
        command=" ".join(["python -m tests.bench.compare", *given]),
        date=SystemClock().now().astimezone(BEIJING).date().isoformat(),
        cores=cores,
        load=(before, os.getloadavg()[0]),
        entries=len(known),
        phrasings=sum(len(entry.phrasings) for entry in known),
        answerable=answerable,
        others=len(rows) - answerable,
        systems=found,
        notes=notes,
        left_out=left_out,
    )
    print(report.summary(run), report.table(run), report.notes(run), sep="\n")
    if chosen.write:
        report.publish(run)
    print(json.dumps(asdict(run), ensure_ascii=False))
    return 1 if left_out else 0


if __name__ == "__main__":
    sys.exit(main())
