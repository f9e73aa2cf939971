"""Reading what a citizen typed 读懂群众的话: pure functions from text to values.

Nothing here speaks or stores. A reading returns the value in the one form the service takes,
or None where the text does not hold such a value.
"""

import re
import unicodedata
from typing import NamedTuple

from actions.categories import category_of

DECLINED = "不想说"
"""What a slot holds where the citizen would rather not say; sent to the service as null."""

IDENTITY_MARK = "【身份证号】"
"""What the bot's door puts in place of an identity card number before anything stores it."""

DESCRIPTION_LENGTH = (5, 2000)

_PUNCTUATION = re.compile(r"([，。！？；：（）、“”‘’《》【】…—]+)")
_IDENTITY = re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?![\dA-Za-z])")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86)?(1[3-9]\d{9})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0(?:10|2\d|[3-9]\d{2}))(\d{7,8})(?!\d)")
_NAME = re.compile(
    r"[\u3400-\u9fff]{1,12}(?:·[\u3400-\u9fff]{1,12}){0,3}|[A-Za-z][A-Za-z .'\-]{1,29}"
)
_NAME_LEAD = re.compile(
    r"^(?:我的?(?:名字|姓名)?(?:叫做?|姓|是|为)|(?:姓名|名字|本人)(?:叫|是|为|[:：])?|叫(?=我)?我?)"
)
_NAME_TAIL = re.compile(r"(?:就行|就好|就可以|吧)$")
_COUNTY_LEAD = re.compile(
    r"^(?:我们?|人|现在|目前|家)*(?:住|在|是|位于|来自|属于)*(?:地区|区县)?(?:[:：])?"
)
_CODE = re.compile(r"FW[-_]?(\d{8})[-_]?([A-Z0-9]{6})(?![A-Z0-9])")
_QUESTION = re.compile(
    r"[?？]|吗|呢|怎么|怎样|如何|多少|多久|多长|什么|哪|谁|几[天年月个]|能不能|可不可以|可以.*么|是不是|要不要|为何|咋"
)
_DECLINED = re.compile(
    r"^(?:我)?(?:不想|不愿意?|不方便|不便|不用|不)(?:说|透露|告诉你?们?|留|讲|提供)了?(?:名字|姓名|地区|地址)?$"
    r"|^(?:不方便|不填|保密|匿名|跳过|略过|无可奉告)$"
)
_YES = re.compile(
    r"^(?:是的?|对的?|好的?|嗯)?[,，]?"
    r"(?:确认|确定|提交|没错|没问题|可以|正确|都对|重新提交|是的?|对的?|好的?|ok)(?!不)",
    re.IGNORECASE,
)
_FIELDS = {
    "类别": "category", "类型": "category",
    "地区": "county", "区县": "county", "地址": "county",
    "描述": "description", "经过": "description", "问题": "description", "内容": "description",
    "姓名": "citizen_name", "名字": "citizen_name", "称呼": "citizen_name",
    "电话": "phone", "手机": "phone", "手机号": "phone", "号码": "phone", "电话号码": "phone",
    "手机号码": "phone", "联系电话": "phone", "联系方式": "phone",
}  # fmt: skip
_FIELD = "|".join(sorted(_FIELDS, key=len, reverse=True))
_CHANGE = r"(?:修改|更改|更正|改|换)"
_TO = r"(?:\s*(?:成|为|到|是|[:：,，])\s*|\s+)?"
_CORRECTIONS = (
    re.compile(
        rf"^(?:我?要|我想|请|帮我|麻烦)*{_CHANGE}(?:一下|下|一?个)?(?:我的)?({_FIELD}){_TO}(.*)$"
    ),
    re.compile(rf"^(?:请|帮我|麻烦)*(?:把)?(?:我的)?({_FIELD})(?:{_CHANGE})(?:一下|下)?{_TO}(.*)$"),
    re.compile(
        rf"^(?:我的|这个)?({_FIELD})(?:写|填|输|说|给|留)?(?:错了?|不对)(?:了)?"
        r"[,，。 ]*(?:应该?是|是)?(.*)$"
    ),
)


class Correction(NamedTuple):
    """A wish to change one field 更正; ``value`` is empty where it must still be asked for."""

    slot: str
    value: str


def tidy(text: str | None) -> str:
    """NFKC but for Chinese punctuation, no control characters, single blanks, none at the ends."""
    parts = _PUNCTUATION.split(text or "")
    normal = "".join(
        p if _PUNCTUATION.match(p) else unicodedata.normalize("NFKC", p) for p in parts
    )
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in normal)
    return " ".join(kept.split())


def plain(text: str) -> str:
    """``tidy`` without the full stops and exclamation marks people end with."""
    return tidy(text).rstrip("。.!！~～,， ")


def asks(text: str) -> bool:
    """Whether the text has the shape of a question."""
    return bool(_QUESTION.search(tidy(text)))


def declines(text: str) -> bool:
    """Whether the citizen would rather not say."""
    return bool(_DECLINED.match(plain(text)))


def holds_identity_number(text: str) -> bool:
    """Whether an identity card number is in the text, in the clear or already taken out."""
    joined = re.sub(r"(?<=[\dXx])[ \-](?=[\dXx])", "", tidy(text))
    return tidy(IDENTITY_MARK) in joined or bool(_IDENTITY.search(joined))


