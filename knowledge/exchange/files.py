"""Files of entries: JSONL, CSV and Excel. Reading yields rows by number, each right or wrong."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from pydantic import ValidationError

from kit.errors import InvalidInputError
from knowledge.categories import Audience, Category
from knowledge.exchange.rows import (
    ASK_FIRST,
    ATTACHMENTS,
    FACTS,
    HEADINGS,
    NEEDED,
    YES,
    EntryRow,
    as_cells,
    as_object,
    of_cells,
)
from knowledge.standard_qa.facts import FACT_LIMIT
from knowledge.standard_qa.schemas import MIN_SIMILAR
from knowledge.standard_qa.wording import told

FORMATS = ("xlsx", "csv", "jsonl")
ROW_LIMIT = 20_000
# A spreadsheet is a zip: what it unpacks to is bounded before it is read.
UNPACKED_LIMIT = 200 * 1024 * 1024
# Spreadsheets take a cell that begins so for a formula; in CSV a ' in front says that it is text.
_FORMULA = ("=", "+", "-", "@", "'", "\t", "\r")
_HINTS = {
    "编号": "留空：新建条目。填已有编号：给这个条目写一个新版本。新编号用小写字母、数字和连字符",
    "相似问": f"每行一条（单元格内换行用 Alt+Enter），至少 {MIN_SIMILAR} 条",
    "标注问法": "每行一条，群众的原话，发布前用来试答；不参与检索。留空：不改动已有的",
    "法条引用": "每行一条，如：民法典第六百七十五条。每一条都会核验",
    "只提到的规定": "每行一条，可不填",
    FACTS: "每行一条：事实｜反问的话｜提示词、提示词。群众没说到任何一个提示词，就会追问一次；"
    f"# 代表任何数，如 #年。最多 {FACT_LIMIT} 条",
    ASK_FIRST: f"写“{YES}”：先问清必要事实再回答。留空：先给一般的答案，再追问",
    ATTACHMENTS: "系统填写，请保持导出时的样子；文件在条目的页面上传。删去一行就不再带它",
    "适用地区": "省、省/市 或 省/市/县；全国留空",
    "适用对象": "、".join(Audience) + "；留空是所有人",
    "生效日期": "2026-01-31；留空是马上生效",
    "失效日期": "2026-12-31；从这一天起自动撤下；留空是长期有效",
    "审读记录": "系统填写，请保持导出时的样子，或者留空",
    "类别": "、".join(Category),
}


# A row's number, its fields or what is wrong with it, and the headings that its table lacks.
Fields = tuple[int, Mapping[str, Any] | str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row of a file by its number as an editor sees it; without ``row`` it has a ``problem``.

    ``absent`` are the headings that a table does not have.
    """

    number: int
    row: EntryRow | None
    problem: str = ""
    absent: frozenset[str] = frozenset()


def format_of(name: str) -> str:
    """The format that a file name ends in. Raises ``InvalidInputError``."""
    ending = name.rsplit(".", 1)[-1].lower()
    if ending not in FORMATS:
        raise InvalidInputError("文件要以 .xlsx、.csv 或 .jsonl 结尾")
    return ending


def read(file: BinaryIO, kind: str) -> list[ReadRow]:
    """Every row of a file. Raises ``InvalidInputError`` where the file as a whole is wrong."""
    reader = {"xlsx": _excel, "csv": _csv, "jsonl": _jsonl}[kind]
    rows: list[ReadRow] = []
    for number, fields, absent in reader(file):
        if len(rows) >= ROW_LIMIT:
            raise InvalidInputError(f"一次最多导入 {ROW_LIMIT} 行，请分成几个文件")
        rows.append(_row(number, fields, absent))
    return rows


def _row(number: int, fields: Mapping[str, Any] | str, absent: frozenset[str]) -> ReadRow:
    if isinstance(fields, str):
        return ReadRow(number, None, fields)
    try:
        return ReadRow(number, EntryRow.model_validate(fields), absent=absent)
    except ValidationError as error:
        return ReadRow(number, None, told(error))


