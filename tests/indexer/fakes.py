"""A quick encoder for tests: hashed character pairs, no model."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from indexer import Row

QUESTIONS = [
    Row("wages-1", "wages", "公司拖欠工资怎么办？"),
    Row("wages-2", "wages", "老板不发工资咋办"),
    Row("divorce-1", "divorce", "协议离婚需要带哪些材料"),
    Row("divorce-2", "divorce", "夫妻两个想和平分手要怎么办手续"),
    Row("crash-1", "crash", "被电动车撞伤了谁来赔偿"),
    Row("loan-1", "loan", "朋友借钱不还只有微信记录"),
    Row("lease-1", "lease", "房东不退押金"),
]


def many_rows(count: int, word: str = "纠纷") -> list[Row]:
    """Rows that all differ, two to an owner."""
    return [Row(f"r{n}", f"o{n // 2}", f"第{n}号{word}的处理办法") for n in range(count)]


@dataclass
class FakeEncoder:
    """Deterministic vectors; remembers every text that it was asked to encode."""

    dim: int = 64
    name: str = "fake"
    encoded: list[tuple[str, str]] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """Changes with the name."""
        return f"{self.name}-{self.dim}"

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions."""
        return self._encode("query", texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts to be found."""
        return self._encode("passage", texts)

    def _encode(self, side: str, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += [(side, text) for text in texts]
        vectors = np.full((len(texts), self.dim), 0.1, dtype=np.float32)
        for at, text in enumerate(texts):
            padded = f"^{text}$"
            for start in range(len(padded) - 1):
                digest = blake2b(padded[start : start + 2].encode(), digest_size=4).digest()
                vectors[at, int.from_bytes(digest, "little") % self.dim] += 1
        lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / lengths).astype(np.float32)


@dataclass
class GatedEncoder(FakeEncoder):
    """Stops inside the second batch of a build until `gate` is set."""

    reached: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors, after waiting for the gate."""
        self.reached.set()
        assert self.gate.wait(20)
        return super().encode_passages(texts)
