"""Triage 分诊: no danger is missed, and harmless words that sound like danger are left alone."""

import json
import time
from pathlib import Path

import pytest

from hotline.consultation.danger_signs import SIGNS
from hotline.consultation.phrases import SAFETY
from hotline.consultation.triage import Risk, Urgency, findings, triage
from tests.gold import held_out

GOLD = Path(__file__).parents[1] / "gold"
LINES = [json.loads(line) for line in (GOLD / "triage.jsonl").read_text("utf-8").splitlines()]
OUT_OF_SCOPE = [
    json.loads(line) for line in (GOLD / "out_of_scope.jsonl").read_text("utf-8").splitlines()
]
TUNING = [line for line in LINES if not held_out(line["id"])]
KEPT = [line for line in LINES if held_out(line["id"])]


def _dangers(lines: list[dict[str, str]]) -> list[dict[str, str]]:
    return [line for line in lines if line["risk"] != "none"]


def _harmless(lines: list[dict[str, str]]) -> list[dict[str, str]]:
    return [line for line in lines if line["risk"] == "none"]


def _recall(lines: list[dict[str, str]]) -> float:
    found = [line for line in lines if triage(line["text"]).risk is not Risk.NONE]
    return len(found) / len(lines)


def _right_kind(lines: list[dict[str, str]]) -> float:
    return sum(triage(line["text"]).risk == line["risk"] for line in lines) / len(lines)


def test_every_danger_of_the_tuning_part_is_found() -> None:
    missed = [x["text"] for x in _dangers(TUNING) if triage(x["text"]).risk is Risk.NONE]
    assert missed == []


# Only counts are looked at here: a list of the failures would make this a tuning part too.
def test_nearly_every_danger_of_the_held_out_part_is_found() -> None:
    assert _recall(_dangers(KEPT)) >= 0.9


@pytest.mark.parametrize("lines", [TUNING, KEPT], ids=["tuning", "held_out"])
def test_false_alarms_stay_within_three_in_a_hundred(lines: list[dict[str, str]]) -> None:
    assert _recall(_harmless(lines)) <= 0.03


@pytest.mark.parametrize("lines", [TUNING, KEPT], ids=["tuning", "held_out"])
def test_a_danger_found_is_called_by_its_kind(lines: list[dict[str, str]]) -> None:
    assert _right_kind(_dangers(lines)) >= 0.9


def test_questions_out_of_scope_raise_no_alarm() -> None:
    alarms = [line["question"] for line in OUT_OF_SCOPE if any(findings(line["question"]))]
    assert alarms == []


def test_whatever_is_at_risk_is_urgent_and_nothing_else_is() -> None:
    for line in LINES:
        outcome = triage(line["text"])
        assert (outcome.urgency is Urgency.URGENT) == (outcome.risk is not Risk.NONE)


@pytest.mark.parametrize(
    ("danger", "harmless"),
    [
        ("我老公天天打我", "我老公从来不打我"),
        ("老公被家暴了", "家暴的定义是什么"),
        ("我想自杀", "教唆他人自杀是什么罪"),
        ("我想死", "气死我了"),
        ("老公被拘留了", "拘留和逮捕有什么区别"),
        ("上诉期明天到", "上诉期限是几天"),
        ("我刚才被车撞了在流血", "去年被车撞，已经赔了，误工费还能要吗"),
        ("他逼我写欠条还打我", "他打了我一张欠条"),
    ],
)
def test_a_danger_and_its_harmless_twin_are_told_apart(danger: str, harmless: str) -> None:
    assert triage(danger).risk is not Risk.NONE
    assert triage(harmless).risk is Risk.NONE


@pytest.mark.parametrize(
    "text",
    ["我想自 杀", "我想自.杀", "我想zisha", "我想自沙", "我想自殺", "我想自鲨", "我想 自杀！！！"],
)
def test_spacing_spelling_and_traditional_characters_hide_nothing(text: str) -> None:
    assert triage(text).risk is Risk.SELF_HARM


def test_danger_in_the_middle_of_a_long_story_is_found() -> None:
    story = "我和他结婚十年，买了一套房子。" * 40
    assert triage(story + "昨晚他拿刀要砍我。" + story).risk is Risk.VIOLENCE


def test_the_gravest_danger_counts() -> None:
    assert triage("明天开庭，我不想活了").risk is Risk.SELF_HARM


@pytest.mark.parametrize("text", ["", " ", "。。。", "😀😀", "\x00", "'; DROP TABLE x;--", "hello"])
def test_what_says_nothing_is_no_danger(text: str) -> None:
    assert triage(text).risk is Risk.NONE


def test_every_finding_says_why_and_in_which_words() -> None:
    found = next(findings("我老公天天打我"))
    assert found.reason and found.words


def test_every_risk_has_signs_and_words_of_safety() -> None:
    risks = set(Risk) - {Risk.NONE}
    assert {sign.risk for sign in SIGNS} == risks == set(SAFETY)


def test_the_words_of_safety_name_the_right_telephones() -> None:
    assert "110" in SAFETY[Risk.VIOLENCE] and "12338" in SAFETY[Risk.VIOLENCE]
    assert "12356" in SAFETY[Risk.SELF_HARM] and "120" in SAFETY[Risk.SELF_HARM]
    assert "12355" in SAFETY[Risk.MINOR] and "110" in SAFETY[Risk.MINOR]
    assert "120" in SAFETY[Risk.INJURY] and "122" in SAFETY[Risk.INJURY]
    assert "12348" in SAFETY[Risk.DETENTION] and "12348" in SAFETY[Risk.DEADLINE]


def test_triage_takes_well_under_a_millisecond_a_sentence() -> None:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        for line in LINES:
            triage(line["text"])
        best = min(best, time.process_time() - start)
    assert best / len(LINES) < 0.001


def test_ten_thousand_characters_do_not_hold_up_the_service() -> None:
    text = "我老板说他被人打了把我关在房子里不让" * 550
    start = time.process_time()
    triage("房租涨了，老公说他和孩子" * 800)
    triage(text)
    assert time.process_time() - start < 0.5


def test_the_gold_lines_are_enough_and_each_has_its_own_id_and_words() -> None:
    assert len(_dangers(LINES)) >= 130 and len(_harmless(LINES)) >= 130
    assert len(OUT_OF_SCOPE) >= 300
    for lines, words in ((LINES, "text"), (OUT_OF_SCOPE, "question")):
        assert len({line["id"] for line in lines}) == len({x[words] for x in lines}) == len(lines)
    assert {line["expect"] for line in OUT_OF_SCOPE} == {"out_of_scope"}
