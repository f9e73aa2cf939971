"""What speaks for each article near a question, in numbers. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer import Hit, normalise
from indexer.records import NO_EVIDENCE, Evidence
from knowledge.statute import citation
from knowledge.statute.names import plain

_SHARPNESS = 20.0
"""How fast an article's share of the likelihood falls with its cosine."""
_NO_RANK = 30
_NO_PLACE = 20


class Link(NamedTuple):
    """The best entry near a question that cites an article.

    Its `score` in [0, 1], its `rank` among the entries found, and the `place` of the article among
    its citations, both from 0.
    """

    score: float = 0.0
    rank: int = _NO_RANK
    place: int = _NO_PLACE


@dataclass(frozen=True, slots=True)
class Priors:
    """How often lawyers matched a question to an article, and to any article of a law."""

    articles: Mapping[str, int]
    laws: Mapping[str, int]


class Features(NamedTuple):
    """The numbers of one article; ranks from 0, as ln(1 + rank), gaps to the best of all."""

    dense: float
    dense_rank: float
    dense_gap: float
    words: float
    words_rank: float
    overlap: float
    law_share: float
    asked_best: float
    asked_several: float
    asked_together: float
    asked_gap: float
    entry: float
    entry_gap: float
    entry_rank: float
    entry_place: float
    article_prior: float
    law_prior: float
    length: float


def law_of(article: str) -> str:
    """The law in an article's plain name."""
    return article[: article.rfind("第")] if "第" in article else article


@cache
def _cited(name: str) -> str:
    """The article that a citation names, without 款 and 项."""
    mention = citation.parse_name(name)
    return plain(mention.name) if mention else plain(name)


def links(entries: Sequence[tuple[float, Sequence[str]]]) -> dict[str, Link]:
    """By article, the best of the entries found that cites it.

    `entries` are (score, citations), best first.
    """
    found: dict[str, Link] = {}
    for rank, (score, citations) in enumerate(entries):
        for place, name in enumerate(citations):
            found.setdefault(_cited(name), Link(score, rank, place))
    return found


def matrix(
    question: str,
    hits: Sequence[Hit],
    asked: Mapping[str, Evidence],
    linked: Mapping[str, Link],
    priors: Priors,
) -> NDArray[np.float64]:
    """The features of the articles found, (hits, features), in the order of the hits.

    `asked` is the evidence of the questions written for an article, `linked` its best entry, both
    by the article's plain name.
    """
    names = [plain(hit.owner) for hit in hits]
    laws = [law_of(name) for name in names]
    dense = np.array([hit.dense for hit in hits])
    words = np.array([hit.lexical for hit in hits])
    likely = np.exp(_SHARPNESS * (dense - dense.max()))
    shares: defaultdict[str, float] = defaultdict(float)
    for law, share in zip(laws, (likely / likely.sum()).tolist(), strict=True):
        shares[law] += share
    spoken = _pairs(normalise(question))
    best_asked = max((one.best for one in asked.values()), default=0.0)
    best_entry = max((one.score for one in linked.values()), default=0.0)
    dense_ranks, word_ranks = _ranks(dense), _ranks(words)
    rows = []
    for at, (hit, name, law) in enumerate(zip(hits, names, laws, strict=True)):
        own, entry = asked.get(name, NO_EVIDENCE), linked.get(name, Link())
        rows.append(
            Features(
                dense=dense[at],
                dense_rank=dense_ranks[at],
                dense_gap=dense.max() - dense[at],
                words=words[at],
                words_rank=word_ranks[at],
                overlap=sum(pair in hit.text for pair in spoken) / max(len(spoken), 1),
                law_share=shares[law],
                asked_best=own.best,
                asked_several=own.several,
                asked_together=own.together,
                asked_gap=best_asked - own.best,
                entry=entry.score,
                entry_gap=best_entry - entry.score,
                entry_rank=entry.rank,
                entry_place=entry.place,
                article_prior=priors.articles.get(name, 0),
                law_prior=priors.laws.get(law, 0),
                length=len(hit.text),
            )
        )
    return np.array(rows, dtype=np.float64)


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def _ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return np.log1p(ranks)
