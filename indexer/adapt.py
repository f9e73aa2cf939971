"""Trains the linear maps: from questions to the passages that answer them, and to each other.

Both maps start as the identity. Questions and passages are drawn together by InfoNCE (van den
Oord et al., 2018) with in-batch, hard and random negatives; phrasings of one owner by the same
loss over all owners, each phrasing left out of its own. About a minute on one core.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.dense import centred
from indexer.maps import LinearMap

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Examples:
    """What to learn from: vectors of the bare encoder, (n, dim) each.

    `owners` (phrasings,) numbers the owner of each phrasing, 0..m-1; `answers` names for each
    question the rows of `passages` that answer it, at least one. `weights` (questions,) says how
    often each question is drawn; all alike where there are none.
    """

    phrasings: Vectors
    owners: NDArray[np.int64]
    questions: Vectors
    passages: Vectors
    answers: Sequence[Sequence[int]]
    weights: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """How to learn; the values were chosen by cross-validation (docs/retrieval.md)."""

    epochs: int = 4
    batch: int = 128
    question_batch: int = 64
    learning_rate: float = 5e-4
    weight_decay: float = 0.01
    temperature: float = 0.05
    dropout: float = 0.1
    hard: int = 6
    hard_pool: int = 60
    random: int = 256
    seed: int = 0


def train(examples: Examples, schedule: Schedule | None = None) -> tuple[LinearMap, LinearMap]:
    """The maps of questions and of passages; the same examples give the same maps."""
    import torch

    chosen = schedule or Schedule()
    generator = np.random.default_rng(chosen.seed)
    torch.manual_seed(chosen.seed)
    query_mean = examples.phrasings.mean(axis=0)
    passage_mean = examples.passages.mean(axis=0)
    dim = examples.phrasings.shape[1]
    query = torch.nn.Parameter(torch.eye(dim))
    passage = torch.nn.Parameter(torch.eye(dim))
    optimiser = torch.optim.AdamW(
        [query, passage], lr=chosen.learning_rate, weight_decay=chosen.weight_decay
    )
    alike = _Phrasings(examples, query_mean, chosen)
    answered = _Questions(examples, query_mean, passage_mean, chosen, generator)
    for _ in range(chosen.epochs):
        order = generator.permutation(len(examples.phrasings))
        for start in range(0, len(order) - chosen.batch + 1, chosen.batch):
            loss = alike.loss(query, order[start : start + chosen.batch]) + answered.loss(
                query, passage
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return (
        LinearMap(query.detach().numpy().copy(), query_mean),
        LinearMap(passage.detach().numpy().copy(), passage_mean),
    )


class _Phrasings:
    """Each phrasing should be nearest to its own owner, of which it is no part for the moment."""

    def __init__(self, examples: Examples, mean: Vectors, schedule: Schedule) -> None:
        import torch

        self.vectors = torch.from_numpy(centred(examples.phrasings, mean))
        self.owners = torch.from_numpy(examples.owners)
        self.count = int(examples.owners.max()) + 1
        self.membership = torch.nn.functional.one_hot(self.owners, self.count).float().T
        self.schedule = schedule

    def loss(self, query: Any, batch: NDArray[np.int64]) -> Any:
        """InfoNCE over all owners, by common direction and by best phrasing."""
        import torch
        from torch.nn import functional

        chosen = torch.from_numpy(batch)
        wanted = self.owners[chosen]
        asked = functional.dropout(self.vectors[chosen], self.schedule.dropout) @ query.T
        asked = functional.normalize(asked, dim=1)
        rows = functional.normalize(self.vectors @ query.T, dim=1)
        sums = self.membership @ rows
        together = asked @ sums.T
        own = (asked * rows[chosen]).sum(dim=1)
        together = together.scatter_add(1, wanted[:, None], -own[:, None]) / sums.norm(dim=1)
        itself = chosen[:, None] == torch.arange(len(self.vectors))
        best = torch.full((len(chosen), self.count), -1.0).scatter_reduce(
            1,
            self.owners.expand(len(chosen), -1),
            (asked @ rows.T).masked_fill(itself, -1.0),
            "amax",
        )
        return functional.cross_entropy(
            together / self.schedule.temperature, wanted
        ) + functional.cross_entropy(best / self.schedule.temperature, wanted)


class _Questions:
    """Each question should be nearer to a passage that answers it than to any other."""

    def __init__(
        self,
        examples: Examples,
        query_mean: Vectors,
        passage_mean: Vectors,
        schedule: Schedule,
        generator: np.random.Generator,
    ) -> None:
        import torch

        questions = centred(examples.questions, query_mean)
        passages = centred(examples.passages, passage_mean)
        self.answers = [np.asarray(each, dtype=np.int64) for each in examples.answers]
        self.hard = np.empty((len(questions), schedule.hard_pool), dtype=np.int64)
        for at, question in enumerate(questions):
            likeness = passages @ question
            likeness[self.answers[at]] = -np.inf
            self.hard[at] = np.argpartition(-likeness, schedule.hard_pool)[: schedule.hard_pool]
        self.questions = torch.from_numpy(questions)
        self.passages = torch.from_numpy(passages)
        self.schedule = schedule
        self.generator = generator
        self.weights = (
            None if examples.weights is None else examples.weights / sum(examples.weights)
        )

    def loss(self, query: Any, passage: Any) -> Any:
        """InfoNCE of the next questions, against in-batch, hard and random passages."""
        import torch
        from torch.nn import functional

        size = min(self.schedule.question_batch, len(self.answers))
        chosen = self.generator.choice(len(self.answers), size, replace=False, p=self.weights)
        right = [self.generator.choice(self.answers[at]) for at in chosen]
        places = self.generator.choice(self.schedule.hard_pool, self.schedule.hard, replace=False)
        numbers = np.concatenate(
            [
                right,
                self.hard[chosen][:, places].ravel(),
                self.generator.integers(len(self.passages), size=self.schedule.random),
            ]
        )
        asked = functional.dropout(self.questions[chosen], self.schedule.dropout) @ query.T
        texts = functional.normalize(self.passages[numbers] @ passage.T, dim=1)
        logits = functional.normalize(asked, dim=1) @ texts.T / self.schedule.temperature
        also_right = np.stack([np.isin(numbers, self.answers[at]) for at in chosen])
        np.fill_diagonal(also_right, False)
        return functional.cross_entropy(
            logits.masked_fill(torch.from_numpy(also_right), -1e4), torch.arange(len(chosen))
        )
