"""试答: what a version would answer if it were live, and what it would take over."""

from pathlib import Path

import pytest

from indexer import LiveIndex
from kit.db import Database
from kit.settings import Settings
from knowledge import trial
from knowledge.indexing import build_entries
from knowledge.retrieval import ARTICLES, ENTRIES, Retriever
from knowledge.standard_qa import labelled, service
from knowledge.standard_qa.models import EntryVersion
from tests.indexer.fakes import FakeEncoder
from tests.knowledge.builders import content
from tests.knowledge.conftest import NOW

DEPOSIT = {
    "question": "房东不退押金怎么办？",
    "similar": ["退租了押金拿不回来", "租房押金被扣", "房东赖着押金", "押金不给退"],
}
ASKED = "房东就是不退押金给我"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def live(database: Database, settings: Settings) -> Retriever:
    """工资 and 押金 are live, 押金 with a labelled question."""
    for entry_id, fields in (("wages", {}), ("deposit", DEPOSIT)):
        with database.write() as session:
            version = service.create_draft(
                session, content(**fields), author="a", now=NOW, new_id=entry_id
            )
            service.submit(session, version.id)
            service.publish(session, version.id, reviewer="b", now=NOW)
            labelled.replace(session, "deposit", [ASKED], author="a", now=NOW) if fields else None
    encoder = FakeEncoder()
    build_entries(database, settings, encoder)
    return Retriever(
        LiveIndex(settings.index_dir, ENTRIES, encoder),
        LiveIndex(settings.index_dir, ARTICLES, encoder),
    )


def drafted(
    database: Database, entry_id: str | None, questions: list[str], **fields: object
) -> EntryVersion:
    with database.write() as session:
        version = service.create_draft(
            session, content(**fields), author="a", now=NOW, entry_id=entry_id
        )
        labelled.replace(session, version.entry_id, questions, author="a", now=NOW)
        return version


def tried(
    database: Database, settings: Settings, live: Retriever, version: EntryVersion
) -> trial.Trial:
    with database.read() as session:
        return trial.run(session, version, live, FakeEncoder(), settings)


def test_a_new_entry_is_asked_its_questions_as_if_it_were_live(
    database: Database, settings: Settings, live: Retriever
) -> None:
    fields = {
        "question": "年终奖不发怎么办",
        "similar": ["年终奖没了", "奖金不发", "十三薪", "双薪"],
    }
    version = drafted(database, None, ["年终奖没了", "街边摊占道怎么举报"], **fields)
    found = tried(database, settings, live, version)
    assert [heard.right for heard in found.own] == [True, False]
    assert found.taken == ()
    assert found.questions[version.entry_id] == "年终奖不发怎么办"
    with database.read() as session:
        assert live.consult(session, "年终奖没了").decision.entry_id is None


def test_a_version_that_would_answer_another_entrys_question_is_told_of_it(
    database: Database, settings: Settings, live: Retriever
) -> None:
    phrasings = ["老板不发工资", "工资被拖着", "欠薪找谁", ASKED]
    version = drafted(database, "wages", [], similar=phrasings)
    with database.write() as session:
        labelled.replace(session, "deposit", [ASKED, "押金不给退"], author="a", now=NOW)
    found = tried(database, settings, live, version)
    (heard,) = found.taken
    assert (heard.entry_id, heard.question) == ("deposit", ASKED)
    assert heard.before is not None and heard.before.entry_id != "wages"
    assert heard.after.entry_id == "wages"
    assert found.questions["deposit"] == DEPOSIT["question"]


def test_the_version_that_is_live_takes_nothing_over(
    database: Database, settings: Settings, live: Retriever
) -> None:
    version = drafted(database, "wages", ["老板不发工资"])
    found = tried(database, settings, live, version)
    assert found.taken == () and found.others == 1
    assert [heard.right for heard in found.own] == [True]


def test_with_nothing_to_ask_nothing_is_built(
    database: Database, settings: Settings, live: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = drafted(
        database, None, [], question="年终奖", similar=["甲一", "乙二", "丙三", "丁四"]
    )

    def refuse(*_: object, **__: object) -> str:
        raise AssertionError("built")

    monkeypatch.setattr(trial, "build", refuse)
    found = tried(database, settings, live, version)
    assert (found.own, found.taken, found.asked, found.others) == ((), (), 0, 1)


def test_labelled_questions_are_replaced_and_what_stays_keeps_its_author(
    database: Database,
) -> None:
    version = drafted(database, None, ["甲问题", "乙问题", "甲问题"])
    entry_id = version.entry_id
    with database.write() as session:
        assert not labelled.replace(session, entry_id, ["甲问题", "乙问题"], author="b", now=NOW)
        assert labelled.replace(session, entry_id, ["乙问题", "丙问题"], author="b", now=NOW)
        assert labelled.of(session, [entry_id]) == {entry_id: ["乙问题", "丙问题"]}
        assert labelled.of_live(session) == []
        rows = session.query(labelled.LabelledQuestion).order_by("id").all()
        assert [row.author for row in rows] == ["a", "b"]
