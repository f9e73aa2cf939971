"""The page 导入导出: template, export, preview, confirmation; two people, and nothing half done."""

import html
import io
import re
from collections.abc import Callable

from httpx2 import Response
from openpyxl import load_workbook

from hotline.console import uploads
from hotline.dependencies import Parts
from knowledge.exchange import files
from knowledge.exchange.rows import HEADINGS, EntryRow
from knowledge.standard_qa import repository
from knowledge.standard_qa.models import VersionState
from tests.hotline.builders import ANSWER, ENTRIES
from tests.hotline.conftest import Seat

AnyOne = Callable[[str], Seat]


def row(entry_id: str, question: str, **changes: object) -> EntryRow:
    return EntryRow.model_validate(
        {
            "id": entry_id,
            "category": "房产纠纷",
            "question": question,
            "similar": ["押金不退咋办", "房东赖着押金", "押金要不回来", "退租不给押金"],
            "answer": ANSWER,
            "citations": ["民法典第六百七十五条"],
        }
        | changes
    )


def upload(one: Seat, data: bytes, name: str = "entries.xlsx", csrf: str | None = None) -> Response:
    return one.client.post(
        "/editor/import",
        data={"csrf_token": one.csrf if csrf is None else csrf},
        files={"file": (name, data)},
        follow_redirects=False,
    )


def kept(page: str) -> str:
    found = re.search(r'name="name" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def total(parts: Parts) -> int:
    with parts.database.read() as session:
        return repository.page(session)[1]


def test_a_file_is_previewed_confirmed_and_reviewed_by_somebody_else(
    seat: AnyOne, parts: Parts
) -> None:
    bian, shen = seat("bian"), seat("shen")
    rows = [row("new-deposit", "租房押金被扣了怎么办？"), row("debt-no-iou", "没借条能要回钱吗？")]
    shown = upload(bian, files.write(rows, "xlsx"))
    assert "新建 1 行；修改 1 行；未变 0 行；有误 0 行。" in shown.text
    assert total(parts) == len(ENTRIES)
    done = bian.post("/editor/import/confirm", name=kept(shown.text), source="entries.xlsx")
    assert "已导入 2 个版本" in bian.get(done.headers["location"]).text
    with parts.database.read() as session:
        (version,) = repository.versions(session, "new-deposit")
    assert (version.state, version.author) == (VersionState.IN_REVIEW, "bian")
    assert bian.post(f"/editor/versions/{version.id}/publish").status_code == 403
    assert shen.post(f"/editor/versions/{version.id}/publish").status_code == 303
    again = bian.post("/editor/import/confirm", name=kept(shown.text))
    assert again.status_code == 404 and "请重新上传" in again.text


def test_wrong_rows_are_named_and_nothing_is_written_unless_they_are_skipped(
    seat: AnyOne, parts: Parts
) -> None:
    bian = seat("bian")
    wrong = row("wrong-one", "另一个<b>问题</b>怎么办", citations=["民法典第九千条"])
    shown = upload(bian, files.write([row("good-one", "租房押金呢？"), wrong], "csv"), "a.csv")
    text = html.unescape(shown.text)
    assert "第 3 行：法条引用没有通过核验：民法典第九千条（没有这一条）" in text
    refused = bian.post("/editor/import/confirm", name=kept(shown.text))
    assert refused.status_code == 422 and "没有写入任何内容" in refused.text
    assert total(parts) == len(ENTRIES)
    bian.post("/editor/import/confirm", name=kept(shown.text), skip_wrong="true")
    assert total(parts) == len(ENTRIES) + 1


def test_an_upload_belongs_to_who_made_it(seat: AnyOne) -> None:
    bian, shen = seat("bian"), seat("shen")
    name = kept(
        upload(bian, files.write([row("new-one", "租房押金呢？")], "jsonl"), "a.jsonl").text
    )
    assert shen.post("/editor/import/confirm", name=name).status_code == 404
    assert bian.post("/editor/import/confirm", name=f"../1/{name}").status_code == 404


def test_a_file_that_is_no_good_is_refused_in_words(seat: AnyOne) -> None:
    bian = seat("bian")
    assert "要以 .xlsx、.csv 或 .jsonl 结尾" in upload(bian, b"x", "a.xls").text
    assert "不是可以读的 Excel" in upload(bian, b"x").text
    assert "请先选择文件" in bian.post("/editor/import").text
    assert upload(bian, b"x", csrf="wrong").status_code == 403
    too_much = upload(bian, b"0" * (uploads.LIMIT + 1), "a.csv")
    assert too_much.status_code == 422 and "文件太大：最多 10 MB" in too_much.text


def test_the_base_is_exported_in_each_format_and_the_template_is_empty(seat: AnyOne) -> None:
    bian = seat("bian")
    for kind in files.FORMATS:
        got = bian.get(f"/editor/export?format={kind}")
        assert f'.{kind}"' in got.headers["content-disposition"]
        read = files.read(io.BytesIO(got.content), kind)
        assert {item.row.id for item in read if item.row} == set(ENTRIES)
    template = bian.get("/editor/export?what=template")
    sheet = load_workbook(io.BytesIO(template.content)).worksheets[0]
    assert [[cell.value for cell in line] for line in sheet.iter_rows()] == [list(HEADINGS)]
    assert seat("zhang").get("/editor/export").status_code == 403


def test_the_review_is_shown_in_pages(seat: AnyOne) -> None:
    bian = seat("bian")
    rows = [row(f"many-{number}", f"第{number}个租房的问题？") for number in range(25)]
    shown = upload(bian, files.write(rows, "jsonl"), "a.jsonl")
    bian.post("/editor/import/confirm", name=kept(shown.text))
    first = bian.get("/editor/review").text
    assert "共 25 个版本等待审核" in first and first.count("<h3>法条核验</h3>") == 20
    assert bian.get("/editor/review?page=2").text.count("<h3>法条核验</h3>") == 5
