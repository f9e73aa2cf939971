"""The real package data, imported once into a SQLite file for all tests of the statute room."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from kit.db import Base, Database
from knowledge.statute import importer, models
from knowledge.statute.repository import StatuteBase

TODAY = date(2026, 11, 21)
TABLES = [Base.metadata.tables[model.__tablename__] for model in
          (models.Law, models.LawVersion, models.Article)]  # fmt: skip


@pytest.fixture(scope="session")
def statutes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with every statute of the package; read it, never write to it."""
    folder: Path = tmp_path_factory.mktemp("statutes")
    database = Database(f"sqlite:///{folder / 'statutes.db'}")
    Base.metadata.create_all(database.engine, tables=TABLES)
    with database.write() as session:
        importer.import_package(session, TODAY)
    yield database
    database.dispose()


@pytest.fixture
def session(statutes: Database) -> Iterator[Session]:
    """A reading session on the imported statutes."""
    with statutes.read() as reading:
        yield reading


@pytest.fixture
def base(session: Session) -> StatuteBase:
    """The statutes as they stand on TODAY."""
    return StatuteBase(session, TODAY)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    """A database with the tables and no statute."""
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    Base.metadata.create_all(database.engine, tables=TABLES)
    yield database
    database.dispose()
