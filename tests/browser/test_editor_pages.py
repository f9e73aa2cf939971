"""The editors' pages in Chromium: import, gaps, statutes, the life of an entry; axe included."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hotline.console import editor_gaps
from hotline.consultation import service as consultations
from hotline.consultation.models import Turn
from hotline.staff import service as staff
from hotline.staff.models import Role
from kit.auth import new_token
from knowledge.exchange import files
from knowledge.exchange.rows import EntryRow
from knowledge.standard_qa import labelled, repository, service
from tests.browser.conftest import Browsing, Hotline, Violations
from tests.browser.test_staff_pages import DESKTOP, PHONE, log_in
from tests.hotline import builders
from tests.knowledge.statute import documents
from tests.knowledge.test_attachments import DOCX

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _editor(hotline: Hotline) -> None:
    parts = hotline.parts
    now = parts.clock.now()
    with parts.database.write() as session:
        if staff.by_username(session, "bian") is None:
            builders.add_staff(session, "bian", Role.KNOWLEDGE_EDITOR, now)
        row = consultations.begin(session, channel="web", token=new_token(), now=now)
        for text in ("小区物业不开发票怎么办", "小区物业不给开发票"):
            session.add(
                Turn(
                    consultation_id=row.id, question=text, decision="handover", confidence=0.1,
                    reasons=[], risk="none", urgency="normal", created_at=now,
                )
            )  # fmt: skip
    editor_gaps.gather(parts)


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """Two rows: one right, one with a citation that does not exist."""
    fields = {
        "category": "房产纠纷",
        "similar": ["物业不开票", "物业费没有发票", "要不到物业发票", "物业拒开发票"],
        "answer": builders.ANSWER,
    }
    rows = [
        EntryRow.model_validate(fields | {"question": question, "citations": [cited]})
        for question, cited in (
            (f"物业不开发票怎么办{tmp_path.name}", "民法典第六百七十五条"),
            ("写错了引用的问题", "民法典第九千条"),
        )
    ]
    path = tmp_path / "条目.xlsx"
    path.write_bytes(files.write(rows, "xlsx"))
    return path


@pytest.fixture
def editor(browsing: Browsing) -> Page:
    page = browsing.page(DESKTOP)
    log_in(page, "bian")
    return page


def test_a_workbook_is_previewed_and_imported_without_its_wrong_row(
    editor: Page, workbook: Path
) -> None:
    editor.goto("/editor/import")
    editor.get_by_label("文件").set_input_files(workbook)
    editor.get_by_role("button", name="预览").click()
    expect(editor.get_by_text("新建 1 行；修改 0 行；未变 0 行；有误 1 行。")).to_be_visible()
    expect(editor.get_by_text("民法典第九千条（没有这一条）")).to_be_visible()
    editor.get_by_label("跳过有误的 1 行").check()
    editor.get_by_role("button", name="导入 1 个版本并提交审核").click()
    expect(editor.get_by_text("已导入 1 个版本，等待另一位编辑审核。")).to_be_visible()


def test_a_workbook_is_exported(editor: Page) -> None:
    editor.goto("/editor/import")
    with editor.expect_download() as download:
        editor.get_by_role("link", name="正在上线的版本，Excel").click()
    assert download.value.suggested_filename.endswith(".xlsx")


def test_a_gap_leads_to_a_form_that_is_filled_in(editor: Page) -> None:
    editor.goto("/editor/gaps")
    expect(editor.get_by_role("heading", name="小区物业不开发票怎么办")).to_be_visible()
    editor.get_by_role("link", name="起草新条目：小区物业不开发票怎么办").click()
    expect(editor.get_by_label("标准问", exact=True)).to_have_value("小区物业不开发票怎么办")
    expect(editor.get_by_label("相似问")).to_have_value("小区物业不给开发票")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_are_accessible_and_fit(
    browsing: Browsing, violations: Violations, workbook: Path, size: tuple[int, int]
) -> None:
    page = browsing.page(size)
    log_in(page, "bian")

    def look(where: str) -> None:
        assert violations(page) == [], where
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], where

    for path in (
        "/editor?show=live",
        "/editor/import",
        "/editor/gaps",
        "/editor/entries/new",
        "/editor/statutes?words=借款人",
        "/editor/statutes/mfd",
        "/editor/statutes/import",
    ):
        page.goto(path)
        look(path)
    page.goto("/editor/gaps")
    for summary in page.locator("summary").all():
        summary.click()
    look("gaps, opened")
    page.goto("/editor/import")
    page.get_by_label("文件").set_input_files(workbook)
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_role("heading", name="将要改变的内容")).to_be_visible()
    look("preview")
    page.goto("/editor/entries/family-divorce/edit")
    page.get_by_label("标准问", exact=True).fill("房东不退押金怎么办呢？")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    expect(page.get_by_role("heading", name="提交前请看一看")).to_be_visible()
    look("draft with neighbours")
    page.get_by_text("标为待复核").first.click()
    page.get_by_label("要复核什么").fill("看看期限")
    page.get_by_role("button", name="标为待复核").click()
    expect(page.get_by_role("heading", name="待复核")).to_be_visible()
    look("flagged")
    page.get_by_label("核对结果").fill("没有问题")
    page.get_by_role("button", name="复核无误").click()
    expect(page.get_by_text("已记为复核无误")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_versions_are_tried_out_and_published_together(
    browsing: Browsing, hotline: Hotline, violations: Violations, size: tuple[int, int]
) -> None:
    parts = hotline.parts
    now = parts.clock.now()
    with parts.database.write() as session:
        for entry_id in ("debt-no-iou", "labour-wages"):
            live = repository.live_versions(session, [entry_id])[entry_id]
            version = service.create_draft(
                session, service.content_of(live), author="shen", now=now, entry_id=entry_id
            )
            service.submit(session, version.id)
        labelled.replace(session, "labour-wages", ["老板不发工资咋办"], author="shen", now=now)
    page = browsing.page(size)
    log_in(page, "bian")
    page.goto("/editor/review")
    card = page.get_by_role("region", name="公司拖欠工资怎么办？").last
    card.scroll_into_view_if_needed()
    expect(card.get_by_text("这个条目的标注问法：1 条，直接答对 1 条")).to_be_visible()
    expect(card.get_by_text("答对", exact=True)).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    for box in page.get_by_role("checkbox", name="选择：").all():
        box.check()
    page.get_by_role("button", name="发布选中的版本").click()
    expect(page.get_by_role("heading", name="批量发布的结果：发布")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_statute_is_uploaded_and_its_changes_are_shown(
    browsing: Browsing, violations: Violations, tmp_path: Path, size: tuple[int, int]
) -> None:
    text = documents.statute("某市某条例", "（2026年1月1日公布）", {"第一条": "可以。"})
    page = browsing.page(size)
    log_in(page, "bian")
    page.goto("/editor/statutes")
    page.get_by_role("link", name="导入法规文本").click()
    page.get_by_label("文件").set_input_files(documents.write(tmp_path / "条例.docx", text))
    page.get_by_role("button", name="核对").click()
    expect(page.get_by_role("heading", name="将要写入：某市某条例")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_facts_are_written_a_template_is_uploaded_and_the_reviewer_sees_both(
    browsing: Browsing,
    hotline: Hotline,
    violations: Violations,
    tmp_path: Path,
    size: tuple[int, int],
) -> None:
    template = tmp_path / f"申请书{size[0]}.docx"
    template.write_bytes(DOCX)
    page = browsing.page(size)
    log_in(page, "bian")

    def look(where: str) -> None:
        assert violations(page) == [], where
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], where

    page.goto("/editor/entries/property-deposit/edit")
    page.get_by_label("答案因什么事实而不同").fill("租期｜合同签了多久？｜#年、#个月")
    page.get_by_label("先问清再回答").check()
    page.locator("[name=deadline]").fill("诉讼时效一般两年。")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("租期｜合同签了多久？｜#年、#个月")).to_be_visible()
    page.get_by_text("上传附件").click()
    page.get_by_label("文件（").set_input_files(template)
    look("entry")
    page.get_by_role("button", name="上传", exact=True).click()
    expect(page.get_by_text("附件已上传，写成了新的草稿")).to_be_visible()
    expect(page.get_by_role("link", name=template.name)).to_be_visible()
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("已提交审核")).to_be_visible()
    page.goto("/editor/entries/property-deposit/edit")
    expect(page.get_by_label(template.name)).to_be_checked()
    look("form")
    page.goto("/editor/review")
    card = page.get_by_role("region", name="房东不退押金怎么办？").last
    expect(card.get_by_text("先问清再回答")).to_be_visible()
    expect(card.get_by_role("heading", name="可能矛盾")).to_be_visible()
    expect(card.get_by_role("link", name=template.name)).to_be_visible()
    look("review")
