"""A knowledge base in a temporary SQLite file, with the real statutes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copyfile

import pytest

import hotline.tables
from kit.db import Base, Database
from knowledge.statute.importer import import_package

assert hotline.tables
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def statutes_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every table and the statutes, made once and copied for each test."""
    path = tmp_path_factory.mktemp("statutes") / "base.db"
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        import_package(session, date(2026, 11, 21))
    database.dispose()
    return path


@pytest.fixture
def database(statutes_file: Path, tmp_path: Path) -> Iterator[Database]:
    copyfile(statutes_file, tmp_path / "base.db")
    database = Database(f"sqlite:///{tmp_path / 'base.db'}")
    yield database
    database.dispose()
