"""What the texts themselves say about one another: who repealed whom, who changed what. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from knowledge.statute import names, numerals
from knowledge.statute.source import SourceVersion

_FROM = re.compile(r"自\s*(\d{4})年(\d{1,2})月(\d{1,2})日起(?:施行|实施|生效)")
_AMENDMENT = re.compile(r"(.+?)修正案(?:（[^（）]+）)?")
_DECISION = re.compile(r".*关于修改《([^《》]+)》的决定")
_CHANGE = re.compile(r"修改为|增加一款|增加.{1,2}款|增加一项|增加.{1,2}项|删去|改为|修改")
_NUMBER = re.compile(rf"第{numerals.NUMERAL}条(?:之{numerals.NUMERAL})?")
_ADDED = re.compile(r"增加.{1,3}条")
_QUOTE = '"“'


@dataclass(frozen=True, slots=True)
class Repeal:
    """废止: ``name`` gave way to ``successor`` on ``on`` (``None``: the text gives no day)."""

    name: str
    full_name: str
    on: date | None
    successor: str


def starts_on(version: SourceVersion) -> date | None:
    """From when this very text applies: an amended text never before its publication."""
    days = [day for day in (version.effective_on, version.published_on) if day]
    return max(days) if days else None


def repeals(versions: Iterable[SourceVersion]) -> Iterator[Repeal]:
    """``《甲法》、《乙法》同时废止``: every repeal that a closing article states."""
    for version in versions:
        if version.status == "历史版本":
            continue
        for article in version.articles:
            sentences = article.text.split("。")
            for place, sentence in enumerate(sentences):
                if "同时废止" not in sentence:
                    continue
                said = "。".join(sentences[: place + 1])
                yield from _listed(sentence, said, version)


def _listed(sentence: str, said: str, version: SourceVersion) -> Iterator[Repeal]:
    day = _FROM.search(said)
    on = date(int(day[1]), int(day[2]), int(day[3])) if day else None
    successor = names.short(version.full_name)
    head = sentence[: sentence.index("同时废止")]
    for full_name in re.findall(r"《([^《》]+)》", head):
        # 工会法 of 1992 repealed 工会法 of 1950: the same name is the same work here.
        if names.normalise(full_name) != names.normalise(version.full_name):
            yield Repeal(names.short(full_name), full_name, on, successor)


def amended_work(full_name: str) -> str | None:
    """The work that an act of this name changes: 刑法修正案（十二） → 刑法; else ``None``."""
    match = _DECISION.fullmatch(full_name) or _AMENDMENT.fullmatch(full_name)
    return names.short(match[1]) if match else None


def changed_articles(act: SourceVersion) -> set[str]:
    """Numbers of existing articles whose wording the act changes; new articles are left out."""
    changed: set[str] = set()
    for entry in act.articles:
        if entry.number.startswith("第"):
            # 宪法修正案 counts its own entries 第…条 and prints whole new articles among them.
            continue
        for line in entry.text.split("\n"):
            if line.startswith((*_QUOTE, "（")):
                continue
            head = re.split(f"[{_QUOTE}]", line, maxsplit=1)[0]
            if _CHANGE.search(head) and not _ADDED.search(head):
                before = re.split(r"作为第|改为第", head, maxsplit=1)[0]
                changed.update(
                    numerals.article_number(*parsed)
                    for number in _NUMBER.findall(before)
                    if (parsed := numerals.parse_article(number))
                )
    return changed
