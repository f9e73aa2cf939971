"""Debian's Chromium for the browser tests: where it is, and how it is started."""

import shutil

from tests.missing import missing

WAIT_MS = 20_000
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_program() -> str:
    """Where Chromium is; the test is skipped where it is missing."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if program is None:
        missing("Chromium is missing: apt-get install chromium fonts-noto-cjk")
    return program
