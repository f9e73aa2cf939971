"""Suggestions 推荐答复 for a lawyer: published entries near a text, and the articles beside it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from hotline.consultation.schemas import CitationOut
from hotline.consultation.service import split_citation
from knowledge.decision import Decision
from knowledge.retrieval import Retriever
from knowledge.standard_qa import repository
from knowledge.standard_qa.models import EntryVersion
from knowledge.standard_qa.schemas import render

SHOWN = 3
ARTICLES = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A published entry that may answer; ``text`` is what is put into the answer box."""

    entry_id: str
    question: str
    confidence: float
    text: str
    citations: list[CitationOut]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The best entries, best first, the related articles, and what the bot would have done."""

    entries: list[Suggestion]
    articles: list[CitationOut]
    decision: Decision


def text_of(version: EntryVersion) -> str:
    """The answer of a version as a lawyer sends it."""
    return render(version.answer)


def suggest(session: Session, retriever: Retriever, question: str) -> Suggestions:
    """What the base has on a question; the same search and numbers as the bot's."""
    consulted = retriever.consult(session, question)
    return Suggestions(
        entries=[
            Suggestion(
                entry_id=version.entry_id,
                question=version.question,
                confidence=share,
                text=text_of(version),
                citations=[split_citation(name) for name in version.citations],
            )
            for _, share, version in consulted.ranked[:SHOWN]
        ],
        articles=[
            split_citation(hit.owner)
            for hit in retriever.related_articles(session, question, ARTICLES)
        ],
        decision=consulted.decision,
    )


def adopted_text(session: Session, entry_id: str) -> str | None:
    """The text of a live entry to put into the answer box; ``None`` when it is not live."""
    version = repository.live_versions(session, [entry_id]).get(entry_id)
    return text_of(version) if version else None


def same_text(left: str, right: str) -> bool:
    """Whether two texts say the same, line ends and blanks around lines aside."""
    return _lines(left) == _lines(right)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]
