"""The action server: its probe, what it registers, and how it refuses to start."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.actions.loopback import served

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server():
    from rasa_sdk.endpoint import create_app

    loop = asyncio.new_event_loop()
    made = create_app("actions", cors_origins="")
    with served(made, loop) as call:
        yield call
    loop.close()


def test_the_probe(server):
    assert server("GET", "/health").json() == {"status": "ok"}


def test_no_base_class_is_registered(server):
    names = {action["name"] for action in server("GET", "/actions").json()}
    assert "action_answer_legal" in names
    assert all(name.startswith(("action_", "validate_")) for name in names)
    assert "validate_" not in names


def test_without_its_token_the_server_says_so_and_stops():
    clean = {k: v for k, v in os.environ.items() if k != "HOTLINE_SERVICE_TOKEN"}
    ran = subprocess.run(
        [sys.executable, "-m", "actions"],
        cwd=ROOT, env=clean, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert ran.stderr.strip() == "actions: HOTLINE_SERVICE_TOKEN is not set"
