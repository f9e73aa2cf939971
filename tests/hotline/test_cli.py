"""Commands: accounts are made, reset and closed; what is wrong is one line and status 2."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

import hotline.tables
from hotline.cli import main
from hotline.staff.models import Staff
from kit.auth import verify_password
from kit.db import Base, Database
from kit.settings import Settings

assert hotline.tables


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))
    database = Database(Settings().resolved_database_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


def account(database: Database) -> Staff:
    with database.read() as session:
        return session.scalars(select(Staff)).one()


def test_an_account_is_added_reset_and_closed(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["staff", "add", "wang", "王芳", "knowledge_editor"]) == 0
    first = re.search(r"password (\w+)", capsys.readouterr().out)
    assert first is not None
    assert verify_password(first[1], account(database).password_hash)
    assert account(database).must_change_password

    assert main(["staff", "reset", "wang"]) == 0
    second = re.search(r"password (\w+)", capsys.readouterr().out)
    assert second is not None
    assert verify_password(second[1], account(database).password_hash)
    assert not verify_password(first[1], account(database).password_hash)

    assert main(["staff", "close", "wang"]) == 0
    assert not account(database).active


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["staff", "reset", "nobody"], "没有用户名 nobody"),
        (["triage", "--questions", "missing.jsonl"], "missing.jsonl"),
    ],
)
def test_what_is_wrong_is_one_line(
    database: Database,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr().err.strip()
    assert said in told
    assert "\n" not in told


def test_a_wrong_setting_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_EXTRA_HOLIDAYS", "国庆节")
    assert main(["staff", "close", "x"]) == 2
    assert "HOTLINE_EXTRA_HOLIDAYS" in capsys.readouterr().err


def test_triage_prints_one_object_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "questions.jsonl"
    lines = [{"text": "我老公正在打我，救救我"}, {"question": "离婚要什么材料"}]
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    assert main(["triage", "--questions", str(file)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["risk"], row["urgency"]) for row in rows] == [
        ("violence", "urgent"),
        ("none", "normal"),
    ]
