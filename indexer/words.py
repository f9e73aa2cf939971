"""Chinese text into lexical terms: jieba words, and pairs of neighbouring characters."""

import hashlib
import logging
import re
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.stopwords import STOP_WORDS

if TYPE_CHECKING:
    import jieba

DICTIONARY = Path(__file__).parent / "dictionary" / "legal.txt"
"""Legal words that jieba would split, in jieba's own format; optional."""

PAIR = "\x01"
"""Marks a character pair, so that a pair never counts as the two-character word it spells."""
_HAN_RUN = re.compile(r"[㐀-鿿豈-﫿]{2,}")


@cache
def segmenter() -> "jieba.Tokenizer":
    """Our own jieba instance (a second or so to load): the legal words stay out of the global."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba's source predates today's escape rules
        import jieba

    jieba.setLogLevel(logging.WARNING)
    segmenter = jieba.Tokenizer()
    segmenter.initialize()
    if DICTIONARY.exists():
        with DICTIONARY.open("rb") as lines:  # given a path, jieba leaves the file open
            segmenter.load_userdict(lines)
    return segmenter


def warm_up() -> None:
    """Load the dictionary now rather than in front of the first citizen."""
    segmenter()


@cache
def dictionary_fingerprint() -> str:
    """Which legal dictionary cuts the words, as a short hash; "none" without one."""
    if not DICTIONARY.exists():
        return "none"
    return hashlib.sha256(DICTIONARY.read_bytes()).hexdigest()[:16]


def words(normalised: str) -> list[str]:
    """jieba words in order, without stop words and punctuation."""
    return [
        word
        for word in segmenter().cut(normalised, HMM=False)
        if word not in STOP_WORDS and any(char.isalnum() for char in word)
    ]


def pairs(normalised: str) -> list[str]:
    """Marked pairs of neighbouring Chinese characters: they hold where segmentation differs."""
    return [
        PAIR + run[at : at + 2]
        for run in _HAN_RUN.findall(normalised)
        for at in range(len(run) - 1)
    ]


def terms(normalised: str) -> list[str]:
    """Everything that the lexical index counts: words, then pairs."""
    return words(normalised) + pairs(normalised)
