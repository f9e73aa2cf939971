"""What may come in by the bot's door 入口清洗: pure, before anything is stored or parsed."""

import re
import unicodedata
from typing import NamedTuple

LONGEST_MESSAGE = 2000
IDENTITY_MARK = "【身份证号】"

_IDENTITY = re.compile(
    r"(?<![0-9])[1-9]\d{5}[ -]?(?:18|19|20)\d{2}[ -]?(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"[ -]?\d{3}[0-9Xx](?![0-9A-Za-z])"
)
_PUNCTUATION = re.compile(r"([，。！？；：（）、“”‘’《》【】…—]+)")
_LONG_NUMBER = re.compile(r"(?<!\d)(\d{3})[\d\- ]{4,14}(\d{3}[\dXx])(?!\d)")

SPEECHLESS = "我没有看到文字。请用文字说说您遇到的法律问题，或者说“转人工”。"
UNREADABLE = "抱歉，我只看得懂文字。请用文字说说您遇到的法律问题，或者说“转人工”。"
TOO_LONG = (
    "您发来{length}个字，超过了一次{longest}字的上限，我没法一次看完。请分几条发，或者说“转人工”。"
)


class Message(NamedTuple):
    """A message read: either ``text`` to hand on, or ``refusal`` to say at once."""

    text: str
    refusal: str = ""


def read(raw: object) -> Message:
    """Cleans a typed message, or says why it cannot be taken.

    NFKC but for Chinese punctuation; control, format and surrogate characters become blanks; a
    leading ``/`` goes (it would name an intent); identity card numbers are replaced, so that no
    store ever holds one.
    """
    if not isinstance(raw, str):
        return Message("", SPEECHLESS)
    parts = _PUNCTUATION.split(raw)
    normal = "".join(
        p if _PUNCTUATION.match(p) else unicodedata.normalize("NFKC", p) for p in parts
    )
    kept = "".join(" " if unicodedata.category(c).startswith("C") else c for c in normal)
    text = " ".join(kept.split()).lstrip("/ ")
    if not text:
        return Message("", UNREADABLE if normal.strip() else SPEECHLESS)
    if len(text) > LONGEST_MESSAGE:
        return Message("", TOO_LONG.format(length=len(text), longest=LONGEST_MESSAGE))
    if not any(c.isalnum() for c in text):
        return Message("", UNREADABLE)
    return Message(_IDENTITY.sub(IDENTITY_MARK, text))


def mask(line: str) -> str:
    """A line fit for a log: of long numbers only the ends stay."""
    return _LONG_NUMBER.sub(r"\1****\2", line)
