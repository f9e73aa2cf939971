"""The scope: what the base is for, and what only sounds like it."""

from pathlib import Path

import numpy as np
import pytest

from indexer.maps import digest, load, shipped
from knowledge.scope import fit, near, outside, scope, sense
from knowledge.seed.loader import read


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


def three_kinds() -> tuple[list[list[str]], dict[str, sense.Vector]]:
    """Twenty questions of each kind in eight dimensions, each kind about a direction of its own."""
    drawn = np.random.default_rng(1).normal(scale=0.3, size=(60, 8)).astype(np.float32)
    for kind in range(3):
        drawn[20 * kind : 20 * kind + 20, kind] += 1
    names = [str(number) for number in range(60)]
    return [names[:20], names[20:40], names[40:]], dict(zip(names, drawn, strict=True))


def test_the_sense_of_a_question_comes_back_as_it_was_fitted(tmp_path: Path) -> None:
    kinds, vectors = three_kinds()
    fitted = sense.fit(*kinds, vectors, "encoder of this test")
    fitted.save(tmp_path / "sense.npz")
    again = sense.sense(tmp_path / "sense.npz")
    assert again.encoder == "encoder of this test"
    for vector in vectors.values():
        assert again(vector) == pytest.approx(fitted(vector), abs=0.001)


def test_each_kind_of_question_is_told_from_the_two_others() -> None:
    kinds, vectors = three_kinds()
    fitted = sense.fit(*kinds, vectors, "encoder of this test")
    inside, outside, lacking = ([fitted(vectors[name]) for name in kind] for kind in kinds)
    assert np.mean([told.sense > 0 and told.held > 0 for told in inside]) > 0.8
    assert np.mean([told.sense < 0 for told in outside]) > 0.8
    assert np.mean([told.held < 0 for told in lacking]) > 0.8


def test_the_nearest_three_say_which_kind_a_question_is_next_to() -> None:
    kinds, vectors = three_kinds()
    fitted = sense.fit(*kinds, vectors, "encoder of this test")
    outside, lacking = np.eye(8, dtype=np.float32)[1:3]
    assert fitted(outside).near_outside > 0.8 > fitted(outside).near_lacking
    assert fitted(lacking).near_lacking > 0.8 > fitted(lacking).near_outside


def test_the_sense_in_the_box_is_for_the_encoder_in_the_box() -> None:
    maps_in_the_box = shipped()
    assert maps_in_the_box
    assert sense.sense().encoder.partition("+")[2] == digest(*load(maps_in_the_box))


@pytest.mark.parametrize("lines", [outside(), near()], ids=["outside", "near"])
def test_what_the_base_cannot_answer_is_said_once_a_line(lines: list[str]) -> None:
    assert len(lines) == len(set(lines)) > 300
    assert not any(line.startswith("#") for line in lines)


def test_no_line_is_both_outside_and_near() -> None:
    assert not set(outside()) & set(near())


def test_no_near_miss_is_a_phrasing_of_the_base() -> None:
    contents = [entry.content for entry in read()]
    said = {text for content in contents for text in (content.question, *content.similar)}
    assert not said & set(near())
