"""Related articles: what speaks for them, and the order that follows."""

import json
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from indexer import Hit
from indexer.records import Evidence
from knowledge.related import ranking, training
from knowledge.related.evidence import Features, Link, Priors, law_of, links, matrix
from knowledge.related.forest import from_dump
from knowledge.related.retrieval import asked_rows, evidence_of

NOTHING = Priors({}, {})


def article(name: str, dense: float, words: float = 0.1, text: str = "条文") -> Hit:
    return Hit(name, name, text, dense, dense, words, False, ())


def column(table: np.ndarray, name: str) -> list[float]:
    found: list[float] = table[:, Features._fields.index(name)].tolist()
    return found


def test_a_law_is_what_stands_before_the_article() -> None:
    assert law_of("民法典第五百七十七条") == "民法典"
    assert law_of("劳动合同法第八十二条") == "劳动合同法"


def test_the_best_entry_that_cites_an_article_speaks_for_it() -> None:
    found = links(
        [
            (0.8, ["中华人民共和国民法典第五百七十七条第一款", "民法典第五百八十五条"]),
            (0.6, ["《民法典》第五百七十七条"]),
        ]
    )
    assert found["民法典第五百七十七条"] == Link(0.8, 0, 0)
    assert found["民法典第五百八十五条"] == Link(0.8, 0, 1)


def test_evidence_is_told_for_each_article_in_the_order_of_the_hits() -> None:
    hits = [article("民法典第一条", 0.5, 0.2), article("刑法第二条", 0.7, 0.1, "盗窃公私财物")]
    table = matrix(
        "盗窃",
        hits,
        {"刑法第二条": Evidence(best=0.6)},
        {"民法典第一条": Link(0.9, 0, 2)},
        Priors({"刑法第二条": 3}, {"刑法": 5}),
    )
    assert table.shape == (2, len(Features._fields))
    assert column(table, "dense_gap") == pytest.approx([0.2, 0.0])
    assert column(table, "dense_rank") == pytest.approx([np.log(2), 0.0])
    assert column(table, "words_rank") == pytest.approx([0.0, np.log(2)])
    assert column(table, "asked_gap") == pytest.approx([0.6, 0.0])
    assert column(table, "entry_gap") == pytest.approx([0.0, 0.9])
    assert column(table, "article_prior") == [0, 3]
    assert column(table, "law_prior") == [0, 5]
    assert column(table, "overlap") == [0, 1]
    assert sum(column(table, "law_share")) == pytest.approx(1)


def test_an_article_that_an_entry_and_a_written_question_speak_for_comes_first() -> None:
    hits = [article(f"民法典第{number}条", 0.5 - 0.01 * at) for at, number in enumerate("一二三四")]
    third = "民法典第三条"
    order = ranking.ranked(
        "问题", hits, {third: Evidence(0.8, 0.8, 0.8, 0.5, 0.5)}, {third: Link(0.8, 0, 0)}
    )
    assert order[0].owner == third
    assert sorted(hit.owner for hit in order) == sorted(hit.owner for hit in hits)


def test_without_vectors_the_indexes_order_stands() -> None:
    hits = [article("民法典第一条", 0.0, 0.9), article("民法典第二条", 0.0, 0.8)]
    assert ranking.ranked("问题", hits, {}, {"民法典第二条": Link(0.9, 0, 0)}) == hits
    assert ranking.ranked("问题", [], {}, {}) == []


def made_up(count: int) -> list[training.Found]:
    """Questions whose article is the one that an entry cites; its own words say nothing."""
    draw = np.random.default_rng(0)
    found = []
    for number in range(count):
        names = [f"法第{number}条之{place}" for place in range(8)]
        right = int(draw.integers(8))
        hits = [article(name, float(draw.uniform(0.3, 0.6))) for name in names]
        found.append(
            training.Found(
                {"question": f"问{number}", "articles": [names[right]]},
                number % 3,
                hits,
                {},
                {names[right]: Link(0.8, 0, 0)},
            )
        )
    return found


def test_the_order_is_learned_from_what_was_right(tmp_path: Path) -> None:
    found = made_up(90)
    figures = training.cross_validated(found)
    assert figures["related"]["hit@1"] > 0.9 > figures["dense"]["hit@1"]
    model = training.fit(found, training.tables(found))
    priors = training.priors_of(one.question for one in found)
    training.write(model, priors, tmp_path / "model.npz", tmp_path / "priors.json")
    one = found[0]
    order = ranking.ranked(
        "问0",
        one.hits,
        one.asked,
        one.linked,
        ranking.model(tmp_path / "model.npz"),
        ranking.priors(tmp_path / "priors.json"),
    )
    assert order[0].owner == one.question["articles"][0]


def test_a_question_and_its_fold_do_not_speak_for_its_own_article() -> None:
    found = made_up(6)
    for one, table in zip(found, training.tables(found), strict=True):
        others = [other.question for other in found if other.fold != one.fold]
        elsewhere = [name for question in others for name in question["articles"]]
        assert column(table, "article_prior") == [elsewhere.count(name) for name in one.names]


def test_the_model_in_the_box_knows_the_features_of_today() -> None:
    assert ranking.model().names == Features._fields
    stored = json.loads(ranking.PRIORS_FILE.read_text(encoding="utf-8"))
    assert sum(stored["laws"].values()) == sum(stored["articles"].values()) > 1_000


def test_a_forest_says_what_lightgbm_says() -> None:
    draw = np.random.default_rng(2)
    rows = draw.normal(size=(400, 5))
    data = lightgbm.Dataset(rows, rows[:, 0] * rows[:, 1] + (rows[:, 2] > 0.3))
    booster = lightgbm.train({"verbose": -1, "num_leaves": 9, "num_threads": 1}, data, 30)
    told = from_dump(booster.dump_model()).predict(rows)
    assert told == pytest.approx(booster.predict(rows, num_threads=1), abs=1e-9)


def test_every_question_written_for_an_article_leads_to_it() -> None:
    rows = asked_rows()
    assert len({row.row_id for row in rows}) == len(rows) > 9_000
    assert all("第" in row.owner and row.text.strip() for row in rows)
    assert evidence_of([article("《民法典》第一条", 0.5)]).keys() == {"民法典第一条"}
