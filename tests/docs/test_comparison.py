"""The pages show the comparison that is kept, with the command and the day."""

import re
from pathlib import Path

import pytest

from tests.bench.compare import candidates, report


@pytest.mark.parametrize("page", report.blocks(report.read()), ids=lambda page: page.name)
def test_a_page_shows_the_comparison_that_is_kept(page: Path) -> None:
    assert report.shown(page) == report.blocks(report.read())[page], (
        "run `python -m tests.bench.compare --write`"
    )


def test_the_kept_comparison_says_how_and_when_and_has_every_system() -> None:
    run = report.read()
    assert run.command.startswith("python -m tests.bench.compare")
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", run.date)
    titles = {candidate.title for candidate in candidates.CANDIDATES}
    assert set(run.systems) | set(run.left_out) == titles
    assert candidates.OURS.title in run.systems
