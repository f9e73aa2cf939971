"""The recipes of the operations page do what they promise."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.institution import load
from hotline.setup import migrate
from hotline.staff.models import Role
from hotline.staff.service import by_username, check_password
from kit.db import Database
from kit.settings import ROOT, Settings
from tests.docs import pages


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a migrated database of their own."""
    settings = Settings(data_dir=tmp_path / "var")
    migrate(settings.resolved_database_url)
    return settings


def test_the_recipe_for_an_account_makes_one_with_a_one_time_password(settings: Settings) -> None:
    recipe = pages.block(pages.OPERATIONS, "sh", "staff add").replace(
        ".venv/bin/python", sys.executable
    )
    said = subprocess.run(
        ["/bin/sh", "-c", recipe],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "HOTLINE_DATA_DIR": str(settings.data_dir)},
    ).stdout
    found = re.search(r"one-time password (\w+)", said)
    assert found is not None, said
    database = Database(settings.resolved_database_url)
    with database.read() as session:
        made = check_password(by_username(session, "zhou"), found[1])
        assert made.must_change_password
        assert (made.display_name, made.role) == ("周敏", Role.SEAT_LAWYER)
    database.dispose()


def test_the_roles_that_the_page_names_are_all_the_roles_there_are() -> None:
    (named,) = re.findall(r"The roles are (.+?)\. In", pages.OPERATIONS.read_text(), re.DOTALL)
    assert set(re.findall(r"`(\w+)`", named)) == {role.value for role in Role}


def test_the_recipe_for_a_backup_copies_a_database_that_is_open(settings: Settings) -> None:
    recipe = pages.block(pages.OPERATIONS, "sh", "VACUUM INTO").replace(
        ".venv/bin/python", sys.executable
    )
    database = Database(settings.resolved_database_url)
    with database.write():
        pass
    subprocess.run(["/bin/sh", "-c", recipe], check=True, cwd=settings.data_dir.parent)
    database.dispose()
    copy = sqlite3.connect(settings.data_dir.parent / "hotline-backup.db")
    assert copy.execute("SELECT count(*) FROM staff").fetchone() == (0,)
    copy.close()


def test_the_example_of_institutions_can_be_loaded(tmp_path: Path) -> None:
    file = tmp_path / "institutions.csv"
    file.write_text(pages.block(pages.OPERATIONS, "csv", "kind,name"), encoding="utf-8")
    (found,) = load(file)
    assert found.kind == "法律援助中心"
    assert found.telephone == "010-12345678"
