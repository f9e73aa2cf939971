"""The form of an entry: what an editor types, and how it becomes the content of a version."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.orm import Session

from hotline.gaps.models import Gap
from kit.errors import InvalidInputError
from kit.masking import mask
from knowledge.candidate.models import Candidate
from knowledge.categories import Audience
from knowledge.standard_qa import attachments, facts
from knowledge.standard_qa.attachments import Attachment
from knowledge.standard_qa.facts import RequiredFact
from knowledge.standard_qa.models import EntryVersion
from knowledge.standard_qa.schemas import PHRASING_LIMIT, SECTIONS, EntryContent, Labelled
from knowledge.standard_qa.wording import told
from knowledge.statute import service as statutes
from knowledge.statute.citation import CheckedCitation

_SECTION = re.compile(rf"【({'|'.join(SECTIONS.values())})】")


class EntryForm(BaseModel):
    """The form as it was typed; ``base`` is the version that the editor started from."""

    entry_id: str = ""
    base: str = ""
    candidate_id: Annotated[str, Field(pattern=r"^\d*$")] = ""
    gap_id: Annotated[str, Field(pattern=r"^\d*$")] = ""
    category: str = ""
    question: str = ""
    similar: str = ""
    labelled: str = ""
    citations: str = ""
    mentions: str = ""
    region: str = ""
    audience: str = Audience.EVERYBODY
    valid_from: str = ""
    expires_on: str = ""
    facts: str = ""
    ask_first: bool = False
    # The attachments to keep, a line each; they are added on the entry's own page.
    attachments: list[str] = []
    note: str = ""
    conclusion: str = ""
    basis: str = ""
    steps: str = ""
    materials: str = ""
    deadline: str = ""
    where: str = ""
    cost: str = ""
    local: str = ""

    def section(self, name: str) -> str:
        """The text of a section of the answer."""
        text: str = getattr(self, name)
        return text

    @property
    def cited(self) -> list[str]:
        """The citations, one a line."""
        return list(_lines(self.citations))

    @property
    def answer_text(self) -> str:
        """The whole answer as one text."""
        return "\n".join(self.section(name) for name in SECTIONS)

    def content(self) -> EntryContent:
        """The content of a version. Raises ``InvalidInputError`` that names the field."""
        try:
            return EntryContent.model_validate(
                {
                    "category": self.category,
                    "question": self.question,
                    "similar": list(_lines(self.similar)),
                    "answer": {name: self.section(name) for name in SECTIONS},
                    "citations": self.cited,
                    "mentions": list(_lines(self.mentions)),
                    "region": self.region.strip().strip("/"),
                    "audience": self.audience or Audience.EVERYBODY,
                    "valid_from": self.valid_from or None,
                    "expires_on": self.expires_on or None,
                    "facts": facts.of_lines(list(_lines(self.facts)), SECTIONS),
                    "ask_first": self.ask_first,
                    "attachments": attachments.of_lines(self.attachments),
                }
            )
        except ValidationError as error:
            raise InvalidInputError(told(error)) from error

    def questions(self) -> list[str]:
        """The labelled questions of the entry. Raises ``InvalidInputError``."""
        try:
            return _Questions(labelled=list(_lines(self.labelled))).labelled
        except ValidationError as error:
            raise InvalidInputError(told(error)) from error


class _Questions(BaseModel):
    labelled: Labelled


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())


def of_version(version: EntryVersion, questions: Iterable[str] = ()) -> EntryForm:
    """The form to write the next version from this one, with the entry's labelled questions."""
    return EntryForm(
        entry_id=version.entry_id,
        base=str(version.id),
        category=version.category,
        question=version.question,
        similar="\n".join(version.similar),
        labelled="\n".join(questions),
        citations="\n".join(version.citations),
        mentions="\n".join(version.mentions),
        region=version.region,
        audience=version.audience,
        valid_from=str(version.valid_from or ""),
        expires_on=str(version.expires_on or ""),
        facts="\n".join(
            facts.as_line(RequiredFact.model_validate(fact), SECTIONS) for fact in version.facts
        ),
        ask_first=version.ask_first,
        attachments=[
            attachments.as_line(Attachment.model_validate(item)) for item in version.attachments
        ],
        **{name: version.answer.get(name, "") for name in SECTIONS},
    )


def of_candidate(session: Session, candidate: Candidate, today: date) -> EntryForm:
    """The form of a new entry, filled from a lawyer's answer as far as it tells."""
    answer = mask(candidate.answer)
    checked = statutes.check_text(session, answer, today)
    return EntryForm(
        candidate_id=str(candidate.id),
        category=candidate.category,
        question=phrasing(candidate),
        citations="\n".join(dict.fromkeys(item.name for item in checked if item.confirmed)),
        **_sections(answer),
    )


def of_gap(gap: Gap, nearest: EntryVersion | None) -> EntryForm:
    """The form of a new entry, filled with how citizens ask."""
    return EntryForm(
        gap_id=str(gap.id),
        category=nearest.category if nearest else "",
        question=gap.question,
        similar="\n".join(gap.wordings[1:]),
    )


def phrasing(candidate: Candidate) -> str:
    """The candidate's question in one line, without phone numbers, cut to what an entry takes."""
    return " ".join(mask(candidate.question).split())[:PHRASING_LIMIT]


def _sections(answer: str) -> dict[str, str]:
    """The sections of an answer that marks them; else all of it is the conclusion."""
    names = {label: name for name, label in SECTIONS.items()}
    before, *marked = _SECTION.split(answer)
    found = dict(zip((names[label] for label in marked[::2]), marked[1::2], strict=True))
    found["conclusion"] = f"{before}{found.get('conclusion', '')}"
    return {name: text.strip() for name, text in found.items()}


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdicts on the citations of a form and on those inside its answer."""

    citations: list[CheckedCitation]
    in_answer: list[CheckedCitation]

    @property
    def problems(self) -> int:
        """How many citations would be refused when the form is saved."""
        return sum(not item.confirmed for item in self.citations)


def check(session: Session, form: EntryForm, today: date) -> Checked:
    """Check every citation of a form against the statute base."""
    return Checked(
        statutes.check_names(session, form.cited, today),
        statutes.check_text(session, form.answer_text, today),
    )
