"""Numerals: Chinese and Arabic numbers of articles (条), paragraphs (款) and items (项). Pure."""

import re
import unicodedata

DIGITS = "零一二三四五六七八九"
NUMERAL = r"[0-9０-９零〇一二两三四五六七八九十百千]{1,9}"
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NAMES = ("", "十", "百", "千")
_ARTICLE = re.compile(rf"\s*第?\s*({NUMERAL})\s*条?\s*(?:之\s*({NUMERAL}))?\s*条?\s*")
MAX_NUMBER = 9999


def to_int(numeral: str) -> int | None:
    """``一千零七十九`` or ``1079`` → 1079; ``None`` when it is no number below ten thousand."""
    text = unicodedata.normalize("NFKC", numeral).replace("〇", "零").replace("两", "二")
    if text.isdecimal():
        value = int(text)
        return value if value <= MAX_NUMBER else None
    if not any(unit in text for unit in _UNITS):
        # 一二三 read digit by digit, as in 第一〇七九条.
        if not text or any(sign not in DIGITS for sign in text):
            return None
        return int("".join(str(DIGITS.index(sign)) for sign in text))
    total, digit, ceiling = 0, None, 10_000
    for sign in text:
        if sign in _UNITS:
            unit = _UNITS[sign]
            if unit >= ceiling or digit == 0:
                return None
            total += (1 if digit is None else digit) * unit
            digit, ceiling = None, unit
        elif sign in DIGITS:
            if digit:
                return None
            digit = DIGITS.index(sign)
        else:
            return None
    return total + (digit or 0)


def to_chinese(number: int) -> str:
    """1079 → ``一千零七十九``; 10 → ``十``; 110 → ``一百一十``."""
    if not 0 <= number <= MAX_NUMBER:
        raise ValueError(f"{number} is not between 0 and {MAX_NUMBER}")
    if number == 0:
        return DIGITS[0]
    digits = [int(digit) for digit in str(number)]
    text = ""
    for place, digit in enumerate(digits):
        if digit:
            text += DIGITS[digit] + _NAMES[len(digits) - 1 - place]
        elif any(digits[place + 1 :]) and not text.endswith(DIGITS[0]):
            text += DIGITS[0]
    return text.removeprefix("一") if text.startswith("一十") else text


def article_number(ordinal: int, suffix: int = 0) -> str:
    """(120, 1) → ``第一百二十条之一``: the form that the tables hold."""
    return f"第{to_chinese(ordinal)}条" + (f"之{to_chinese(suffix)}" if suffix else "")


def parse_article(text: str) -> tuple[int, int] | None:
    """``第一百二十条之一``, ``120条之1`` or ``120`` → (120, 1) or (120, 0); else ``None``."""
    match = _ARTICLE.fullmatch(text)
    if match is None:
        return None
    ordinal = to_int(match[1])
    suffix = to_int(match[2]) if match[2] else 0
    if not ordinal or suffix is None:
        return None
    return ordinal, suffix
