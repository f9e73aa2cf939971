"""baisitong's retriever as its answers use it, with the settings and the line that it comes with.

An entry is a document; the package cuts it into chunks, and an entry is where its best chunk is.
"""

import os

from tests.bench.compare.protocol import Found, Task, run

# The ten best chunks by words and the ten best by vectors: all that its search looks at.
_TOP = 20


class Baisitong:
    """Query rewriting, its own vectors and the mixed search, without the web server."""

    def prepare(self, task: Task) -> None:
        os.environ["DATABASE_URL"] = f"sqlite:///{task.folder / 'baisitong.db'}"
        # Reads where its database is when it is imported.
        from baisitong import database
        from baisitong.config import settings
        from baisitong.services import documents, rag, retriever

        database.init_tables()
        self.entries = task.entries
        self.session = database.SessionLocal()
        self.rag = rag.RagService(self.session)
        self.settings, self.documents, self.retriever = settings, documents, retriever

    def build(self) -> dict[str, float]:
        chunks = 0
        for entry in self.entries:
            text = "\n".join(entry.phrasings)
            chunks += self.documents.ingest_document(self.session, entry.id, text)
        self.retriever.ensure_index(self.session)
        return {"chunks": chunks}

    def search(self, question: str) -> Found:
        rewritten = self.retriever.rewrite_query(question, None)
        hits = self.retriever.retriever.search(
            rewritten,
            self.rag._embed_query(rewritten),
            top_k=_TOP,
            alpha=self.settings.vector_weight,
            threshold=self.settings.score_threshold,
        )
        score = hits[0].final_score if hits else 0.0
        return Found([hit.doc_title for hit in hits], score, answers=bool(hits))


if __name__ == "__main__":
    run(Baisitong())
