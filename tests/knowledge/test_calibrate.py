"""The calibration: it ranks by what tells entries apart and keeps the precision it promises."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from indexer import Hit
from indexer.fusion import shipped
from indexer.records import Evidence
from knowledge import calibrate
from knowledge.calibrate import PRECISION, Ground, Judged, Sample, fit, fit_fusion, reliability
from knowledge.decision import CALIBRATION_FILE, calibration
from knowledge.scope import near, outside

INSIDE = [f"{matter} {number}" for matter in ("老板拖欠工资", "借钱不还") for number in range(20)]


def hit(owner: str, evidence: Evidence) -> Hit:
    return Hit(owner, owner, owner, 0.0, evidence.best, evidence.words, False, (), evidence)


def made_up(count: int, seed: int = 0) -> list[Sample]:
    """Questions whose right entry is the one with more words; cosines say nothing."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        off = number % 4 == 0
        hits = []
        for owner in range(6):
            right = owner == 2 and not off
            words = draw.gauss(0.55 if right else 0.2, 0.12)
            cosine = draw.uniform(0.2, 0.6)
            hits.append(hit(f"e{owner}", Evidence(cosine, cosine, cosine, words, words)))
        question = f"天气 {number}" if off else f"工资 {number}"
        right = frozenset() if off else frozenset({"e2"})
        rows.append(
            Sample(question, f"g{number}", tuple(hits), None if off else 2, off, off, right)
        )
    return rows


def ground(rows: list[Sample]) -> Ground:
    """Vectors that say nothing of the scope."""
    texts = [*INSIDE, *outside(), *near(), *(row.question for row in rows)]
    drawn = np.random.default_rng(0).normal(size=(len(texts), 8)).astype(np.float32)
    known = dict(zip(texts, drawn, strict=True))
    return Ground(INSIDE, outside(), near(), known, "made up")


def test_what_tells_entries_apart_gets_the_weight() -> None:
    fitted = fit_fusion(made_up(200))
    assert fitted["words"] + fitted["all_words"] > 10 * (fitted["best"] + fitted["together"])
    assert all(weight >= 0 for weight in fitted.values())


def test_the_line_keeps_the_promised_precision() -> None:
    rows = made_up(480)
    model, contents = fit(rows, ground(rows))
    figures = contents["cross_validated"]
    assert figures["precision"] >= PRECISION
    assert figures["coverage"] > 0.5
    assert figures["false_answers"] <= calibrate.FALSE_ANSWERS
    assert model.numbers.scale > 0


def test_without_a_line_that_keeps_it_nothing_is_answered() -> None:
    judged = [Judged(number / 100, number % 2 == 0, False) for number in range(99)]
    assert calibrate._line([*judged, Judged(0.995, False, False)]) == 1.0


def test_reliability_compares_what_is_stated_with_what_is_found() -> None:
    judged = [Judged(0.95, True, False)] * 19 + [Judged(0.95, False, False)]
    assert reliability(judged) == [{"n": 20, "stated": 0.95, "found": 0.95}]


def test_new_weights_for_questions_leave_those_for_texts(tmp_path: Path) -> None:
    path = tmp_path / "fusion.json"
    path.write_text(json.dumps({"questions": {"best": 1}, "texts": {"best": 2}}))
    calibrate.write_fusion({"best": 3.0}, path)
    assert json.loads(path.read_text()) == {"questions": {"best": 3.0}, "texts": {"best": 2}}


def test_the_calibration_in_the_box_fits_the_fusion_in_the_box() -> None:
    contents = json.loads(CALIBRATION_FILE.read_text(encoding="utf-8"))
    assert calibration().scale == pytest.approx(shipped("questions").scale, abs=0.01)
    for line in contents["reliability"]:
        if line["n"] >= 100:
            # What is answered keeps its word; between two neighbours the first is overrated.
            low = max(edge for edge in calibrate._BINS if edge <= line["stated"])
            near = 0.05 if low >= contents["answer_at"] else 0.2
            assert line["stated"] == pytest.approx(line["found"], abs=near)
