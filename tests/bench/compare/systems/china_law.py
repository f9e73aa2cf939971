"""china-law-mcp's ``search_statutes`` over the entries: database and index are settings of it.

An entry stands in the place of an article: its question is the name of the law, its category the
chapter, its 相似问 are the text. No line of its own says when nothing fits.
"""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tests.bench.compare.protocol import Entry, Found, Task, run

_LAWS = "CREATE TABLE laws (law_id TEXT PRIMARY KEY, law_name TEXT, doc_type TEXT)"
_ARTICLES = (
    "CREATE TABLE articles (id INTEGER PRIMARY KEY, law_id TEXT, law_name TEXT,"
    " law_department TEXT, level TEXT, status TEXT, chapter TEXT, section TEXT, article_no TEXT,"
    " article_no_arabic INTEGER, article_text TEXT, char_count INTEGER)"
)
_ARTICLE = (
    "INSERT INTO articles (law_id, law_name, status, chapter, article_no, article_text)"
    " VALUES (?, ?, '现行有效', ?, ?, ?)"
)
# The most that the tool gives.
_TOP = 20


def write_database(entries: Sequence[Entry], path: Path) -> None:
    """The entries as the package keeps articles; the number of an article is an entry's id."""
    with sqlite3.connect(path) as database:
        database.execute(_LAWS)
        database.execute(_ARTICLES)
        for entry in entries:
            database.execute("INSERT INTO laws VALUES (?, ?, '法律')", (entry.id, entry.question))
            text = "\n".join(entry.phrasings)
            row = (entry.id, entry.question, entry.category, entry.id, text)
            database.execute(_ARTICLE, row)
    database.close()


class ChinaLaw:
    """The tool as its server calls it."""

    def prepare(self, task: Task) -> None:
        os.environ["CHINA_LAW_DB"] = str(task.folder / "laws.db")
        os.environ["CHINA_LAW_INDEX"] = str(task.folder / "bm25.pkl")
        write_database(task.entries, task.folder / "laws.db")
        # Reads where its database is when it is imported.
        from china_law_mcp import retrieval, server

        self.retrieval, self.tool = retrieval, server.search_statutes

    def build(self) -> dict[str, float]:
        self.retrieval.load()
        return {}

    def search(self, question: str) -> Found:
        hits = self.tool(question, top_k=_TOP)
        return Found([hit["article_no"] for hit in hits], hits[0]["score"] if hits else 0.0)


if __name__ == "__main__":
    run(ChinaLaw())
