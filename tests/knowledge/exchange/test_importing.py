"""Import: a plan first, versions in review for a second person, and nothing when a row is wrong."""

import csv
import io
import json
from pathlib import Path

import pytest

from kit.db import Database
from kit.errors import ForbiddenError, InvalidInputError
from knowledge.__main__ import main
from knowledge.exchange import files, importing
from knowledge.exchange.files import ReadRow
from knowledge.exchange.importing import Change, Plan
from knowledge.exchange.rows import EntryRow
from knowledge.seed import loader
from knowledge.standard_qa import repository, service
from knowledge.standard_qa.attachments import AttachmentFolder
from knowledge.standard_qa.models import VersionState
from tests.knowledge.builders import content
from tests.knowledge.conftest import NOW

# No row of these tests names an attachment, but where it says so.
FOLDER = AttachmentFolder(Path("nowhere"))


def row(
    entry_id: str = "",
    question: str = "公司拖欠工资怎么办？",
    labelled: tuple[str, ...] = (),
    **changes: object,
) -> EntryRow:
    fields = content(question=question, **changes).model_dump()
    return EntryRow(id=entry_id, labelled=list(labelled), **fields)


def planned(database: Database, *rows: EntryRow) -> Plan:
    with database.read() as session:
        return importing.plan(session, [ReadRow(n, r) for n, r in enumerate(rows, 2)], NOW, FOLDER)


def applied(database: Database, *rows: EntryRow, skip_wrong: bool = False) -> int:
    plan = planned(database, *rows)
    with database.write() as session:
        return importing.apply(
            session, plan, author="bian", now=NOW, source="表.xlsx", skip_wrong=skip_wrong
        )


def test_a_new_row_becomes_a_version_in_review_that_only_somebody_else_publishes(
    database: Database,
) -> None:
    assert applied(database, row("labour-wages")) == 1
    with database.write() as session:
        (version,) = repository.versions(session, "labour-wages")
        assert (version.state, version.author) == (VersionState.IN_REVIEW, "bian")
        assert version.change_note == "导入：表.xlsx"
        with pytest.raises(ForbiddenError):
            service.publish(session, version.id, reviewer="bian", now=NOW)
        service.publish(session, version.id, reviewer="shen", now=NOW)
        assert repository.page(session, words="干了活不给钱")[1] == 1


def test_a_row_with_a_known_id_is_the_next_version_and_an_equal_one_is_nothing(
    database: Database,
) -> None:
    applied(database, row("labour-wages"))
    changed = row("labour-wages", similar=["一一一", "二二二", "三三三", "四四四"])
    plan = planned(database, row("labour-wages"))
    assert [item.change for item in plan.rows] == [Change.UNCHANGED]
    assert applied(database, changed) == 1
    with database.read() as session:
        versions = repository.versions(session, "labour-wages")
        assert [version.number for version in versions] == [2, 1]
        assert repository.entry(session, "labour-wages").latest_version_id == versions[0].id


def test_labelled_questions_come_and_go_with_the_entry_and_need_no_version(
    database: Database,
) -> None:
    applied(database, row("labour-wages", labelled=("老板跑路了怎么要工资",)))
    only = row("labour-wages", labelled=("老板跑路了怎么要工资", "工地不给钱"))
    plan = planned(database, only)
    assert [item.change for item in plan.rows] == [Change.LABELLED]
    assert (plan.versions, len(plan.writes)) == (0, 1)
    assert applied(database, only) == 0
    assert planned(database, row("labour-wages")).rows[0].change is Change.UNCHANGED
    with database.read() as session:
        assert len(repository.versions(session, "labour-wages")) == 1
        assert list(importing.exported(session, latest=True)) == [only]


def test_rows_without_an_id_get_one(database: Database) -> None:
    assert applied(database, row(), row(question="房东不退押金怎么办？")) == 2
    with database.read() as session:
        assert repository.page(session)[1] == 2


def test_doubles_in_the_file_and_in_the_base_and_unconfirmed_citations_are_named(
    database: Database,
) -> None:
    applied(database, row("labour-wages"))
    plan = planned(
        database,
        row("other-one"),
        row("second-id", "新的问题一"),
        row("second-id", "新的问题二"),
        row("third-id", "新的，问题一！"),
        row("fourth-id", "新的问题三", citations=["合同法第六十条", "随便写的"]),
    )
    assert [(item.number, item.problem) for item in plan.wrong] == [
        (2, "标准问和已有条目 labour-wages 相同；要修改它，请填它的编号"),
        (4, "编号 second-id 在文件里出现了两次"),
        (5, "标准问和第 3 行相同"),
        (6, "法条引用没有通过核验：合同法第六十条（法律已废止）；随便写的（不是条文名称）"),
    ]


