"""Word by word differences of texts, for editors to read. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

# Chinese is compared sign by sign, numbers and Latin words whole.
_TOKEN = re.compile(r"\d+|[A-Za-z]+|.|\n", re.DOTALL)

Kind = Literal["same", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that is in both versions, only in the new one, or only in the old one."""

    kind: Kind
    text: str


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


def marked(pieces: Sequence[Piece]) -> str:
    """The pieces as plain text: 〔＋added〕, 〔－removed〕."""
    signs = {"same": "{}", "added": "〔＋{}〕", "removed": "〔－{}〕"}
    return "".join(signs[piece.kind].format(piece.text) for piece in pieces)
