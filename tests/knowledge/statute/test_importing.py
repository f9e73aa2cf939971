"""The import of the real package data, and what is in force on a given day."""

import json
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kit.db import Base, Database
from kit.errors import InvalidInputError
from knowledge.statute import importer, source
from knowledge.statute.importer import ImportReport
from knowledge.statute.models import Article, Law, LawVersion
from knowledge.statute.repository import ArticleStatus, StatuteBase
from tests.knowledge.statute.conftest import TABLES, TODAY

CHANGED_BY_THE_TWELFTH_AMENDMENT = {165, 166, 169, 387, 390, 391, 393}


def write_jsonl(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def assert_imports_once(database: Database) -> None:
    start = time.perf_counter()
    with database.write() as session:
        report = importer.import_package(session, TODAY)
    assert time.perf_counter() - start < 10
    assert (report.versions, report.superseded) == (378, 7)
    # 26,196 rows, of which one repealed decision repeats three numbers.
    assert report.articles == 26_193
    start = time.perf_counter()
    with database.write() as session:
        again = importer.import_package(session, TODAY)
    assert again == ImportReport(skipped=378)
    assert not again.changed
    assert time.perf_counter() - start < 3
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Article)) == 26_193
        in_force = list(StatuteBase(session, TODAY).articles_in_force())
    assert len({article.id for article in in_force}) == len(in_force) > 23_000


def test_the_package_is_imported_once_and_quickly(empty: Database) -> None:
    assert_imports_once(empty)


def test_the_package_itself_is_never_imported(empty: Database) -> None:
    with empty.write() as session:
        importer.import_package(session, TODAY)
    assert source.PACKAGE not in sys.modules


@pytest.mark.postgres
def test_the_package_is_imported_into_postgresql(postgres_url: str) -> None:
    database = Database(postgres_url)
    Base.metadata.create_all(database.engine, tables=TABLES)
    assert_imports_once(database)
    database.dispose()


def test_a_changed_version_is_imported_anew(empty: Database) -> None:
    with empty.write() as session:
        importer.import_package(session, TODAY)
    with empty.write() as session:
        version = session.scalars(select(LawVersion).join(Law).where(Law.name == "民法典")).one()
        version.fingerprint = "old"
        session.scalars(select(Article).where(Article.version_id == version.id)).first().text = "?"  # type: ignore[union-attr]
    with empty.write() as session:
        report = importer.import_package(session, TODAY)
        assert (report.laws, report.versions, report.articles) == (0, 1, 1260)
        assert session.scalar(select(func.count()).where(Article.text == "?")) == 0


def test_only_what_an_amendment_touches_is_superseded(session: Session) -> None:
    rows = session.scalars(select(Article).where(Article.superseded_on.is_not(None))).all()
    assert {row.law_name for row in rows} == {"刑法"}
    assert {row.ordinal for row in rows} == CHANGED_BY_THE_TWELFTH_AMENDMENT
    assert {row.superseded_on for row in rows} == {date(2024, 3, 1)}


@pytest.mark.parametrize(
    ("law", "number", "status"),
    [
        ("民法典", "1079", ArticleStatus.IN_FORCE),
        ("中华人民共和国民法典", "第一千零七十九条", ArticleStatus.IN_FORCE),
        ("民诉法", "第一百二十二条", ArticleStatus.IN_FORCE),
        ("商标法", "57", ArticleStatus.IN_FORCE),
        ("商标法", "80", ArticleStatus.NOT_YET_IN_FORCE),
        ("医疗保障法", "1", ArticleStatus.NOT_YET_IN_FORCE),
        ("环境保护法", "6", ArticleStatus.REPEALED),
        ("刑法", "390", ArticleStatus.AMENDED),
        ("刑法", "388", ArticleStatus.IN_FORCE),
    ],
)
def test_an_article_has_its_standing_today(
    base: StatuteBase, law: str, number: str, status: ArticleStatus
) -> None:
    article = base.article(law, number)
    assert article is not None
    assert article.status is status


def test_the_predecessor_of_a_coming_version_is_still_in_force(session: Session) -> None:
    for day, effective in ((date(2026, 12, 31), date(1983, 3, 1)), (date(2027, 1, 1), None)):
        article = StatuteBase(session, day).article("商标法", "1")
        assert article is not None
        assert article.status is ArticleStatus.IN_FORCE
        assert article.effective_on == (effective or date(2027, 1, 1))


def test_an_unknown_name_is_never_guessed(base: StatuteBase) -> None:
    assert base.article("交通法", "1") is None
    assert base.article("劳动", "1") is None
    assert base.law("基本法") is None


def test_names_are_completed(base: StatuteBase) -> None:
    assert base.search_names("劳动合") == ["劳动合同法"]
    assert base.search_names("消法") == ["消费者权益保护法"]
    assert "婚姻法" not in base.search_names("婚")


def test_nothing_repealed_or_coming_is_among_the_articles_in_force(base: StatuteBase) -> None:
    laws = {article.law for article in base.articles_in_force()}
    assert {"民法典", "刑法", "商标法", "生态环境法典", "刑法修正案（十二）"} <= laws
    assert not {"环境保护法", "农村土地承包法", "医疗保障法", "刑法修正案（十一）"} & laws


def test_articles_in_jsonl_lines_are_added_under_their_works(
    empty: Database, tmp_path: Path
) -> None:
    lines = write_jsonl(
        tmp_path / "extra.jsonl",
        [
            {"article": "工伤保险条例第十四条", "text": "职工有下列情形之一的，应当认定为工伤"},
            {"article": "工伤保险条例第十五条", "text": "视同工伤"},
            {"article": "工伤保险条例第十五条", "text": "重复"},
            {"article": "民法典第一条", "text": "与库中冲突的文字"},
            {"article": "婚姻法第一条", "text": "已经废止"},
            {"article": "最高人民法院关于适用《民法典》时间效力的若干规定第一条", "text": "溯及力"},
        ],
    )
    with empty.write() as session:
        importer.import_package(session, TODAY)
        assert importer.import_jsonl(session, lines) == ImportReport(2, 2, 3, 0, 3)
        assert importer.import_jsonl(session, lines) == ImportReport(skipped=6)
    with empty.read() as session:
        base = StatuteBase(session, TODAY)
        article = base.article("工伤保险条例", "14")
        assert article is not None and article.status is ArticleStatus.IN_FORCE
        law = base.law("工伤保险条例")
        assert law is not None and (law.level, law.complete) == ("行政法规", False)
        interpretation = base.law("关于适用《民法典》时间效力的若干规定")
        assert interpretation is not None and interpretation.level == "司法解释"
        first = base.article("民法典", "1")
        assert first is not None and "冲突" not in first.text


@pytest.mark.parametrize("line", ["{", '{"article": "民法典"}', '{"article": "无号", "text": "x"}'])
def test_a_line_that_cannot_be_read_is_named(empty: Database, tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(line, "utf-8")
    with pytest.raises(InvalidInputError, match="第 1 行"), empty.write() as session:
        importer.import_jsonl(session, path)
