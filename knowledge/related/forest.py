"""A forest of regression trees as arrays: what LightGBM has learned, without LightGBM.

Whoever answers questions needs no further native library and no further OpenMP runtime for it
(two of them in one process have slowed the encoder tenfold before).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.arrays import READING


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees side by side, (trees, nodes) each; a node without children (`left` -1) has a value.

    A row goes left where its `features` is at most `thresholds`. Node 0 is a tree's root.
    """

    names: tuple[str, ...]
    features: NDArray[np.int16]
    thresholds: NDArray[np.float64]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    values: NDArray[np.float64]

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum of all trees for each row (n, features), shape (n,)."""
        trees = np.arange(len(self.features))
        at = np.zeros((len(rows), len(trees)), dtype=np.int64)
        while True:
            left = self.left[trees, at]
            inner = left >= 0
            if not inner.any():
                break
            told = np.take_along_axis(rows, self.features[trees, at].astype(np.int64), axis=1)
            further = np.where(told <= self.thresholds[trees, at], left, self.right[trees, at])
            at = np.where(inner, further, at)
        found: NDArray[np.float64] = self.values[trees, at].sum(axis=1)
        return found

    def save(self, path: Path) -> None:
        """Write the forest."""
        np.savez_compressed(
            path,
            names=np.array(self.names),
            features=self.features,
            thresholds=self.thresholds,
            left=self.left,
            right=self.right,
            values=self.values,
        )


def load(path: Path) -> Forest:
    """The counterpart of ``save``."""
    with READING, np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return Forest(tuple(arrays.pop("names").tolist()), **arrays)


def from_dump(dump: Mapping[str, Any]) -> Forest:
    """The forest in what ``lightgbm.Booster.dump_model`` tells."""
    trees = [_nodes(tree["tree_structure"]) for tree in dump["tree_info"]]
    shape = (len(trees), max(map(len, trees)))
    features, left, right = (np.full(shape, fill, dtype=np.int16) for fill in (0, -1, -1))
    thresholds, values = np.zeros(shape), np.zeros(shape)
    for number, nodes in enumerate(trees):
        for at, (feature, threshold, smaller, greater, value) in enumerate(nodes):
            features[number, at], thresholds[number, at] = feature, threshold
            left[number, at], right[number, at], values[number, at] = smaller, greater, value
    return Forest(tuple(dump["feature_names"]), features, thresholds, left, right, values)


def _nodes(root: Mapping[str, Any]) -> list[tuple[int, float, int, int, float]]:
    """(feature, threshold, left, right, value) of each node of a tree, its root first."""
    nodes: list[tuple[int, float, int, int, float]] = []

    def add(node: Mapping[str, Any]) -> int:
        at = len(nodes)
        if "leaf_value" in node:
            nodes.append((0, 0.0, -1, -1, float(node["leaf_value"])))
            return at
        nodes.append((0, 0.0, -1, -1, 0.0))
        left, right = add(node["left_child"]), add(node["right_child"])
        nodes[at] = (int(node["split_feature"]), float(node["threshold"]), left, right, 0.0)
        return at

    add(root)
    return nodes
