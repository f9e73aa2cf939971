"""The seed: whole, confirmed, reviewed by a second reader, and never over an editor's work."""

from collections import Counter
from pathlib import Path

import pytest

from kit.clock import BEIJING
from kit.db import Database
from knowledge.categories import Category
from knowledge.seed import loader
from knowledge.seed.loader import SeedEntry, SeedError
from knowledge.standard_qa import repository, service
from knowledge.standard_qa.schemas import render
from knowledge.statute import service as statutes
from tests.knowledge.conftest import NOW

TODAY = NOW.astimezone(BEIJING).date()


@pytest.fixture(scope="module")
def entries() -> list[SeedEntry]:
    return list(loader.read())


def test_there_are_at_least_150_entries_and_every_category_has_some(
    entries: list[SeedEntry],
) -> None:
    counts = Counter(entry.category for entry in entries)
    assert len(entries) >= 150
    assert all(counts[category] >= 5 for category in Category), counts


def test_no_phrasing_stands_twice(entries: list[SeedEntry]) -> None:
    counts = Counter(text for entry in entries for text in [entry.question, *entry.similar])
    assert [text for text, count in counts.items() if count > 1] == []


def test_every_entry_was_read_by_a_second_person(entries: list[SeedEntry]) -> None:
    unread = [entry.id for entry in entries if not entry.review.get("reader")]
    assert unread == []


def test_every_cited_article_is_named_in_the_answer(entries: list[SeedEntry]) -> None:
    unnamed = [
        (entry.id, name)
        for entry in entries
        for name in entry.citations
        if name[name.rindex("第") :] not in render(entry.answer)
    ]
    assert unnamed == []


def test_every_citation_is_confirmed_by_the_statute_text(
    database: Database, entries: list[SeedEntry]
) -> None:
    names = sorted({name for entry in entries for name in entry.citations})
    with database.read() as session:
        checked = statutes.check_names(session, names, TODAY)
    assert [f"{item.text}: {item.status}" for item in checked if not item.confirmed] == []


def test_loading_twice_changes_nothing_and_an_editors_entry_is_left_alone(
    database: Database,
) -> None:
    with database.write() as session:
        first = loader.load(session, NOW)
        assert first.new == len(list(loader.read()))
        again = loader.load(session, NOW)
        assert (again.new, again.changed, again.unchanged) == (0, 0, first.new)
        entry_id = next(iter(loader.read())).id
        changed = service.add_similar(session, entry_id, "本地的一种说法", author="王芳", now=NOW)
        service.publish(session, changed.id, reviewer="陈静", now=NOW)
        assert loader.load(session, NOW).kept_local == 1
        live = repository.live_versions(session, [entry_id])[entry_id]
        assert "本地的一种说法" in live.similar


def test_an_entry_that_was_withdrawn_here_is_not_published_again_by_an_upgrade(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        first = next(iter(loader.read()))
        monkeypatch.setattr(loader, "read", lambda _folder=None: iter([first]))
        loader.load(session, NOW)
        service.withdraw(session, first.id, actor="王芳", reason="本地规定不同", now=NOW)
        upgraded = first.model_copy(update={"similar": [*first.similar, "新版多出的一种说法"]})
        monkeypatch.setattr(loader, "read", lambda _folder=None: iter([upgraded]))
        assert loader.load(session, NOW).kept_local == 1
        assert repository.live_versions(session, [first.id]) == {}


@pytest.mark.parametrize("phrasings", ["abc: 一条", "no-such-entry:\n- 一种说法", "- 一条"])
def test_wrong_further_phrasings_are_named_in_one_line(tmp_path: Path, phrasings: str) -> None:
    (tmp_path / "phrasings").mkdir()
    (tmp_path / "phrasings" / "more.yaml").write_text(phrasings, encoding="utf-8")
    with pytest.raises(SeedError, match="phrasings"):
        list(loader.read(tmp_path))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("not: a list", "not a list"),
        ("- id: BAD ID\n  question: 问", "BAD ID"),
        ("- id: abc\n  category: 劳动纠纷\n  question: 有问题吗", "abc"),
    ],
)
def test_a_wrong_seed_file_is_named_in_one_line(tmp_path: Path, text: str, error: str) -> None:
    (tmp_path / "wrong.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SeedError, match=error) as raised:
        list(loader.read(tmp_path))
    assert "wrong.yaml" in str(raised.value)
    assert "\n" not in str(raised.value)
