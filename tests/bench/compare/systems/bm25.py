"""Plain BM25: rank-bm25 over jieba words, an entry read as one text."""

import jieba
from rank_bm25 import BM25Okapi

from tests.bench.compare.protocol import DEPTH, Found, Task, run


def words(text: str) -> list[str]:
    """Jieba's words, without marks and blanks."""
    return [word for word in jieba.lcut(text) if word[0].isalnum()]


class Bm25:
    """Every parameter is rank-bm25's own. An entry's answer is left out: it lowers hit@1."""

    def prepare(self, task: Task) -> None:
        self.ids = [entry.id for entry in task.entries]
        self.texts = ["\n".join(entry.phrasings) for entry in task.entries]

    def build(self) -> dict[str, float]:
        self.index = BM25Okapi([words(text) for text in self.texts])
        return {}

    def search(self, question: str) -> Found:
        scores = self.index.get_scores(words(question))
        best = scores.argsort(kind="stable")[::-1][:DEPTH]
        return Found([self.ids[place] for place in best], float(scores[best[0]]))


if __name__ == "__main__":
    run(Bm25())
