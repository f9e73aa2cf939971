"""Reading level 易读程度 of an answer: how long its sentences are, how many of its words are rare.

The measure: ``level = mean sentence length in Chinese signs / 10 + 100 * rare / words``, where a
sentence ends at 。！？；, a colon, a line or a bracket, and a word is rare when jieba's dictionary
gives it a frequency below ``RARE``. Quoted law and names of laws are left out: they must stand
word for word. Half of the seed reads at 13.5 or less and nine tenths at 19;
above ``LIMIT``, or with a sentence above ``LONG_SENTENCE`` signs, a text wants plainer words.
"""

import logging
import re
import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jieba

RARE = 20
LIMIT = 20.0
LONG_SENTENCE = 70
_LEFT_OUT = re.compile(r"《[^》]*》|“[^”]*”|第[〇零一二三四五六七八九十百千0-9]+[条款项]|\d+\.?")
_END = re.compile(r"[。！？；;：:（）()\n]+")
_CHINESE = re.compile(r"[㐀-鿿]")


@cache
def _segmenter() -> "jieba.Tokenizer":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba's source predates today's escape rules
        import jieba

    jieba.setLogLevel(logging.WARNING)
    segmenter = jieba.Tokenizer()
    segmenter.initialize()
    return segmenter


@dataclass(frozen=True, slots=True)
class ReadingLevel:
    """易读程度: ``mean`` and ``longest`` count Chinese signs, ``rare`` is a share of the words."""

    level: float
    mean: float
    longest: int
    rare: float

    @property
    def is_plain(self) -> bool:
        """Whether a person without schooling can be expected to follow."""
        return self.level <= LIMIT and self.longest <= LONG_SENTENCE


def measure(text: str) -> ReadingLevel:
    """Measure a text; an empty one is plain."""
    body = _LEFT_OUT.sub("", text)
    lengths = [length for part in _END.split(body) if (length := len(_CHINESE.findall(part)))]
    if not lengths:
        return ReadingLevel(0.0, 0.0, 0, 0.0)
    segmenter = _segmenter()
    words = [word for word in segmenter.cut(body) if len(word) > 1 and _CHINESE.match(word)]
    rare = sum(segmenter.FREQ.get(word, 0) < RARE for word in words) / max(1, len(words))
    mean = sum(lengths) / len(lengths)
    return ReadingLevel(
        round(mean / 10 + 100 * rare, 1), round(mean, 1), max(lengths), round(rare, 3)
    )
