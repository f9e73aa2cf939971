"""Differences between two versions of an entry, for editors to read. Pure."""

from dataclasses import dataclass

from knowledge.categories import Audience
from knowledge.standard_qa import facts
from knowledge.standard_qa.facts import RequiredFact
from knowledge.standard_qa.models import EntryVersion
from knowledge.standard_qa.schemas import SECTIONS
from knowledge.word_diff import Piece, lines, texts

_SCOPE = ("适用地区", "适用对象", "生效日期", "失效日期")


@dataclass(frozen=True, slots=True)
class Field:
    """One part of an entry with its pieces."""

    label: str
    pieces: list[Piece]

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return any(piece.kind != "same" for piece in self.pieces)


def fields(old: EntryVersion | None, new: EntryVersion) -> list[Field]:
    """Every part of the new version against the old one; without an old one all is new."""
    before = old.answer if old else {}
    found = [
        Field("类别", lines([old.category] if old else [], [new.category])),
        Field("标准问", texts(old.question if old else "", new.question)),
        Field("相似问", lines(old.similar if old else [], new.similar)),
    ]
    found += [
        Field(label, texts(before.get(name, ""), new.answer.get(name, "")))
        for name, label in SECTIONS.items()
        if name in before or name in new.answer
    ]
    found.append(Field("法条引用", lines(old.citations if old else [], new.citations)))
    if (old and old.mentions) or new.mentions:
        found.append(Field("只提到的规定", lines(old.mentions if old else [], new.mentions)))
    if (old and old.facts) or new.facts:
        found.append(Field("必要事实", lines(_facts(old), _facts(new))))
    if (old and old.attachments) or new.attachments:
        found.append(Field("附件", lines(_files(old), _files(new))))
    for label, was, becomes in zip(_SCOPE, _scope(old), _scope(new), strict=True):
        if was or becomes:
            found.append(Field(label, lines([was] if was else [], [becomes] if becomes else [])))
    return found


def _facts(version: EntryVersion | None) -> list[str]:
    """The required facts, a line each; the last one says whether they are asked for first."""
    if version is None or not version.facts:
        return []
    held = [RequiredFact.model_validate(fact) for fact in version.facts]
    first = "先问清再回答" if version.ask_first else "先给一般的答案，再追问一次"
    return [*(facts.as_line(fact, SECTIONS) for fact in held), first]


def _files(version: EntryVersion | None) -> list[str]:
    """The attachments, with the beginning of their hashes: another file may have the same name."""
    held = version.attachments if version else []
    return [f"{item['name']}（{item['size']} 字节，{item['sha256'][:8]}）" for item in held]


def _scope(version: EntryVersion | None) -> list[str]:
    """Where, for whom and when a version holds; nothing where it says nothing in particular."""
    if version is None:
        return ["", "", "", ""]
    audience = "" if version.audience == Audience.EVERYBODY else version.audience
    values = [version.region, audience, version.valid_from, version.expires_on]
    return [str(value or "") for value in values]
