"""Contradictions 矛盾: what two answers say of the same article with different figures. Pure.

Two sentences contradict each other where they speak of the same article in nearly the same words,
and state another number of days, months, yuan, times or per cent. That is a hint for an editor:
both may be right, each for its own case.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from knowledge.statute import citation

# Words around the figures must be so alike (Dice, 0 to 1) that they speak of the same thing.
ALIKE = 0.5
# Where the article itself states both figures, they are most likely those of its several cases.
ALIKE_IN_LAW = 0.85
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_NUMBER = r"\d[\d,]*(?:\.\d+)?|[零〇一二两三四五六七八九十百千]+"
_FIGURE = re.compile(
    rf"""(?<![第之\d.月年]) (?:
        (?P<parts>[百千万])分之(?P<share>{_NUMBER})
      | (?P<half>半)(?P<half_unit>个月|年|天|日)
      | (?P<number>{_NUMBER}) (?P<power>[万亿]*)
        (?P<unit>个?工作日|个?小时|[日天](?!前)|个半月|个月|年半?|元|块钱|倍|[%％])
    )""",
    re.VERBOSE,
)
_SENTENCE = re.compile(r"[^。；！？\n]+[。；！？]?")
_CLAUSE = re.compile(r"[^，、：,:]+")
_CITED = re.compile(
    r"《[^《》]*》|第[〇零一二三四五六七八九十百千]+[条款项](?:之[一二三四五六七八九十]+)?"
)
_SAYING = re.compile(
    r"[的了是要应当可以得在按照依据规定本这该你您我他她]|不得|必须|最多|最少|至少|[^㐀-鿿#]"
)
_YEARS_FROM = 1900


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit; years are counted as months, so that 一年 is 12个月."""

    unit: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class Statement:
    """A part of a sentence with its figures and the articles that it speaks of."""

    sentence: str
    words: str
    figures: frozenset[Figure]
    articles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What both sides say of an article: our sentence and theirs."""

    article: str
    ours: str
    theirs: str


def figures(text: str) -> list[Figure]:
    """Every figure of a text, in order; years of the calendar and articles are none."""
    return [made for match in _FIGURE.finditer(text) if (made := _figure(match))]


def _figure(match: re.Match[str]) -> Figure | None:
    if match["parts"]:
        size = {"百": 1, "千": 10, "万": 100}[match["parts"]]
        return Figure("%", _value(match["share"]) / size)
    if match["half"]:
        unit, value = match["half_unit"], Fraction(1, 2)
    else:
        unit, value = match["unit"], _value(match["number"])
        for power in match["power"]:
            value *= 10_000 if power == "万" else 100_000_000
    if unit.startswith("年"):
        if value >= _YEARS_FROM:
            return None
        return Figure("月", value * 12 + (6 if unit == "年半" else 0))
    if unit == "个半月":
        return Figure("月", value + Fraction(1, 2))
    plain = {"个月": "月", "天": "日", "块钱": "元", "％": "%"}
    return Figure(plain.get(unit, unit.removeprefix("个")), value)


def _value(text: str) -> Fraction:
    if text[0].isdigit():
        return Fraction(text.replace(",", ""))
    if not any(sign in _POWERS for sign in text):
        return Fraction(int("".join(str(_DIGITS[sign]) for sign in text)))
    total, digit = 0, 0
    for sign in text:
        if sign in _POWERS:
            total, digit = total + (digit or 1) * _POWERS[sign], 0
        else:
            digit = _DIGITS[sign]
    return Fraction(total + digit)


def statements(answer: Mapping[str, str], cited: Collection[str]) -> list[Statement]:
    """What the sections of an answer state in figures.

    A sentence speaks of the articles that it names, or of those named last before it; where a
    section has named none, of every article that the entry cites.
    """
    return [made for text in answer.values() for made in _of_section(text, frozenset(cited))]


def _of_section(text: str, cited: frozenset[str]) -> Iterator[Statement]:
    named = [(mention.start, mention.name) for mention in citation.find(text)]
    spoken_of = cited
    for match in _SENTENCE.finditer(text):
        here = {name for start, name in named if match.start() <= start < match.end()}
        spoken_of = frozenset(here) or spoken_of
        before = ""
        for clause in _CLAUSE.findall(match[0]):
            found = frozenset(figures(clause))
            words = _words(clause)
            if found and spoken_of & cited:
                # A short clause says what it is about in the one before.
                words = words if len(words) > 4 else before + words
                yield Statement(match[0].strip(), words, found, spoken_of & cited)
            before = words


def _words(clause: str) -> str:
    """What a clause is about: without its figures, citations and words that say nothing."""
    return _SAYING.sub("", _FIGURE.sub("#", _CITED.sub("", clause)))


def alike(left: str, right: str) -> float:
    """How many of their pairs of signs two texts share (Dice)."""
    ours, theirs = _pairs(left), _pairs(right)
    return 2 * len(ours & theirs) / max(1, len(ours) + len(theirs))


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


def between(
    ours: Collection[Statement], theirs: Collection[Statement], law: Mapping[str, str]
) -> list[Contradiction]:
    """Where two answers differ, each pair of sentences once; ``law`` has the articles' texts."""
    found: dict[tuple[str, str], Contradiction] = {}
    for left in ours:
        for right in theirs:
            for article in sorted(left.articles & right.articles):
                stated = _stated(ours, article), _stated(theirs, article)
                if _differ(left, right, *stated, law.get(article, "")):
                    pair = (left.sentence, right.sentence)
                    found.setdefault(pair, Contradiction(article, *pair))
    return list(found.values())


def _stated(statements: Collection[Statement], article: str) -> set[Figure]:
    """Every figure that one side states of an article."""
    return {figure for each in statements if article in each.articles for figure in each.figures}


def _differ(
    left: Statement,
    right: Statement,
    ours: set[Figure],
    theirs: set[Figure],
    law: str,
) -> bool:
    # What the other side says as well, somewhere else, is no contradiction.
    mine, yours = left.figures - theirs, right.figures - ours
    apart = [
        figure
        for figure in (*mine, *yours)
        if figure.unit in {other.unit for other in (right if figure in mine else left).figures}
    ]
    if not apart:
        return False
    in_law = set(figures(law))
    return alike(left.words, right.words) >= (ALIKE_IN_LAW if in_law.issuperset(apart) else ALIKE)
