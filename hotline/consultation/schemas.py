"""The wire shapes of a consultation, as the action server and the citizens' page see them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from hotline.consultation.triage import Risk, Urgency
from knowledge.categories import Category
from knowledge.decision import Kind


class CitationOut(BaseModel):
    """A citation 法条引用: the work and the article's number."""

    law: str
    article: str


class AttachmentOut(BaseModel):
    """附件: a file that belongs to the steps of an answer; ``size`` in bytes."""

    name: str
    url: str
    size: int


class Choice(BaseModel):
    """Something to tap; the payload is what the citizen could have typed.

    ``near`` marks a question like the one that was answered: shown where there is room for it.
    """

    title: str
    payload: str
    near: bool = False


class WorkOrderRef(BaseModel):
    """The case code of a work order."""

    code: str


class Reply(BaseModel):
    """What to say, ready to be said."""

    text: str
    citations: list[CitationOut] = []
    choices: list[Choice] = []
    related: list[CitationOut] = []
    decision: Kind | None = None
    work_order: WorkOrderRef | None = None
    turn_id: int | None = None
    # 追问: the question about a required fact with which the text ends.
    ask_back: str | None = None
    attachments: list[AttachmentOut] = []


class QuestionIn(BaseModel):
    """A citizen's question."""

    text: Annotated[str, Field(max_length=10_000)]


class CandidateOut(BaseModel):
    """An entry that may be meant."""

    entry_id: str
    question: str
    confidence: float


class TriageOut(BaseModel):
    """The outcome of triage."""

    risk: Risk
    urgency: Urgency


class QuestionOut(BaseModel):
    """The decision on a question, and the reply."""

    decision: Kind
    confidence: float
    answer: str | None
    citations: list[CitationOut]
    candidates: list[CandidateOut]
    triage: TriageOut
    turn_id: int
    reply: Reply


class SatisfactionIn(BaseModel):
    """满意度: whether the last answer helped."""

    helped: bool


class ReplyOut(BaseModel):
    """A reply alone."""

    reply: Reply


class CategoryAskedOut(ReplyOut):
    """The question for the category 类别, with the likely ones, likeliest first."""

    likely: list[Category]


class MessageOut(BaseModel):
    """One message as citizens see it."""

    seq: int
    from_: Annotated[
        Literal["citizen", "bot", "lawyer", "system"], Field(serialization_alias="from")
    ]
    text: str
    citations: list[CitationOut] = []
    related: list[CitationOut] = []
    choices: list[Choice] = []
    work_order: WorkOrderRef | None = None
    decision: Kind | None = None
    turn_id: int | None = None
    ask_back: str | None = None
    attachments: list[AttachmentOut] = []
    at: str
