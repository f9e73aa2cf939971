"""The index from a thousand to a million phrasings: ``python -m tests.bench.scale [SIZE …]``.

Each size is built in one process and searched in another, with the project's encoder and gold
questions that are no phrasings; the base is made (see ``tests.bench.made``: mixed from the seed's
phrasings and their vectors, nothing is encoded). Prints a table, and one JSON line last.

- ``build_s`` from rows and vectors to a live generation; ``build_mib`` its peak memory
- ``load_s`` verified and mapped; ``mib`` resident after all searches, ``own_mib`` of it not shared
  with other processes; ``disk_mib``
- ``search``: index alone, vector in hand; ``cpu`` is its time on the processor, which a busy
  machine does not change; ``asked``: a question as it comes, encoder included
- ``recall``: of the ten nearest vectors; ``same``: of the ten entries that an exhaustive search
  (every vector, every posting) puts first
"""

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from indexer import LiveIndex, Row, build, lexical, load_encoder, normalise, searching
from indexer.generation import Generation, load
from indexer.maps import MappedEncoder
from indexer.shelf import Shelf
from tests.bench import made
from tests.bench.timing import gold_questions, quantile

SIZES = (1_000, 10_000, 100_000, 1_000_000)
EVERY = 16
"""Every so many gold questions one is asked."""
K = 20
DEPTH = searching.DEPTH_PER_HIT * K
COLLECTION = "entries"


def make(folder: Path, count: int) -> None:
    """Write the rows and vectors of the largest base."""
    encoder = load_encoder()
    assert isinstance(encoder, MappedEncoder)
    base = made.make(made.read_seed(encoder), count)
    np.save(folder / "vectors.npy", base.vectors)
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps([row.row_id, row.owner, row.text]) + "\n" for row in base.rows)


def read(folder: Path, count: int) -> tuple[list[Row], NDArray[np.float32]]:
    """The first `count` rows with their vectors, mapped."""
    with (folder / "rows.jsonl").open(encoding="utf-8") as file:
        rows = [Row(*json.loads(line)) for line, _ in zip(file, range(count), strict=False)]
    return rows, np.load(folder / "vectors.npy", mmap_mode="r")[:count]


def build_one(folder: Path, root: Path, count: int, result: dict[str, Any]) -> None:
    """Build a base of that size."""
    rows, vectors = read(folder, count)
    encoder = made.Made(vectors, load_encoder())
    begun = time.perf_counter()
    with tqdm(total=count, desc=f"{count:,} phrasings", file=sys.stderr) as bar:
        build(
            root,
            COLLECTION,
            rows,
            encoder=encoder,
            cache=None,
            progress=lambda done, _: bar.update(done - bar.n) and None,
        )
    result["build_s"] = round(time.perf_counter() - begun, 1)
    result["build_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def search_one(folder: Path, root: Path, count: int, result: dict[str, Any]) -> None:
    """Search it: times, memory, and what an exhaustive search finds else."""
    encoder = load_encoder()
    questions = [normalise(text) for text in gold_questions()[::EVERY]]
    encoder.encode_queries(["预热"])
    begun = time.perf_counter()
    live = LiveIndex(root, COLLECTION, encoder)
    live.search("预热", K)
    result["load_s"] = round(time.perf_counter() - begun, 2)
    encoded, asked = [], []
    for question in questions:
        asked.append(_timed(lambda question=question: live.search(question, K)))  # type: ignore[misc]
        # As passages: questions are remembered by the encoder, and cost nothing the second time.
        encoded.append(_timed(lambda question=question: encoder.encode_passages([question])))  # type: ignore[misc]
    vectors = encoder.encode_queries(questions)
    generation = load(
        Shelf(root, COLLECTION).current(), dim=encoder.dim, encoder=encoder.fingerprint
    )
    found: list[list[str]] = []
    alone, cpu = [], []
    for question, vector in zip(questions, vectors, strict=True):
        on_processor = time.thread_time()
        alone.append(
            _timed(lambda q=question, v=vector: found.append(_owners(generation, q, v)))  # type: ignore[misc]
        )
        cpu.append((time.thread_time() - on_processor) * 1000)
    result |= {
        "encoder": _spread(encoded),
        "asked": _spread(asked),
        "search": _spread(alone),
        "cpu": _spread(cpu),
        "mib": _memory("VmRSS"),
        "own_mib": _memory("RssAnon"),
        "disk_mib": sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) >> 20,
    }
    result |= _compared(folder, count, generation, questions, vectors, found)


