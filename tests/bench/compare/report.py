"""The comparison as it is kept and shown: a JSON file, and one table on two pages."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from kit.settings import ROOT
from tests.bench.compare.figures import Figures

FILE = ROOT / "docs" / "figures" / "comparison.json"
README = ROOT / "README.md"
DETAILS = ROOT / "docs" / "retrieval.md"

_BEGIN = "<!-- comparison -->"
_END = "<!-- end of comparison -->"
_BLOCK = re.compile(f"(?<={re.escape(_BEGIN)}\n).*?(?={re.escape(_END)})", re.DOTALL)
_COLUMNS = (
    "system",
    "hit@1",
    "MRR@10",
    "answered",
    "right of these",
    "false answers",
    "p50 ms (CPU)",
    "build s (CPU)",
)
_THEIRS = "¹"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One run; ``systems``, ``notes`` and ``left_out`` (why) by the title of the system."""

    command: str
    date: str
    cores: int
    load: tuple[float, float]
    entries: int
    phrasings: int
    answerable: int
    others: int
    systems: dict[str, Figures]
    notes: list[str]
    left_out: dict[str, str]

    def write(self, path: Path) -> None:
        """Keep it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"
        path.write_text(text, encoding="utf-8")


def read(path: Path = FILE) -> Comparison:
    """What was kept."""
    data = json.loads(path.read_text(encoding="utf-8"))
    systems = {title: Figures(**row) for title, row in data.pop("systems").items()}
    return Comparison(systems=systems, load=tuple(data.pop("load")), **data)


def table(run: Comparison) -> str:
    """The table, in Markdown."""
    lines = [f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    for title, row in run.systems.items():
        shares = (row.hit_1, row.mrr_10, row.answered, row.right, row.false_answers)
        cells = [title, *(f"{share:.3f}" for share in shares)]
        cells[3] += "" if row.own_line else f" {_THEIRS}"
        cells += [f"{row.p50_ms:.1f} ({row.p50_cpu_ms:.1f})"]
        cells += [f"{row.build_s:.1f} ({row.build_cpu_s:.1f})"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def summary(run: Comparison) -> str:
    """What was measured, when and how."""
    return (
        f"`{run.command}`, {run.date}, {run.cores} cores, one system after the other, load"
        f" {run.load[0]:.1f} before and {run.load[1]:.1f} after. {run.answerable} questions that"
        f" one of {run.entries} entries answers and {run.others} that none does, held out of all"
        " training.\n"
    )


def notes(run: Comparison) -> str:
    """What a reader must know of each figure."""
    lines = [
        "answered, right of these: of the questions that an entry answers, the share that gets an"
        " answer, and of these answers the share that is the right entry. False answers: of the"
        " others, the share that gets one. In brackets processor time, which a busy machine"
        " hardly changes and which has no waiting for the disk.",
        f"{_THEIRS} It has no line of its own: it answers where it is surest, as many of these"
        " questions as this project.",
        *run.notes,
        *(f"Left out: {title} ({reason})." for title, reason in run.left_out.items()),
    ]
    return "".join(f"- {line}\n" for line in lines)


def blocks(run: Comparison) -> dict[Path, str]:
    """What each page shows of it."""
    return {
        README: f"\n{table(run)}\n",
        DETAILS: f"\n{summary(run)}\n{table(run)}\n{notes(run)}\n",
    }


def shown(page: Path) -> str:
    """What a page shows now. Raises ValueError where it has no place for it."""
    found = _BLOCK.search(page.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{page.name} has no place for the comparison")
    return found[0]


def publish(run: Comparison) -> None:
    """Keep it, and show it on the pages. Raises ValueError where one has no place for it."""
    for page in blocks(run):
        shown(page)
    run.write(FILE)
    for page, block in blocks(run).items():
        before, _, rest = page.read_text(encoding="utf-8").partition(f"{_BEGIN}\n")
        after = rest.partition(_END)[2]
        page.write_text(f"{before}{_BEGIN}\n{block}{_END}{after}", encoding="utf-8")
