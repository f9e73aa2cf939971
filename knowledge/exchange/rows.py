"""An entry as the cells of one row, and back. Pure."""

import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from kit.errors import InvalidInputError
from knowledge.standard_qa import attachments, facts
from knowledge.standard_qa.schemas import ENTRY_ID, SECTIONS, EntryContent, EntryFields

ID = "编号"
# Heading of each column, and the field of the content that it holds.
_PLAIN = {ID: "id", "类别": "category", "标准问": "question"}
_LISTS = {
    "相似问": "similar",
    "标注问法": "labelled",
    "法条引用": "citations",
    "只提到的规定": "mentions",
}
_TAIL = {"适用地区": "region", "适用对象": "audience", "生效日期": "valid_from",
         "失效日期": "expires_on", "审读记录": "review"}  # fmt: skip
_OPTIONAL = frozenset({"只提到的规定", "适用地区", "适用对象", "生效日期", "失效日期"})
FACTS, ASK_FIRST, YES = "必要事实", "先问后答", "是"
ATTACHMENTS = "附件"
SECTION_OF = {label: name for name, label in SECTIONS.items()}
HEADINGS = (
    *_PLAIN,
    "相似问",
    "标注问法",
    *SECTION_OF,
    "法条引用",
    "只提到的规定",
    FACTS,
    ASK_FIRST,
    ATTACHMENTS,
    *_TAIL,
)
# Fields that stay as they are where the file has no column for them; a review is of one text only.
_STAYING = {
    **{heading: name for heading, name in (_LISTS | _TAIL).items() if heading in _OPTIONAL},
    FACTS: "facts",
    ASK_FIRST: "ask_first",
    ATTACHMENTS: "attachments",
}
NEEDED = ("类别", "标准问", "相似问", "法条引用")


class EntryRow(EntryFields):
    """One row of a file: the fields, and the id of the entry that it changes or begins."""

    id: Annotated[str, Field(pattern=rf"^$|{ENTRY_ID}")] = ""


def completed(row: EntryRow, absent: Collection[str], held: EntryContent) -> EntryRow:
    """The row, with what its file has no column for as the entry has it; ``absent`` are headings.

    An older template, or one with columns taken away, must not empty what it does not speak of.
    """
    kept = {name: getattr(held, name) for heading, name in _STAYING.items() if heading in absent}
    sections = {name: held.answer[name] for heading, name in SECTION_OF.items()
                if heading in absent and held.answer.get(name)}  # fmt: skip
    return row.model_copy(update={**kept, "answer": row.answer | sections})


def as_object(row: EntryRow) -> dict[str, Any]:
    """The row as one JSON object: what is empty is left out."""
    return row.model_dump(mode="json", exclude_defaults=True)


def as_cells(row: EntryRow) -> dict[str, str]:
    """The row as text under each heading; lists have one item a line."""
    data = row.model_dump(mode="json")
    cells = {heading: data[name] or "" for heading, name in (_PLAIN | _TAIL).items()}
    cells["审读记录"] = json.dumps(row.review, ensure_ascii=False) if row.review else ""
    cells |= {heading: "\n".join(data[name]) for heading, name in _LISTS.items()}
    cells[FACTS] = "\n".join(facts.as_line(fact, SECTIONS) for fact in row.facts)
    cells[ATTACHMENTS] = "\n".join(map(attachments.as_line, row.attachments))
    cells[ASK_FIRST] = YES if row.ask_first else ""
    cells |= {heading: row.answer.get(name, "") for heading, name in SECTION_OF.items()}
    return {heading: str(cells[heading]) for heading in HEADINGS}


def of_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a row from its cells. Raises ``InvalidInputError``."""

    def text(heading: str) -> str:
        return cells.get(heading, "").strip()

    fields: dict[str, Any] = {
        name: text(heading)
        for heading, name in (_PLAIN | _TAIL).items()
        if text(heading) and heading != "审读记录"
    }
    for heading, name in _LISTS.items():
        fields[name] = _lines(text(heading))
    fields["facts"] = facts.of_lines(_lines(text(FACTS)), SECTIONS)
    fields["attachments"] = attachments.of_lines(_lines(text(ATTACHMENTS)))
    fields["ask_first"] = _yes(text(ASK_FIRST))
    fields["answer"] = {name: text(heading) for heading, name in SECTION_OF.items()}
    for heading in ("生效日期", "失效日期"):
        if text(heading):
            fields[_TAIL[heading]] = _day(heading, text(heading))
    if text("审读记录"):
        fields["review"] = _review(text("审读记录"))
    return fields


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _yes(text: str) -> bool:
    if text not in (YES, "否", ""):
        raise InvalidInputError(f"{ASK_FIRST}：写“{YES}”，或者留空")
    return text == YES


def _day(heading: str, text: str) -> date:
    try:
        return date.fromisoformat(text.replace("/", "-").split()[0].split("T")[0])
    except ValueError as error:
        raise InvalidInputError(f"{heading}：日期要写成 2026-01-31 这样") from error


def _review(text: str) -> dict[str, Any]:
    try:
        review = json.loads(text)
    except ValueError:
        review = None
    if not isinstance(review, dict):
        raise InvalidInputError("审读记录：请保持导出时的样子，或者留空")
    return review
