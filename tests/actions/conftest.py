"""The Rasa side runs in its own 3.10 environment; elsewhere these folders are not collected."""

import importlib.util

import pytest

collect_ignore_glob = [] if importlib.util.find_spec("rasa_sdk") else ["*"]


def pytest_configure(config: pytest.Config) -> None:
    if importlib.util.find_spec("rasa_sdk"):
        # Rasa's pinned packages deprecate one another; our own warnings stay errors.
        for noise in ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning"):
            config.addinivalue_line("filterwarnings", f"ignore::{noise}")
        config.addinivalue_line("filterwarnings", "ignore:You have set a listener:UserWarning")
