import json
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer import DimensionMismatch, EmbeddingCache, LiveIndex, Row, build
from indexer.generation import load
from indexer.shelf import Shelf
from tests.indexer.fakes import QUESTIONS, FakeEncoder, GatedEncoder, many_rows


def files(root: Path) -> set[str]:
    return {path.name for path in (root / "entries").iterdir()}


def test_a_build_becomes_the_current_generation(root: Path, fake: FakeEncoder) -> None:
    name = build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    assert Shelf(root, "entries").current() == root / "entries" / name
    assert files(root) == {name, "CURRENT", ".lock"}


def test_the_manifest_says_what_was_built(root: Path, fake: FakeEncoder) -> None:
    name = build(root, "articles", many_rows(60), encoder=fake, cache=None)
    folder = root / "articles" / name
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["rows"] == 60
    assert (manifest["dim"], manifest["encoder"]) == (fake.dim, fake.fingerprint)
    assert (manifest["structure"], manifest["centred"]) == ("flat", True)
    assert set(manifest["files"]) == {path.name for path in folder.iterdir()} - {"manifest.json"}


@pytest.mark.parametrize(
    ("collection", "symmetric", "side"),
    [
        ("entries", None, "query"),
        ("articles", None, "passage"),
        ("articles", True, "query"),
        ("entries", False, "passage"),
    ],
)
def test_rows_that_are_questions_are_encoded_as_questions(
    root: Path, fake: FakeEncoder, collection: str, symmetric: bool | None, side: str
) -> None:
    name = build(root, collection, QUESTIONS, encoder=fake, cache=None, symmetric=symmetric)
    assert {encoded for encoded, _ in fake.encoded} == {side}
    assert load(root / collection / name).base.manifest.symmetric == (side == "query")


def test_a_second_build_encodes_nothing(root: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "cache.sqlite")
    build(root, "entries", QUESTIONS, encoder=fake, cache=cache)
    fake.encoded.clear()
    build(root, "entries", QUESTIONS, encoder=fake, cache=cache)
    assert fake.encoded == []
    build(root, "entries", [*QUESTIONS, Row("new", "new", "新的问题")], encoder=fake, cache=cache)
    assert fake.encoded == [("query", "新的问题")]


@pytest.mark.parametrize("cached", [True, False])
def test_progress_counts_up_to_every_row(
    root: Path, fake: FakeEncoder, tmp_path: Path, cached: bool
) -> None:
    seen: list[tuple[int, int]] = []
    cache = EmbeddingCache(tmp_path / "cache.sqlite") if cached else None
    build(
        root,
        "articles",
        many_rows(130),
        encoder=fake,
        cache=cache,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[-1] == (130, 130)
    assert seen == sorted(seen)


def test_the_newest_three_generations_are_kept(root: Path, fake: FakeEncoder) -> None:
    names = [build(root, "entries", QUESTIONS, encoder=fake, cache=None) for _ in range(5)]
    assert Shelf(root, "entries").generations() == names[:1:-1]
    assert files(root) == {*names[2:], "CURRENT", ".lock"}


def test_the_current_generation_is_kept_however_old(root: Path, fake: FakeEncoder) -> None:
    shelf = Shelf(root, "entries")
    names = [build(root, "entries", QUESTIONS, encoder=fake, cache=None) for _ in range(3)]
    shelf.switch(names[0])
    with shelf.building():
        for _ in range(3):
            shelf.keep(*shelf.begin())
        shelf.tidy()
    assert names[0] in shelf.generations()
    assert len(shelf.generations()) == 4


def test_a_failed_build_leaves_the_live_one_and_no_litter(root: Path, fake: FakeEncoder) -> None:
    class Broken(FakeEncoder):
        def encode_queries(self, texts: object) -> NDArray[np.float32]:
            return np.full((len(QUESTIONS), self.dim), np.nan, dtype=np.float32)

    name = build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    with pytest.raises(DimensionMismatch):
        build(root, "entries", QUESTIONS, encoder=Broken(), cache=None)
    assert files(root) == {name, "CURRENT", ".lock"}


def test_a_generation_that_cannot_be_read_back_is_never_switched_to(
    root: Path, fake: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = build(root, "entries", QUESTIONS, encoder=fake, cache=None)

    def unreadable(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("indexer.building.generation.load", unreadable)
    with pytest.raises(OSError, match="disk full"):
        build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    assert files(root) == {name, "CURRENT", ".lock"}


def test_what_a_killed_build_left_is_cleared_by_the_next(root: Path, fake: FakeEncoder) -> None:
    litter = root / "entries" / ".building-20260101T000000000000-abcdef"
    litter.mkdir(parents=True)
    (litter / "rows.jsonl").write_text("half")
    name = build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    assert files(root) == {name, "CURRENT", ".lock"}


def test_two_rows_may_not_share_an_id(root: Path, fake: FakeEncoder) -> None:
    with pytest.raises(ValueError, match="row wages-1 comes twice"):
        build(root, "entries", [*QUESTIONS, QUESTIONS[0]], encoder=fake, cache=None)


def test_no_rows_are_a_valid_generation(root: Path, fake: FakeEncoder) -> None:
    build(root, "entries", [], encoder=fake, cache=None)
    live = LiveIndex(root, "entries", fake)
    assert live.search("公司拖欠工资") == []
    assert live.size == 0
    assert live.generation is not None


def test_builds_take_turns_and_the_last_to_begin_is_live(root: Path) -> None:
    gated = GatedEncoder()
    first = threading.Thread(
        target=build,
        args=(root, "articles", QUESTIONS[:1]),
        kwargs={"encoder": gated, "cache": None},
    )
    first.start()
    assert gated.reached.wait(20)
    second = threading.Thread(
        target=build,
        args=(root, "articles", QUESTIONS),
        kwargs={"encoder": GatedEncoder(gate=gated.gate), "cache": None},
    )
    second.start()
    gated.gate.set()
    first.join()
    second.join()
    assert LiveIndex(root, "articles", None).size == len(QUESTIONS)
    assert len(Shelf(root, "articles").generations()) == 2


def test_text_that_no_encoding_can_hold_survives(root: Path, fake: FakeEncoder) -> None:
    odd = Row("odd", "odd", "坏码\ud800与\x00控制符")
    build(root, "entries", [odd], encoder=fake, cache=None)
    [hit] = LiveIndex(root, "entries", fake).search("坏码与控制符")
    assert (hit.text, hit.exact) == (odd.text, True)
