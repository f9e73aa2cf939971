"""Find every citation of a statute in running text. Pure.

A reference (第…条) counts only with a work that it belongs to: named before it, pointed at
(该法, 同法, 本法), carried on from the same paragraph, or given as ``default_law``.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from knowledge.statute import grammar, names, naming, numerals
from knowledge.statute.grammar import Part
from knowledge.statute.mention import CitationMention
from knowledge.statute.naming import Kind, Name

_NAMED = re.compile(rf"(.+?)\s*({grammar.ARTICLE.pattern})\s*")
_ABBREVIATION = re.compile(
    r"》\s{0,2}[（(]\s{0,2}(?:以下|下称|下文)?(?:简称|称)?(?:为)?[：:]?\s{0,2}[“\"《「]?([^（）()“”\"《》「」]{2,24})[”\"》」]?\s{0,2}[）)]"
)
_SAME_ARTICLE = rf"(?:同条|该条|本条)(?:的)?\s*(?=第\s*{numerals.NUMERAL}\s*[款项])"
# 第一款规定三年，第二款规定二十年: another 款 of the article named last.
_NEXT_PARAGRAPH = rf"[，。；,;]\s*(?=第\s*{numerals.NUMERAL}\s*款[则还又也另]*(?:规定|明确|讲|说))"
_HEAD = re.compile(
    rf"(?P<same>{_SAME_ARTICLE})|(?P<next>{_NEXT_PARAGRAPH})"
    rf"|{grammar.ARTICLE.pattern}|{grammar.BARE_ARTICLE.pattern}"
)
_CARRY_BEFORE = re.compile(
    r"(?:^|[。；;，,、：:（(“\"！？!?\s]|根据|依据|依照|按照|适用|违反|参照|参见|符合|结合|对照|援引"
    r"|以及|还有|同时|或者|和|与|及|或|其|按|见|由|依|即|据|自|从)$"
)
_CARRY_AFTER = re.compile(
    r"(?:的)?(?:规定|明确|讲|说|同样|也|还|则|又|对|中|里|所|之|及|和|与|）|\)|。|；|;|$|的(?!路))"
)
_HEADING = re.compile(r"[\s*#>]*")
_SENTENCE = "。！？；!?;\n"
_QUOTED = re.compile(r"[“「]([^“”「」]{2,600})[”」]")
_SCARE = re.compile(
    r"(?:所谓的?|俗称的?|俗话说的?|常说的?|叫做?|称为|称之为|又称|即|也就是|并非|不是)$"
)
_REACH = 26
_NEXT_REACH = 60
_DOCUMENT = re.compile(r"合同|协议|章程|手册|约定|遗嘱|判决")
_MIN_QUOTE = 4


@dataclass(slots=True)
class _Reading:
    """What is known so far while a text is read from its beginning."""

    text: str
    known: frozenset[str]
    default_law: str | None
    aliases: dict[str, str]
    titles: list[tuple[int, int]]
    """Places of outermost 《…》."""
    titled: list[tuple[int, str]]
    """Where a work's title in 《》 ends, and the work."""
    mentions: list[CitationMention] = field(default_factory=list)
    broken_at: int = -1
    """Where a document that is no law was last spoken of."""


def find(
    text: str, default_law: str | None = None, known_names: Collection[str] = ()
) -> list[CitationMention]:
    """Every citation in ``text``, in order; ranges and lists give one mention for each article.

    ``default_law`` is the work that 本法 and bare articles mean (a statute's own text);
    ``known_names`` are names recognised without 《》 besides the most common ones.
    """
    known = frozenset(known_names)
    aliases = _abbreviations(text, known)
    titles = _title_spans(text)
    reading = _Reading(
        text=text,
        known=known,
        default_law=naming.canonical(default_law) if default_law else None,
        aliases=aliases,
        titles=titles,
        titled=_titled(text, titles, known, aliases),
    )
    position = 0
    while head := _HEAD.search(text, position):
        position = head.end()
        inside = next((end for start, end in reading.titles if start < head.start() < end), None)
        if inside is not None:
            # An article that is part of a title: 《关于〈刑法〉第三十条的解释》.
            position = inside
            continue
        position = _read_way(head)(reading, head)
    return reading.mentions


def _read_way(head: re.Match[str]) -> Callable[[_Reading, re.Match[str]], int]:
    if head["same"] is not None:
        return _read_same
    return _read if head["next"] is None else _read_next


