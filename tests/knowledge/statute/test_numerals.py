import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.statute import numerals


@given(st.integers(0, 9999))
@settings(max_examples=400, deadline=None)
def test_every_number_survives_the_way_to_chinese_and_back(number: int) -> None:
    assert numerals.to_int(numerals.to_chinese(number)) == number
    assert numerals.to_int(str(number)) == number


@pytest.mark.parametrize(
    ("number", "written"),
    [(10, "十"), (11, "十一"), (20, "二十"), (105, "一百零五"), (110, "一百一十"),
     (1000, "一千"), (1005, "一千零五"), (1079, "一千零七十九"), (1260, "一千二百六十")],
)  # fmt: skip
def test_numbers_are_written_as_statutes_write_them(number: int, written: str) -> None:
    assert numerals.to_chinese(number) == written


@pytest.mark.parametrize(
    ("text", "number"), [("一〇七九", 1079), ("２６４", 264), ("一十二", 12), ("两百", 200)]
)
def test_other_ways_of_writing_are_understood(text: str, number: int) -> None:
    assert numerals.to_int(text) == number


@pytest.mark.parametrize("text", ["", "十百", "二三十", "一百千", "99999", "甲", "零十"])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert numerals.to_int(text) is None


@pytest.mark.parametrize(
    ("text", "parsed"),
    [("第一百二十条之一", (120, 1)), ("120条之1", (120, 1)), ("1079", (1079, 0)),
     ("第 1079 条", (1079, 0)), ("第零条", None), ("条目一", None), ("全文", None)],
)  # fmt: skip
def test_article_numbers_are_parsed(text: str, parsed: tuple[int, int] | None) -> None:
    assert numerals.parse_article(text) == parsed
