"""What goes into an index and what comes out of it."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Row:
    """One indexed text: a phrasing 相似问 of an entry, or one article 条文 of a statute.

    `owner` is the entry or article that the row leads to; an owner may have many rows.
    """

    row_id: str
    owner: str
    text: str


class Evidence(NamedTuple):
    """What speaks for an owner; cosines in [-1, 1], normalised BM25 in [0, 1].

    `best` is the cosine of its best row, `several` the mean of its best three, `together` that of
    all its rows' common direction; `words` is the BM25 of its best row, `all_words` that of all
    its rows read as one text; `covered` is the share of the question's words, by their rarity,
    that stand in any of its rows. Without vectors the cosines are 0.
    """

    best: float = 0.0
    several: float = 0.0
    together: float = 0.0
    words: float = 0.0
    all_words: float = 0.0
    covered: float = 0.0


NO_EVIDENCE = Evidence()


@dataclass(frozen=True, slots=True)
class Hit:
    """One owner found, represented by its best row.

    `score` is the fused score in [0, 1], in which the owner's other rows have their say; `dense`
    the row's own (centred) cosine in [-1, 1], 0 without vectors; `lexical` its normalised BM25 in
    [0, 1]; `exact` says that the row's normalised text equals the question's; `matched` are the
    jieba words that question and row share; `evidence` is what the score is made of.
    """

    owner: str
    row_id: str
    text: str
    score: float
    dense: float
    lexical: float
    exact: bool
    matched: tuple[str, ...]
    evidence: Evidence = NO_EVIDENCE
