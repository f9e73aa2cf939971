"""The content of an entry, as editors, seed files and imports give it."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from kit.region import REGION
from knowledge.categories import Audience, Category

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

# What no spreadsheet can hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def _clean(text: str) -> str:
    text = _CONTROL.sub("", re.sub(r"\r\n?", "\n", text))
    return re.sub(r"[ \t]+\n", "\n", text).strip()


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split())


Text = Annotated[str, AfterValidator(_clean)]
Line = Annotated[str, AfterValidator(_one_line)]
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
        return self

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