def parse_name(name: str) -> CitationMention | None:
    """``民法典第一千零七十九条第二款`` as a bare name; ``None`` when it is none."""
    match = _NAMED.match(name.strip())
    if match is None:
        return None
    text = name.strip()
    head = grammar.ARTICLE.match(text, match.start(2))
    if head is None:
        return None
    parts, end = grammar.read_group(text, head.start(), head)
    if not parts or end != len(text):
        return None
    part = parts[0]
    return CitationMention(
        naming.canonical(_unbracketed(match[1])),
        part.number, part.paragraph, part.item, 0, end, text,
    )  # fmt: skip


def _unbracketed(name: str) -> str:
    name = name.strip()
    whole = name.startswith("《") and naming.bracket_start(name, len(name)) == 0
    return name[1:-1] if whole and name.endswith("》") else name


def _abbreviations(text: str, known: frozenset[str]) -> dict[str, str]:
    """《…》（以下简称《解释》）: abbreviations that the text itself introduces."""
    found: dict[str, str] = {}
    for match in _ABBREVIATION.finditer(text):
        end = match.start() + 1
        start = naming.bracket_start(text, end)
        if start is None:
            continue
        inner = text[start + 1 : end - 1]
        if naming.is_work(inner, text[max(0, start - 14) : start], known):
            found[names.normalise(match[1])] = naming.canonical(inner)
    return found


def _title_spans(text: str) -> list[tuple[int, int]]:
    """Places of outermost 《…》."""
    spans: list[tuple[int, int]] = []
    depth, begin = 0, 0
    for place, sign in enumerate(text):
        if sign == "《":
            begin = place if depth == 0 else begin
            depth += 1
        elif sign == "》" and depth:
            depth -= 1
            if depth == 0:
                spans.append((begin, place + 1))
        elif sign == "\n":
            depth = 0
    return spans


def _titled(
    text: str, titles: list[tuple[int, int]], known: frozenset[str], aliases: dict[str, str]
) -> list[tuple[int, str]]:
    found = []
    for start, end in titles:
        inner = text[start + 1 : end - 1]
        law = aliases.get(names.normalise(inner))
        if law or naming.is_work(inner, text[max(0, start - 14) : start], known):
            found.append((end, law or naming.canonical(inner)))
    return found


def _read(reading: _Reading, head: re.Match[str]) -> int:
    text = reading.text
    parts, end = grammar.read_group(text, head.start(), head)
    if not parts:
        return head.end()
    name = naming.name_before(text, head.start(), reading.known, reading.aliases)
    bare = not head[0].startswith("第")
    if name is None:
        law = None if bare else _carried(reading, head.start(), end)
        start = head.start()
    elif name.kind is Kind.DOCUMENT:
        reading.broken_at = end
        return end
    elif name.kind is Kind.POINTER:
        law, start = _pointed(reading, name), name.start
    else:
        if _is_title(text, name.start, end):
            return end
        law, start = name.text, name.start
    if law is None:
        return head.end() if bare else end
    _add(reading, law, parts, start, end)
    return end


def _is_title(text: str, start: int, end: int) -> bool:
    """关于《刑法》第三十条的解释: the reference is part of a title, not a citation."""
    return bool(
        re.search(r"关于(?:适用|执行|对|修改)?$", text[max(0, start - 4) : start])
        and re.match(
            r"(?:规定)?的?(?:有关问题的?)?(?:立法)?(?:解释|决定|批复|答复)", text[end : end + 20]
        )
    )


def _read_same(reading: _Reading, head: re.Match[str]) -> int:
    """同条第二款: below the article named last in this paragraph."""
    if not reading.mentions or "\n" in reading.text[reading.mentions[-1].end : head.start()]:
        return head.end()
    before = reading.mentions[-1]
    if reading.broken_at > before.end:
        return head.end()
    return _add_below(reading, before, head.start(), head.end())


def _read_next(reading: _Reading, head: re.Match[str]) -> int:
    """，第二款规定: goes on where a 款 of an article was named shortly before."""
    before = reading.mentions[-1] if reading.mentions else None
    if before is None or before.paragraph is None or reading.broken_at > before.end:
        return head.end()
    between = reading.text[before.end : head.start()]
    if len(between) > _NEXT_REACH or "\n" in between or _DOCUMENT.search(between):
        return head.end()
    return _add_below(reading, before, head.end(), head.end())


def _add_below(reading: _Reading, before: CitationMention, start: int, below: int) -> int:
    """Add what stands at ``below`` as a part of the article named before; where it ends."""
    ordinal, suffix = numerals.parse_article(before.number) or (0, 0)
    parts, end = grammar.read_below(reading.text, below, Part(ordinal, suffix))
    _add(reading, before.law, parts, start, end)
    return end