def _compared(
    folder: Path,
    count: int,
    generation: Generation,
    questions: Sequence[str],
    vectors: NDArray[np.float32],
    found: Sequence[Sequence[str]],
) -> dict[str, float]:
    """What share of an exhaustive search's first ten was found: vectors, and entries."""
    kept = generation.base.vectors
    assert kept is not None
    stored = np.load(folder / "vectors.npy", mmap_mode="r")[:count]
    exact = _Exhaustive(kept.index, stored, kept.mean, vectors)
    near = sum(
        len(set(exact.nearest(each, 10)) & set(kept.index.nearest(each, DEPTH)[:10].tolist()))
        for each in exact.questions
    )
    limit, lexical.PROPOSING = lexical.PROPOSING, 1 << 40
    object.__setattr__(kept, "index", exact)
    same = total = 0
    for question, vector, owners in zip(questions, vectors, found, strict=True):
        first = _owners(generation, question, vector)[:10]
        same += len(set(first) & set(owners[:10]))
        total += len(first)
    lexical.PROPOSING = limit
    return {
        "recall": round(near / (len(questions) * min(10, count)), 4),
        "same": round(same / total, 4),
    }


class _Exhaustive:
    """Every vector compared with every question beforehand; else what it stands before."""

    def __init__(
        self,
        index: Any,
        vectors: NDArray[np.float32],
        mean: NDArray[np.float32],
        questions: NDArray[np.float32],
    ) -> None:
        self.count = len(vectors)
        self.cosines = index.cosines
        self.questions = searching.dense.centred(questions, mean)
        best = np.empty((len(questions), 0), dtype=np.float32)
        numbers = np.empty((len(questions), 0), dtype=np.int64)
        for block in searching.dense.blocks(self.count):
            near = self.questions @ searching.dense.centred(vectors[block], mean).T
            best = np.concatenate([best, near], axis=1)
            own = np.broadcast_to(np.arange(block.start, block.stop), near.shape)
            numbers = np.concatenate([numbers, own], axis=1)
            if best.shape[1] > DEPTH:
                first = np.argpartition(-best, DEPTH, axis=1)[:, :DEPTH]
                best = np.take_along_axis(best, first, axis=1)
                numbers = np.take_along_axis(numbers, first, axis=1)
        numbers = np.take_along_axis(numbers, np.argsort(-best, axis=1), axis=1)
        self._known = {
            each.tobytes(): own for each, own in zip(self.questions, numbers, strict=True)
        }

    def nearest(self, vector: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        """The `k` nearest, found before."""
        return self._known[vector.tobytes()][:k]


def _owners(generation: Generation, question: str, vector: NDArray[np.float32]) -> list[str]:
    return [hit.owner for hit in searching.search(generation, question, question, vector, K)]


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"p50": round(quantile(values, 0.5), 2), "p99": round(quantile(values, 0.99), 2)}


def _memory(field: str) -> int:
    """MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) // 1024


def _inside(work: Callable[..., None], pipe: Any, *arguments: Any) -> None:
    result: dict[str, Any] = {}
    work(*arguments, result)
    pipe.send(result)


def _apart(work: Callable[..., None], *arguments: Any) -> dict[str, Any]:
    """Do work in a process of its own, so that its memory is its own."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_inside, args=(work, theirs, *arguments))
    process.start()
    theirs.close()
    try:
        result: dict[str, Any] = ours.recv()
    except EOFError:
        raise SystemExit(f"{work.__name__} failed") from None
    finally:
        process.join()
    return result


def run(sizes: Sequence[int] = SIZES, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Measure all sizes; returns the figures by size."""
    figures: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="scale-") as name:
        folder = Path(name)
        say(f"making {max(sizes):,} phrasings …")
        make(folder, max(sizes))
        for count in sizes:
            root = folder / f"index-{count}"
            figures[str(count)] = {
                **_apart(build_one, folder, root, count),
                **_apart(search_one, folder, root, count),
            }
            say(json.dumps({count: figures[str(count)]}))
    say(table(figures))
    return figures


def table(figures: dict[str, dict[str, Any]]) -> str:
    """The figures as a table, times in milliseconds."""
    head = (
        "phrasings  build s  peak MiB  load s   MiB  own MiB  disk MiB  search p50    p99"
        "  cpu p50  asked p50    p99  encoder p50  recall@10  same@10"
    )
    lines = [head]
    for count, row in figures.items():
        lines.append(
            f"{int(count):>9,}  {row['build_s']:>7.1f}  {row['build_mib']:>8}"
            f"  {row['load_s']:>6.2f}  {row['mib']:>4}  {row['own_mib']:>7}  {row['disk_mib']:>8}"
            f"  {row['search']['p50']:>10.2f}  {row['search']['p99']:>5.1f}"
            f"  {row['cpu']['p50']:>7.2f}  {row['asked']['p50']:>9.2f}"
            f"  {row['asked']['p99']:>5.1f}  {row['encoder']['p50']:>11.2f}"
            f"  {row['recall']:>9.3f}  {row['same']:>7.3f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    chosen = tuple(int(size) for size in sys.argv[1:]) or SIZES
    print(json.dumps(run(chosen)))
