"""A statute read from .docx, taken in as a version, and the entries that it touches."""

import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.setup import migrate
from kit.db import Database
from kit.errors import ConflictError, InvalidInputError
from kit.outbox import OutboxRow
from knowledge import affected
from knowledge.__main__ import main
from knowledge.standard_qa import repository, service
from knowledge.statute import docx
from knowledge.statute.arrival import INDEX_TOPIC, Arrival, take_in
from knowledge.statute.models import Article, LawVersion
from knowledge.statute.repository import ArticleStatus, StatuteBase
from tests.knowledge.builders import content
from tests.knowledge.conftest import NOW
from tests.knowledge.statute import documents

TODAY = date(2026, 11, 21)
LABOUR = "中华人民共和国劳动合同法"
NOTE = (
    "（2007年6月29日第十届全国人民代表大会常务委员会第二十八次会议通过\u3000根据2026年11月1日第十四届"
    "全国人民代表大会常务委员会第五十次会议《关于修改〈中华人民共和国劳动合同法〉的决定》第二次修正）"
)


def held_articles(database: Database) -> dict[str, str]:
    """The text of 劳动合同法 as the base holds it."""
    with database.read() as session:
        rows = StatuteBase(session, TODAY).articles_in_force()
        return {row.number: row.text for row in rows if row.law == "劳动合同法"}


def amended(database: Database, path: Path) -> Path:
    """The same law with article 30 changed and the last but one left out."""
    articles = held_articles(database)
    articles["第三十条"] = articles["第三十条"].replace("及时足额", "按月足额")
    del articles["第九十七条"]
    chapters = {"第一条": "第一章\u3000总\u3000\u3000则", "第七条": "第二章\u3000劳动合同的订立"}
    return documents.write(path, documents.statute(LABOUR, NOTE, articles, chapters=chapters))


def arrive(database: Database, path: Path, **days: date) -> Arrival:
    with database.write() as session:
        return take_in(session, docx.read(path, **days))


def test_title_days_chapters_articles_and_paragraphs_are_read(
    database: Database, tmp_path: Path
) -> None:
    version = docx.read(amended(database, tmp_path / "a.docx"))
    assert (version.full_name, version.level) == (LABOUR, "法律")
    assert (version.published_on, version.effective_on) == (date(2026, 11, 1), date(2008, 1, 1))
    by_number = {article.number: article for article in version.articles}
    assert by_number["第一条"].chapter == "第一章 总则"
    assert by_number["第七条"].chapter == "第二章 劳动合同的订立"
    before = held_articles(database)
    assert {n: a.text for n, a in by_number.items() if n != "第三十条"} == {
        number: text for number, text in before.items() if number not in ("第三十条", "第九十七条")
    }


def test_a_new_version_lists_its_changes_and_rules_from_its_day(
    database: Database, tmp_path: Path
) -> None:
    path = amended(database, tmp_path / "a.docx")
    arrival = arrive(database, path, effective_on=date(2027, 1, 1))
    assert [change.name for change in arrival.changes] == [
        "劳动合同法第三十条",
        "劳动合同法第九十七条",
    ]
    told = affected.table(arrival, [])
    assert "〔－及时〕〔＋按月〕足额" in told
    with database.read() as session:
        old = StatuteBase(session, TODAY).article("劳动合同法", "第三十条")
        new = StatuteBase(session, date(2027, 1, 1)).article("劳动合同法", "第三十条")
        gone = StatuteBase(session, date(2027, 1, 1)).article("劳动合同法", "第九十七条")
    assert old and "及时足额" in old.text and old.status is ArticleStatus.IN_FORCE
    assert new and "按月足额" in new.text and new.status is ArticleStatus.IN_FORCE
    assert gone and gone.status is ArticleStatus.AMENDED


def test_the_same_file_again_writes_nothing_and_another_text_of_that_day_is_refused(
    database: Database, tmp_path: Path
) -> None:
    path = amended(database, tmp_path / "a.docx")
    first = arrive(database, path)
    again = arrive(database, path)
    assert (first.written, again.written) == (True, False)
    assert again.changes == first.changes
    with database.read() as session:
        held = session.get(LawVersion, first.version_id)
        day = StatuteBase(session, TODAY).law("民法典")
        count = session.query(Article).filter_by(version_id=first.version_id).count()
    assert held and count == first.articles and day
    other = documents.write(
        tmp_path / "b.docx",
        documents.statute(
            "中华人民共和国民法典", "（2020年5月28日通过）", {"第一条": "别的文本。"}
        ),
    )
    with pytest.raises(ConflictError, match="2020-05-28 公布的文本"):
        arrive(database, other)


