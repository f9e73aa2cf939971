"""Questions written for articles, as an index that articles are found by."""

from collections.abc import Iterable

from indexer import Hit, Row
from indexer.records import Evidence
from knowledge.statute import asked
from knowledge.statute.names import plain

ASKED = "asked"
"""The collection of questions written for articles; an article is their owner."""
DEPTH = 200
"""Articles that are looked at: the best of the index of articles."""
DEPTH_ASKED = 60


def asked_rows() -> list[Row]:
    """Every question written for an article."""
    return [
        Row(row_id=f"{name}:{text}", owner=name, text=text)
        for name, texts in asked.read()
        for text in texts
    ]


def evidence_of(hits: Iterable[Hit]) -> dict[str, Evidence]:
    """By article, what the questions written for it say."""
    return {plain(hit.owner): hit.evidence for hit in hits}
