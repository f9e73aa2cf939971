"""Citation 法条引用: find every citation in a text, and check each against the statute base."""

from knowledge.statute.checking import (
    CheckedCitation,
    CheckStatus,
    check,
    check_all,
    paragraphs,
    says,
)
from knowledge.statute.finding import find, parse_name
from knowledge.statute.mention import CitationMention

__all__ = [
    "CheckStatus",
    "CheckedCitation",
    "CitationMention",
    "check",
    "check_all",
    "find",
    "paragraphs",
    "parse_name",
    "says",
]
