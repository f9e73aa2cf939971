"""CitationMention 法条引用: one article named in a text. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CitationMention:
    """One article of one work, as a text names it.

    ``law`` is the work's name without 中华人民共和国 and with usual short names written out;
    ``start`` and ``end`` are the place of the whole group (a list or range is one group, and each
    of its articles a mention); ``quotes`` are the words in “” that the text gives as the article's.
    """

    law: str
    number: str
    paragraph: int | None
    item: int | None
    start: int
    end: int
    raw: str
    quotes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``民法典第一千零七十九条``: law and article, nothing below."""
        return self.law + self.number
