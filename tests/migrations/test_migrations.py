"""Migrations: they lead to just the tables that the code declares, on SQLite and on PostgreSQL."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import hotline.tables
from hotline.setup import migrate
from kit.db import Base, Database

assert hotline.tables


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
