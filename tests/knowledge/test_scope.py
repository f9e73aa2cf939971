"""The scope: what the base is for, and what only sounds like it."""

from pathlib import Path

import numpy as np
import pytest

from indexer.maps import digest, load, shipped
from knowledge.scope import fit, outside, scope, sense


@pytest.mark.parametrize(
    "text", ["老板三个月没发工资了我该怎么办", "离婚孩子归谁抚养", "被狗咬了主人不赔钱"]
)
def test_a_legal_matter_is_within(text: str) -> None:
    assert scope()(text) > 1


@pytest.mark.parametrize(
    "text", ["今天天气好不好", "帮我写一首诗", "挪威离婚财产怎么分割", "社保卡怎么补办"]
)
def test_small_talk_offices_and_other_countries_are_not(text: str) -> None:
    assert scope()(text) < 0


def test_a_question_of_10_000_characters_has_a_scope() -> None:
    assert -8 <= scope()("老板拖欠工资" * 1_700) <= 8
    assert -8 <= scope()("") <= 8


def test_a_model_comes_back_as_it_was_fitted(tmp_path: Path) -> None:
    fitted = fit(["老板拖欠工资", "离婚孩子归谁", "借钱不还"] * 3, ["今天天气", "唱首歌"] * 3)
    fitted.save(tmp_path / "model.npz")
    again = scope(tmp_path / "model.npz")
    for text in ("老板不发工资", "明天天气怎么样"):
        assert again(text) == pytest.approx(fitted(text), abs=0.02)
    assert again("老板不发工资") > again("明天天气怎么样")


def test_the_sense_of_a_question_comes_back_as_it_was_fitted(tmp_path: Path) -> None:
    drawn = np.random.default_rng(1).normal(size=(40, 8)).astype(np.float32)
    drawn[:20] += 1
    vectors = {str(number): vector for number, vector in enumerate(drawn)}
    names = list(vectors)
    fitted = sense.fit(names[:20], names[20:], vectors, "encoder of this test")
    fitted.save(tmp_path / "sense.npz")
    again = sense.sense(tmp_path / "sense.npz")
    assert again.encoder == "encoder of this test"
    assert [again(vector) for vector in drawn] == [fitted(vector) for vector in drawn]
    assert np.mean([again(vector) > 0 for vector in drawn[:20]]) > 0.8
    assert np.mean([again(vector) < 0 for vector in drawn[20:]]) > 0.8


def test_the_sense_in_the_box_is_for_the_encoder_in_the_box() -> None:
    maps_in_the_box = shipped()
    assert maps_in_the_box
    assert sense.sense().encoder.partition("+")[2] == digest(*load(maps_in_the_box))


def test_what_is_outside_is_said_once_a_line() -> None:
    lines = outside()
    assert len(lines) == len(set(lines)) > 300
    assert not any(line.startswith("#") for line in lines)
