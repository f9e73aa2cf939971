"""A large base is not built anew for one entry: what changed stands on top of it."""

import random
import shutil
from pathlib import Path

import pytest

from indexer import IndexCorrupt, LiveIndex, Row, build
from indexer.generation import change, load
from indexer.segment import load as load_segment
from indexer.shelf import Shelf
from indexer.vector_store import FaissStore
from tests.indexer.fakes import QUESTIONS, FakeEncoder, many_rows

WAGES = Row("wages-1b", "wages", "单位不按月发工资找谁")
NOISE = Row("noise-1", "noise", "楼上半夜装修太吵了")


@pytest.fixture(autouse=True)
def small_bases_are_amended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.building.WHOLE_BELOW", 5)
    monkeypatch.setattr("indexer.building.ON_TOP", 40)


@pytest.fixture
def base(root: Path, fake: FakeEncoder) -> str:
    name = build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    fake.encoded.clear()
    return name


def entries_but(owner: str) -> list[Row]:
    return [row for row in QUESTIONS if row.owner != owner]


def beneath(root: Path, name: str) -> str | None:
    return load_segment(root / "entries" / name, FaissStore()).manifest.base


def test_only_the_entry_that_changed_is_built(root: Path, fake: FakeEncoder, base: str) -> None:
    name = build(root, "entries", [*QUESTIONS, NOISE], encoder=fake, cache=None)
    assert fake.encoded == [("query", NOISE.text)]
    assert beneath(root, name) == base
    live = LiveIndex(root, "entries", fake)
    assert (live.generation, live.size) == (name, len(QUESTIONS) + 1)
    assert [live.search(row.text)[0].owner for row in (NOISE, *QUESTIONS)] == [
        row.owner for row in (NOISE, *QUESTIONS)
    ]


def test_a_new_phrasing_takes_all_rows_of_its_entry_along(
    root: Path, fake: FakeEncoder, base: str
) -> None:
    build(root, "entries", [*QUESTIONS, WAGES], encoder=fake, cache=None)
    live = LiveIndex(root, "entries", fake)
    assert [hit.owner for hit in live.search(WAGES.text)].count("wages") == 1
    assert live.search(QUESTIONS[0].text)[0].row_id == "wages-1"
    assert live.size == len(QUESTIONS) + 1


def test_a_phrasing_that_was_changed_is_no_longer_found_as_it_was(
    root: Path, fake: FakeEncoder, base: str
) -> None:
    rows = [Row(row.row_id, row.owner, row.text + "呢" * 3) for row in QUESTIONS[:2]]
    build(root, "entries", [*rows, *QUESTIONS[2:]], encoder=fake, cache=None)
    live = LiveIndex(root, "entries", fake)
    assert not live.search(QUESTIONS[0].text)[0].exact
    assert live.search(rows[0].text)[0].exact
    assert live.size == len(QUESTIONS)


def test_a_withdrawn_entry_is_found_by_nothing(root: Path, fake: FakeEncoder, base: str) -> None:
    name = build(root, "entries", entries_but("lease"), encoder=fake, cache=None)
    assert beneath(root, name) == base
    assert fake.encoded == []
    live = LiveIndex(root, "entries", fake)
    assert "lease" not in {hit.owner for hit in live.search("房东不退押金", k=20)}
    assert live.size == len(QUESTIONS) - 1


def test_an_entry_that_comes_back_is_found_again(root: Path, fake: FakeEncoder, base: str) -> None:
    build(root, "entries", entries_but("lease"), encoder=fake, cache=None)
    name = build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    assert LiveIndex(root, "entries", fake).search("房东不退押金")[0].exact
    assert load(root / "entries" / name).rows == len(QUESTIONS)


def test_nothing_stands_on_what_stands_on_something(
    root: Path, fake: FakeEncoder, base: str
) -> None:
    build(root, "entries", [*QUESTIONS, NOISE], encoder=fake, cache=None)
    second = build(root, "entries", [*QUESTIONS, NOISE, WAGES], encoder=fake, cache=None)
    assert beneath(root, second) == base
    assert LiveIndex(root, "entries", fake).search(NOISE.text)[0].exact


def test_many_changes_are_built_whole(root: Path, fake: FakeEncoder, base: str) -> None:
    name = build(root, "entries", [*QUESTIONS, *many_rows(60)], encoder=fake, cache=None)
    assert beneath(root, name) is None


