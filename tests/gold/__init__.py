"""Gold lines: questions and sentences with what is right, written by hand for this project."""

from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent


def held_out(id: str) -> bool:
    """Whether a gold line is kept out of tuning: a random third, fixed by the line's id."""
    return int(sha256(id.encode()).hexdigest(), 16) % 3 == 0


def questions() -> list[Path]:
    """Files of questions: answerable, on law that the base lacks, and none of its business."""
    answerable = sorted((FOLDER / "answers").glob("*.jsonl"))
    return [
        *answerable,
        *sorted((FOLDER / "lacking").glob("*.jsonl")),
        FOLDER / "out_of_scope.jsonl",
    ]
