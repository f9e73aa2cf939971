"""导入法规文本: shown before anything is written, written once; the entries on it are flagged."""

import html
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from httpx2 import Response
from sqlalchemy import select

from hotline import worker
from hotline.console import uploads
from hotline.dependencies import Parts
from kit.outbox import OutboxRow
from knowledge import indexing
from knowledge.standard_qa import repository
from knowledge.standard_qa.models import VersionArticle
from knowledge.statute.arrival import take_in
from knowledge.statute.importer import law_id
from knowledge.statute.models import LawVersion
from tests.hotline.conftest import Seat
from tests.hotline.test_editor import audited, latest
from tests.hotline.test_statutes_page import regulation
from tests.knowledge.statute import documents

AnyOne = Callable[[str], Seat]
TEXT = {"第一条": "不可以。", "第二条": "不变。"}


def document(folder: Path, note: str = "（2026年1月1日修订）") -> bytes:
    path = folder / "text.docx"
    return documents.write(path, documents.statute("某某条例", note, TEXT)).read_bytes()


@pytest.fixture
def held(parts: Parts) -> None:
    """某某条例 of 2020, with an entry on its first article."""
    with parts.database.write() as session:
        take_in(session, regulation(date(2020, 1, 1), 一="可以。", 二="不变。"))
        live = latest(parts, "debt-no-iou")
        session.add(VersionArticle(version_id=live.id, name="某某条例第一条"))


def upload(one: Seat, data: bytes, name: str = "条例.docx", **fields: str) -> Response:
    return one.client.post(
        "/editor/statutes/import",
        data={"csrf_token": one.csrf, **fields},
        files={"file": (name, data)},
        follow_redirects=False,
    )


def hidden(page: str) -> dict[str, str]:
    """The fields that the preview hands on."""
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found if name != "csrf_token"}


def texts(parts: Parts) -> int:
    with parts.database.read() as session:
        query = select(LawVersion).where(LawVersion.law_id == law_id("某某条例"))
        return len(session.scalars(query).all())


@pytest.mark.usefixtures("held")
def test_a_text_is_shown_with_its_changes_and_entries_and_then_written_once(
    seat: AnyOne, parts: Parts, tmp_path: Path
) -> None:
    bian = seat("bian")
    assert "/editor/statutes/import" in bian.get("/editor/statutes").text
    shown = upload(bian, document(tmp_path), effective_on="2027-01-01")
    assert "2026-01-01 公布 · 2027-01-01 起施行 · 2 条" in shown.text
    assert "改动了 1 条" in shown.text
    assert '<ins><span class="sr">新增：</span>不</ins>可以。' in shown.text
    assert "受影响的条目：1 个" in shown.text and "/editor/entries/debt-no-iou" in shown.text
    assert texts(parts) == 1
    fields = hidden(shown.text)
    done = bian.post("/editor/statutes/import/confirm", **fields)
    assert "已写入。1 个条目标为待复核" in bian.get(done.headers["location"]).text
    assert texts(parts) == 2 and audited(parts) == [("bian", "statute")]
    with parts.database.read() as session:
        assert "2027-01-01 起施行" in (repository.entry(session, "debt-no-iou").recheck or "")
        assert [row.topic for row in session.scalars(select(OutboxRow))] == ["index.articles"]
    gone = bian.post("/editor/statutes/import/confirm", **fields)
    assert gone.status_code == 404 and "请重新上传" in gone.text


@pytest.mark.usefixtures("held")
def test_the_worker_makes_the_new_articles_searchable(
    seat: AnyOne, parts: Parts, tmp_path: Path
) -> None:
    bian = seat("bian")
    bian.post("/editor/statutes/import/confirm", **hidden(upload(bian, document(tmp_path)).text))
    worker.deliver(parts)
    with parts.database.read() as session:
        near = {hit.owner for hit in parts.retriever.related_articles(session, "不可以")}
    assert "某某条例第一条" in near
    assert indexing.read_progress(parts.settings).state == "absent"


def test_a_new_work_is_told_as_such_and_a_second_text_of_the_day_is_refused(
    seat: AnyOne, parts: Parts, tmp_path: Path
) -> None:
    bian = seat("bian")
    first = upload(bian, document(tmp_path))
    assert "库里没有这部法规更早的文本" in first.text
    bian.post("/editor/statutes/import/confirm", **hidden(first.text))
    same = upload(bian, document(tmp_path))
    assert "库里已经有这个文本，不会再写入" in same.text
    assert "写入这个文本" not in same.text
    refused = bian.post("/editor/statutes/import/confirm", **hidden(first.text))
    assert refused.status_code == 404
    assert texts(parts) == 1


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("条例.doc", b"x", "这是旧版 Word 文件，请用 Word 或 WPS 另存为 .docx"),
        ("条例.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "这是旧版 Word 文件"),
        ("条例.pdf", b"x", "这是 PDF 文件"),
        ("条例.docx", b"%PDF-1.7", "内容是 PDF"),
        ("条例.xlsx", b"x", "这是 Excel 文件"),
        ("条例.exe", b"x", "这是 .exe 文件"),
        ("条例", b"x", "文件名没有结尾"),
        ("条例.docx", b"no zip", "条例.docx：不是可以读的 .docx"),
    ],
)
def test_another_kind_of_file_is_refused_by_its_name(
    seat: AnyOne, name: str, data: bytes, message: str
) -> None:
    refused = upload(seat("bian"), data, name)
    assert refused.status_code == 422 and message in refused.text


def test_a_text_without_a_day_a_wrong_day_and_too_much_are_refused(
    seat: AnyOne, tmp_path: Path
) -> None:
    bian = seat("bian")
    without = document(tmp_path, "（征求意见稿）")
    assert "没有找到公布日期" in upload(bian, without).text
    given = upload(bian, without, published_on="2026-02-01")
    assert "2026-02-01 公布" in given.text
    wrong = upload(bian, without, published_on="明年")
    assert wrong.status_code == 422 and "公布日期要写成 2026-01-31 这样" in wrong.text
    too_much = upload(bian, b"0" * (uploads.LIMIT + 1))
    assert too_much.status_code == 422 and "文件太大：最多 10 MB" in too_much.text
    assert seat("zhang").get("/editor/statutes/import").status_code == 403
