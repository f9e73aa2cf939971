"""Homophones 同音别字: 老版拖公资 means 老板拖工资, and what was meant is searched too.

People type by pinyin and take the wrong word. Two or three neighbouring characters that form no
word, and that no row of the index has side by side, are read as the word of the same sound that
the index has most often.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache

from indexer.words import segmenter

Known = Callable[[str], int]
"""How many rows have these neighbouring characters."""

_LENGTHS = (3, 2)
_RARE = 30
"""Words below this frequency in jieba's dictionary are hardly ever what somebody meant."""


@cache
def _sounds() -> dict[int, str]:
    from pypinyin.pinyin_dict import pinyin_dict

    return {code: _toneless(readings.partition(",")[0]) for code, readings in pinyin_dict.items()}


def _toneless(syllable: str) -> str:
    spread = unicodedata.normalize("NFD", syllable)
    return "".join(sign for sign in spread if not unicodedata.combining(sign) or sign == "\u0308")


def sound(text: str) -> str | None:
    """The syllables of Chinese characters without tones; None where one has none."""
    found = [_sounds().get(ord(char)) for char in text]
    return None if None in found else "'".join(filter(None, found))


@cache
def _words() -> dict[str, tuple[str, ...]]:
    """Dictionary words by their sound."""
    found = defaultdict(list)
    for word, frequency in segmenter().FREQ.items():
        if len(word) in _LENGTHS and frequency >= _RARE and (heard := sound(word)):
            found[heard].append(word)
    return {heard: tuple(words) for heard, words in found.items()}


def warm_up() -> None:
    """Read the dictionaries now (about a second) rather than in front of a citizen."""
    _words()


def mended(normalised: str, known: Known) -> str:
    """The text with homophones put right; the same text where there is nothing to mend."""
    pieces = list(normalised)
    for begin, end in _strange(normalised):
        at = begin
        while at < end - 1:
            tried = (normalised[at : at + size] for size in _LENGTHS if at + size <= end)
            meant = next((word for said in tried if (word := _meant(said, known))), None)
            if meant:
                pieces[at : at + len(meant)] = meant
            at += len(meant or " ")
    return "".join(pieces)


def _strange(text: str) -> Iterator[tuple[int, int]]:
    """Runs of neighbouring characters that belong to no word, as (begin, end)."""
    at = begin = 0
    for token in [*segmenter().cut(text, HMM=False), ""]:
        if len(token) != 1 or not "\u3400" <= token <= "\u9fff":
            if at - begin > 1:
                yield begin, at
            begin = at + len(token)
        at += len(token)


def _meant(said: str, known: Known) -> str | None:
    if any(known(said[at : at + 2]) for at in range(len(said) - 1)):
        return None
    heard = sound(said)
    words = _words().get(heard, ()) if heard else ()
    counted = max(((known(word), word) for word in words), default=(0, ""))
    return counted[1] if counted[0] else None
