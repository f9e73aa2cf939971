"""What all tests share: logging kept as it was, a PostgreSQL database, one Chromium."""

import faulthandler
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from tests.chromium import FLAGS, WAIT_MS, chromium_program
from tests.missing import missing
from tests.postgres import own_database

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LEFT_BEHIND = 120.0
"""Seconds the interpreter may take to end after the last test."""


def pytest_unconfigure() -> None:
    """A thread that a failed test left behind must not hold the whole run: name it, and end."""
    faulthandler.dump_traceback_later(LEFT_BEHIND, exit=True)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Commands set logging up for their process; the next test wants its own again."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database of its own, dropped at the end."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(own_database())
        except OperationalError:
            missing("no PostgreSQL at 127.0.0.1:5432 with trust for root: start one to run it")
        yield url


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """One Chromium for the whole run: Playwright starts once in a process."""
    # Imported here: the Rasa side reads this file too, and has no Playwright.
    from playwright.sync_api import expect, sync_playwright

    program = chromium_program()
    with sync_playwright() as playwright:
        # The page looks for news every five seconds at most; a loaded machine takes longer still.
        expect.set_options(timeout=WAIT_MS)
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()