@pytest.mark.parametrize("withdraw", [True, False])
def test_entries_on_a_changed_article_are_flagged_and_by_setting_withdrawn_on_the_day(
    database: Database, tmp_path: Path, withdraw: bool
) -> None:
    with database.write() as session:
        for entry_id, cited in (("touched", "第三十条第一款"), ("untouched", "第三十一条")):
            version = service.create_draft(
                session,
                content(citations=[f"劳动合同法{cited}"]),
                author="a",
                now=NOW,
                new_id=entry_id,
            )
            service.submit(session, version.id)
            service.publish(session, version.id, reviewer="b", now=NOW)
    path = amended(database, tmp_path / "a.docx")
    arrival = arrive(database, path, effective_on=date(2027, 1, 1))
    with database.write() as session:
        found = affected.find(session, arrival)
        affected.flag(session, found, arrival, NOW, withdraw=withdraw)
    assert [(item.entry_id, item.articles) for item in found] == [
        ("touched", ["劳动合同法第三十条"])
    ]
    with database.read() as session:
        entry = repository.entry(session, "touched")
        assert "2027-01-01 起施行，改动了所引用的：劳动合同法第三十条" in (entry.recheck or "")
        assert entry.withdraw_on == (date(2027, 1, 1) if withdraw else None)
        assert repository.entry(session, "untouched").recheck is None


def test_entries_on_a_work_that_the_new_one_repeals_are_affected(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        version = service.create_draft(session, content(), author="a", now=NOW, new_id="touched")
        service.submit(session, version.id)
        service.publish(session, version.id, reviewer="b", now=NOW)
    closing = "本法自2027年1月1日起施行。《中华人民共和国劳动合同法》同时废止。"
    text = documents.statute(
        "中华人民共和国劳动法典",
        "（2026年11月1日通过）",
        {"第一条": "一切重来。", "第二条": closing},
    )
    arrival = arrive(database, documents.write(tmp_path / "c.docx", text))
    assert (arrival.repealed, arrival.starts_on) == (["劳动合同法"], date(2027, 1, 1))
    with database.read() as session:
        assert [item.entry_id for item in affected.find(session, arrival)] == ["touched"]
        law = StatuteBase(session, date(2027, 1, 1)).law("劳动合同法")
    assert law and law.status is ArticleStatus.REPEALED and law.successor == "劳动法典"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["一个标题", "没有条文"], "没有找到“第一条”"),
        (["某某办法", "第一条\u3000没有日期。"], "没有找到公布日期"),
        (["某某办法", "第一条\u3000甲。", "第一条\u3000乙。"], "第一条出现了两次"),
    ],
)
def test_a_document_that_is_no_statute_is_refused(
    tmp_path: Path, lines: list[str], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        docx.read(documents.write(tmp_path / "x.docx", lines))


def test_a_file_that_is_no_document_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    path.write_bytes(b"no zip")
    with pytest.raises(InvalidInputError, match="不是可以读的"):
        docx.read(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    with pytest.raises(InvalidInputError, match="不是可以读的"):
        docx.read(path)


def test_the_command_imports_tells_and_flags(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))
    migrate(f"sqlite:///{tmp_path / 'hotline.db'}")
    first = documents.statute("某某条例", "（2020年1月1日公布）", {"第一条": "可以。"})
    second = documents.statute("某某条例", "（2026年1月1日修订）", {"第一条": "不可以。"})
    assert main(["statutes", str(documents.write(tmp_path / "1.docx", first))]) == 0
    assert main(["statutes", str(documents.write(tmp_path / "2.docx", second))]) == 0
    told = capsys.readouterr().out
    assert "某某条例第一条：〔＋不〕可以。" in told
    outcome = json.loads(told.splitlines()[-1])
    assert (outcome["changed"], outcome["written"]) == (["某某条例第一条"], True)
    lines = tmp_path / "more.jsonl"
    lines.write_text('{"article": "某某办法第一条", "text": "照办。"}\n', "utf-8")
    assert main(["statutes", str(lines)]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["articles"] == 1
    # A worker that runs meanwhile takes each text into its index; the same text again is nothing.
    assert main(["statutes", str(lines)]) == 0
    with Database(f"sqlite:///{tmp_path / 'hotline.db'}").read() as session:
        waiting = session.scalars(select(OutboxRow.topic).where(OutboxRow.done_at.is_(None))).all()
    assert waiting == [INDEX_TOPIC] * 3
