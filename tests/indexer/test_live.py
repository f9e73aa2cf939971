import logging
import multiprocessing
import shutil
import threading
from pathlib import Path

import pytest

from indexer import DimensionMismatch, IndexCorrupt, LiveIndex, build
from indexer.shelf import Shelf
from tests.indexer.fakes import QUESTIONS, FakeEncoder, many_rows

FILES = [
    "all_words_keys.npy",
    "all_words_rows.npy",
    "all_words_starts.npy",
    "all_words_weights.npy",
    "centroids.npy",
    "exact_keys.npy",
    "exact_rows.npy",
    "hidden.npy",
    "lexical_keys.npy",
    "lexical_rows.npy",
    "lexical_starts.npy",
    "lexical_weights.npy",
    "manifest.json",
    "mean.npy",
    "offsets.npy",
    "owners.npy",
    "row_keys.npy",
    "rows.jsonl",
    "vectors.faiss",
]


def renewed(root: Path, fake: FakeEncoder) -> tuple[LiveIndex, str, Path]:
    """A live index, its generation, and the folder of a newer one that it has not seen yet."""
    build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    live = LiveIndex(root, "entries", fake)
    old = live.generation
    assert old is not None
    return live, old, root / "entries" / build(root, "entries", QUESTIONS, encoder=fake, cache=None)


def test_a_switch_is_seen_by_the_next_search(root: Path, fake: FakeEncoder) -> None:
    build(root, "entries", QUESTIONS[:2], encoder=fake, cache=None)
    live = LiveIndex(root, "entries", fake)
    assert live.search("房东不退押金")[0].owner == "wages"
    name = build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    assert live.search("房东不退押金")[0].owner == "lease"
    assert (live.generation, live.size) == (name, len(QUESTIONS))


def test_an_index_built_later_is_found_without_a_restart(
    root: Path, fake: FakeEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    live = LiveIndex(root, "entries", fake)
    assert live.generation is None
    assert caplog.messages == []
    build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    assert live.search("工资")


def test_the_files_of_a_generation_are_these(root: Path, fake: FakeEncoder) -> None:
    *_, newer = renewed(root, fake)
    assert sorted(path.name for path in newer.iterdir()) == FILES


@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_generation_is_refused_and_the_old_one_stays(
    root: Path, fake: FakeEncoder, caplog: pytest.LogCaptureFixture, name: str, damage: str
) -> None:
    live, old, newer = renewed(root, fake)
    content = (newer / name).read_bytes()
    middle = len(content) // 2
    if damage == "remove":
        (newer / name).unlink()
    elif damage == "cut":
        (newer / name).write_bytes(content[:middle])
    else:
        flipped = bytes([content[middle] ^ 0xFF])
        (newer / name).write_bytes(content[:middle] + flipped + content[middle + 1 :])
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger="indexer"):
        for _ in range(3):
            assert live.search("公司拖欠工资")[0].owner == "wages"
    assert live.generation == old
    [line] = caplog.messages
    assert newer.name in line
    assert f"{old} stays live" in line
    assert "\n" not in line


@pytest.mark.parametrize("pointer", ["", "nonsense", "../../etc", "20260101T000000000000-abcdef"])
def test_a_pointer_to_nothing_is_refused(root: Path, fake: FakeEncoder, pointer: str) -> None:
    live, old, _ = renewed(root, fake)
    (root / "entries" / "CURRENT").write_text(pointer)
    assert live.search("工资")
    assert live.generation == old


def test_a_pointer_that_vanishes_stops_nobody(root: Path, fake: FakeEncoder) -> None:
    live, old, _ = renewed(root, fake)
    (root / "entries" / "CURRENT").unlink()
    assert live.search("工资")
    assert live.generation == old


def test_a_refusal_is_over_with_the_next_good_build(root: Path, fake: FakeEncoder) -> None:
    live, old, newer = renewed(root, fake)
    (newer / "rows.jsonl").unlink()
    assert live.generation == old
    good = build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    assert live.generation == good


def test_with_nothing_else_to_serve_a_damaged_generation_is_an_error(
    root: Path, fake: FakeEncoder
) -> None:
    *_, newer = renewed(root, fake)
    (newer / "rows.jsonl").write_text("half")
    live = LiveIndex(root, "entries", fake)
    for _ in range(2):
        with pytest.raises(IndexCorrupt, match=r"rows\.jsonl is not what was built$"):
            live.search("工资")


def test_another_format_is_refused(root: Path, fake: FakeEncoder) -> None:
    *_, newer = renewed(root, fake)
    manifest = newer / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"format": 3', '"format": 2'))
    with pytest.raises(IndexCorrupt, match="format 2, this program reads 3"):
        LiveIndex(root, "entries", fake).search("工资")


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (FakeEncoder(dim=32), "32 dimensions, the encoder has 64"),
        (FakeEncoder(name="other"), "another encoder"),
    ],
)
def test_vectors_of_another_encoder_are_refused(
    root: Path, fake: FakeEncoder, other: FakeEncoder, reason: str
) -> None:
    live, old, _ = renewed(root, fake)
    build(root, "entries", QUESTIONS, encoder=other, cache=None)
    assert live.search("工资")
    assert live.generation == old
    with pytest.raises(DimensionMismatch, match=reason):
        LiveIndex(root, "entries", fake).search("工资")


def test_a_generation_tidied_away_while_in_use_goes_on_answering(
    root: Path, fake: FakeEncoder
) -> None:
    live, _, newer = renewed(root, fake)
    assert live.generation == newer.name
    shutil.rmtree(newer)
    assert live.search("公司拖欠工资怎么办")[0].exact


def test_no_question_fails_or_errs_while_generations_are_swapped(
    root: Path, fake: FakeEncoder
) -> None:
    build(root, "entries", many_rows(60), encoder=fake, cache=None)
    live = LiveIndex(root, "entries", fake)
    stop, wrong, asked = threading.Event(), [], [0] * 4

    def ask(worker: int) -> None:
        number = worker
        while not stop.is_set():
            number = (number + 7) % 60
            try:
                best = live.search(f"第{number}号纠纷的处理办法", k=3)[0]
            except Exception as problem:  # noqa: BLE001  # a thread's failure must be seen
                wrong.append(repr(problem))
                return
            if (best.row_id, best.exact) != (f"r{number}", True):
                wrong.append(f"{number}: {best}")
            asked[worker] += 1

    threads = [threading.Thread(target=ask, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    names = [
        build(root, "entries", many_rows(60 + extra), encoder=fake, cache=None)
        for extra in range(6)
    ]
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert all(asked)
    assert live.generation == names[-1]


def _build_often(root: Path, count: int) -> None:
    for _ in range(count):
        build(root, "entries", QUESTIONS, encoder=FakeEncoder(), cache=None)


def test_two_processes_share_one_root(root: Path, fake: FakeEncoder) -> None:
    build(root, "entries", QUESTIONS, encoder=fake, cache=None)
    live = LiveIndex(root, "entries", fake)
    first = live.generation
    spawn = multiprocessing.get_context("spawn")
    others = [spawn.Process(target=_build_often, args=(root, 2)) for _ in range(2)]
    for other in others:
        other.start()
    while any(other.is_alive() for other in others):
        assert live.search("公司拖欠工资怎么办")[0].exact
    for other in others:
        other.join()
        assert other.exitcode == 0
    assert live.generation == Shelf(root, "entries").current().name != first
    assert len(Shelf(root, "entries").generations()) == 3
