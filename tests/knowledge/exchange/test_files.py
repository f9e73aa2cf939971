"""Files of entries: there and back without loss, and every wrong row named in Chinese."""

import csv
import io
import json
import zipfile
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from kit.errors import InvalidInputError
from knowledge.exchange import files
from knowledge.exchange.rows import HEADINGS, EntryRow, as_cells
from knowledge.seed import loader
from tests.knowledge.builders import content

KINDS = files.FORMATS


def row(
    entry_id: str = "labour-wages", labelled: tuple[str, ...] = (), **changes: object
) -> EntryRow:
    return EntryRow(id=entry_id, labelled=list(labelled), **content(**changes).model_dump())


def back(rows: list[EntryRow], kind: str) -> list[EntryRow]:
    read = files.read(io.BytesIO(files.write(rows, kind)), kind)
    assert [item.problem for item in read if item.row is None] == []
    return [item.row for item in read if item.row]


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_seed_goes_there_and_back_without_loss(kind: str) -> None:
    rows = [EntryRow(**entry.model_dump()) for entry in loader.read()]
    assert back(rows, kind) == rows


@pytest.mark.parametrize("kind", KINDS)
def test_what_spreadsheets_would_take_for_formulas_dates_or_marks_stays_text(kind: str) -> None:
    odd = row(
        similar=["=1+1等于几", "'引号开头", "@某人欠钱", "-3天还是3天", "1/2的房产"],
        labelled=("=拖欠工资三个月了怎么要", "老板跑路了"),
        region="江西省/南昌市/东湖区",
        audience="农民工",
        valid_from="2026-12-01",
        expires_on="2027-12-01",
        facts=[
            {"name": "=欠了多久", "question": "-欠了几个月？", "cues": ["#个月", "@年"]},
            {"name": "合同", "question": "签了吗，签了几年？", "cues": ["签"], "section": "cost"},
        ],
        ask_first=True,
        review={"reader": "陈静", "n": [1, "二"]},
        answer=content().answer | {"cost": "=SUM(A1)", "local": '"逗号,引号"\n第二行'},
    )
    assert back([odd], kind) == [odd]


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Zl", "Zp"], exclude_characters="\x85"),
    min_size=2,
    max_size=20,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(question=texts, conclusion=texts, kind=st.sampled_from(KINDS))
def test_any_text_that_an_entry_takes_survives(question: str, conclusion: str, kind: str) -> None:
    try:
        made = row(question=question, answer=content().answer | {"conclusion": conclusion})
    except ValueError:
        return
    assert back([made], kind) == [made]


def test_excel_holds_no_formula_and_its_cells_wrap() -> None:
    odd = row(similar=["=1+1等于几", "二二二", "三三三", "四四四"], question="=HYPERLINK(1)")
    sheet = load_workbook(io.BytesIO(files.write([odd], "xlsx"))).worksheets[0]
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {
        "s",
        "n",
        "inlineStr",
    }
    assert sheet["C2"].value == "=HYPERLINK(1)" and sheet["C2"].data_type != "f"
    assert [cell.value for cell in sheet[1]] == list(HEADINGS)