def _jsonl(file: BinaryIO) -> Iterator[Fields]:
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                fields = json.loads(line)
            except ValueError:
                fields = None
            told = fields if isinstance(fields, dict) else "不是一个 JSON 对象"
            # What an object leaves out is empty: that is how it was written.
            yield number, told, frozenset()


def _of_table(
    rows: Iterable[tuple[int, list[str]]],
) -> Iterator[Fields]:
    headings: list[str] | None = None
    absent: frozenset[str] = frozenset()
    for number, values in rows:
        if not any(value.strip() for value in values):
            continue
        if headings is None:
            headings = [value.strip() for value in values]
            _require(headings)
            absent = frozenset(HEADINGS).difference(headings)
            continue
        try:
            yield number, of_cells(dict(zip(headings, values, strict=False))), absent
        except InvalidInputError as error:
            yield number, error.message, absent
    if headings is None:
        raise InvalidInputError("文件是空的")


def _require(headings: list[str]) -> None:
    missing = [heading for heading in NEEDED if heading not in headings]
    unknown = [heading for heading in headings if heading and heading not in HEADINGS]
    if missing:
        raise InvalidInputError(f"第一行缺少这些列：{'、'.join(missing)}。请用模板")
    if unknown:
        raise InvalidInputError(f"第一行有不认识的列：{'、'.join(unknown)}。请用模板")


def _csv(file: BinaryIO) -> Iterator[Fields]:
    data = file.read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            # What Excel on a Chinese Windows writes.
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise InvalidInputError("文件的编码认不出来，请存为 UTF-8 的 CSV") from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        yield from _of_table(
            (number, [_bare(value) for value in row]) for number, row in enumerate(reader, 1)
        )
    except csv.Error as error:
        raise InvalidInputError(f"不是可以读的 CSV：第 {reader.line_num} 行附近") from error


def _bare(text: str) -> str:
    return text[1:] if text.startswith("'") else text


def _quoted(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _excel(file: BinaryIO) -> Iterator[Fields]:
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(item.file_size for item in archive.infolist()) > UNPACKED_LIMIT:
                raise InvalidInputError("文件展开后太大，请分成几个文件")
        file.seek(0)
        book = load_workbook(file, read_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise InvalidInputError("不是可以读的 Excel 文件（.xlsx）") from error
    try:
        sheet = book.worksheets[0]
        yield from _of_table(
            (number, [_cell(value) for value in row])
            for number, row in enumerate(sheet.iter_rows(values_only=True), 1)
        )
    finally:
        book.close()


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def write(rows: Iterable[EntryRow], kind: str) -> bytes:
    """The rows as a file."""
    if kind == "jsonl":
        lines = (json.dumps(as_object(row), ensure_ascii=False) + "\n" for row in rows)
        return "".join(lines).encode()
    if kind == "csv":
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(HEADINGS)
        writer.writerows([_quoted(cell) for cell in as_cells(row).values()] for row in rows)
        return out.getvalue().encode("utf-8-sig")
    return _workbook(rows)


def _workbook(rows: Iterable[EntryRow]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("条目")
    sheet.freeze_panes = "A2"
    for place, heading in enumerate(HEADINGS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = 14 if place < 3 else 32
        if heading in ("类别", "适用对象"):
            _choice(sheet, place, Category if heading == "类别" else Audience)
    sheet.append([_text(sheet, heading, bold=True) for heading in HEADINGS])
    for row in rows:
        sheet.append([_text(sheet, cell) for cell in as_cells(row).values()])
    hints = book.create_sheet("填写说明")
    hints.column_dimensions["B"].width = 90
    for heading in HEADINGS:
        hints.append([heading, _HINTS.get(heading, "必填" if heading in NEEDED else "")])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _choice(sheet: Any, place: int, values: Iterable[str]) -> None:
    """A list to choose from below the heading."""
    rule = DataValidation(type="list", formula1=f'"{",".join(values)}"', allow_blank=True)
    letter = get_column_letter(place)
    rule.add(f"{letter}2:{letter}{ROW_LIMIT + 1}")
    sheet.data_validations.append(rule)


def _text(sheet: Any, text: str, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    # Text, whatever it begins with: never a formula.
    cell.data_type = "s"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if bold:
        cell.font = Font(bold=True)
    return cell
