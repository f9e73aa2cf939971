"""Audit 审计 of the base: is each entry confirmed, read by two, single, in date, plain?

``examine`` looks at entries wherever they come from: the live versions or the seed files.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge import reading_level, similarity
from knowledge.categories import Category
from knowledge.seed import loader
from knowledge.standard_qa.models import Entry, EntryVersion
from knowledge.standard_qa.schemas import ANSWER_LIMIT, MIN_SIMILAR, EntryContent, render
from knowledge.standard_qa.service import content_of
from knowledge.statute import citation
from knowledge.statute.citation import CheckStatus
from knowledge.statute.repository import StatuteBase

LIKE_QUESTIONS = 0.75
LIKE_ANSWERS = 0.8
MIN_ANSWER = 150
MIN_BY_CATEGORY = 5


class Check(StrEnum):
    """What is looked at, in the order of the table."""

    CITATION = "引用未通过核验"
    TEXT_CITATION = "答案正文里的引用有误"
    DUPLICATE = "问法重复"
    NEAR_DUPLICATE = "问法或答案近似"
    EXPIRED = "已过失效日期"
    FEW_SIMILAR = "相似问不足"
    NOT_READ = "没有第二人审读"
    HARD_TO_READ = "不够易读"
    LENGTH = "答案太短或太长"
    COVERAGE = "类别条目太少"
    RECHECK = "待复核"


@dataclass(frozen=True, slots=True)
class Audited:
    """An entry to look at; ``reader`` is the second person who read it, if any."""

    id: str
    content: EntryContent
    reader: str = ""
    recheck: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with one entry, or with a category."""

    check: Check
    where: str
    what: str