def test_nothing_is_written_when_a_row_is_wrong_unless_asked(database: Database) -> None:
    rows = row("good-one"), row("bad-one", "另一个问题", citations=["刑法第九千条"])
    with pytest.raises(InvalidInputError, match="没有写入任何内容。第 3 行"):
        applied(database, *rows)
    with database.read() as session:
        assert repository.page(session)[1] == 0
    assert applied(database, *rows, skip_wrong=True) == 1


def test_the_seed_is_exported_and_imported_into_an_empty_base_without_loss(
    database: Database, statutes_file: Path, tmp_path: Path
) -> None:
    with database.write() as session:
        loader.load(session, NOW)
        first = list(importing.exported(session))
    data = files.write(first, "xlsx")
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    (tmp_path / "other.db").write_bytes(statutes_file.read_bytes())
    with other.write() as session:
        plan = importing.plan(session, files.read(io.BytesIO(data), "xlsx"), NOW, FOLDER)
        importing.apply(session, plan, author="bian", now=NOW, source="seed")
        assert list(importing.exported(session, latest=True)) == first
        assert list(importing.exported(session)) == []
    other.dispose()
    with database.read() as session:
        again = importing.plan(session, files.read(io.BytesIO(data), "xlsx"), NOW, FOLDER)
    assert again.count(Change.UNCHANGED) == len(first) == len(again.rows)


def test_the_commands_export_refuse_and_import(
    database: Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE_URL", database.url)
    path = tmp_path / "entries.jsonl"
    wrong = row("bad-one", "另一个问题", citations=["刑法第九千条"])
    path.write_bytes(files.write([row("good-one"), wrong], "jsonl"))

    def run(*arguments: str) -> tuple[int, dict[str, object]]:
        code = main(list(arguments))
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    code, told = run("import", str(path), "--author", "bian")
    assert (code, told["written"], told["wrong"]) == (2, 0, 1)
    code, told = run("import", str(path), "--author", "bian", "--skip-wrong", "--dry-run")
    assert (code, told["new"], told["written"]) == (0, 1, 0)
    code, told = run("import", str(path), "--author", "bian", "--skip-wrong")
    assert (code, told["written"]) == (0, 1)
    assert run("export", str(tmp_path / "all.csv"), "--latest") == (
        0,
        {"rows": 1, "file": "all.csv"},
    )
    assert run("export", str(tmp_path / "empty.xlsx"), "--template")[1]["rows"] == 0


def test_a_table_without_a_column_leaves_what_the_entry_has_there(database: Database) -> None:
    """A template of an earlier time must not empty what it does not know of."""
    fact = {"name": "离职时间", "question": "什么时候离职的？", "cues": ["#年"]}
    full = row("labour-wages", facts=[fact], ask_first=True, region="浙江省", audience="农民工")
    applied(database, full)
    table = list(csv.DictReader(io.StringIO(files.write([full], "csv").decode("utf-8-sig"))))
    for cells in table:
        for heading in ("必要事实", "先问后答", "附件", "适用地区", "费用"):
            cells.pop(heading, None)
        cells["标准问"] = "公司欠我工资不给怎么办？"
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    read = files.read(io.BytesIO(out.getvalue().encode()), "csv")
    with database.read() as session:
        plan = importing.plan(session, read, NOW, FOLDER)
    with database.write() as session:
        importing.apply(session, plan, author="bian", now=NOW, source="旧表.csv")
    with database.read() as session:
        latest = service.content_of(repository.versions(session, "labour-wages")[0])
    assert latest.question == "公司欠我工资不给怎么办？"
    assert latest == full.content.model_copy(update={"question": latest.question})


def test_an_emptied_cell_empties_what_the_entry_has_there(database: Database) -> None:
    applied(database, row("labour-wages", region="浙江省"))
    assert applied(database, row("labour-wages", region="")) == 1
    with database.read() as session:
        assert repository.versions(session, "labour-wages")[0].region == ""
