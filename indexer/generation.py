"""What a collection says at one moment: a segment, and what changed since it was built.

A large base is not built anew for one entry. What was published since stands in a second, small
segment that hides the owners it replaces: all rows of an owner stand in one of the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer import lexical, segment
from indexer.lexical import Scores
from indexer.records import Row
from indexer.segment import Segment
from indexer.vector_store import FaissStore, VectorStore


@dataclass(frozen=True, slots=True)
class Part:
    """A segment in its generation; `hidden` (owners,) marks the owners that another replaces."""

    segment: Segment
    hidden: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Generation:
    """A loaded generation: its large part, and what stands on top of it, if anything."""

    name: str
    parts: tuple[Part, ...]

    @property
    def base(self) -> Segment:
        """The part that is whole by itself."""
        return self.parts[0].segment

    def row_ids(self) -> set[str]:
        """The ids of the rows that can be found."""
        return {
            part.segment.row(number).row_id
            for part in self.parts
            for number in np.flatnonzero(~part.hidden[part.segment.owners]).tolist()
        }

    @property
    def rows(self) -> int:
        """How many rows can be found."""
        return sum(
            part.segment.manifest.rows - int(part.hidden[part.segment.owners].sum())
            for part in self.parts
        )

    @property
    def owners(self) -> int:
        """How many owners can be found."""
        return sum(part.segment.owner_count - int(part.hidden.sum()) for part in self.parts)

    @property
    def has_several(self) -> bool:
        """Whether any owner has more than one row."""
        return any(part.segment.all_words for part in self.parts)

    @property
    def has_vectors(self) -> bool:
        """Whether questions are to be encoded."""
        return self.base.vectors is not None

    def scored(self, words: Sequence[str]) -> list[Scores]:
        """What a question's terms say of the rows of each part."""
        return lexical.scored(words, [part.segment.lexical for part in self.parts])

    def scored_owners(self, words: Sequence[str]) -> list[Scores]:
        """What a question's terms say of the owners of each part, or of rows where they are one."""
        indexes = [part.segment.all_words or part.segment.lexical for part in self.parts]
        return lexical.scored(words, indexes)

    def says(self, normalised: str) -> bool:
        """Whether a row that can be found says just the same."""
        return any(
            not part.hidden[part.segment.owners[number]]
            for part in self.parts
            for number in part.segment.rows_saying(normalised)
        )

    def rows_with_pairs(self, text: str) -> int:
        """In how many rows even the rarest pair of neighbouring characters of `text` stands."""
        return sum(part.segment.lexical.rows_with_pairs(text) for part in self.parts)


def load(
    folder: Path,
    store: VectorStore | None = None,
    *,
    dim: int | None = None,
    encoder: str | None = None,
    known: Generation | None = None,
) -> Generation:
    """Read a generation back, verified file by file; raises what `segment.load` does.

    A segment that `known` already has is taken from there.
    """
    store = store or FaissStore()
    top = segment.load(folder, store, dim=dim, encoder=encoder)
    name = top.manifest.base
    if name is None:
        return Generation(folder.name, (_part(top, top.hidden),))
    if known and known.base.manifest.name == name:
        base = known.base
    else:
        base = segment.load(folder.parent / name, store, dim=dim, encoder=encoder)
    nothing = np.empty(0, dtype=np.int32)
    return Generation(folder.name, (_part(base, top.hidden), _part(top, nothing)))


def _part(loaded: Segment, hidden: NDArray[np.int32]) -> Part:
    marked = np.zeros(loaded.owner_count, dtype=np.bool_)
    marked[hidden] = True
    return Part(loaded, marked)


@dataclass(frozen=True, slots=True)
class Change:
    """What a base must be amended by: these rows, in the place of the hidden owners (numbers)."""

    rows: list[Row]
    hidden: NDArray[np.int32]


def change(base: Segment, rows: Sequence[Row]) -> Change:
    """What turns a base into one of just these rows. Owners of which anything changed are taken
    out of the base, and all their rows put on top of it."""
    keys = segment.row_keys(rows)
    order = np.argsort(base.row_keys)
    sorted_keys = base.row_keys[order]
    at = np.minimum(np.searchsorted(sorted_keys, keys), max(len(order) - 1, 0))
    kept = sorted_keys[at] == keys if len(order) else np.zeros(len(rows), dtype=np.bool_)
    gone = np.ones(len(order), dtype=np.bool_)
    gone[order[at[kept]]] = False
    hidden = np.zeros(base.owner_count, dtype=np.bool_)
    hidden[base.owners[gone]] = True
    names = {
        base.row(int(base.rows_of(owner)[0])).owner for owner in np.flatnonzero(hidden).tolist()
    }
    names |= {rows[number].owner for number in np.flatnonzero(~kept).tolist()}
    changed = [number for number, row in enumerate(rows) if row.owner in names]
    before = [number for number in changed if kept[number]]
    hidden[base.owners[order[at[before]]]] = True
    return Change([rows[number] for number in changed], np.flatnonzero(hidden).astype(np.int32))
