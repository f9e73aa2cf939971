"""Which work stands in front of an article reference: recognition of names in running text. Pure.

``name_before`` answers with a work's name, with a document that is no law (合同, 章程, 员工手册 …),
with a word that points back (该法), or with nothing.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from knowledge.statute import names, numerals

_N = numerals.NUMERAL
_CN = "一二三四五六七八九十"
_NUMBERED = rf"(?:[（(][{_CN}]{{1,3}}[)）]|[{_CN}]{{1,2}})?"

_LAW_ENDING = re.compile(
    r"(?:(?<![办方做看说想用写书语守违合非无算国手设执司立])法|法典|民法总则|通则"
    r"|修正案(?:\([^()]*\))?)$"
)
_DOCUMENT = re.compile(
    r"(?:合同|协议书?|章程|合约|契约|手册|制度|规约|守则|须知|条款|约定|遗嘱|保单|保险单|说明书"
    r"|判决书?|裁定书?|裁决书?|调解书|决定书|起诉状|承诺书|声明|清单|附件|方案|计划|公告|通告|声明书"
    r"|意向书|备忘录|纪律|村规民约|居民公约|业主公约|管理公约|服务公约|补充说明|文件|邮件|记录|笔录)$"
)
_OWNER = re.compile(
    r"(?:公司|单位|我司|学校|厂里?|物业|平台|门店|店里?|商场|业委会|业主大会|村里?|村委会|小区|社区"
    r"|集团|老板|医院|银行|学院|幼儿园|机构|中介)(?:内部|自己|制定|发布|出台|下发|通过|定|写|发|给|新)*的?$"
)
_IN_HOUSE = re.compile(
    r"公司|本单位|员工|考勤|小区|奖惩|薪酬|绩效|宿舍|门店|请假|加班管理|停车管理|装修管理|会员|用户|社团|班规"
)
_TITLE = re.compile(
    rf"((?:最高人民法院|最高人民检察院|最高法院|最高院|最高法|最高检|两高|公安部|司法部|国务院|民政部"
    rf"|人力资源(?:和)?社会保障部|全国人民代表大会常务委员会|全国人大常委会|、|和)*"
    rf"(?:印发|发布)?《?关于(?:(?!关于)[^。；！？!?\n“”]){{2,90}}?"
    rf"(?:解释|规定|批复|意见|决定|办法|通知|答复|纪要){_NUMBERED})$"
)
_TITLE_WORDS = re.compile(
    r"司法解释|适用|审理|若干|问题|办理|执行|案件|修改|贯彻|最高|国务院|全国人|公安部"
)
_BELOW = re.compile(
    rf"((?:(?:总则|物权|合同|人格权|婚姻家庭|继承|侵权责任)编)?(?:的)?(?:有关|关于)?"
    rf"(?:担保制度|时间效力|婚姻家庭|继承|物权|合同通则|侵权责任|总则)?(?:的)?"
    rf"(?:司法解释|解释|实施条例|实施细则|实施办法|若干规定){_NUMBERED})$"
)
_PLACE_WITHIN = re.compile(
    rf"(?:第{_N}(?:编|分编|章|节)|(?:总则|物权|合同|人格权|婚姻家庭|继承|侵权责任)编?"
    rf"|分则|附则|总则)$"
)
_LINK = re.compile(r"(?:[·•]|中的|里的|里面的|当中的|之中的|的|中|里|里面|当中|之)$")
_ASIDE = re.compile(r"[（(][^（）()]{1,60}[)）]$")
_ABOUT = re.compile(r"(?:关于|对|对于|有关)[^，。；！？《》\n]{1,24}的?(?:规定|要求|条款)$")
_POINTER = re.compile(
    r"((?<![基日资文版样副根原])本|该|(?<![合共不相如])同|此|上述|前述|这部|这个)(法典|法律|法|条例|规定|司法解释|解释|办法|细则|决定|编|章|节)$"
)
_LEAD = re.compile(
    r"根据|依据|依照|按照|遵照|参照|适用|违反|触犯|参见|详见|对照|结合|援引|引用|查阅|符合|属于|涉及"
    r"|我国|国家|现行|全新|最新|修订后|修正后|新修订|新修正|请问|就是|不是|没有|以及|还有|或者|同时|如果"
    r"|[的了和与及或是在对由于把向到即看查说讲有依按照据用从见新旧原过让被给着《〈、，。；：（(“”\"'！？\s]"
)
_UNKNOWN = re.compile(rf"([一-龥]{{2,24}}(?:法典?|条例|实施细则|司法解释{_NUMBERED}))$")
_GENERIC = re.compile(
    r"(?:[这那该本此某哪其各一几]|个|部|条|有关|相关|上述|国家|地方|新|旧|老|中国|法律)*"
)
_LOCAL = re.compile(r"([一-龥]{2,7}?(?:省|市|自治区|特别行政区|经济特区|自治州|自治县))$")


class Kind(Enum):
    """What stands in front of a reference."""

    WORK = "work"
    DOCUMENT = "document"
    POINTER = "pointer"


@dataclass(frozen=True, slots=True)
class Name:
    """A name in running text: where it begins, and for a pointer the word and its noun."""

    kind: Kind
    text: str
    start: int
    noun: str = ""


@lru_cache(maxsize=16)
def _keys(known: frozenset[str]) -> tuple[frozenset[str], int]:
    keys = frozenset(names.normalise(name) for name in known) | frozenset(names.ALIASES)
    keys |= names.REGULATIONS | names.STATUTES
    return keys, max(map(len, keys))


def canonical(name: str) -> str:
    """A usual short name gives the full one; any other name comes back tidied."""
    name = names.undated(name.strip())
    return names.ALIASES.get(names.normalise(name)) or names.short(name)


def bracket_start(text: str, end: int) -> int | None:
    """Where the outermost 《 begins that closes with the 》 before ``end``."""
    depth = 0
    for place in range(end - 1, max(-1, end - 160), -1):
        if text[place] == "》":
            depth += 1
        elif text[place] == "《":
            depth -= 1
            if depth == 0:
                return place
        elif text[place] == "\n":
            return None
    return None


def is_work(inner: str, before: str, known: frozenset[str]) -> bool:
    """Whether a title in 《》 is a work of law and no document of a company or household."""
    key = names.normalise(inner)
    if key in _keys(known)[0]:
        return True
    if _DOCUMENT.search(key) or (key.endswith("公约") and not re.search("国际|联合国|巴黎", key)):
        return False
    if _LAW_ENDING.search(key):
        return True
    if not names.REGULATION.search(key):
        return False
    return not (_OWNER.search(before) or _IN_HOUSE.search(key))


def name_before(text: str, end: int, known: frozenset[str], aliases: dict[str, str]) -> Name | None:
    """The name directly before ``end``; asides, parts (婚姻家庭编) and link words may intervene.

    ``aliases`` holds abbreviations that the text itself introduced (以下简称).
    """
    limit = max(0, end - 160)
    position = len(text[:end].rstrip(" 　：:（("))
    for _ in range(5):
        if position <= limit:
            return None
        found = _at(text, position, known, aliases)
        if found is not None:
            return found
        head = text[limit:position]
        match = (
            _ASIDE.search(head) or _PLACE_WITHIN.search(head)
            or _ABOUT.search(head) or _LINK.search(head)
        )  # fmt: skip
        if match is None:
            return None
        position = len(text[: limit + match.start()].rstrip(" 　"))
    return None


def _at(text: str, end: int, known: frozenset[str], aliases: dict[str, str]) -> Name | None:
    start = max(0, end - 160)
    start = max(start, text.rfind("\n", 0, end) + 1)
    head = text[start:end]
    if match := _POINTER.search(head):
        return Name(Kind.POINTER, match[0], start + match.start(), match[2])
    if head.endswith("》"):
        return _bracketed(text, end, known, aliases)
    for alias, law in aliases.items():
        if head.endswith(alias):
            return Name(Kind.WORK, law, end - len(alias))
    title = _TITLE.search(head)
    if title and _TITLE_WORDS.search(title[1]) and not title[1].endswith("的规定"):
        return Name(Kind.WORK, canonical(title[1].strip("、和《")), start + title.start())
    return (
        _composite(text, head, start, end, known)
        or _known(head, start, end, known)
        or _other(head, start)
    )


def _bracketed(text: str, end: int, known: frozenset[str], aliases: dict[str, str]) -> Name | None:
    start = bracket_start(text, end)
    if start is None:
        # A lone 》, as people type it.
        line = text.rfind("\n", 0, end) + 1
        return _known(text[line : end - 1], line, end - 1, known)
    inner = text[start + 1 : end - 1]
    if law := aliases.get(names.normalise(inner)):
        return Name(Kind.WORK, law, start)
    if is_work(inner, text[max(0, start - 14) : start], known):
        return Name(Kind.WORK, canonical(inner), start)
    return Name(Kind.DOCUMENT, inner, start)


def _composite(text: str, head: str, start: int, end: int, known: frozenset[str]) -> Name | None:
    """《民法典》婚姻家庭编解释（一）, 道交法实施条例: a work of its own, never the law itself."""
    match = _BELOW.search(head)
    if match is None:
        return None
    cut = start + match.start()
    if text[:cut].endswith("》"):
        law_start = bracket_start(text, cut)
        if law_start is None:
            return None
        law = canonical(text[law_start + 1 : cut - 1])
    else:
        found = _known(text[start:cut], start, cut, known)
        if found is None:
            return None
        law, law_start = found.text, found.start
    written = names.normalise(text[law_start:end])
    name = names.ALIASES.get(written) or canonical(law + match[1].removeprefix("的"))
    return Name(Kind.WORK, name, law_start)


def _known(head: str, start: int, end: int, known: frozenset[str]) -> Name | None:
    """The longest known name at the end of ``head``."""
    keys, longest = _keys(known)
    for length in range(min(longest + len(names.PREFIX), len(head)), 1, -1):
        piece = unicodedata.normalize("NFKC", head[-length:])
        if piece.startswith(names.PREFIX):
            piece = piece.removeprefix(names.PREFIX)
        if piece in keys or (piece[-1] in _CN and names.normalise(piece) in keys):
            law_start = end - length
            before = head[:-length]
            if _DOCUMENT.search(head[-length:]):
                continue
            local = _LOCAL.search(_LEAD.split(before)[-1])
            if local and names.REGULATION.search(piece):
                return Name(Kind.WORK, local[1] + piece, law_start - len(local[1]))
            return Name(Kind.WORK, canonical(head[-length:]), law_start)
    return None


def _other(head: str, start: int) -> Name | None:
    """A name that nobody knows but that looks like a law's, or a document that is none."""
    if match := _DOCUMENT.search(head):
        return Name(Kind.DOCUMENT, match[0], start + match.start())
    match = _UNKNOWN.search(head)
    if match is None:
        return None
    candidate = _LEAD.split(match[1])[-1]
    key = unicodedata.normalize("NFKC", candidate)
    stem = re.sub(r"(?:法典?|条例|实施细则|司法解释.*)$", "", key)
    if len(key) < 3 or _GENERIC.fullmatch(stem) or not (
        _LAW_ENDING.search(key) or re.search(r"条例$|实施细则$|司法解释", key)
    ):  # fmt: skip
        return None
    if _OWNER.search(head[: -len(candidate)]) or _IN_HOUSE.search(key):
        return Name(Kind.DOCUMENT, candidate, start + len(head) - len(candidate))
    return Name(Kind.WORK, canonical(candidate), start + len(head) - len(candidate))
