"""Text as every part of the index sees it: normalised once, cut once."""

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

QUESTION_LIMIT = 2_000
"""Characters of a question whose words count; people who paste a contract ask at either end."""
ENCODED_LIMIT = 600
"""Characters of it that are encoded: what the model reads in one window (512 tokens), and soon
enough for a dialogue (0.4 s on a busy core, where 2,000 characters took 1.8 s)."""
_HEAD_SHARE = 2 / 3
_SENTENCE_MARKS = " ?!.,;:~、。…·\"'“”‘’「」『』()[]【】"
_VARIATION_SELECTORS = {code: None for code in range(0xFE00, 0xFE10)}


@cache
def _converter() -> "OpenCC":
    from opencc import OpenCC

    return OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional characters 繁体字 as simplified ones, word by word (about 2 µs a question)."""
    return str(_converter().convert(text))


def normalise(text: str) -> str:
    """NFKC, lower case, simplified characters, no control or zero-width ones, blanks collapsed.

    Idempotent.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    printable = "".join(
        char if char.isprintable() else " " if char.isspace() else "" for char in folded
    )
    # Dropping a character can bring a letter and its accent together, hence once more.
    joined = unicodedata.normalize("NFKC", printable.translate(_VARIATION_SELECTORS))
    return simplified(" ".join(joined.split()))


def has_words(normalised: str) -> bool:
    """Whether there is any letter or digit: emoji and punctuation alone ask nothing."""
    return any(char.isalnum() for char in normalised)


def cut(normalised: str, limit: int) -> str:
    """The head and the tail of a text longer than `limit` characters; shorter texts unchanged."""
    if len(normalised) <= limit:
        return normalised
    head = int(limit * _HEAD_SHARE)
    return f"{normalised[:head]} {normalised[head + 1 - limit :]}"


def encoded(text: str) -> str:
    """A question as the encoder gets it."""
    return cut(normalise(text), ENCODED_LIMIT)


def exact_key(normalised: str) -> str:
    """What two texts must share to be the same question: all but the marks around the sentence."""
    return normalised.strip(_SENTENCE_MARKS)
