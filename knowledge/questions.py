"""Question files: one JSON object a line, with what is right for it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class QuestionFileError(Exception):
    """The file cannot be read: one line that names the file and the line."""


def read_questions(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file. Raises ``QuestionFileError``."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except json.JSONDecodeError as error:
                    raise QuestionFileError(f"{path}: line {number}: not JSON") from error
                if not isinstance(row, dict):
                    raise QuestionFileError(f"{path}: line {number}: not an object")
                yield row
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionFileError(f"{path}: {error}") from error
