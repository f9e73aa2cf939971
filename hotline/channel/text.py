"""What citizens type, made safe for the dialogue. Pure."""

import re
import unicodedata

TEXT_LIMIT = 4000
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BLANK = re.compile(r"[ \t\u3000]+")
# Full-width letters and digits become plain ones; Chinese punctuation stays as it was typed.
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()}


def clean(text: str) -> str:
    """Without control and zero-width characters, blanks collapsed; line breaks stay."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).translate(_WIDE)
    kept = "".join(
        char for char in text if char == "\n" or unicodedata.category(char) not in _INVISIBLE
    )
    return _BLANK.sub(" ", kept).strip()


def for_bot(text: str) -> str:
    """The text as Rasa gets it: a leading slash would be taken for a command to the dialogue."""
    return text.lstrip("/／ ") or "？"
