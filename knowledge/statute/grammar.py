"""The grammar of article references: 第三十九条第一款第（二）项、第四十条 → parts. Pure.

It reads one group: an article, its paragraphs and items, and further articles joined by
、和及与或至.
Which law the group belongs to is not decided here.
"""

import re
from dataclasses import dataclass, replace

from knowledge.statute import numerals

_N = numerals.NUMERAL
_E = rf"[（(]?\s*{_N}\s*[)）]?"
_JOIN = r"(?:、|，|,|；|;|以及|和|及|与|或者|或|、以及)"
_TO = r"(?:至|到|[-—–－~～]{1,2})"
_CLOSE_JOIN = rf"(?:、|和|及|与|{_TO})"  # 第十、十一条: no comma, or 第一，第二条路 would fit
_SUFFIX = rf"(?:\s*之\s*{_N}(?!\s*[款项%％分]))?"
ARTICLE = re.compile(
    rf"第\s*{_N}(?:\s*{_CLOSE_JOIN}\s*第?\s*{_N}){{0,20}}\s*条{_SUFFIX}(?!\s*(?:第\s*)?{_N}\s*编)"
)
_NEXT = rf"{_N}\s*条{_SUFFIX}"
_NEXT_ARTICLE = re.compile(_NEXT)
BARE_ARTICLE = re.compile(rf"(?<![0-9０-９.．第]){_NEXT}")
_PARAGRAPH = re.compile(rf"第\s*{_N}(?:\s*{_CLOSE_JOIN}\s*第?\s*{_N}){{0,20}}\s*款")
_ITEM = re.compile(
    rf"(?:第\s*{_E}|[（(]\s*{_N}\s*[)）])(?:\s*{_CLOSE_JOIN}\s*第?\s*{_E}){{0,20}}\s*项"
)
_JOINED = re.compile(rf"\s*(?:{_JOIN}|{_TO})\s*")
_RANGE = re.compile(rf"\s*{_TO}\s*")
_NUMBER_OR_TO = re.compile(rf"({_N})|({_TO})")
_SUFFIX_NUMBER = re.compile(rf"之\s*({_N})$")
MAX_RANGE = 300
NO_ARTICLE = re.compile(
    r"\s*(?:路|街|线|腿|鱼|裤|狗|船|河|道路|巷|胡同|弄|新闻|微博|消息|信息|短信|朋友圈|留言|评论|建议|意见|理由"
    r"|路径|出路|跑道|生产线|约定|承诺|写着|写明|要点|经验|教训|罪状|证据|线索|原则|回复|记录|语音|视频"
    r"|内容|缺点|优点|好处|要求|标准|注意|提醒)"
)
"""What follows a 第三条 that is no article: 第三条路, 第一百条建议, 第五条约定."""


@dataclass(frozen=True, slots=True)
class Part:
    """One article, with its paragraph (款) and item (项) where they are named."""

    ordinal: int
    suffix: int = 0
    paragraph: int | None = None
    item: int | None = None

    @property
    def number(self) -> str:
        """``第一百二十条之一``."""
        return numerals.article_number(self.ordinal, self.suffix)


def read_group(text: str, start: int, head: re.Match[str]) -> tuple[list[Part], int]:
    """Every part of the group whose first article is ``head``, and where the group ends."""
    parts = _articles(head[0])
    position = head.end()
    while parts:
        follower = _follow(text, position, parts)
        if follower is None:
            break
        position = follower
    return parts, position


def read_below(text: str, start: int, article: Part) -> tuple[list[Part], int]:
    """Paragraphs and items at ``start`` that belong to an article named before (同条第二款)."""
    parts = [replace(article, paragraph=None, item=None)]
    position = start
    while (follower := _below(text, position, parts)) is not None:
        position = follower
        if joined := _JOINED.match(text, position):
            after = _PARAGRAPH.match(text, joined.end()) or _ITEM.match(text, joined.end())
            if after is None:
                break
            position = joined.end()
    return parts, position


def _follow(text: str, position: int, parts: list[Part]) -> int | None:
    """Read what may stand next; add it to ``parts``; return the new position."""
    below = _below(text, _blank(text, position), parts)
    if below is not None:
        return below
    joined = _JOINED.match(text, position)
    if joined is None:
        return None
    before = parts[-1]
    below = _below(text, joined.end(), parts)
    if below is not None:
        if _RANGE.fullmatch(joined[0]):
            _fill(parts, before)
        return below
    # 、585条 without 第 may go on a list that has begun.
    head = ARTICLE.match(text, joined.end()) or _NEXT_ARTICLE.match(text, joined.end())
    if head is None or NO_ARTICLE.match(text, head.end()):
        return None
    found = _articles(head[0])
    if not found:
        return None
    if _RANGE.fullmatch(joined[0]):
        last = parts[-1]
        if 0 < found[0].ordinal - last.ordinal <= MAX_RANGE:
            parts.extend(Part(number) for number in range(last.ordinal + 1, found[0].ordinal))
    parts.extend(found)
    return head.end()


def _fill(parts: list[Part], before: Part) -> None:
    """Put what lies between ``before`` and the last part: 第（一）项至第（三）项."""
    last = parts[-1]
    for field in ("item", "paragraph"):
        low, high = getattr(before, field), getattr(last, field)
        if low and high and replace(before, **{field: high}) == last:
            between = [replace(last, **{field: number}) for number in range(low + 1, high)]
            parts[-1:] = [*between[:MAX_RANGE], last]


def _blank(text: str, position: int) -> int:
    while position < len(text) and text[position] in " 　":
        position += 1
    return position


def _below(text: str, position: int, parts: list[Part]) -> int | None:
    if match := _PARAGRAPH.match(text, position):
        numbers = _numbers(match[0])
        base = replace(parts[-1], paragraph=None, item=None)
        made = [replace(base, paragraph=number) for number in numbers]
        fresh = parts[-1].paragraph is None and parts[-1].item is None
    elif match := _ITEM.match(text, position):
        base = replace(parts[-1], item=None)
        made = [replace(base, item=number) for number in _numbers(match[0])]
        fresh = parts[-1].item is None
    else:
        return None
    if fresh and made:
        parts.pop()
    parts.extend(made)
    return match.end()


def _articles(text: str) -> list[Part]:
    """``第十、十二条之一`` → parts; the suffix belongs to the last number."""
    ending = _SUFFIX_NUMBER.search(text)
    numbers = _numbers(text[: ending.start()] if ending else text)
    parts = [Part(number) for number in numbers if number]
    if ending and parts:
        suffix = numerals.to_int(ending[1])
        if suffix:
            parts[-1] = replace(parts[-1], suffix=suffix)
    return parts


def _numbers(text: str) -> list[int]:
    """Every number in ``text``, ranges filled in."""
    numbers: list[int] = []
    filling = False
    for numeral, to in _NUMBER_OR_TO.findall(text):
        if to:
            filling = True
            continue
        value = numerals.to_int(numeral)
        if value is None:
            continue
        if filling and numbers and 0 < value - numbers[-1] <= MAX_RANGE:
            numbers.extend(range(numbers[-1] + 1, value))
        filling = False
        numbers.append(value)
    return numbers
