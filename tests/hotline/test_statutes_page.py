"""法规库: works, versions, what changed between two, and the entries on each article."""

from collections.abc import Callable
from datetime import date

import pytest

from hotline.dependencies import Parts
from knowledge.standard_qa.models import VersionArticle
from knowledge.statute.arrival import take_in
from knowledge.statute.importer import law_id
from knowledge.statute.models import Law
from knowledge.statute.source import SourceArticle, SourceVersion
from tests.hotline.conftest import Seat
from tests.hotline.test_editor import latest

AnyOne = Callable[[str], Seat]


def regulation(published: date, **articles: str) -> SourceVersion:
    """A version of 某某条例 with articles 一, 二, 三 …"""
    made = tuple(
        SourceArticle(f"第{number}条", place, 0, "第一章 总则", text)
        for place, (number, text) in enumerate(articles.items(), 1)
    )
    return SourceVersion(
        f"v-{published}", "某某条例", "行政法规", "行政法规", published, published, "", made
    )


@pytest.fixture
def two_versions(parts: Parts) -> str:
    """某某条例 in two versions; returns the work's id."""
    with parts.database.write() as session:
        take_in(session, regulation(date(2020, 1, 1), 一="可以。", 二="不变。", 三="旧的。"))
        take_in(session, regulation(date(2026, 1, 1), 一="不可以。", 二="不变。"))
        live = latest(parts, "debt-no-iou")
        session.add(VersionArticle(version_id=live.id, name="某某条例第二条"))
    return law_id("某某条例")


def test_works_are_found_by_name_level_and_by_what_articles_say(
    seat: AnyOne, two_versions: str
) -> None:
    bian = seat("bian")
    page = bian.get("/editor/statutes").text
    assert "名称符合的法规 3 部" in page and "已废止" in page and "2 个文本" in page
    assert "名称符合的法规 1 部" in bian.get("/editor/statutes?level=行政法规").text
    page = bian.get("/editor/statutes?words=逾期利息").text
    assert "没有找到这个名称的法规" in page
    assert "写有“逾期利息”的现行条文" in page and "《民法典》第六百七十六条" in page
    assert "没有找到" in bian.get("/editor/statutes?words=100%25").text


def test_a_version_shows_its_articles_and_the_entries_on_them(
    seat: AnyOne, two_versions: str
) -> None:
    page = seat("bian").get(f"/editor/statutes/{two_versions}").text
    assert "2026-01-01 公布的文本" in page and "2026-01-01 起失效" in page
    assert "条文（2 条）" in page and "不可以。" in page and "旧的。" not in page
    assert "引用它的条目：" in page and "/editor/entries/debt-no-iou" in page


def test_two_versions_are_compared_word_by_word(seat: AnyOne, two_versions: str) -> None:
    bian = seat("bian")
    page = bian.get(
        f"/editor/statutes/{two_versions}?version=v-2026-01-01&against=v-2020-01-01"
    ).text
    assert "改动了 2020-01-01 文本的 2 条" in page
    assert '<ins><span class="sr">新增：</span>不</ins>可以。' in page
    assert '<del><span class="sr">删去：</span>旧的。</del>' in page and "不变。" not in page


def test_what_is_not_held_is_said(seat: AnyOne, parts: Parts, two_versions: str) -> None:
    bian = seat("bian")
    with parts.database.write() as session:
        session.add(
            Law(id="none", name="旧法", full_name="旧法", level="法律", kind="法律",
                repealed_on=date(2000, 1, 1), successor="新法")
        )  # fmt: skip
    assert "库中没有这部法规的文本" in bian.get("/editor/statutes/none").text
    assert bian.get("/editor/statutes/missing").status_code == 404
    assert bian.get(f"/editor/statutes/{two_versions}?version=x").status_code == 404
    assert seat("zhang").get("/editor/statutes").status_code == 403
