"""What citizens type, made safe for the dialogue. Pure."""

import re
import unicodedata

TEXT_LIMIT = 4000
# Ids that clients make: PostgreSQL refuses a NUL, and nobody needs blanks in them.
PRINTABLE = r"^[!-~]+$"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# 身份证号, also with blanks or dashes between its parts.
_IDENTITY = re.compile(
    r"(?<!\d)[1-9]\d{5}[ -]?(?:18|19|20)\d{2}[ -]?(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"[ -]?\d{3}[\dXx](?![\dA-Za-z])"
)
# The bot's door and the actions know the same mark.
IDENTITY_MARK = "【身份证号】"
_BLANK = re.compile(r"[ \t\u3000]+")
# Full-width letters and digits become plain ones; Chinese punctuation stays as it was typed.
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()}


def clean(text: str) -> str:
    """Without control and zero-width characters, blanks collapsed; line breaks stay.

    Identity card numbers are taken out: nobody here needs them, so nothing may keep them.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).translate(_WIDE)
    kept = "".join(
        char for char in text if char == "\n" or unicodedata.category(char) not in _INVISIBLE
    )
    return _IDENTITY.sub(IDENTITY_MARK, _BLANK.sub(" ", kept)).strip()


def for_bot(text: str) -> str:
    """The text as Rasa gets it: a leading slash would be taken for a command to the dialogue."""
    return text.lstrip("/／ ") or "？"
