"""What people ask that an article answers 条文问法: written here, to learn from, never shown.

Each line of ``questions/*.tsv`` is an article's name and two or three questions, written from the
article's text by people who had seen no question that anything is measured with.
"""

from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).with_name("questions")


class AskedError(Exception):
    """A file of questions is wrong: one line that names the file and the line."""


def read(folder: Path = FOLDER) -> Iterator[tuple[str, list[str]]]:
    """(article's name, its questions) of every line. Raises ``AskedError``."""
    for path in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            name, *questions = line.split("\t")
            if not questions or not all(map(str.strip, [name, *questions])):
                raise AskedError(f"{path.name}:{number}: wants a name and questions, by tabs")
            yield name, questions