@dataclass(slots=True)
class Report:
    """What an audit found; ``not_held`` lists citations of real works whose text is not held."""

    entries: int = 0
    citations: int = 0
    citations_in_answers: int = 0
    findings: list[Finding] = field(default_factory=list)
    not_held: dict[str, list[str]] = field(default_factory=dict)
    by_category: dict[str, int] = field(default_factory=dict)
    reading_level: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether nothing was found. Works that are not held are listed, not held against it."""
        return not self.findings

    @property
    def counts(self) -> dict[str, int]:
        """How many findings each check has."""
        counted = Counter(finding.check for finding in self.findings)
        return {check.value: counted[check] for check in Check}

    def as_json(self) -> dict[str, Any]:
        """The report on one line."""
        return {
            "entries": self.entries,
            "clean": self.clean,
            "counts": self.counts,
            "citations": self.citations,
            "citations_in_answers": self.citations_in_answers,
            "text_not_held": self.not_held,
            "reading_level": self.reading_level,
            "by_category": self.by_category,
            "findings": [
                {"check": item.check.name.lower(), "where": item.where, "what": item.what}
                for item in self.findings
            ],
        }


def seed() -> list[Audited]:
    """The entries of the seed files."""
    return [
        Audited(
            row.id,
            row.content,
            str(row.review.get("reader") or ""),
        )
        for row in loader.read()
    ]


def live(session: Session) -> list[Audited]:
    """The entries that citizens are answered from; a seeded one was read by whom its file says."""
    rows = session.execute(
        select(Entry, EntryVersion)
        .join(EntryVersion, EntryVersion.id == Entry.live_version_id)
        .order_by(Entry.id)
    )
    return [
        Audited(
            entry.id,
            content_of(version),
            str(
                version.review.get("reader") or ""
                if version.author == loader.AUTHOR
                else version.reviewer or ""
            ),
            entry.recheck or "",
        )
        for entry, version in rows
    ]


def examine(session: Session, entries: Sequence[Audited], today: date) -> Report:
    """Look at every entry as of ``today`` (Beijing date)."""
    report = Report(entries=len(entries))
    base = StatuteBase(session, today)
    _citations(report, entries, base)
    _answers(report, entries, base)
    report.findings += _duplicates(entries)
    report.findings += _like(entries)
    for entry in entries:
        report.findings += _of_one(entry, today)
    levels = [reading_level.measure(render(entry.content.answer)) for entry in entries]
    for entry, level in zip(entries, levels, strict=True):
        if not level.is_plain:
            what = (
                f"易读程度 {level.level}（上限 {reading_level.LIMIT:g}），"
                f"最长一句 {level.longest} 字（上限 {reading_level.LONG_SENTENCE}）"
            )
            report.findings.append(Finding(Check.HARD_TO_READ, entry.id, what))
    if levels:
        report.reading_level = round(sum(level.level for level in levels) / len(levels), 1)
    counted = Counter(entry.content.category for entry in entries)
    report.by_category = {category.value: counted[category] for category in Category}
    report.findings += [
        Finding(Check.COVERAGE, name, f"只有 {count} 条，至少要 {MIN_BY_CATEGORY} 条")
        for name, count in report.by_category.items()
        if count < MIN_BY_CATEGORY
    ]
    order = list(Check)
    report.findings.sort(key=lambda item: (order.index(item.check), item.where))
    return report


def _citations(report: Report, entries: Iterable[Audited], base: StatuteBase) -> None:
    verdicts: dict[str, str] = {}
    for entry in entries:
        for name in entry.content.citations:
            report.citations += 1
            if name not in verdicts:
                mention = citation.parse_name(name)
                checked = citation.check(mention, base) if mention else None
                status = checked.status if checked else CheckStatus.UNREADABLE
                verdicts[name] = "" if status is CheckStatus.CONFIRMED else status.label
            if verdicts[name]:
                what = f"{name}（{verdicts[name]}）"
                report.findings.append(Finding(Check.CITATION, entry.id, what))


def _answers(report: Report, entries: Iterable[Audited], base: StatuteBase) -> None:
    for entry in entries:
        text = render(entry.content.answer)
        mentions = citation.find(text, _only_law(entry.content), base.known_names)
        for checked in citation.check_all(mentions, base):
            report.citations_in_answers += 1
            if checked.status is CheckStatus.TEXT_NOT_HELD:
                named = report.not_held.setdefault(checked.name, [])
                if entry.id not in named:
                    named.append(entry.id)
            elif not checked.confirmed:
                what = f"{checked.text}（{checked.status.label}）{checked.message}"
                report.findings.append(Finding(Check.TEXT_CITATION, entry.id, what))


def _only_law(content: EntryContent) -> str | None:
    """The law that a bare 第…条 means where an entry cites only one."""
    laws = {mention.law for name in content.citations if (mention := citation.parse_name(name))}
    return laws.pop() if len(laws) == 1 else None


def _phrasings(entries: Iterable[Audited]) -> list[tuple[str, str]]:
    return [
        (entry.id, text)
        for entry in entries
        for text in [entry.content.question, *entry.content.similar]
    ]


def _duplicates(entries: Iterable[Audited]) -> Iterator[Finding]:
    places: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for entry_id, text in _phrasings(entries):
        places[similarity.normalised(text)].append((entry_id, text))
    for found in places.values():
        first, *others = found
        for entry_id, text in others:
            yield Finding(Check.DUPLICATE, entry_id, f"“{text}”已经在 {first[0]}")


def _like(entries: Sequence[Audited]) -> Iterator[Finding]:
    phrasings = _phrasings(entries)
    for left, right, value in similarity.pairs([text for _, text in phrasings], LIKE_QUESTIONS):
        (one, text), (other, like) = phrasings[left], phrasings[right]
        same = similarity.normalised(text) == similarity.normalised(like)
        # A key word inside a narrower one is no double: 财产保全 and 财产保全费.
        narrower = text in like or like in text
        if one != other and not same and not narrower:
            what = f"“{text}”与 {other} 的“{like}”相像 {value:.2f}"
            yield Finding(Check.NEAR_DUPLICATE, one, what)
    answers = [render(entry.content.answer) for entry in entries]
    for left, right, value in similarity.pairs(answers, LIKE_ANSWERS):
        what = f"答案与 {entries[right].id} 的相像 {value:.2f}"
        yield Finding(Check.NEAR_DUPLICATE, entries[left].id, what)


def _of_one(entry: Audited, today: date) -> Iterator[Finding]:
    content = entry.content
    if content.expires_on and content.expires_on <= today:
        yield Finding(Check.EXPIRED, entry.id, f"{content.expires_on} 起失效")
    if len(content.similar) < MIN_SIMILAR:
        yield Finding(Check.FEW_SIMILAR, entry.id, f"只有 {len(content.similar)} 条")
    if not entry.reader:
        yield Finding(Check.NOT_READ, entry.id, "审读人为空")
    if entry.recheck:
        yield Finding(Check.RECHECK, entry.id, entry.recheck)
    length = sum(map(len, content.answer.values()))
    if not MIN_ANSWER <= length <= ANSWER_LIMIT:
        what = f"{length} 字，应在 {MIN_ANSWER} 到 {ANSWER_LIMIT} 字之间"
        yield Finding(Check.LENGTH, entry.id, what)


def table(report: Report) -> str:
    """The report for people: checks, findings, works not held, coverage."""
    lines = [f"{'查什么':<14}  问题"]
    lines += [f"{name:<14}  {count}" for name, count in report.counts.items()]
    if report.findings:
        lines += ["", "问题"]
        lines += [f"  {item.check} · {item.where}：{item.what}" for item in report.findings]
    if report.not_held:
        lines += ["", "库中没有文本、无法核对的引用（不作为已核验展示）"]
        lines += [f"  {name}：{'、'.join(ids)}" for name, ids in sorted(report.not_held.items())]
    lines += ["", f"条目 {report.entries}，平均易读程度 {report.reading_level}；各类别条目数"]
    lines += [f"  {name} {count}" for name, count in report.by_category.items()]
    return "\n".join(lines)
