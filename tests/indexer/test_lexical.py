import time
from random import Random

import numpy as np
import pytest

from indexer import lexical, words
from indexer.lexical import Lexical


def built(*texts: str) -> Lexical:
    return lexical.index(words.terms(text) for text in texts)


def test_stop_words_and_marks_are_no_terms() -> None:
    assert words.words("请问 我 的 工资 怎么办 ? !") == ["工资"]


def test_pairs_do_not_cross_marks_and_never_equal_a_word() -> None:
    assert words.pairs("工资,没发") == [words.PAIR + "工资", words.PAIR + "没发"]
    assert not set(words.pairs("工资")) & set(words.words("工资"))


def test_scores_are_bm25_as_in_the_book() -> None:
    documents = [["a", "b", "b"], ["a", "c"], ["c"]]
    index = lexical.index(documents)
    mean = 2.0
    raw = []
    for document in documents:
        score = 0.0
        for term in ("b", "c"):
            times = document.count(term)
            containing = sum(term in other for other in documents)
            idf = np.log(1 + (3 - containing + 0.5) / (containing + 0.5))
            norm = 1.5 * (1 - 0.75 + 0.75 * len(document) / mean)
            score += idf * times * 2.5 / (times + norm)
        raw.append(score)
    scores = index.scores(["b", "c"])
    assert scores / scores[0] == pytest.approx(np.array(raw) / raw[0], rel=1e-5)


def test_a_row_with_just_the_question_scores_one() -> None:
    index = built("公司拖欠工资", "协议离婚材料", "房东不退押金")
    assert index.scores(words.terms("协议离婚材料"))[1] == pytest.approx(1.0, abs=1e-5)


def test_words_that_no_row_has_lower_every_score() -> None:
    index = built("公司拖欠工资", "协议离婚材料")
    known = index.scores(words.terms("拖欠工资"))[0]
    diluted = index.scores(words.terms("拖欠工资 蟑螂 咖啡"))[0]
    assert 0 < diluted < known


def test_nothing_in_common_scores_zero() -> None:
    assert not built("公司拖欠工资").scores(words.terms("房东押金")).any()


def test_an_empty_index_and_an_empty_question_score_nothing() -> None:
    assert built().scores(["工资"]).shape == (0,)
    assert not built("公司拖欠工资").scores([]).any()


def test_shared_words_are_words_of_both_in_the_questions_order() -> None:
    index = built("公司拖欠工资", "工资")
    question = words.terms("工资 被 公司 拖欠")
    first, second = index.shared_words(question, [0, 1])
    assert first[0] in {"工资", "公司"}
    assert second == ("工资",)
    assert not any(word.startswith(words.PAIR) for word in first)


def test_a_search_in_24_000_rows_is_quick() -> None:
    random = Random(1)
    vocabulary = [f"w{n}" for n in range(20_000)]
    index = lexical.index(random.choices(vocabulary, k=60) for _ in range(24_000))
    question = random.choices(vocabulary, k=30)
    spent = []
    for _ in range(20):
        begun = time.perf_counter()
        index.scores(question)
        spent.append(time.perf_counter() - begun)
    assert min(spent) < 0.005
