import pytest

from indexer.text import ENCODED_LIMIT, QUESTION_LIMIT, cut, exact_key, has_words, normalise


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("　公司　拖欠工资？ ", "公司 拖欠工资?"),
        ("ＡＢＣ１２３", "abc123"),
        ("工\u200b资\ufeff", "工资"),
        ("工资\x00\x07\r\n没\t发", "工资 没 发"),
        ("㈱ ① ㎡", "(株) 1 m2"),
        ("\u202e反向\u202c", "反向"),
        ("❤\ufe0f", "❤"),
        ("坏\ud800码", "坏码"),
        ("", ""),
        (" \n\u3000", ""),
    ],
)
def test_text_is_normalised(typed: str, seen: str) -> None:
    assert normalise(typed) == seen


@pytest.mark.parametrize(
    "typed", ["İstanbul", "ﬁ ½ ㍿", "e\u200b\u0301", "ẞtraße", "Å", "工资？！"]
)
def test_normalising_twice_changes_nothing(typed: str) -> None:
    assert normalise(normalise(typed)) == normalise(typed)


def test_normalised_text_can_always_be_encoded() -> None:
    normalise("".join(map(chr, range(0x0, 0x11000)))).encode("utf-8")


@pytest.mark.parametrize("text", ["", "😀😀", "？！…", "❤ 🙏"])
def test_marks_and_emoji_alone_are_no_words(text: str) -> None:
    assert not has_words(normalise(text))


@pytest.mark.parametrize("text", ["工资", "12348", "help", "😀工资"])
def test_letters_and_digits_are_words(text: str) -> None:
    assert has_words(normalise(text))


@pytest.mark.parametrize("limit", [ENCODED_LIMIT, QUESTION_LIMIT])
def test_a_long_question_keeps_its_head_and_its_tail(limit: int) -> None:
    story = "开头" + "经" * 10_000 + "结尾能赔多少钱"
    kept = cut(story, limit)
    assert len(kept) == limit
    assert kept.startswith("开头")
    assert kept.endswith("结尾能赔多少钱")


def test_a_question_within_the_limit_is_left_alone() -> None:
    question = "经" * QUESTION_LIMIT
    assert cut(question, QUESTION_LIMIT) == question


def test_marks_around_a_sentence_do_not_make_it_another() -> None:
    assert exact_key(normalise("“公司拖欠工资怎么办？？”")) == exact_key("公司拖欠工资怎么办")


def test_marks_inside_a_number_do() -> None:
    assert exact_key("利率3.5") != exact_key("利率35")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("離婚後財產怎麼分", "离婚后财产怎么分"),
        ("著作权属于谁", "著作权属于谁"),
        ("乾隆年間", "乾隆年间"),
    ],
)
def test_traditional_characters_are_read_as_simplified_ones(typed: str, read: str) -> None:
    assert normalise(typed) == read
