"""Migrations: they lead to just the tables that the code declares, on SQLite and on PostgreSQL."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

import hotline.tables
from hotline.setup import migrate
from kit.db import Base, Database

assert hotline.tables
POSTGRES = "postgresql+psycopg://root@127.0.0.1:5432/{}"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database of its own, dropped at the end."""
    name = f"migrations_{uuid.uuid4().hex[:8]}"
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


def differences(url: str) -> list[object]:
    database = Database(url)
    with database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    database.dispose()
    return list(found)


def test_a_new_sqlite_database_has_just_the_declared_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a' / 'new.db'}"
    migrate(url)
    assert differences(url) == []
    migrate(url)


@pytest.mark.postgres
def test_a_new_postgresql_database_has_just_the_declared_tables(postgres_url: str) -> None:
    migrate(postgres_url)
    assert differences(postgres_url) == []
