"""Two matters in one question 一问两事: where one ends and the next begins. Pure."""

import re

_CONTENT = re.compile(r"[㐀-鿿]")
# What people say before they come to the next thing; 还有 alone also joins words (还有利息).
_NEXT = re.compile(
    r"(?:另外|此外|顺便(?:再)?问|再问(?:一下|一个)?|还想(?:再)?问|还有(?:就是|一个|个|一件|件|一点)|"
    r"还有[，,:：]|第二(?:个问题|件事|[，,、:：])|其次[，,]|二是|(?<=[。！!？?；;\s])[2２][、.．，,])"
)
_ASKED = re.compile(r"(?<=[？?])\s*")
LEAST = 6
"""Characters without which nothing is a matter of its own."""
MOST = 4


def split(question: str) -> list[str]:
    """The parts of a question in its order, at least two of them; none where it is one piece."""
    parts = [
        part.strip(" ，,。；;、") for piece in _NEXT.split(question) for part in _ASKED.split(piece)
    ]
    whole = [part for part in parts if len(_CONTENT.findall(part)) >= LEAST]
    return whole[:MOST] if len(whole) > 1 else []
