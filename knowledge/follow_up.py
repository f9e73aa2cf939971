"""Follow-ups (追问): questions that only make sense with the one before. Pure.

``那要多少钱呢`` asks for a part of the answer just given; ``那如果没有合同呢`` changes the question
just asked. Anything that names a matter of its own is no follow-up.
"""

import re

MAX_LENGTH = 16
REPLY_LENGTH = 30
# The words of each aspect; the section of the answer that tells of it.
_ASPECTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("cost", re.compile(r"多少钱|费用|收费|要钱|花钱|贵不贵|免费")),
    ("deadline", re.compile(r"多久|多长时间|几天|期限|什么时候|时效|来得及|过期|最晚")),
    ("materials", re.compile(r"材料|证据|带什么|准备什么|手续|证明|哪些东西")),
    ("where", re.compile(r"[去到在]?哪[里儿]|[去到]哪|找谁|哪个部门|什么部门|电话|地址")),
    ("basis", re.compile(r"法律依据|依据|哪条法|哪部法|法律规定|法条|凭什么|哪一条")),
    ("steps", re.compile(r"怎么做|怎么办理|怎么弄|流程|步骤|第一步|然后呢|接下来")),
)
_FILLER = re.compile(
    r"那么|那个|那就|那|请问|你好|您好|这个|这种|这样|这事|大概|一般|具体|到底|还有|我|要|需要|应该|得|该|哪些|"
    r"是|的话|的|呢|啊|吗|呀|嘛|吧|了|会|能|可以|办|去|花|交|准备|申请|有|什么|多少|怎么|都|又|就|想|知道|"
    r"一下|说|告诉|[\s，。？！、,.?!~…]"
)
_LEAD = re.compile(r"^(那么?|那如果|如果|要是|假如|万一|可是|但是|不过|还有)")

_ASKS = re.compile(r"[?？吗呢]|怎么|怎样|如何|多少|什么|哪|谁|能不能|可不可以|是不是|要不要|咋")


def aspect(text: str) -> str | None:
    """The section of the last answer that a follow-up asks for, or ``None``.

    >>> aspect("那要多少钱呢")
    'cost'
    >>> aspect("离婚要多少钱") is None
    True
    """
    if len(text) > MAX_LENGTH:
        return None
    for section, words in _ASPECTS:
        rest, found = words.subn("", text)
        if found and not _FILLER.sub("", rest):
            return section
    return None


def is_elliptical(text: str) -> bool:
    """Whether the text leans on the last question: ``那如果没有合同呢``."""
    return len(text) <= MAX_LENGTH and _LEAD.match(text) is not None


def is_reply(text: str, *, named: bool) -> bool:
    """Whether the text can be the reply to a question that was asked back: 两年; 没有签.

    ``named``: it says what was asked for; then it may be longer. What asks is no reply.
    """
    asks = _ASKS.search(text) is not None
    if named:
        return len(text) <= (MAX_LENGTH if asks else REPLY_LENGTH)
    return len(text) <= MAX_LENGTH and not (asks or aspect(text) or is_elliptical(text))
