"""Differences between two versions of an entry, for editors to read. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from knowledge.standard_qa.models import EntryVersion
from knowledge.standard_qa.schemas import SECTIONS

# Chinese is compared sign by sign, numbers and Latin words whole.
_TOKEN = re.compile(r"\d+|[A-Za-z]+|.|\n", re.DOTALL)

Kind = Literal["same", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that is in both versions, only in the new one, or only in the old one."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """One part of an entry with its pieces."""

    label: str
    pieces: list[Piece]

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return any(piece.kind != "same" for piece in self.pieces)


def _compared(old: Sequence[str], new: Sequence[str], glue: str) -> list[Piece]:
    pieces: list[Piece] = []

    def put(kind: Kind, tokens: Sequence[str]) -> None:
        if tokens:
            pieces.append(Piece(kind, glue.join(tokens) + (glue and "\n")))

    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            put("same", new[new_from:new_to])
        else:
            put("removed", old[old_from:old_to])
            put("added", new[new_from:new_to])
    return pieces


def texts(old: str, new: str) -> list[Piece]:
    """The pieces of two texts."""
    return _compared(_TOKEN.findall(old), _TOKEN.findall(new), "")


def lines(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    """The pieces of two lists, line by line."""
    return _compared(old, new, "\n")


def fields(old: EntryVersion | None, new: EntryVersion) -> list[Field]:
    """Every part of the new version against the old one; without an old one all is new."""
    before = old.answer if old else {}
    found = [
        Field("类别", lines([old.category] if old else [], [new.category])),
        Field("标准问", texts(old.question if old else "", new.question)),
        Field("相似问", lines(old.similar if old else [], new.similar)),
    ]
    found += [
        Field(label, texts(before.get(name, ""), new.answer.get(name, "")))
        for name, label in SECTIONS.items()
        if name in before or name in new.answer
    ]
    found.append(Field("法条引用", lines(old.citations if old else [], new.citations)))
    if (old and old.mentions) or new.mentions:
        found.append(Field("只提到的规定", lines(old.mentions if old else [], new.mentions)))
    return found
