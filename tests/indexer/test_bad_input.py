"""Whatever is wrong is said in one line by a named error, and the live index stays as it was."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer import (
    CacheUnreadable,
    DimensionMismatch,
    EmbeddingCache,
    EncoderUnavailable,
    IndexCorrupt,
    IndexMissing,
    LiveIndex,
    Row,
    build,
    load_encoder,
)
from indexer.__main__ import main
from indexer.shelf import Shelf
from tests.indexer.fakes import QUESTIONS, FakeEncoder

LONG = "公司拖欠工资，" * 1_500


@pytest.fixture
def built(root: Path, fake: FakeEncoder) -> Path:
    """The folder of the current generation."""
    return root / "entries" / build(root, "entries", QUESTIONS, encoder=fake, cache=None)


def cut_short(folder: Path) -> None:
    file = folder / "rows.jsonl"
    file.write_bytes(file.read_bytes()[:20])


def half_written(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def point_nowhere(folder: Path) -> None:
    (folder.parent / "CURRENT").write_text("20260101T000000000000-abcdef\n")


def point_at_nonsense(folder: Path) -> None:
    (folder.parent / "CURRENT").write_bytes(b"\xff\xfe\x00")


def stated(**changes: object) -> Callable[[Path], None]:
    """Damage that makes the manifest say something else."""

    def damage(folder: Path) -> None:
        file = folder / "manifest.json"
        file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | changes))

    return damage


def no_object(folder: Path) -> None:
    (folder / "manifest.json").write_text("[1, 2]")


DAMAGES = [
    cut_short,
    half_written,
    point_nowhere,
    point_at_nonsense,
    no_object,
    stated(files="none"),
    stated(rows="seven"),
    stated(rows=8),
    stated(mean_length="long"),
    stated(base="20260101T000000000000-abcdef"),
    stated(unheard_of=1),
    stated(format=99),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_one_line_from_the_command(
    built: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], None]
) -> None:
    damage(built)
    root = str(built.parent.parent)
    for command in (["info"], ["search"]):
        question = ["工资", "--encoder", "none"] if command == ["search"] else []
        assert main([*command, root, "entries", *question]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert re.fullmatch(r"[^\n]+\n", err)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_a_named_error_from_the_library_and_never_replaces_a_good_one(
    root: Path, fake: FakeEncoder, built: Path, damage: Callable[[Path], None]
) -> None:
    live = LiveIndex(root, "entries", fake)
    before = live.search("公司拖欠工资")
    newer = root / "entries" / build(root, "entries", QUESTIONS[:3], encoder=fake, cache=None)
    damage(newer)
    assert live.search("公司拖欠工资") == before
    assert live.generation == built.name
    with pytest.raises(IndexCorrupt, match=r"^[^\n]+$"):
        LiveIndex(root, "entries", fake).check()


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "entries").write_text("no folder")
    with pytest.raises(IndexCorrupt, match=r"^index entries: CURRENT is unreadable$"):
        LiveIndex(tmp_path, "entries", None).search("工资")


def test_checking_finds_what_a_search_would(root: Path, fake: FakeEncoder) -> None:
    live = LiveIndex(root, "entries", fake)
    with pytest.raises(IndexMissing):
        live.check()
    build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    live.check()


def test_the_command_names_an_encoder_of_another_dimension(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", str(built.parent.parent), "entries", "工资"]) == 1
    expected = f"{built.name}: vectors have 64 dimensions, the encoder has 384\n"
    assert capsys.readouterr().err == expected


def test_the_command_names_an_encoder_that_is_not_there(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(built.parent.parent)
    assert main(["search", root, "entries", "工资", "--encoder", "/nowhere/model"]) == 1
    assert re.fullmatch(
        r"encoder /nowhere/model cannot be loaded: [^\n]+\n", capsys.readouterr().err
    )


def test_an_encoder_that_is_not_there_is_named() -> None:
    with pytest.raises(EncoderUnavailable, match=r"^encoder /nowhere/model cannot be loaded: .+$"):
        load_encoder("/nowhere/model")


@pytest.mark.parametrize("k", ["0", "-3"])
def test_the_command_refuses_to_find_nothing(
    built: Path, capsys: pytest.CaptureFixture[str], k: str
) -> None:
    asked = ["search", str(built.parent.parent), "entries", "工资", "--encoder", "none", "-k", k]
    assert main(asked) == 1
    assert capsys.readouterr().err == f"k must be at least 1, not {k}\n"


def test_the_command_takes_ten_thousand_characters(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(LONG) > 10_000
    assert main(["search", str(built.parent.parent), "entries", LONG, "--encoder", "none"]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith(" 1. ")


def test_an_index_without_rows_is_searched_and_described(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(root, "entries", [], encoder=None, cache=None)
    assert main(["search", str(root), "entries", LONG, "--encoder", "none"]) == 0
    assert capsys.readouterr().out.startswith("0 hits in 0 rows")


@pytest.mark.parametrize(
    "garbage", [b"no database" * 300, b"SQLite format 3\x00" + b"\xff" * 5_000]
)
def test_an_unreadable_cache_stops_the_build_and_not_the_live_index(
    root: Path, fake: FakeEncoder, built: Path, tmp_path: Path, garbage: bytes
) -> None:
    live = LiveIndex(root, "entries", fake)
    before = live.search("公司拖欠工资")
    cache = EmbeddingCache(tmp_path / "cache.sqlite")
    cache.path.write_bytes(garbage)
    with pytest.raises(CacheUnreadable, match=r"^embedding cache cache\.sqlite: [^\n]+$"):
        build(root, "entries", QUESTIONS[:2], encoder=fake, cache=cache)
    assert live.search("公司拖欠工资") == before
    assert Shelf(root, "entries").generations() == [built.name]


def test_a_cache_that_cannot_have_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(CacheUnreadable, match=r"^embedding cache cache\.sqlite: [^\n]+$"):
        EmbeddingCache(tmp_path / "file" / "cache.sqlite")


def test_a_folder_in_the_place_of_a_cache_is_named(tmp_path: Path) -> None:
    with pytest.raises(CacheUnreadable, match=r"^embedding cache [^\n]+$"):
        EmbeddingCache(tmp_path)


def test_an_encoder_that_gives_other_vectors_than_it_says_stops_the_build(
    root: Path, fake: FakeEncoder, built: Path
) -> None:
    class Narrow(FakeEncoder):
        def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return super().encode_queries(texts)[:, :32]

    with pytest.raises(DimensionMismatch, match=r"^encoder fake gave vectors that it should not$"):
        build(root, "entries", QUESTIONS, encoder=Narrow(), cache=None)
    assert Shelf(root, "entries").current() == built


def test_names_that_no_encoding_can_hold_are_built_and_found(root: Path, fake: FakeEncoder) -> None:
    odd = Row("row\ud800", "owner\udfff", "房东不退押金")
    build(root, "entries", [odd], encoder=fake, cache=None)
    assert LiveIndex(root, "entries", fake).search("房东不退押金")[0].owner == odd.owner
