"""Topics: every category can be found, the services of 12348 are none of the field's topics."""

from pathlib import Path

import numpy as np
import pytest

from indexer import Encoder, load_encoder
from knowledge.categories import Category
from knowledge.topics import SERVICES, Examples, classifier, classify, fit


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


def test_a_model_comes_back_as_it_was_fitted(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(3, 8))
    names = [Category.FAMILY.value, Category.DEBT.value, Category.NOTARY.value]

    def some(count: int, keys: list[str]) -> Examples:
        of = generator.integers(3, size=count)
        vectors = centres[of] + 0.1 * generator.normal(size=(count, 8))
        return Examples(vectors.astype(np.float32), [names[each] for each in of], keys)

    model = fit(some(40, []), some(10, ["abc"]))
    model.save(tmp_path / "model.npz")
    again = classifier(tmp_path / "model.npz")
    assert again.seen == {"abc"}
    for centre, name in zip(centres.astype(np.float32), names, strict=True):
        assert next(iter(again.shares(centre))) == name
