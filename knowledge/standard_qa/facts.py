"""Required facts 必要事实: what an answer depends on, and whether a citizen has said it. Pure.

A fact is told by its cues: words of which one stands in what the citizen said. In a cue ``#`` is
any number (``#年`` hears 3年, 三年 and 半年), so that nobody needs regular expressions.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from indexer import normalise
from kit.errors import InvalidInputError
from knowledge.standard_qa.lines import Line

FACT_LIMIT = 3
NAME_LIMIT = 20
QUESTION_LIMIT = 80
CUE_LIMIT = 20
CUES_LIMIT = 40
# What stands between the parts of a fact, and between its cues, where a fact is one line of text.
PART, CUE = "｜", "、"
DEFAULT_SECTION = "conclusion"
_NUMBER = r"(?:\d+(?:\.\d+)?|[〇零一二两三四五六七八九十百千万半]+)\s*"


class RequiredFact(BaseModel):
    """必要事实: the question to ask back, the cues, and the part of the answer that turns on it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=2, max_length=NAME_LIMIT)]
    question: Annotated[Line, Field(min_length=4, max_length=QUESTION_LIMIT)]
    cues: Annotated[list[Line], Field(min_length=1, max_length=CUES_LIMIT)]
    section: str = DEFAULT_SECTION

    @field_validator("name", "question")
    @classmethod
    def _without_marks(cls, text: str) -> str:
        if PART in text or "|" in text:
            raise ValueError(f"必要事实的名称和问题里不能有“{PART}”")
        return text

    @field_validator("cues")
    @classmethod
    def _usable(cls, cues: list[str]) -> list[str]:
        for cue in cues:
            if not cue.replace("#", "").replace("＃", "").strip():
                raise ValueError("必要事实的提示词里，“#”要和别的字一起用，如“#年”")
            if any(mark in cue for mark in (PART, "|", CUE)) or len(cue) > CUE_LIMIT:
                raise ValueError(f"必要事实的提示词：每个最多 {CUE_LIMIT} 字，用“{CUE}”隔开")
        return list(dict.fromkeys(cues))

    def is_named(self, text: str) -> bool:
        """Whether the text says this fact, one way or the other: 没签合同 names it too."""
        heard = normalise(text)
        return any(_pattern(cue).search(heard) for cue in self.cues)


@cache
def _pattern(cue: str) -> re.Pattern[str]:
    return re.compile(_NUMBER.join(map(re.escape, normalise(cue).split("#"))))


def missing(facts: Iterable[RequiredFact], heard: str) -> RequiredFact | None:
    """The first fact of which the citizen has said nothing yet."""
    return next((fact for fact in facts if not fact.is_named(heard)), None)


def as_line(fact: RequiredFact, labels: dict[str, str]) -> str:
    """A fact as one line of a form or of a cell; ``labels`` names the sections of an answer."""
    parts = [fact.name, fact.question, CUE.join(fact.cues)]
    if fact.section != DEFAULT_SECTION:
        parts.append(labels[fact.section])
    return PART.join(parts)


def of_lines(lines: Sequence[str], labels: dict[str, str]) -> list[dict[str, object]]:
    """The facts that lines of text hold. Raises ``InvalidInputError``."""
    return [_of_line(line, labels) for line in lines]


def _of_line(line: str, labels: dict[str, str]) -> dict[str, object]:
    parts = [part.strip() for part in line.replace("|", PART).split(PART)]
    if len(parts) not in (3, 4):
        shape = PART.join(("事实", "反问的话", f"提示词{CUE}提示词"))
        raise InvalidInputError(f"必要事实要写成“{shape}”：{line[:40]}")
    sections = {label: name for name, label in labels.items()}
    section = parts[3] if len(parts) == 4 else labels[DEFAULT_SECTION]
    if section not in sections:
        raise InvalidInputError(f"必要事实里没有这个答案部分：{section[:20]}")
    cues = [cue.strip() for cue in parts[2].split(CUE) if cue.strip()]
    return {"name": parts[0], "question": parts[1], "cues": cues, "section": sections[section]}
