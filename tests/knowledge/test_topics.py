"""Topics: every category can be found, the services of 12348 are none of the field's topics."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from indexer import Encoder, load_encoder
from knowledge.categories import Category
from knowledge.topics import (
    NEAR,
    SERVICES,
    Classifier,
    classifier,
    classify,
    fit,
    likely,
    measure,
    written,
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


@pytest.mark.parametrize(
    ("question", "category"),
    [
        ("老板三个月没给我发工资", Category.LABOUR),
        ("我想和老公离婚，孩子归谁", Category.FAMILY),
        ("商标被别人抢先注册了", Category.INTELLECTUAL_PROPERTY),
        ("房子要拆迁补偿太低", Category.DEMOLITION),
        ("想办一份公证遗嘱", Category.NOTARY),
    ],
)
def test_a_plain_question_finds_its_category(
    encoder: Encoder, question: str, category: Category
) -> None:
    found, share = classify(encoder, question)
    assert found is category
    assert 0 < share <= 1


def test_every_category_can_be_found_and_shares_add_up(encoder: Encoder) -> None:
    model = classifier()
    vector = encoder.encode_queries(["押金不退"])[0]
    shares = model.shares(vector)
    assert set(shares) == set(Category)
    assert sum(shares.values()) == pytest.approx(1)
    topics = model.shares(vector, services=False)
    assert sum(topics.values()) == pytest.approx(1)
    assert all(topics[service] == 0 for service in SERVICES)


def test_the_classifier_in_the_box_is_for_the_encoder_in_the_box(encoder: Encoder) -> None:
    assert classifier().encoder == encoder.fingerprint


def test_the_category_of_a_close_phrasing_comes_first_and_no_category_twice() -> None:
    shares = [Category.TORT, Category.PROPERTY, Category.DEBT]
    close = likely(Category.PROPERTY, NEAR, shares)
    assert close == [Category.PROPERTY, Category.TORT, Category.DEBT]
    assert likely(Category.FAMILY, NEAR, shares) == [Category.FAMILY, *shares]


def test_the_category_of_a_phrasing_that_is_not_close_says_nothing() -> None:
    shares = [Category.TORT, Category.PROPERTY]
    assert likely(Category.FAMILY, NEAR - 0.01, shares) == shares
    assert likely(Category.FAMILY, 0.0, []) == []


def test_every_topic_has_its_written_consultations_and_none_is_there_twice() -> None:
    texts = [text for text, _ in written()]
    assert len(set(texts)) == len(texts)
    assert all(text == text.strip() and text for text in texts)
    counts = Counter(category for _, category in written())
    assert set(counts) == set(Category) - SERVICES
    assert min(counts.values()) >= 40


def test_a_file_that_is_named_for_no_category_is_refused(tmp_path: Path) -> None:
    (tmp_path / "天气.txt").write_text("明天下雨吗\n", encoding="utf-8")
    with pytest.raises(ValueError, match="天气"):
        written(tmp_path)


def test_a_category_with_few_examples_counts_as_much_as_one_with_many() -> None:
    same = np.ones((220, 8), dtype=np.float32)
    counts = {Category.FAMILY: 200, Category.DEBT: 10, Category.NOTARY: 10}
    names = [category.value for category, count in counts.items() for _ in range(count)]
    shares = fit(same, names, "an encoder").shares(same[0])
    assert [shares[category] for category in counts] == pytest.approx([1 / 3] * 3, abs=0.01)


def test_a_model_comes_back_as_it_was_fitted(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(3, 8)).astype(np.float32)
    names = [Category.FAMILY.value, Category.DEBT.value, Category.NOTARY.value]
    of = generator.integers(3, size=50)
    found = centres[of] + 0.1 * generator.normal(size=(50, 8)).astype(np.float32)
    fit(found, [names[each] for each in of], "an encoder").save(tmp_path / "model.npz")
    again = classifier(tmp_path / "model.npz")
    assert again.encoder == "an encoder"
    for centre, name in zip(centres, names, strict=True):
        assert next(iter(again.shares(centre))) == name


def test_the_second_most_probable_topic_counts_for_the_second_place_alone() -> None:
    names = (Category.FAMILY, Category.DEBT, Category.LABOUR, Category.NOTARY)
    model = Classifier(names, np.eye(4, dtype=np.float32), np.zeros(4, dtype=np.float32), "any")
    # A service is the most probable of all, and is none of the field's topics.
    found = np.array([[2, 1, 0, 3]] * 4, dtype=np.float32)
    topics = [Category.FAMILY, Category.DEBT, Category.LABOUR, "天气"]
    assert measure(model, found, topics) == {"n": 4, "accuracy": 0.25, "top_2": 0.5}