def test_the_template_says_how_each_column_is_filled_in() -> None:
    book = load_workbook(io.BytesIO(files.write([], "xlsx")))
    assert book.sheetnames == ["条目", "填写说明"]
    hints = {line[0].value: line[1].value for line in book["填写说明"].iter_rows()}
    assert set(hints) == set(HEADINGS)
    assert "至少 4 条" in hints["相似问"] and "劳动纠纷" in hints["类别"]
    assert files.read(io.BytesIO(files.write([], "xlsx")), "xlsx") == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"类别": "烹饪"}, "类别：请从列表里选择"),
        ({"标准问": "长" * 201}, "标准问：太长，最多 200 字"),
        ({"标准问": ""}, "标准问：没有填写"),
        ({"相似问": "只有一条"}, "相似问至少 4 条，且互不相同"),
        ({"标注问法": "长" * 501}, "标注问法第 1 条：太长，最多 500 字"),
        ({"标注问法": "\n".join(f"问题{n}" for n in range(31))}, "标注问法：最多 30 条"),
        ({"法条引用": ""}, "法条引用：至少写一条"),
        ({"期限": "", "去哪里": ""}, "答案缺少：期限、去哪里"),
        ({"生效日期": "明年"}, "生效日期：日期要写成 2026-01-31 这样"),
        ({"生效日期": "2027-01-01", "失效日期": "2026-01-01"}, "失效日期要晚于生效日期"),
        ({"适用地区": "Jiangxi"}, "适用地区：要写成 省、省/市 或 省/市/县，全国留空"),
        ({"适用对象": "猫"}, "适用对象：请从列表里选择"),
        ({"编号": "大写ID"}, "编号：只能用小写字母、数字和连字符，3 到 80 个"),
        ({"必要事实": "欠了多久"}, "必要事实要写成“事实｜反问的话｜提示词、提示词”：欠了多久"),
        ({"必要事实": "欠了多久｜几个月？｜#"}, "“#”要和别的字一起用，如“#年”"),
        ({"先问后答": "随便"}, "先问后答：写“是”，或者留空"),
        ({"审读记录": "陈静看过"}, "审读记录：请保持导出时的样子，或者留空"),
    ],
)
def test_a_wrong_row_is_named_with_what_is_wrong(changes: dict[str, str], problem: str) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    writer.writerow(as_cells(row()).values())
    writer.writerow((as_cells(row()) | changes).values())
    read = files.read(io.BytesIO(out.getvalue().encode("gb18030")), "csv")
    assert [item.number for item in read] == [2, 3]
    assert read[0].problem == "" and read[1].problem.endswith(problem)


def test_dates_that_excel_keeps_as_dates_are_read() -> None:
    book = load_workbook(io.BytesIO(files.write([row()], "xlsx")))
    place = HEADINGS.index("失效日期") + 1
    book.worksheets[0].cell(2, place).value = datetime(2027, 5, 1)
    out = io.BytesIO()
    book.save(out)
    (read,) = files.read(io.BytesIO(out.getvalue()), "xlsx")
    assert read.row and str(read.row.expires_on) == "2027-05-01"


def test_a_json_line_with_a_mistake_is_named() -> None:
    lines = ["[]", "不是", json.dumps({"question": "问题呢", "joke": 1}), ""]
    read = files.read(io.BytesIO("\n".join(lines).encode()), "jsonl")
    assert [item.number for item in read] == [1, 2, 3]
    assert read[0].problem == read[1].problem == "不是一个 JSON 对象"
    assert read[2].problem == "类别：没有填写"


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (b"", "csv", "文件是空的"),
        ("标准问,笑话\n".encode(), "csv", "第一行缺少这些列：类别"),
        (b"\xff\xfe\xfa\x00\x81", "csv", "编码认不出来"),
        (b"no zip", "xlsx", "不是可以读的 Excel"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_refused(data: bytes, kind: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        files.read(io.BytesIO(data), kind)


def test_an_unknown_column_and_an_unknown_ending_are_refused() -> None:
    heading = ",".join([*HEADINGS, "笑话"]) + "\n"
    with pytest.raises(InvalidInputError, match="不认识的列：笑话"):
        files.read(io.BytesIO(heading.encode()), "csv")
    with pytest.raises(InvalidInputError, match="结尾"):
        files.format_of("entries.xls")


def test_a_zip_that_unpacks_to_too_much_and_a_zip_that_is_no_workbook_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 5000)
    with pytest.raises(InvalidInputError, match="不是可以读的 Excel"):
        files.read(out, "xlsx")
    monkeypatch.setattr(files, "UNPACKED_LIMIT", 4000)
    with pytest.raises(InvalidInputError, match="展开后太大"):
        files.read(out, "xlsx")


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ROW_LIMIT", 1)
    data = files.write([row("one-1"), row("two-2")], "jsonl")
    with pytest.raises(InvalidInputError, match="最多导入 1 行"):
        files.read(io.BytesIO(data), "jsonl")


def test_a_workbook_without_rows_is_empty() -> None:
    out = io.BytesIO()
    Workbook().save(out)
    with pytest.raises(InvalidInputError, match="文件是空的"):
        files.read(io.BytesIO(out.getvalue()), "xlsx")
