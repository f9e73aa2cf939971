"""What the benches share: questions to ask, and quantiles."""

from collections.abc import Sequence

from kit.settings import ROOT
from knowledge.questions import read_questions


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest-rank quantile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def gold_questions() -> list[str]:
    """Questions that are no phrasing of any entry: each must be encoded and searched."""
    files = sorted((ROOT / "tests" / "gold" / "answers").glob("*.jsonl"))
    rows = (row for path in files for row in read_questions(path))
    return list(dict.fromkeys(str(row["question"]) for row in rows))
