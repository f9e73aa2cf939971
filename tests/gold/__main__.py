"""`python -m tests.gold tuning|held_out [--real F]`: one part of the gold questions, one a line.

``--real`` adds the real questions of ``shared/eval/statute_questions.jsonl``: which entry answers
each was judged by hand (`real.jsonl`, by the question's id; the words stay in the shared folder).
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from tests.gold import FOLDER, held_out, questions


def real(path: Path) -> Iterator[str]:
    """The judged real questions with their words."""
    lines = path.read_text(encoding="utf-8").splitlines()
    words = {row["id"]: row["question"] for row in map(json.loads, lines)}
    for line in (FOLDER / "real.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield json.dumps(row | {"question": words[row.pop("of")]}, ensure_ascii=False)


def main() -> None:
    """Print the part that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.gold", description=__doc__)
    parser.add_argument("part", choices=["tuning", "held_out"])
    parser.add_argument("--real", type=Path)
    chosen = parser.parse_args()
    lines = [line for path in questions() for line in path.read_text(encoding="utf-8").splitlines()]
    for line in lines + list(real(chosen.real) if chosen.real else ()):
        if held_out(str(json.loads(line)["id"])) is (chosen.part == "held_out"):
            print(line)


if __name__ == "__main__":
    main()
