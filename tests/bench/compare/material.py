"""What every system is given: the seed's entries, and gold questions that none was trained on."""

from collections.abc import Sequence

from indexer import normalise
from indexer.text import exact_key
from knowledge.questions import read_questions
from knowledge.seed import loader
from knowledge.standard_qa.schemas import render
from tests.bench.compare.figures import Row
from tests.bench.compare.protocol import Entry
from tests.gold import held_out, questions

PARTS = {"held_out": True, "tuning": False}


class LeakError(Exception):
    """A question is among what the systems are given; one line names it."""


def entries() -> list[Entry]:
    """The seed's entries, as published."""
    return [
        Entry(row.id, str(row.category), row.question, tuple(row.similar), render(row.answer))
        for row in loader.read()
    ]


def labelled(part: str) -> list[Row]:
    """The gold questions of the held-out third or of the rest."""
    rows = [row for path in questions() for row in read_questions(path)]
    return [row for row in rows if held_out(str(row["id"])) is PARTS[part]]


def refuse_leaks(known: Sequence[Entry], rows: Sequence[Row]) -> None:
    """Raise LeakError where a question is, but for its marks, a phrasing of an entry."""
    said = {_key(text): entry.id for entry in known for text in entry.phrasings}
    for row in rows:
        if (entry_id := said.get(_key(str(row["question"])))) is not None:
            raise LeakError(f"question {row['id']} is a phrasing of {entry_id}")


def _key(text: str) -> str:
    return exact_key(normalise(text))
