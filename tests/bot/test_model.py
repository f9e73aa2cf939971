"""A model is found by the hash of its sources, and no other is ever served."""

import os
import subprocess
import sys

import pytest

from bot.model import ROOT, ModelError, find_model, model_path, sources, sources_hash


def bot(*arguments, **environment):
    clean = {k: v for k, v in os.environ.items() if k != "BOT_TOKEN"}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_everything_that_training_reads_is_hashed():
    names = {path.relative_to(ROOT).as_posix() for path in sources()}
    assert "bot/config.yml" in names
    assert "indexer/dictionary/legal.txt" in names
    for folder in ("bot/domain/", "bot/data/nlu/", "bot/data/rules/"):
        assert any(name.startswith(folder) for name in names)


def test_a_changed_source_is_another_model(monkeypatch, tmp_path):
    before = sources_hash()
    copy = tmp_path / "data"
    copy.mkdir()
    (copy / "new.yml").write_text("new")
    monkeypatch.setattr("bot.model.ROOT", tmp_path)
    monkeypatch.setattr("bot.model.sources", lambda: [copy / "new.yml"])
    first = sources_hash()
    (copy / "new.yml").write_text("newer")
    assert len({before, first, sources_hash()}) == 3


def test_a_trained_model_is_not_trained_again(model):
    from bot.model import train_model

    assert train_model(model.parent) == (model, False)


def test_a_directory_with_another_model_only_is_refused(tmp_path):
    (tmp_path / "bot-0000000000000000.tar.gz").write_bytes(b"old")
    with pytest.raises(ModelError, match="no model of the present sources"):
        find_model(tmp_path)


def test_a_named_file_is_served_as_it_is(tmp_path):
    named = tmp_path / "chosen.tar.gz"
    named.write_bytes(b"x")
    assert find_model(named) == named
    model_path(tmp_path).write_bytes(b"x")
    assert find_model(tmp_path) == model_path(tmp_path)


@pytest.mark.parametrize("wrong", ["no-such-model.tar.gz", "no/such/directory"])
def test_a_wrong_path_is_one_line_and_an_error(tmp_path, wrong):
    ran = bot("run", "-m", str(tmp_path / wrong), BOT_TOKEN="t")
    assert ran.returncode == 2
    assert ran.stderr.strip().splitlines()[-1].startswith("bot: no such model")


def test_without_a_token_the_bot_does_not_start():
    ran = bot("run")
    assert ran.returncode == 2
    assert "BOT_TOKEN" in ran.stderr


def test_the_sources_are_consistent():
    ran = bot("validate")
    assert ran.returncode == 0, ran.stderr
    assert "consistent" in ran.stdout
