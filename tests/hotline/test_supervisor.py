"""The supervisor: Ctrl-C is heard at every moment, while things are prepared too."""

import signal
from pathlib import Path

import pytest

from hotline import setup, supervisor
from kit.settings import Settings


def test_ctrl_c_while_things_are_prepared_ends_it_before_anything_is_started(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(supervisor, "BOT_PYTHON", tmp_path)
    monkeypatch.setattr(setup, "set_up", lambda _settings: signal.raise_signal(signal.SIGINT))
    assert supervisor.run(settings) == supervisor.INTERRUPTED
    assert "准备工作已中断" in capsys.readouterr().out
    assert not (settings.data_dir / "processes.json").exists()


def test_without_the_rasa_side_one_line_says_what_to_run(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "BOT_PYTHON", tmp_path / "nothing")
    with pytest.raises(supervisor.StartError, match="make run"):
        supervisor.run(settings)
