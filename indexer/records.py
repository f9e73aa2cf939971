"""What goes into an index and what comes out of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One indexed text: a phrasing 相似问 of an entry, or one article 条文 of a statute.

    `owner` is the entry or article that the row leads to; an owner may have many rows.
    """

    row_id: str
    owner: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One owner found, represented by its best row.

    `score` is the fused score in [0, 1], in which the owner's other rows have their say; `dense`
    the row's own (centred) cosine in [-1, 1], 0 without vectors; `lexical` its normalised BM25 in
    [0, 1]; `exact` says that the row's normalised text equals the question's; `matched` are the
    jieba words that question and row share.
    """

    owner: str
    row_id: str
    text: str
    score: float
    dense: float
    lexical: float
    exact: bool
    matched: tuple[str, ...]