def _carried(reading: _Reading, start: int, end: int) -> str | None:
    """The work that a reference without a name belongs to, or ``None``."""
    text = reading.text
    if grammar.NO_ARTICLE.match(text, end):
        if re.match(r"\s*(?:约定|承诺)", text[end : end + 6]):
            reading.broken_at = end
        return None
    line = text.rfind("\n", 0, start) + 1
    if _HEADING.fullmatch(text, line, start) and re.match(r"[\s:：、]", text[end : end + 1]):
        return None
    named = _last_named(reading, start, line)
    if named and reading.broken_at < line:
        reading_on = text[start - 1 : start] not in ("。", "！", "？", "\n") or named[1] >= line
        after_link = _CARRY_BEFORE.search(text[max(0, start - 4) : start])
        if reading_on and after_link and _CARRY_AFTER.match(text, end):
            return named[0]
    if reading.default_law and reading.broken_at < line:
        return reading.default_law
    return None


def _last_named(
    reading: _Reading, before: int, since: int, noun: str = ""
) -> tuple[str, int] | None:
    """The work named last between ``since`` and ``before``; with ``noun``, of that kind only."""
    text = reading.text
    found: list[tuple[int, int, str]] = []
    for end, law in reversed(reading.titled):
        if end <= before:
            if end > since:
                found.append((end, 0, law))
            if not noun or _is_of(law, noun):
                break
    for mention in reversed(reading.mentions):
        if mention.end > since:
            found.append((mention.end, 0, mention.law))
        if not noun or _is_of(mention.law, noun):
            break
    for name in reading.known | names.STATUTES | names.REGULATIONS | frozenset(names.ALIASES):
        place = text.rfind(name, since, before)
        if place >= 0:
            found.append((place + len(name), len(name), naming.canonical(name)))
    for place, _length, law in sorted(found, reverse=True):
        if not noun or _is_of(law, noun):
            return law, place
    return None


def _is_of(law: str, noun: str) -> bool:
    key = names.normalise(law)
    if noun in ("法", "法律", "编", "章", "节"):
        return key.endswith(("法", "法典", "通则", "总则")) and not key.endswith("办法")
    if noun in ("解释", "司法解释"):
        return "解释" in key or key.startswith("最高人民法院")
    return re.sub(r"\([^()]*\)$", "", key).endswith(noun)


def _pointed(reading: _Reading, pointer: Name) -> str | None:
    """Which work 本法, 该法 or 该条例 means."""
    own = pointer.text.startswith("本")
    if own and reading.default_law:
        return reading.default_law
    named = _last_named(reading, pointer.start, 0, pointer.noun)
    if named:
        return named[0]
    fits = reading.default_law and _is_of(reading.default_law, pointer.noun)
    return reading.default_law if fits else None


def _add(reading: _Reading, law: str, parts: list[Part], start: int, end: int) -> None:
    single = len({part.number for part in parts}) == 1
    quotes = (*_quotes_before(reading.text, start), *_quotes_after(reading.text, end))
    for part in parts:
        reading.mentions.append(
            CitationMention(
                law=law,
                number=part.number,
                paragraph=part.paragraph,
                item=part.item,
                start=start,
                end=end,
                raw=reading.text[start:end],
                quotes=quotes if single else (),
            )
        )


def _quotes_after(text: str, end: int) -> list[str]:
    """Quoted words that follow within the sentence, before any other reference."""
    quotes: list[str] = []
    position = end
    while match := _QUOTED.search(text, position):
        gap = text[position : match.start()]
        if (
            len(gap) > _REACH
            or any(sign in gap for sign in _SENTENCE)
            or "《" in gap
            or grammar.ARTICLE.search(gap)
        ):
            break
        if len(match[1]) >= _MIN_QUOTE and not _SCARE.search(gap):
            quotes.append(match[1])
        position = match.end()
    return quotes


def _quotes_before(text: str, start: int) -> list[str]:
    """“…”（《民法典》第一千零七十九条）: quoted words with their source behind them."""
    head = text[max(0, start - 700) : start].rstrip(" 　")
    if not head.endswith(("（", "(", "——")):
        return []
    head = head.rstrip("（(— 　")
    if not head.endswith(("”", "」")):
        return []
    found = [match for match in _QUOTED.finditer(head) if match.end() == len(head)]
    return [match[1] for match in found if len(match[1]) >= _MIN_QUOTE]
