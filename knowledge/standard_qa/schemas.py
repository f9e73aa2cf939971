"""The content of an entry, as editors, seed files and imports give it."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kit.region import REGION
from knowledge.categories import Audience, Category
from knowledge.standard_qa.attachments import PER_ENTRY, Attachment
from knowledge.standard_qa.facts import FACT_LIMIT, RequiredFact
from knowledge.standard_qa.lines import Line, Text

# The sections of an answer, in the order in which a citizen reads them.
SECTIONS: dict[str, str] = {
    "conclusion": "结论",
    "basis": "依据",
    "steps": "怎么办",
    "materials": "材料",
    "deadline": "期限",
    "where": "去哪里",
    "cost": "费用",
    "local": "地区差异",
}
REQUIRED = ("conclusion", "basis", "steps", "materials", "deadline", "where")
ANSWER_LIMIT = 2000
PHRASING_LIMIT = 200
MIN_SIMILAR = 4
LABELLED_LENGTH = 500
LABELLED_LIMIT = 30
ENTRY_ID = r"^[a-z0-9-]{3,80}$"

Phrasing = Annotated[Line, Field(min_length=2, max_length=PHRASING_LIMIT)]


# 标注问法: what citizens ask may be longer than what an entry is found by.
Labelled = Annotated[
    list[Annotated[Line, Field(min_length=2, max_length=LABELLED_LENGTH)]],
    Field(max_length=LABELLED_LIMIT),
]


class EntryContent(BaseModel):
    """What a version says. Raises ``pydantic.ValidationError`` with messages in Chinese."""

    model_config = ConfigDict(extra="forbid")

    category: Category
    question: Phrasing
    similar: list[Phrasing]
    answer: dict[str, Text]
    citations: list[Line] = Field(min_length=1)
    mentions: list[Line] = []
    region: Annotated[str, Field(pattern=REGION)] = ""
    audience: Audience = Audience.EVERYBODY
    valid_from: date | None = None
    expires_on: date | None = None
    facts: list[RequiredFact] = Field(default=[], max_length=FACT_LIMIT)
    # 先问后答: whether a missing fact is asked for before anything is answered.
    ask_first: bool = False
    attachments: list[Attachment] = Field(default=[], max_length=PER_ENTRY)
    review: dict[str, Any] = {}

    @model_validator(mode="after")
    def _whole(self) -> "EntryContent":
        unknown = set(self.answer) - set(SECTIONS)
        if unknown:
            raise ValueError(f"答案里有不认识的部分：{'、'.join(sorted(unknown))}")
        self.answer = {name: self.answer[name] for name in SECTIONS if self.answer.get(name)}
        missing = [SECTIONS[name] for name in REQUIRED if name not in self.answer]
        if missing:
            raise ValueError(f"答案缺少：{'、'.join(missing)}")
        if sum(map(len, self.answer.values())) > ANSWER_LIMIT:
            raise ValueError(f"答案太长：最多 {ANSWER_LIMIT} 字")
        self.similar = list(dict.fromkeys(text for text in self.similar if text != self.question))
        if len(self.similar) < MIN_SIMILAR:
            raise ValueError(f"相似问至少 {MIN_SIMILAR} 条，且互不相同")
        if self.valid_from and self.expires_on and self.expires_on <= self.valid_from:
            raise ValueError("失效日期要晚于生效日期")
        self._check_facts()
        if len({item.name for item in self.attachments}) < len(self.attachments):
            raise ValueError("附件的名称要互不相同")
        return self

    def _check_facts(self) -> None:
        """Raise ``ValueError`` for a fact that would never be asked for, or leads nowhere."""
        names = [fact.name for fact in self.facts]
        if len(set(names)) < len(names):
            raise ValueError("必要事实的名称要互不相同")
        for fact in self.facts:
            if fact.section not in self.answer:
                label = SECTIONS.get(fact.section, fact.section)
                raise ValueError(f"必要事实“{fact.name}”：答案里没有写{label}")
            if fact.is_named(self.question):
                raise ValueError(f"必要事实“{fact.name}”：标准问里已经说到，不会被问")
        if self.ask_first and not self.facts:
            raise ValueError("先问后答要写必要事实")

    def columns(self) -> dict[str, Any]:
        """The content as the columns of a version."""
        days = {"valid_from": self.valid_from, "expires_on": self.expires_on}
        return self.model_dump(mode="json") | days


class EntryFields(EntryContent):
    """What a file says of an entry: the content of a version, and what belongs to the entry."""

    labelled: Labelled = []

    @property
    def content(self) -> EntryContent:
        """The content alone, as a version holds it."""
        return EntryContent.model_validate(self.model_dump(include=set(EntryContent.model_fields)))


class SeedEntry(EntryFields):
    """One entry of a seed file: its fields and its stable id."""

    id: Annotated[str, Field(pattern=ENTRY_ID)]


def render(answer: dict[str, str]) -> str:
    """The answer as a citizen reads it: each section under its Chinese name, word for word."""
    return "\n".join(f"【{SECTIONS[name]}】{answer[name]}" for name in SECTIONS if name in answer)
