"""Likeness of texts by the signs and pairs of signs that they share. No encoder, no index."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# Words of courtesy that make two questions look alike or different without meaning anything.
_FILLER = re.compile(r"请问|想问一下|问一下|您好|你好|谢谢|怎么办|咋办|吗|呢|啊|呀|吧")
_BLOCK = 512


def normalised(text: str) -> str:
    """The text without punctuation, blanks, case and width."""
    return "".join(
        sign
        for sign in unicodedata.normalize("NFKC", text).lower()
        if unicodedata.category(sign)[0] not in "PZCS"
    )


def _grams(text: str) -> Iterator[str]:
    body = normalised(_FILLER.sub("", text)) or normalised(text)
    yield from body
    yield from (body[place : place + 2] for place in range(len(body) - 1))


def vectors(texts: Sequence[str]) -> sparse.csr_matrix:
    """One row of unit length for each text: signs and pairs, rare ones weighing more (tf-idf)."""
    vocabulary: dict[str, int] = {}
    columns: list[int] = []
    starts = [0]
    for text in texts:
        columns += [vocabulary.setdefault(gram, len(vocabulary)) for gram in _grams(text)]
        starts.append(len(columns))
    shape = (len(texts), max(1, len(vocabulary)))
    counts = sparse.csr_matrix(
        (np.ones(len(columns), dtype=np.float32), np.array(columns, dtype=np.int32), starts), shape
    )
    counts.sum_duplicates()
    spread = np.bincount(counts.indices, minlength=shape[1])
    weight = np.log((1 + len(texts)) / (1 + spread)).astype(np.float32) + 1
    weighed = counts @ sparse.diags(weight)
    length = np.sqrt(weighed.multiply(weighed).sum(axis=1)).A1
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(length, 1e-9)) @ weighed)


def pairs(texts: Sequence[str], threshold: float) -> Iterator[tuple[int, int, float]]:
    """Every two texts whose likeness (0 to 1) reaches the threshold, block by block."""
    rows = vectors(texts)
    turned = rows.T.tocsr()
    for start in range(0, rows.shape[0], _BLOCK):
        found = (rows[start : start + _BLOCK] @ turned).tocoo()
        strong = found.data >= threshold
        for left, right, value in zip(
            found.row[strong], found.col[strong], found.data[strong], strict=True
        ):
            if start + left < right:
                yield int(start + left), int(right), float(value)


def nearest(texts: Sequence[str], others: Sequence[str]) -> NDArray[np.float32]:
    """For each of the others its likeness with the text that is most like it, (others,)."""
    rows = vectors([*others, *texts])
    values = rows[: len(others)] @ rows[len(others) :].T
    return np.asarray(values.max(axis=1).toarray(), dtype=np.float32).ravel()


def likest(text: str, others: Sequence[str], threshold: float) -> list[tuple[int, float]]:
    """The texts that are like one text, most alike first."""
    if not others:
        return []
    rows = vectors([*others, text])
    values = (rows[:-1] @ rows[-1].T).toarray().ravel()
    order = np.argsort(-values, kind="stable")
    return [(int(place), float(values[place])) for place in order if values[place] >= threshold]
