"""What all tests share: logging kept as it was, a PostgreSQL database, one Chromium."""

import logging
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.chromium import FLAGS, WAIT_MS, chromium_program

if TYPE_CHECKING:
    from playwright.sync_api import Browser

POSTGRES = "postgresql+psycopg://root@127.0.0.1:5432/{}"


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
    name = f"assistant_{uuid.uuid4().hex[:8]}"
    server = create_engine(POSTGRES.format("postgres"), isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        pytest.skip("no PostgreSQL at 127.0.0.1:5432 with trust for root: start one to run this")
    yield POSTGRES.format(name)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


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
