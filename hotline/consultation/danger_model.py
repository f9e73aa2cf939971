"""A learned second opinion on danger, beside the rules. Runs in numpy; trained elsewhere.

Three members vote on what a text may be: one reads character n-grams, one the sentence vector
that the search computes anyway, one both. Without a vector that fits, the first speaks alone.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline.consultation.danger_signs import Risk
from hotline.consultation.danger_text import plain
from indexer.arrays import READING

Floats = NDArray[np.float32]

FOLDER = Path(__file__).with_name("danger_model")
WEIGHTS, CARD = "weights.npz", "card.json"
BUCKETS = 8_192
RISKS = tuple(Risk)
# Longer texts are read at either end, as the encoder does.
_READ = 600
_NUMBER = re.compile(r"\d+")


class DangerModelError(Exception):
    """The model cannot be read: one line that says why."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the model says about itself, beside its weights as JSON.

    ``encoder`` is the fingerprint of the encoder whose vectors it reads. From ``alarm`` on a
    text is in danger (``alarm_without_vector``: by its n-grams alone), from ``passage_alarm`` on
    one of its passages read by itself; a sign that the rules found is taken back below ``doubt``,
    unless it is certain.
    """

    encoder: str
    sha256: str
    alarm: float
    alarm_without_vector: float
    passage_alarm: float
    doubt: float
    date: str
    trained_on: Mapping[str, Any]
    figures: Mapping[str, Any]


def buckets(text: str) -> NDArray[np.int64]:
    """The hashed character 1- to 3-grams of a text, each bucket once."""
    text = _NUMBER.sub("0", plain(text))
    if len(text) > _READ:
        text = text[: _READ * 2 // 3] + text[-_READ // 3 :]
    text = f"^{text}$"
    found = {
        zlib.crc32(text[start : start + size].encode()) % BUCKETS
        for size in (1, 2, 3)
        for start in range(len(text) - size + 1)
    }
    return np.fromiter(sorted(found), dtype=np.int64)


def _shares(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max())
    shares: Floats = raised / raised.sum()
    return shares


def centred(vectors: Floats, mean: Floats) -> Floats:
    """Vectors (n, dim) from the middle of the training texts, of length 1."""
    moved = vectors - mean
    found: Floats = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)
    return found


class DangerModel:
    """Tells how likely each risk is. Immutable; safe for any number of threads."""

    def __init__(self, weights: Mapping[str, NDArray[Any]], card: Card) -> None:
        self.card = card
        self._w = {name: np.asarray(array, dtype=np.float32) for name, array in weights.items()}

    @property
    def dim(self) -> int:
        """The length of the vectors that it reads."""
        return int(self._w["mean"].shape[0])

    def shares(self, text: str, vector: Floats | None = None) -> Floats:
        """The probability of each of ``RISKS``, shape (7,); ``vector`` from ``card.encoder``."""
        w, found = self._w, buckets(text)
        scale = np.float32(len(found) ** -0.5)
        by_grams = _shares(w["grams"][found].sum(0) * scale + w["grams_bias"])
        if vector is None:
            return by_grams
        if vector.shape != (self.dim,):
            raise ValueError(f"a vector of {vector.shape}, not ({self.dim},)")
        unit: Floats = centred(vector[None], w["mean"])[0]
        grams = w["both_grams"][found].sum(0) * scale
        by_both = _shares(grams + unit @ w["both_vector"] + w["both_bias"])
        hidden = np.maximum(unit @ w["hidden"] + w["hidden_bias"], 0)
        by_vector = _shares(hidden @ w["out"] + w["out_bias"])
        return np.asarray((by_grams + by_both + by_vector) / 3, dtype=np.float32)

    def save(self, folder: Path = FOLDER) -> None:
        """Write weights and card."""
        folder.mkdir(parents=True, exist_ok=True)
        data = packed(self._w)
        (folder / WEIGHTS).write_bytes(data)
        card = asdict(self.card) | {"sha256": hashlib.sha256(data).hexdigest()}
        text = json.dumps(card, ensure_ascii=False, indent=2)
        (folder / CARD).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "DangerModel":
        """The model in the box. Raises ``DangerModelError``."""
        try:
            card = Card(**json.loads((folder / CARD).read_text(encoding="utf-8")))
            data = (folder / WEIGHTS).read_bytes()
        except (OSError, ValueError, TypeError) as problem:
            raise DangerModelError(f"triage model {folder.name}: cannot be read") from problem
        if hashlib.sha256(data).hexdigest() != card.sha256:
            raise DangerModelError(f"triage model {folder.name}: not what its card says")
        with READING, np.load(BytesIO(data)) as file:
            return cls(dict(file), card)


def packed(weights: Mapping[str, Floats]) -> bytes:
    """The weights as a file, in half precision: the rest of a float is noise here."""
    buffer = BytesIO()
    halves: dict[str, Any] = {name: array.astype(np.float16) for name, array in weights.items()}
    np.savez_compressed(buffer, **halves)
    return buffer.getvalue()


def danger(shares: Sequence[float] | Floats) -> float:
    """How likely a text speaks of any danger."""
    return float(1 - shares[RISKS.index(Risk.NONE)])


def gravest(shares: Floats) -> Risk:
    """The likeliest risk, given that there is one."""
    dangers = [risk for risk in RISKS if risk is not Risk.NONE]
    return max(dangers, key=lambda risk: float(shares[RISKS.index(risk)]))
