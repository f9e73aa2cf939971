"""The scope: what the base is for, and what only sounds like it."""

from pathlib import Path

import pytest

from knowledge.scope import fit, outside, scope


@pytest.mark.parametrize(
    "text", ["老板三个月没发工资了我该怎么办", "离婚孩子归谁抚养", "被狗咬了主人不赔钱"]
)
def test_a_legal_matter_is_within(text: str) -> None:
    assert scope()(text) > 2


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


def test_what_is_outside_is_said_once_a_line() -> None:
    lines = outside()
    assert len(lines) == len(set(lines)) > 300
    assert not any(line.startswith("#") for line in lines)
