"""How our messages read in WeChat, and what a typed number means. Pure."""

import re
from collections.abc import Sequence

from hotline.consultation import phrases
from hotline.consultation.models import Message
from hotline.consultation.schemas import AttachmentOut, Choice, CitationOut
from knowledge.statute.numerals import to_int

# WeChat cuts or refuses more, counted in UTF-8.
BYTE_LIMIT = 2048
MORE = "……\n（内容较长，看全文：{link}）"
HOW_TO_CHOOSE = "（回复数字或文字即可）"
# A cut is made at the end of a sentence if that leaves at least this share of the room.
_KEEP = 0.5
_ENDS = re.compile(r"[。！？；!?;\n]")
_NUMBER = re.compile(r"第?\s*(\d{1,2}|十?[一二三四五六七八九]|十)\s*[个项条]?[、.。)）]?")
_CIRCLED = {chr(0x2460 + n): str(n + 1) for n in range(20)}


def size(text: str) -> int:
    """The length in bytes of UTF-8."""
    return len(text.encode())


def cut(text: str, limit: int) -> str:
    """The beginning of a text within so many bytes, up to the end of a sentence where there is one.

    >>> cut("一。二三四五六七八九", 12)
    '一。二三'
    >>> cut("一二三。四五", 15)
    '一二三。'
    """
    if size(text) <= limit:
        return text
    kept = text.encode()[: max(0, limit)].decode(errors="ignore")
    ends = [match.end() for match in _ENDS.finditer(kept)]
    if ends and size(kept[: ends[-1]]) > limit * _KEEP:
        return kept[: ends[-1]].rstrip("\n")
    return kept


def _named(citations: Sequence[CitationOut]) -> str:
    return "、".join(f"《{one.law}》{one.article}" for one in citations)


def _lists(message: Message) -> tuple[list[Choice], list[CitationOut], list[CitationOut]]:
    payload = message.payload
    return (
        [Choice.model_validate(item) for item in payload.get("choices", [])],
        [CitationOut.model_validate(item) for item in payload.get("citations", [])],
        [CitationOut.model_validate(item) for item in payload.get("related", [])],
    )


def body_of(message: Message) -> str:
    """The whole text of a message with the law that it cites, without choices."""
    _, citations, related = _lists(message)
    parts = [message.text]
    if citations:
        parts.append(f"法律依据：{_named(citations)}")
    if related:
        parts.append(_named(related))
    parts += _attachments(message)
    if message.sender == "lawyer":
        parts[0] = f"【律师答复】\n{message.text}"
    return "\n\n".join(filter(None, parts))


def _attachments(message: Message) -> list[str]:
    """A line for each file, with its link where the site's address is known."""
    held = [AttachmentOut.model_validate(item) for item in message.payload.get("attachments", [])]
    return [
        f"附件：{item.name}\n{item.url}" if item.url.startswith("http") else f"附件：{item.name}"
        for item in held
    ]


def choices_of(messages: Sequence[Message]) -> list[Choice]:
    """The choices that stand under a group of messages, each once, in order.

    Near questions are among them only where the whole answer leaves room for them.
    """
    found = {choice.payload: choice for message in messages for choice in _lists(message)[0]}
    choices = sorted(found.values(), key=lambda choice: choice.near)
    if size(_body(messages)) + size(_numbered(choices)) <= BYTE_LIMIT:
        return choices
    return [choice for choice in choices if not choice.near]


def last_group(messages: Sequence[Message]) -> Sequence[Message]:
    """The latest of these messages with those that answer the same question."""
    start = len(messages) - 1
    while start > 0 and messages[start - 1].reply_to == messages[-1].reply_to is not None:
        start -= 1
    return messages[max(start, 0) :]


def _body(messages: Sequence[Message]) -> str:
    return "\n\n".join(map(body_of, messages))


def _numbered(choices: Sequence[Choice]) -> str:
    """The choices as numbered lines; near questions come last, under a line of their own."""
    lines = [f"{n}. {cut(choice.title, 90)}" for n, choice in enumerate(choices, start=1)]
    near = sum(choice.near for choice in choices)
    if near:
        lines.insert(len(lines) - near, f"{phrases.NEAR}：")
    return "\n\n" + "\n".join([*lines, HOW_TO_CHOOSE]) if lines else ""


def _halves(messages: Sequence[Message]) -> tuple[str, str]:
    """What may be cut, and the numbered choices, which may not."""
    return _body(messages), _numbered(choices_of(last_group(messages)))


def fits(messages: Sequence[Message]) -> bool:
    """Whether these messages are one WeChat text, whole."""
    body, tail = _halves(messages)
    return size(body) + size(tail) <= BYTE_LIMIT


def render(messages: Sequence[Message], link: str) -> str:
    """Messages as one WeChat text of at most 2,048 bytes; choices and disclaimer stay in it."""
    body, tail = _halves(messages)
    if fits(messages):
        return body + tail
    more = MORE.format(link=link)
    if phrases.DISCLAIMER in body:
        # It stands at the end, and must be read with whatever is left of the answer.
        more += f"\n{phrases.DISCLAIMER}"
    asked = messages[-1].payload.get("ask_back") if messages else None
    if asked:
        more += f"\n{phrases.ASK_FACT.format(question=asked)}"
    return cut(body, BYTE_LIMIT - size(tail) - size(more)) + more + tail


def chosen(text: str, choices: Sequence[Choice]) -> str:
    """What a citizen means: the payload of the choice whose number or words they sent."""
    plain = "".join(_CIRCLED.get(char, char) for char in text.strip())
    for choice in choices:
        if plain in (choice.title, choice.payload):
            return choice.payload
    match = _NUMBER.fullmatch(plain)
    if match is None:
        return text
    number = to_int(match[1]) or 0
    return choices[number - 1].payload if 1 <= number <= len(choices) else text
