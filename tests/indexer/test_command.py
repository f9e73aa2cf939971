from pathlib import Path

import pytest

from indexer import Encoder, build
from indexer.__main__ import main
from tests.indexer.fakes import QUESTIONS, FakeEncoder


def test_search_explains_its_hits(
    root: Path, mapped: Encoder, capsys: pytest.CaptureFixture[str]
) -> None:
    build(root, "entries", QUESTIONS, encoder=mapped, cache=None)
    assert main(["search", str(root), "entries", "房东不退押金", "-k", "2"]) == 0
    printed = capsys.readouterr().out
    assert "1. 1.000 exact  lease  (lease-1)" in printed
    assert "lexical 1.000  房东" in printed
    assert "2 hits in 7 rows" in printed


def test_search_can_do_without_an_encoder(
    root: Path, fake: FakeEncoder, capsys: pytest.CaptureFixture[str]
) -> None:
    build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    assert main(["search", str(root), "entries", "押金", "--encoder", "none"]) == 0
    assert "lease" in capsys.readouterr().out


def test_info_says_what_is_live(
    root: Path, fake: FakeEncoder, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [build(root, "entries", QUESTIONS, encoder=fake, cache=None) for _ in range(2)]
    assert main(["info", str(root), "entries"]) == 0
    printed = capsys.readouterr().out
    assert f"generation  {names[1]}, built " in printed
    assert "7 of 5 owners" in printed
    assert "flat in faiss, 64 dimensions" in printed
    assert f"kept beside {names[0]}" in printed


def test_info_of_lexical_and_empty_collections(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(root, "entries", [], encoder=None, cache=None)
    assert main(["info", str(root), "entries"]) == 0
    assert "0 of 0 owners" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["info"], ["search"]])
def test_a_missing_index_is_one_line_on_stderr(
    root: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    question = ["工资", "--encoder", "none"] if command == ["search"] else []
    assert main([*command, str(root), "entries", *question]) == 1
    assert capsys.readouterr().err == "index entries: nothing has been built yet\n"
