"""What a test needs and this machine may lack."""

import os
from typing import NoReturn

import pytest

ALL_THERE = "HOTLINE_TESTS_ALL_THERE"
"""Set by `.ci/run` once it has put everything in place: from then on a skip would be a lie."""


def missing(what: str) -> NoReturn:
    """Skip the test for what is missing; where nothing may be missing, fail it."""
    if os.environ.get(ALL_THERE):
        pytest.fail(f"{what} ({ALL_THERE} says that nothing is missing here)", pytrace=False)
    pytest.skip(what)
