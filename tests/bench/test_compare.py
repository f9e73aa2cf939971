"""The comparison counts as it says, gives no system what it is asked, and shows what it kept."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from kit.settings import ROOT
from tests.bench.compare import __main__ as bench
from tests.bench.compare import candidates, environments, figures, material, report
from tests.bench.compare.candidates import CANDIDATES, OURS, Candidate
from tests.bench.compare.protocol import Entry, Found, Result, Task, Took, carry_out, read_task

ENTRIES = (
    Entry("wage", "劳动纠纷", "公司拖欠工资怎么办？", ("老板不发工资",), "可以投诉。"),
    Entry("loan", "债权债务", "欠钱不还怎么办？", ("借条丢了还能要吗",), "可以起诉。"),
)
ROWS: list[dict[str, Any]] = [
    {"id": "wage#1", "question": "三个月没发工资了", "entry": "wage"},
    {"id": "wage#2", "question": "工头跑了，工钱找谁要", "entry": "wage", "also": ["loan"]},
    {"id": "loan#1", "question": "朋友借钱赖账", "entry": "loan"},
    {"id": "out#1", "question": "今天天气如何", "expect": "out_of_scope"},
    {"id": "near#1", "question": "美国离婚怎么办", "expect": "handover"},
]


def result(*found: Found) -> Result:
    return Result(Took(2.0, 1.5), found, tuple(Took(0.004, 0.003) for _ in found))


OWN = result(
    Found(["wage", "loan"], 0.9, answers=True),
    Found(["loan", "wage"], 0.9, answers=True),
    Found(["wage", "loan"], 0.4, answers=False),
    Found(["wage"], 0.1, answers=False),
    Found(["loan"], 0.9, answers=True),
)
WITHOUT_LINE = result(
    Found(["loan", "wage"], 7.0),
    Found(["wage"], 3.0),
    Found(["loan"], 5.0),
    Found([], 9.0),
    Found(["wage"], 5.0),
)


def test_right_is_the_first_entry_or_one_that_is_as_good() -> None:
    found = figures.figures(ROWS, OWN, as_many=0)
    assert (found.hit_1, found.mrr_10) == (0.6667, 0.8333)
    assert (found.answered, found.right, found.false_answers) == (0.6667, 1.0, 0.5)
    assert found.own_line
    assert (found.p50_ms, found.p50_cpu_ms, found.build_s, found.build_cpu_s) == (4, 3, 2, 1.5)


def test_a_system_without_a_line_answers_as_many_answerable_questions_as_ours() -> None:
    as_many = figures.answered(ROWS, OWN)
    found = figures.figures(ROWS, WITHOUT_LINE, as_many)
    assert as_many == 2
    assert not found.own_line
    assert (found.answered, found.right) == (0.6667, 0.5)
    # The near miss scores as much as the line; what found nothing answers nothing.
    assert found.false_answers == 0.5


def test_a_system_without_a_line_answers_nothing_where_ours_does_not() -> None:
    found = figures.figures(ROWS, WITHOUT_LINE, as_many=0)
    assert (found.answered, found.false_answers) == (0.0, 0.0)


def test_a_question_that_is_a_phrasing_but_for_its_marks_is_refused() -> None:
    material.refuse_leaks(ENTRIES, ROWS)
    with pytest.raises(material.LeakError, match=r"loan#9 is a phrasing of wage"):
        material.refuse_leaks(ENTRIES, [{"id": "loan#9", "question": "老板不發工資！"}])


def test_the_held_out_third_and_the_rest_share_no_question() -> None:
    held, rest = (
        {str(row["question"]) for row in material.labelled(part)} for part in ("held_out", "tuning")
    )
    assert len(held) > 900 and len(rest) > len(held)
    assert held & rest == set()


class Shelf:
    """A system that finds by the first letter, each entry as often as it has phrasings."""

    def prepare(self, task: Task) -> None:
        self.entries = task.entries

    def build(self) -> dict[str, float]:
        return {"entries": len(self.entries)}

    def search(self, question: str) -> Found:
        return Found([each.id for each in self.entries for _ in each.phrasings], 1.0)


def test_a_system_is_told_the_questions_and_not_what_is_right(tmp_path: Path) -> None:
    task = Task(ENTRIES, tuple(str(row["question"]) for row in ROWS), tmp_path, 60.0)
    task.write(tmp_path / "task.json")
    assert read_task(tmp_path / "task.json") == task
    assert set(json.loads((tmp_path / "task.json").read_text())) == {
        "entries",
        "questions",
        "folder",
        "seconds",
    }


def test_an_entry_that_is_found_twice_counts_at_its_best_place(tmp_path: Path) -> None:
    done = carry_out(Shelf(), Task(ENTRIES, ("工资",), tmp_path, 60.0))
    assert list(done.found[0].ranked) == ["wage", "loan"]
    assert done.remarks == {"entries": 2}


def test_a_package_that_no_registry_has_is_named_in_one_line(tmp_path: Path) -> None:
    nowhere = f"--find-links={tmp_path}"
    with pytest.raises(environments.NotThereError, match="no-such-thing-12348") as caught:
        environments.interpreter(
            "none", ("--no-index", nowhere, "no-such-thing-12348==1"), tmp_path
        )
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("none-*/ready"))


def test_an_interpreter_that_set_up_has_not_made_is_named() -> None:
    with pytest.raises(environments.NotThereError, match="make setup"):
        environments.existing(ROOT / ".venv-none" / "bin" / "python")


def test_a_system_whose_process_fails_is_left_out_and_the_others_run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = Candidate("no_such_module", "broken", "")
    late = Candidate("bm25", "late", "")
    monkeypatch.setattr(environments, "existing", lambda python: Path(sys.executable))
    found, notes, left_out = bench.compare([broken], ENTRIES, ROWS, minutes=1)
    assert (found, notes) == ({}, [])
    assert left_out == {"broken": "its process ended with 1"}
    assert "no_such_module" in capfd.readouterr().err
    assert bench.compare([late], ENTRIES, ROWS, minutes=0)[2] == {"late": "no time was left"}


def test_only_the_whole_comparison_on_held_out_questions_is_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for arguments in (["--only", "bm25", "--write"], ["--part", "tuning", "--write"]):
        assert bench.main(arguments) == 2
        assert "--write keeps all systems" in capsys.readouterr().err


def test_every_system_has_a_module_and_pins_what_it_installs() -> None:
    for candidate in CANDIDATES:
        file = Path(bench.__file__).with_name("systems") / f"{candidate.name}.py"
        assert file.is_file()
        assert all("==" in package for package in candidate.packages)
    assert CANDIDATES[0] is OURS
    assert candidates.pinned("rasa", "bot.txt").startswith("rasa==3.6")


def a_run() -> report.Comparison:
    return report.Comparison(
        command="python -m tests.bench.compare",
        date="2026-11-22",
        cores=2,
        load=(1.0, 2.0),
        entries=2,
        phrasings=4,
        answerable=3,
        others=2,
        systems={
            "this project": figures.figures(ROWS, OWN, 0),
            "BM25": figures.figures(ROWS, WITHOUT_LINE, 2),
        },
        notes=["BM25: an entry is one text."],
        left_out={"gone": "no registry has it"},
    )


def test_what_was_kept_is_read_again_and_shown_with_what_was_left_out(tmp_path: Path) -> None:
    a_run().write(tmp_path / "figures" / "run.json")
    run = report.read(tmp_path / "figures" / "run.json")
    assert run == a_run()
    assert report.table(run).splitlines()[2:] == [
        "| this project | 0.667 | 0.833 | 0.667 | 1.000 | 0.500 | 4.0 (3.0) | 2.0 (1.5) |",
        "| BM25 | 0.667 | 0.833 | 0.667 ¹ | 0.500 | 0.500 | 4.0 (3.0) | 2.0 (1.5) |",
    ]
    assert "- Left out: gone (no registry has it).\n" in report.notes(run)


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pages of their own, each with a place for the comparison."""
    for name, held in (("README", ""), ("DETAILS", "old\n")):
        page = tmp_path / f"{name}.md"
        page.write_text(f"before\n<!-- comparison -->\n{held}<!-- end of comparison -->\nafter\n")
        monkeypatch.setattr(report, name, page)
    monkeypatch.setattr(report, "FILE", tmp_path / "comparison.json")
    return tmp_path


def test_a_run_that_is_written_is_on_both_pages_and_nothing_else_changes(
    pages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "compare", lambda *_: (a_run().systems, a_run().notes, {}))
    monkeypatch.setattr(bench, "on_two_cores", lambda: 2)
    assert bench.main(["--write"]) == 0
    kept = report.read(pages / "comparison.json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == json.loads(
        (pages / "comparison.json").read_text()
    )
    for page, block in report.blocks(kept).items():
        assert page.read_text() == (
            f"before\n<!-- comparison -->\n{block}<!-- end of comparison -->\nafter\n"
        )


def test_nothing_is_compared_without_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "compare", lambda *_: ({}, [], {OURS.title: "not done after 1 s"}))
    monkeypatch.setattr(bench, "on_two_cores", lambda: 2)
    assert bench.main(["--only", "bm25"]) == 2
    assert capsys.readouterr().err == "compare: this project: not done after 1 s\n"


def test_a_page_without_a_place_for_the_comparison_is_named(tmp_path: Path) -> None:
    (tmp_path / "bare.md").write_text("no place")
    with pytest.raises(ValueError, match=r"bare\.md has no place"):
        report.shown(tmp_path / "bare.md")
