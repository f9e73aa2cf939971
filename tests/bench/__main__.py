"""``make bench``: one answer split by step, messages a second, peak memory; all in one run.

The real processes run in a folder of their own. The machine may be shared: compare figures of one
run with one another, not with another day's.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from hotline.app import build_parts
from hotline.consultation import service
from hotline.dependencies import Parts
from kit.settings import Settings
from knowledge.decision import decide
from knowledge.retrieval import CANDIDATES
from tests.bench.timing import gold_questions, quantile
from tests.processes.product import Product

QUESTIONS = 200
PARALLEL = 10
EACH = 20
GREETING = "你好"


class Times:
    """Milliseconds by step."""

    def __init__(self) -> None:
        self.steps: dict[str, list[float]] = {}

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Time one passage of a step."""
        began = time.perf_counter()
        yield
        self.steps.setdefault(step, []).append((time.perf_counter() - began) * 1000)

    def rows(self) -> list[tuple[str, int, float, float]]:
        """(step, n, p50, p99), in milliseconds."""
        return [
            (step, len(values), statistics.median(values), quantile(values, 0.99))
            for step, values in self.steps.items()
        ]


ENCODER = "encoder alone (e5, one question)"
SEARCH = "search with decision"
REPEATED = "a repeated question, with decision"


def split(parts: Parts, questions: Sequence[str], times: Times) -> None:
    """One answer in this process, step by step, as the chat does it.

    The encoder remembers questions: it is measured with the question as a passage, which costs the
    same and is not remembered, and right beside the search, so that both see the same machine.
    """
    with parts.database.write() as session:
        row = service.begin(session, channel="bench", token="bench", now=parts.clock.now())
    with parts.database.read() as session:
        decide("预热", parts.retriever.search(session, "预热")[0])
    for question in questions:
        with parts.database.read() as session:
            for step in (SEARCH, REPEATED):
                with times.of(step):
                    hits, _ = parts.retriever.search(session, question)
                    decide(question, hits)
            with times.of(ENCODER):
                parts.encoder.encode_passages([question])
            with times.of("index alone, vector at hand"):
                # Another number of hits: the answer is not remembered, the vector is.
                parts.retriever.entries.search(question, CANDIDATES + 1)
            with times.of("published versions (database)"):
                parts.retriever.live(session, [hit.entry_id for hit in hits])
            with times.of("decide"):
                decide(question, hits)
            prepared = service.prepare(session, parts.retriever, parts.triager, row.id, question)
        with times.of("record the turn (database)"), parts.database.write() as session:
            service.record(session, row.id, prepared, parts.clock.now())


def goals(times: Times) -> list[tuple[str, float, float]]:
    """(what, found, at most): what the index must keep to on two cores of its own."""
    p50 = {step: value for step, _, value, _ in times.rows()}
    p99 = {step: value for step, _, _, value in times.rows()}
    return [
        ("search with decision, by encoder alone (p50)", p50[SEARCH] / p50[ENCODER], 1.25),
        ("search with decision, p99 by p50", p99[SEARCH] / p50[SEARCH], 3.0),
        ("a repeated question (p50, ms)", p50[REPEATED], 2.0),
    ]


def turns(product: Product, tokens: dict[str, str], questions: Sequence[str], times: Times) -> None:
    """The dialogue alone, and whole turns through the front door."""
    rasa = httpx.Client(
        base_url=f"http://127.0.0.1:{product.bot_port}",
        headers={"Authorization": f"Bearer {tokens['bot_token']}"},
        timeout=30,
        trust_env=False,
    )
    with rasa:
        for number in range(len(questions)):
            with times.of("Rasa, a turn without action"):
                body = {"sender": f"bench-{number // 10}", "message": GREETING}
                rasa.post("/webhooks/gateway/webhook", json=body).raise_for_status()
    citizen = product.citizen()
    for number, question in enumerate(questions):
        if number % 10 == 0:
            citizen = product.citizen()
            citizen.says(GREETING)
        with times.of("whole turn, a legal question"):
            citizen.says(question)


def throughput(product: Product, questions: Sequence[str]) -> float:
    """Messages a second at ten conversations at once, each its own."""

    def talk(number: int) -> None:
        citizen = product.citizen()
        citizen.says(GREETING)
        for turn in range(EACH):
            citizen.says(questions[(number * EACH + turn) % len(questions)])

    began = time.perf_counter()
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(talk, range(PARALLEL)))
    return PARALLEL * (EACH + 1) / (time.perf_counter() - began)


def peak_memory(pids: dict[str, int]) -> dict[str, int]:
    """The peak resident memory of each process, in MiB (``VmHWM``)."""

    def peak(pid: int) -> int:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        line = next(line for line in lines if line.startswith("VmHWM"))
        return int(line.split()[1]) // 1024

    return {name: peak(pid) for name, pid in pids.items()}


def run(say: Callable[[str], None] = print) -> dict[str, Any]:
    """Run everything; returns the figures."""
    questions = list(islice(gold_questions(), QUESTIONS))
    with tempfile.TemporaryDirectory() as folder:
        product = Product(Path(folder))
        say("starting the product in a folder of its own …")
        product.start()
        try:
            tokens = json.loads((product.data_dir / "secrets.json").read_text())
            times = Times()
            parts = build_parts(Settings(data_dir=product.data_dir))
            split(parts, questions, times)
            turns(product, tokens, questions, times)
            rate = throughput(product, questions)
            memory = peak_memory(product.pids())
        finally:
            product.stop()
    rows = times.rows()
    width = max(len(step) for step, *_ in rows)
    say(f"\n{'step':<{width}}  {'n':>4} {'p50 ms':>8} {'p99 ms':>8}")
    for step, n, p50, p99 in rows:
        say(f"{step:<{width}}  {n:>4} {p50:>8.2f} {p99:>8.2f}")
    for what, found, most in goals(times):
        say(f"{what}: {found:.2f} (at most {most:g})")
    say(f"\nmessages a second, {PARALLEL} conversations at once: {rate:.1f}")
    say("peak memory, MiB: " + ", ".join(f"{name} {mib}" for name, mib in memory.items()))
    return {
        "started_s": round(product.started_in, 1),
        "steps_ms": {
            step: {"p50": round(p50, 2), "p99": round(p99, 2)} for step, _, p50, p99 in rows
        },
        "goals": {what: round(found, 2) for what, found, _ in goals(times)},
        "messages_per_s": round(rate, 1),
        "peak_mib": memory,
    }


if __name__ == "__main__":
    print(json.dumps(run(), ensure_ascii=False))
    sys.exit(0)