@pytest.mark.parametrize(
    ("other", "symmetric"),
    [(FakeEncoder(name="other"), True), (None, True), (FakeEncoder(), False)],
)
def test_a_base_of_another_kind_is_not_built_upon(
    root: Path, base: str, other: FakeEncoder | None, symmetric: bool
) -> None:
    rows = [*QUESTIONS, NOISE]
    name = build(root, "entries", rows, encoder=other, cache=None, symmetric=symmetric)
    assert beneath(root, name) is None


def test_words_alone_can_be_amended_too(root: Path) -> None:
    base = build(root, "articles", QUESTIONS, encoder=None, cache=None)
    name = build(root, "articles", [*QUESTIONS, NOISE], encoder=None, cache=None)
    assert load_segment(root / "articles" / name, FaissStore()).manifest.base == base
    assert LiveIndex(root, "articles", None).search("半夜装修")[0].owner == "noise"


def test_a_damaged_base_is_not_built_upon(root: Path, fake: FakeEncoder, base: str) -> None:
    (root / "entries" / base / "owners.npy").write_bytes(b"half")
    name = build(root, "entries", [*QUESTIONS, NOISE], encoder=fake, cache=None)
    assert beneath(root, name) is None
    assert LiveIndex(root, "entries", fake).search(NOISE.text)[0].exact


def test_what_stands_on_a_damaged_base_is_refused(root: Path, fake: FakeEncoder, base: str) -> None:
    build(root, "entries", [*QUESTIONS, NOISE], encoder=fake, cache=None)
    (root / "entries" / base / "owners.npy").write_bytes(b"half")
    with pytest.raises(IndexCorrupt, match=rf"^{base}: owners.npy is not what was built$"):
        LiveIndex(root, "entries", fake).search("工资")


def test_a_base_that_is_gone_is_named(root: Path, fake: FakeEncoder, base: str) -> None:
    build(root, "entries", [*QUESTIONS, NOISE], encoder=fake, cache=None)
    shutil.rmtree(root / "entries" / base)
    with pytest.raises(IndexCorrupt, match=rf"^{base}: no manifest.json"):
        LiveIndex(root, "entries", fake).search("工资")


def test_a_base_stays_as_long_as_something_stands_on_it(
    root: Path, fake: FakeEncoder, base: str
) -> None:
    for number in range(5):
        more = [*QUESTIONS, Row("noise", "noise", f"楼上第{number}次装修")]
        build(root, "entries", more, encoder=fake, cache=None)
    assert len(Shelf(root, "entries").generations()) == 4
    assert base in Shelf(root, "entries").generations()
    for number in range(3):
        whole = [*QUESTIONS, *many_rows(60 + number * 60)]
        build(root, "entries", whole, encoder=fake, cache=None)
    assert base not in Shelf(root, "entries").generations()


def test_a_running_process_reads_the_base_once(root: Path, fake: FakeEncoder, base: str) -> None:
    first = load(root / "entries" / base, dim=fake.dim, encoder=fake.fingerprint)
    name = build(root, "entries", [*QUESTIONS, NOISE], encoder=fake, cache=None)
    second = load(root / "entries" / name, dim=fake.dim, encoder=fake.fingerprint, known=first)
    assert second.base is first.base


def test_whatever_was_published_and_withdrawn_just_that_is_found(
    root: Path, fake: FakeEncoder
) -> None:
    drawn = random.Random(5)
    everything = many_rows(60)
    build(root, "entries", everything[:40], encoder=fake, cache=None)
    live = LiveIndex(root, "entries", fake)
    for _ in range(12):
        rows = drawn.sample(everything[:40], 33) + drawn.sample(everything[40:], 5)
        build(root, "entries", rows, encoder=fake, cache=None)
        assert live.size == len(rows)
        there = {row.row_id for row in rows}
        for row in everything:
            first = live.search(row.text)[0]
            assert (first.row_id, first.exact) == (row.row_id, True) or row.row_id not in there
            assert first.row_id in there


def test_the_same_rows_in_another_order_change_nothing(
    root: Path, fake: FakeEncoder, base: str
) -> None:
    built = load_segment(root / "entries" / base, FaissStore())
    found = change(built, QUESTIONS[::-1])
    assert (found.rows, found.hidden.tolist()) == ([], [])
