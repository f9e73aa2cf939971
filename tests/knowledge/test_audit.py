"""The audit finds what is wrong with entries, and says so on its exit."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kit.db import Database
from knowledge import audit, reading_level, similarity
from knowledge.__main__ import main
from knowledge.audit import Audited, Check
from knowledge.standard_qa import service
from tests.knowledge.builders import ANSWER, content
from tests.knowledge.conftest import NOW

TODAY = date(2026, 11, 21)
PLAIN = ANSWER | {
    "steps": "先把工资条、打卡记录留好。再去找老板要。要不到的，带上身份证去当地劳动监察大队投诉。"
    "也可以去申请劳动仲裁，不收钱。拿到裁决书以后，老板还是不给的，就去法院申请强制执行。"
    "不会写申请书的，可以打12348，请律师帮忙看一看。"
}
OTHER = {
    "question": "房东不退押金怎么要回来？",
    "similar": ["退租押金拿不回", "租房的押金被扣", "房子退了钱没退", "搬走后押金没给"],
    "answer": PLAIN | {"conclusion": "押金可以要回来。", "steps": "交钥匙时拍照。" * 30},
}


def findings(database: Database, *entries: Audited) -> set[tuple[Check, str]]:
    with database.read() as session:
        found = audit.examine(session, entries, TODAY).findings
    return {(item.check, item.where) for item in found if item.check is not Check.COVERAGE}


def good(entry_id: str = "a-good", **changes: Any) -> Audited:
    return Audited(entry_id, content(**({"answer": PLAIN} | changes)), "第二位编辑")


def test_a_good_entry_is_not_complained_about(database: Database) -> None:
    assert findings(database, good()) == set()


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"citations": ["劳动合同法第九千条"]}, Check.CITATION),
        ({"answer": PLAIN | {"basis": "《合同法》第六十条。"}}, Check.TEXT_CITATION),
        ({"expires_on": TODAY}, Check.EXPIRED),
        ({"answer": ANSWER}, Check.LENGTH),
        ({"answer": PLAIN | {"local": "各地不同" * 25}}, Check.HARD_TO_READ),
    ],
)
def test_each_mistake_is_found_under_its_own_name(
    database: Database, changes: dict[str, Any], check: Check
) -> None:
    assert findings(database, good(**changes)) == {(check, "a-good")}


def test_an_entry_that_nobody_else_read_or_that_waits_to_be_read_again_is_found(
    database: Database,
) -> None:
    unread = Audited("unread", content(answer=PLAIN), "", "《劳动合同法》已修改")
    assert findings(database, unread) == {(Check.NOT_READ, "unread"), (Check.RECHECK, "unread")}


def test_the_same_phrasing_and_a_like_one_in_two_entries_are_found(database: Database) -> None:
    same = good("b-same", **OTHER | {"similar": ["公司拖欠工资，怎么办！", *OTHER["similar"]]})
    assert findings(database, good(), same) == {(Check.DUPLICATE, "b-same")}
    like = good("c-like", **OTHER | {"similar": ["老板不给发工资", *OTHER["similar"]]})
    assert findings(database, good(), like) == {(Check.NEAR_DUPLICATE, "a-good")}
    assert findings(database, good(), good("d-other", **OTHER)) == set()


def test_a_real_work_whose_text_is_not_held_is_listed_and_not_held_against_the_entry(
    database: Database,
) -> None:
    entry = good(answer=PLAIN | {"basis": "《工伤保险条例》第十四条。"})
    with database.read() as session:
        report = audit.examine(session, [entry], TODAY)
    assert report.not_held == {"工伤保险条例第十四条": ["a-good"]}
    assert {item.check for item in report.findings} == {Check.COVERAGE}


def test_a_category_with_too_few_entries_is_a_finding(database: Database) -> None:
    with database.read() as session:
        report = audit.examine(session, [good()], TODAY)
    assert report.by_category["劳动纠纷"] == 1
    assert report.counts[Check.COVERAGE] == 24


def test_the_seed_has_nothing_against_it(database: Database) -> None:
    with database.read() as session:
        report = audit.examine(session, audit.seed(), TODAY)
    assert not {name for name, count in report.counts.items() if count}


def test_the_command_prints_a_table_and_one_object_and_ends_with_2_when_not_clean(
    database: Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE_URL", database.url)
    with database.write() as session:
        version = service.create_draft(session, content(), author="bian", now=NOW)
        service.submit(session, version.id)
        service.publish(session, version.id, reviewer="shen", now=NOW)
    assert main(["audit"]) == 2
    told = capsys.readouterr()
    report = json.loads(told.out.splitlines()[-1])
    assert (report["entries"], report["clean"], report["counts"]["没有第二人审读"]) == (1, False, 0)
    assert "答案太短或太长 · " in told.out
    assert "审计没有通过：答案太短或太长 1" in told.err


def test_a_long_sentence_of_rare_words_reads_harder_than_short_plain_ones() -> None:
    plain = reading_level.measure(PLAIN["steps"])
    hard = reading_level.measure("行为人实施侵害行为致使被侵权人罹患沉疴者应予衡平填补其所受损害")
    assert plain.is_plain and plain.level < hard.level
    assert reading_level.measure("《民法典》“……”").level == 0


def test_punctuation_and_courtesy_do_not_make_two_questions_different() -> None:
    likest = similarity.likest("请问，老板不发工资怎么办？", ["老板不发工资", "房东不退押金"], 0.5)
    assert [place for place, _ in likest] == [0] and likest[0][1] > 0.99
    assert similarity.likest("任何问题", [], 0.1) == []
