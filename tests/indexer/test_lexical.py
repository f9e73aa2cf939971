import time
from collections.abc import Iterable, Sequence
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer import lexical, words
from indexer.lexical import Lexical


def index_of(rows: Iterable[Sequence[str]]) -> Lexical:
    return lexical.count(rows).index()


def built(*texts: str) -> Lexical:
    return index_of(words.terms(text) for text in texts)


def scores(
    index: Lexical, question: Sequence[str], proposing: int | None = None
) -> NDArray[np.float32]:
    [found] = lexical.scored(question, [index], proposing=proposing)
    return found.at(np.arange(index.count))


def test_stop_words_and_marks_are_no_terms() -> None:
    assert words.words("请问 我 的 工资 怎么办 ? !") == ["工资"]


def test_pairs_do_not_cross_marks_and_never_equal_a_word() -> None:
    assert words.pairs("工资,没发") == [words.PAIR + "工资", words.PAIR + "没发"]
    assert not set(words.pairs("工资")) & set(words.words("工资"))


def test_scores_are_bm25_as_in_the_book() -> None:
    documents = [["a", "b", "b"], ["a", "c"], ["c"]]
    index = index_of(documents)
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
    found = scores(index, ["b", "c"])
    assert found / found[0] == pytest.approx(np.array(raw) / raw[0], rel=1e-5)


def test_a_row_with_just_the_question_scores_one() -> None:
    index = built("公司拖欠工资", "协议离婚材料", "房东不退押金")
    assert scores(index, words.terms("协议离婚材料"))[1] == pytest.approx(1.0, abs=1e-5)


def test_words_that_no_row_has_lower_every_score() -> None:
    index = built("公司拖欠工资", "协议离婚材料")
    known = scores(index, words.terms("拖欠工资"))[0]
    diluted = scores(index, words.terms("拖欠工资 蟑螂 咖啡"))[0]
    assert 0 < diluted < known


def test_nothing_in_common_scores_zero() -> None:
    assert not scores(built("公司拖欠工资"), words.terms("房东押金")).any()


def test_an_empty_index_and_an_empty_question_score_nothing() -> None:
    assert scores(built(), ["工资"]).shape == (0,)
    assert not scores(built("公司拖欠工资"), []).any()


def test_shared_words_are_words_of_both_in_the_questions_order() -> None:
    index = built("公司拖欠工资", "工资")
    question = words.terms("工资 被 公司 拖欠")
    first, second = lexical.scored(question, [index])[0].shared_words([0, 1])
    assert first[0] in {"工资", "公司"}
    assert second == ("工资",)
    assert not any(word.startswith(words.PAIR) for word in first)


def test_a_search_in_24_000_rows_is_quick() -> None:
    random = Random(1)
    vocabulary = [f"w{n}" for n in range(20_000)]
    index = index_of(random.choices(vocabulary, k=60) for _ in range(24_000))
    question = random.choices(vocabulary, k=30)
    spent = []
    for _ in range(20):
        begun = time.perf_counter()
        scores(index, question)
        spent.append(time.perf_counter() - begun)
    assert min(spent) < 0.005


def drawn_rows(count: int, random: Random) -> list[list[str]]:
    """Rows of words that are rare or common, as words are."""
    vocabulary = [f"w{n}" for n in range(300)]
    weights = [1 / (n + 1) for n in range(300)]
    return [random.choices(vocabulary, weights, k=12) for _ in range(count)]


def test_common_terms_left_out_of_the_proposing_weigh_all_the_same() -> None:
    random = Random(2)
    rows = drawn_rows(2_000, random)
    index = index_of(rows)
    for _ in range(20):
        question = random.choice(rows)[:6]
        assert scores(index, question, proposing=50) == pytest.approx(
            scores(index, question), abs=1e-6
        )


def test_the_rarest_terms_propose_nearly_the_best_rows() -> None:
    random = Random(3)
    rows = drawn_rows(4_000, random)
    index = index_of(rows)
    shared = limited = 0
    for row in rows[:200]:
        [every] = lexical.scored(row, [index])
        [rarest] = lexical.scored(row, [index], proposing=4_000)
        if rarest.common:
            limited += 10
            shared += len(set(every.best(10).tolist()) & set(rarest.best(10).tolist()))
    assert limited > 300
    assert shared >= 0.9 * limited


def test_a_question_of_common_terms_alone_is_still_searched() -> None:
    index = index_of([["w"], ["w", "v"], ["v"]])
    [found] = lexical.scored(["w"], [index], proposing=1)
    assert sorted(found.best(10).tolist()) == [0, 1]


def test_parts_of_a_collection_score_as_the_whole() -> None:
    rows = drawn_rows(300, Random(4))
    whole = index_of(rows)
    first = lexical.count(rows[:200]).index(whole.mean_length)
    second = lexical.count(rows[200:]).index(whole.mean_length)
    for question in (["w0", "w9"], ["w5", "w40", "nowhere"]):
        parts = lexical.scored(question, [first, second])
        found = np.concatenate([part.at(np.arange(part.index.count)) for part in parts])
        assert found == pytest.approx(scores(whole, question), abs=1e-6)


def test_an_index_over_owners_reads_their_rows_as_one_text() -> None:
    rows = [["a", "b"], ["c"], ["b", "b"]]
    owners = np.array([0, 1, 0], dtype=np.int32)
    by_owner = lexical.count(rows).index_by(owners)
    together = index_of([["a", "b", "b", "b"], ["c"]])
    for question in (["a"], ["b", "c"]):
        assert scores(by_owner, question) == pytest.approx(scores(together, question))
