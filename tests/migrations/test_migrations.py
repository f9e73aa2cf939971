"""Migrations: they lead to just the tables that the code declares, on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import MetaData, insert, select, text, update

import hotline.tables
from hotline.setup import migrate
from kit.db import Base, Database
from kit.settings import ROOT
from knowledge.standard_qa.models import EntryVersion, VersionArticle

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


def _upgrade(url: str, revision: str) -> None:
    config = Config(str(ROOT / "migrations" / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["database_url"] = url
    command.upgrade(config, revision)


def _entries_survive(url: str) -> None:
    """An entry written before 0003 is searched, and found by the article that it cites."""
    _upgrade(url, "0001")
    database = Database(url)
    then = datetime(2026, 1, 1, tzinfo=UTC)
    with database.engine.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)
        entry, version = tables.tables["entry"], tables.tables["entry_version"]
        connection.execute(insert(entry).values(id="e", category="劳动纠纷", created_at=then))
        connection.execute(
            insert(version).values(
                id=1, entry_id="e", number=1, state="published", category="劳动纠纷",
                question="问题", similar=["换个说法"], answer={}, mentions=[], review={},
                citations=["劳动合同法第三十条第一款", "刑法第一百二十条之一"],
                change_note="", author="a", review_note="", created_at=then,
            )
        )  # fmt: skip
        connection.execute(update(entry).values(live_version_id=1, latest_version_id=1))
    _upgrade(url, "head")
    with database.read() as session:
        (found,) = session.scalars(select(EntryVersion)).all()
        names = session.scalars(select(VersionArticle.name).order_by(VersionArticle.name)).all()
    database.dispose()
    assert (found.searched, found.region, found.audience) == ("问题\n换个说法", "", "所有人")
    assert sorted(names) == ["刑法第一百二十条之一", "劳动合同法第三十条"]


def test_entries_survive_the_migration_on_sqlite(tmp_path: Path) -> None:
    _entries_survive(f"sqlite:///{tmp_path / 'old.db'}")


@pytest.mark.postgres
def test_entries_survive_the_migration_on_postgresql(postgres_url: str) -> None:
    _entries_survive(postgres_url)


def _early_columns_are_added(url: str) -> None:
    """0001 gained columns after its first databases had been made: 0009 gives them theirs."""
    _upgrade(url, "0001")
    database = Database(url)
    then = datetime(2026, 1, 1, tzinfo=UTC)
    with database.engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("consultation") as table:
            table.drop_column("risk")
            table.drop_column("risk_at")
        with operations.batch_alter_table("work_order") as table:
            table.drop_column("helped")
        tables = MetaData()
        tables.reflect(connection)
        connection.execute(
            insert(tables.tables["consultation"]).values(
                id="c", channel="web", session_hash="h", next_seq=1, created_at=then, last_at=then
            )
        )
    _upgrade(url, "head")
    assert differences(url) == []
    with database.engine.connect() as connection:
        (risk,) = connection.execute(text("select risk from consultation")).scalars()
    database.dispose()
    assert risk == "none"


def test_an_early_sqlite_database_gets_its_missing_columns(tmp_path: Path) -> None:
    _early_columns_are_added(f"sqlite:///{tmp_path / 'early.db'}")


@pytest.mark.postgres
def test_an_early_postgresql_database_gets_its_missing_columns(postgres_url: str) -> None:
    _early_columns_are_added(postgres_url)
