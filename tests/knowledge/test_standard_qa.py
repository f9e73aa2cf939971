"""Entries: versions are immutable, two people publish, citations are confirmed, ids are kept."""

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from kit.db import Database
from kit.errors import ConflictError, ForbiddenError, InvalidInputError
from kit.outbox import OutboxRow
from knowledge.standard_qa import repository, service
from knowledge.standard_qa.models import VersionState
from knowledge.standard_qa.schemas import render
from tests.knowledge.builders import ANSWER, content
from tests.knowledge.conftest import NOW


def published(database: Database, **changes: object) -> str:
    with database.write() as session:
        version = service.create_draft(session, content(**changes), author="a", now=NOW)
        service.submit(session, version.id)
        service.publish(session, version.id, reviewer="b", now=NOW)
        return version.entry_id


def test_a_draft_is_not_live_until_another_person_publishes_it(database: Database) -> None:
    with database.write() as session:
        version = service.create_draft(session, content(), author="a", now=NOW)
        assert repository.live_versions(session, [version.entry_id]) == {}
        service.submit(session, version.id)
        with pytest.raises(ForbiddenError, match="另一位编辑"):
            service.publish(session, version.id, reviewer="a", now=NOW)
        service.publish(session, version.id, reviewer="b", now=NOW)
        live = repository.live_versions(session, [version.entry_id])
        assert live[version.entry_id].id == version.id


def test_publishing_asks_for_a_new_index_in_the_same_transaction(database: Database) -> None:
    entry_id = published(database)
    with database.read() as session:
        rows = session.scalars(select(OutboxRow)).all()
        assert [(row.topic, row.payload) for row in rows] == [
            (service.INDEX_TOPIC, {"entry_id": entry_id})
        ]


@pytest.mark.parametrize(
    ("citation", "why"),
    [
        ("民法典第九千条", "没有这一条"),
        ("不存在法第一条", "不存在法第一条"),
        ("环境保护法第一条", "废止"),
        ("民法典", "民法典"),
    ],
)
def test_a_citation_that_the_statutes_do_not_confirm_is_refused(
    database: Database, citation: str, why: str
) -> None:
    with database.write() as session, pytest.raises(InvalidInputError) as raised:
        service.create_draft(session, content(citations=[citation]), author="a", now=NOW)
    assert why in raised.value.message


def test_an_added_similar_question_makes_a_new_version_and_leaves_the_old_as_it_was(
    database: Database,
) -> None:
    entry_id = published(database)
    with database.write() as session:
        version = service.add_similar(session, entry_id, "厂里压工资", author="a", now=NOW)
        assert version.state == VersionState.IN_REVIEW
        service.publish(session, version.id, reviewer="b", now=NOW)
        newest, first = repository.versions(session, entry_id)
        assert newest.similar == [*first.similar, "厂里压工资"]
        assert newest.answer == first.answer
        rows = [row.text for row in repository.live_phrasings(session)]
        assert rows[0] == "公司拖欠工资怎么办？"
        assert rows[-1] == "厂里压工资"


def test_a_rejected_version_is_not_built_upon(database: Database) -> None:
    entry_id = published(database)
    with database.write() as session:
        wrong = service.add_similar(session, entry_id, "错误的问法", author="a", now=NOW)
        service.reject(session, wrong.id, reviewer="b", reason="不是一回事", now=NOW)
        right = service.add_similar(session, entry_id, "厂里压工资", author="a", now=NOW)
        assert "错误的问法" not in right.similar


def test_the_same_similar_question_is_not_added_twice(database: Database) -> None:
    entry_id = published(database)
    with database.write() as session, pytest.raises(ConflictError):
        service.add_similar(session, entry_id, "欠薪找谁", author="a", now=NOW)


def test_an_older_version_cannot_be_published_over_a_newer_one(database: Database) -> None:
    entry_id = published(database)
    with database.write() as session:
        older = service.add_similar(session, entry_id, "厂里压工资", author="a", now=NOW)
        newer = service.add_similar(session, entry_id, "工钱要不回", author="a", now=NOW)
        service.publish(session, newer.id, reviewer="b", now=NOW)
        with pytest.raises(ConflictError, match="更新的版本"):
            service.publish(session, older.id, reviewer="b", now=NOW)
        live = repository.live_versions(session, [entry_id])[entry_id]
        assert {"厂里压工资", "工钱要不回"} <= set(live.similar)


def test_withdrawing_takes_the_entry_off_at_once_and_needs_a_reason(database: Database) -> None:
    entry_id = published(database)
    with database.write() as session:
        with pytest.raises(InvalidInputError, match="原因"):
            service.withdraw(session, entry_id, actor="b", reason=" ", now=NOW)
        service.withdraw(session, entry_id, actor="b", reason="法律已修改", now=NOW)
        assert repository.live_versions(session, [entry_id]) == {}
        assert list(repository.live_phrasings(session)) == []


def test_rejecting_needs_a_reason_and_ends_the_version(database: Database) -> None:
    with database.write() as session:
        version = service.create_draft(session, content(), author="a", now=NOW)
        service.submit(session, version.id)
        with pytest.raises(InvalidInputError):
            service.reject(session, version.id, reviewer="b", reason="", now=NOW)
        service.reject(session, version.id, reviewer="b", reason="期限写错", now=NOW)
        with pytest.raises(ConflictError):
            service.publish(session, version.id, reviewer="c", now=NOW)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"similar": ["只有一条"]}, "相似问至少"),
        ({"similar": ["同一条"] * 6}, "相似问至少"),
        ({"answer": {**ANSWER, "deadline": " "}}, "期限"),
        ({"answer": {**ANSWER, "joke": "笑话"}}, "joke"),
        ({"answer": {**ANSWER, "steps": "长" * 3000}}, "太长"),
        ({"citations": []}, "citations"),
        ({"category": "天文"}, "category"),
    ],
)
def test_content_that_is_not_whole_is_refused_with_what_is_missing(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        content(**change)


def test_the_answer_is_rendered_word_for_word_under_its_section_names() -> None:
    text = render(content().answer)
    assert text.startswith("【结论】用人单位应当按时足额支付工资。\n【依据】")
    for words in ANSWER.values():
        assert words in text


def test_a_search_word_with_wildcards_is_taken_literally(database: Database) -> None:
    published(database)
    with database.read() as session:
        assert repository.page(session, words="拖欠")[1] == 1
        assert repository.page(session, words="%")[1] == 0
        assert repository.page(session, words="_")[1] == 0