def phone_in(text: str) -> str | None:
    """An 11-digit mobile, or a landline as area code, dash, number."""
    if holds_identity_number(text):
        return None
    joined = re.sub(r"(?<=\d)[ \-()（）—–]+(?=\d)", "", tidy(text))
    joined = re.sub(r"[()（）]", "", joined)
    if mobile := _MOBILE.search(joined):
        return mobile.group(1)
    if landline := _LANDLINE.search(joined):
        return f"{landline.group(1)}-{landline.group(2)}"
    return None


def mask_phone(phone: str) -> str:
    """138****1234: what may be shown of a phone."""
    return f"{phone[:3]}****{phone[-4:]}"


def name_in(text: str) -> str | None:
    """A name of 2 to 30 characters, Chinese or Latin, that is not a sentence."""
    said = plain(text)
    if asks(said):
        return None
    bare = _NAME_TAIL.sub("", _NAME_LEAD.sub("", said)).strip()
    if re.match(r"^我姓", said) and len(bare) == 1:
        bare = f"{bare}某"
    han = [c for c in bare if "\u3400" <= c <= "\u9fff"]
    longest = 6 if "·" not in bare else 30
    if not 2 <= len(bare) <= 30 or len(han) > longest or not _NAME.fullmatch(bare):
        return None
    return bare


def names_itself(text: str) -> bool:
    """“我叫王芳”, “海淀区”: an answer that says by itself what it is."""
    said = plain(text)
    if asks(said) or len(said) > 20:
        return False
    introduced = re.match(r"我叫|我姓|我的名字|姓名|名字[是叫]", said) and name_in(said)
    return bool(introduced or (re.search(r"[区县市旗]$", said) and county_in(said)))


def county_in(text: str) -> str | None:
    """A place of 2 to 20 characters, with or without 区县市旗 at its end."""
    said = plain(text)
    if asks(said) or re.search(r"\d{3,}", said):
        return None
    bare = _COUNTY_LEAD.sub("", said).strip()
    if not 2 <= len(bare) <= 20 or not re.fullmatch(r"[\u3400-\u9fffA-Za-z·\- ]+", bare):
        return None
    return bare


_PLACE = re.compile(r"([\u3400-\u9fff]{2,8}?(?:新区|自治县|区|县|市|旗))")
_PLACE_LEAD = re.compile(
    r"^.*(?:在|到|去|住|离|查一下|查询|查|找一下|找|看看|请问|帮我|推荐|位于|附近|省|自治区|我们|我|的)"
    r"(?=[\u3400-\u9fff]{2})"
)
_NOT_PLACES = (
    "小区",
    "地区",
    "社区",
    "城市",
    "超市",
    "门市",
    "哪个区",
    "区县",
    "本市",
    "本县",
    "本区",
)


def county_mentioned(text: str) -> str | None:
    """The last 区县市旗 named inside a longer sentence (“我在海淀区，…” gives 海淀区)."""
    found = [_PLACE_LEAD.sub("", m) for m in _PLACE.findall(tidy(text))]
    real = [p for p in found if len(p) >= 3 and not p.endswith(_NOT_PLACES)]
    return real[-1] if real else None


def description_in(text: str) -> str | None:
    """What happened, 5 to 2000 characters, identity card numbers taken out."""
    said = _IDENTITY.sub(IDENTITY_MARK, tidy(text))
    shortest, longest = DESCRIPTION_LENGTH
    return said if shortest <= len(said) <= longest else None


def order_code_in(text: str) -> str | None:
    """A case code, ``FW20261121-4F7K9Q``, from any case, width and spacing."""
    joined = re.sub(r"[\s—–\-_]+", "", tidy(text)).upper()
    found = _CODE.search(joined)
    return f"FW{found.group(1)}-{found.group(2)}" if found else None


def phone_tail_in(text: str) -> str | None:
    """Four digits; from a whole phone its last four."""
    if phone := phone_in(text):
        return phone[-4:]
    said = tidy(text)
    without_code = re.sub(r"FW[\s\-]*\d{8}[\s\-]*[A-Za-z0-9]{6}", " ", said, flags=re.IGNORECASE)
    digits = re.findall(r"(?<![A-Za-z0-9])(\d{4})(?![A-Za-z0-9])", without_code)
    if not digits and re.fullmatch(r"\d ?\d ?\d ?\d", said):
        digits = [said.replace(" ", "")]
    return digits[-1] if len(digits) == 1 else None


def correction_in(text: str) -> Correction | None:
    """“改电话”, “把地区改成海淀区”, “名字写错了，是李四”."""
    said = plain(text)
    if asks(said):
        return None
    for pattern in _CORRECTIONS:
        if found := pattern.match(said):
            return Correction(_FIELDS[found.group(1)], found.group(2).strip())
    return None


def confirmation_in(text: str) -> str | None:
    """A short yes to the summary."""
    said = plain(text)
    return said if len(said) <= 10 and not asks(said) and _YES.match(said) else None


def category_in(text: str) -> str | None:
    """A category named in a short answer; a longer text is not an answer to “which kind”."""
    said = plain(text)
    return category_of(said) if len(said) <= 12 and not asks(said) else None
