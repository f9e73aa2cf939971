"""What is wrong with an index is one line, from the commands as from the retrieval."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer import CacheUnreadable, LiveIndex, Row, build
from kit.db import Database
from kit.settings import Settings
from knowledge.__main__ import main
from knowledge.decision import Kind
from knowledge.indexing import build_entries
from knowledge.retrieval import ARTICLES, ENTRIES, Retriever
from tests.indexer.fakes import FakeEncoder

ROWS = [Row("wages-1", "wages", "公司拖欠工资怎么办？")]
QUESTION = '{"id": "1", "question": "公司拖欠工资怎么办", "entry": "wages"}\n'


@pytest.fixture
def settings(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HOTLINE_DATABASE_URL", database.url)
    monkeypatch.setattr("knowledge.__main__.load_encoder", lambda _: FakeEncoder())
    return Settings()


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text(QUESTION, encoding="utf-8")
    return path


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    said = [line for line in err.splitlines() if line.startswith("knowledge: ")]
    assert len(said) == 1
    assert "Traceback" not in err
    return said[0]


def evaluate(what: str, path: Path) -> int:
    return main(["evaluate", what, "--questions", str(path)])


def test_nothing_to_evaluate_is_no_figure_of_zero(
    settings: Settings, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate("answers", questions) == 2
    assert one_line(capsys) == "knowledge: index entries: nothing has been built yet"


def test_a_half_written_index_stops_evaluation_and_calibration(
    settings: Settings, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = build(settings.index_dir, ENTRIES, ROWS, encoder=FakeEncoder(), cache=None)
    (settings.index_dir / ENTRIES / name / "manifest.json").unlink()
    expected = f"knowledge: {name}: no manifest.json, the build was not finished"
    assert evaluate("answers", questions) == 2
    assert one_line(capsys) == expected
    assert main(["calibrate", "--questions", str(questions)]) == 2
    assert one_line(capsys) == expected


def test_a_model_of_another_dimension_stops_evaluation(
    settings: Settings, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(settings.index_dir, ENTRIES, ROWS, encoder=FakeEncoder(dim=32), cache=None)
    assert evaluate("answers", questions) == 2
    assert "vectors have 32 dimensions, the encoder has 64" in one_line(capsys)


def test_an_unreadable_cache_stops_fitting(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.cache_file.write_bytes(b"no database" * 300)
    assert main(["fit-topics", "--out", str(tmp_path / "model.npz")]) == 2
    assert one_line(capsys).startswith(f"knowledge: embedding cache {settings.cache_file.name}")


@pytest.mark.parametrize(
    ("text", "problem"),
    [("{half", "line 1: not JSON"), ("[1]", "line 1: not an object"), (None, "No such file")],
)
def test_questions_that_cannot_be_read_are_named(
    settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str | None,
    problem: str,
) -> None:
    build(settings.index_dir, ENTRIES, ROWS, encoder=FakeEncoder(), cache=None)
    path = tmp_path / "wrong.jsonl"
    if text is not None:
        path.write_text(text)
    assert evaluate("answers", path) == 2
    assert problem in one_line(capsys)


def test_a_database_without_tables_is_named(
    tmp_path: Path,
    questions: Path,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build(settings.index_dir, ENTRIES, ROWS, encoder=FakeEncoder(), cache=None)
    monkeypatch.setenv("HOTLINE_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    assert evaluate("answers", questions) == 2
    assert one_line(capsys) == "knowledge: the database: no such table: entry_version"


def test_an_unreadable_cache_leaves_the_live_entries_as_they_were(
    settings: Settings, database: Database
) -> None:
    encoder = FakeEncoder()
    name = build(settings.index_dir, ENTRIES, ROWS, encoder=encoder, cache=None)
    live = LiveIndex(settings.index_dir, ENTRIES, encoder)
    before = live.search("公司拖欠工资")
    settings.cache_file.parent.mkdir(parents=True, exist_ok=True)
    settings.cache_file.write_bytes(b"no database" * 300)
    with pytest.raises(CacheUnreadable, match=r"^embedding cache [^\n]+$"):
        build_entries(database, settings, encoder)
    assert (live.generation, live.search("公司拖欠工资")) == (name, before)


def nothing(_: Path) -> None:
    pass


def broken(root: Path) -> None:
    for collection in (ENTRIES, ARTICLES):
        name = build(root, collection, ROWS, encoder=FakeEncoder(), cache=None)
        (root / collection / name / "owners.npy").write_bytes(b"half")


def of_another_dimension(root: Path) -> None:
    for collection in (ENTRIES, ARTICLES):
        build(root, collection, ROWS, encoder=FakeEncoder(dim=32), cache=None)


def empty(root: Path) -> None:
    for collection in (ENTRIES, ARTICLES):
        build(root, collection, [], encoder=FakeEncoder(), cache=None)


@pytest.mark.parametrize("damage", [nothing, broken, of_another_dimension, empty])
def test_retrieval_without_an_index_hands_over_and_says_why_once(
    settings: Settings,
    database: Database,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], None],
) -> None:
    damage(settings.index_dir)
    encoder = FakeEncoder()
    retriever = Retriever(
        LiveIndex(settings.index_dir, ENTRIES, encoder),
        LiveIndex(settings.index_dir, ARTICLES, encoder),
    )
    with database.read() as session:
        for _ in range(3):
            consulted = retriever.consult(session, "公司拖欠工资不发怎么办")
            assert consulted.decision.kind is Kind.HANDOVER
            assert retriever.search(session, "公司拖欠工资") == ([], {})
        assert retriever.related_articles(session, "公司拖欠工资") == []
    told = [line for line in caplog.messages if line.startswith("answering without it: ")]
    assert len(told) == len(set(told)) == (0 if damage is empty else 2)
    assert all(re.fullmatch(r"[^\n]+", line) for line in told)


def test_a_question_of_ten_thousand_characters_is_consulted(
    settings: Settings, database: Database
) -> None:
    build(settings.index_dir, ENTRIES, ROWS, encoder=FakeEncoder(), cache=None)
    retriever = Retriever(
        LiveIndex(settings.index_dir, ENTRIES, FakeEncoder()),
        LiveIndex(settings.index_dir, ARTICLES, FakeEncoder()),
    )
    with database.read() as session:
        for story in ("公司拖欠工资，" * 1_500, "长" * 10_000, "怎么办？" * 2_500):
            assert len(story) >= 10_000
            assert retriever.consult(session, story).decision.kind in Kind
