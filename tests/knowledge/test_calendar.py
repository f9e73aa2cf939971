"""The calendar of entries, 待复核, older versions and neighbours."""

from datetime import date, datetime, timedelta

import pytest

from kit.db import Database
from kit.errors import ConflictError, InvalidInputError
from knowledge.standard_qa import calendar, neighbours, repository, service
from knowledge.standard_qa.models import EntryVersion, VersionState
from knowledge.standard_qa.repository import Show
from tests.knowledge.builders import ANSWER, content
from tests.knowledge.conftest import NOW

TOMORROW = date(2026, 11, 22)
DAY = timedelta(days=1)


def published(
    database: Database, entry_id: str = "wages", now: datetime = NOW, **changes: object
) -> EntryVersion:
    with database.write() as session:
        held = session.get(service.Entry, entry_id)
        version = service.create_draft(
            session,
            content(**changes),
            author="a",
            now=now,
            entry_id=entry_id if held else None,
            new_id=entry_id,
        )
        service.submit(session, version.id)
        return service.publish(session, version.id, reviewer="b", now=now)


def is_live(database: Database, version: EntryVersion) -> bool:
    with database.read() as session:
        live = repository.live_versions(session, [version.entry_id]).get(version.entry_id)
    return live is not None and live.id == version.id


def keep(database: Database, now: datetime) -> calendar.Kept:
    with database.write() as session:
        return calendar.keep(session, now)


def test_a_version_that_is_valid_from_tomorrow_goes_live_tomorrow(database: Database) -> None:
    old = published(database)
    new = published(database, valid_from=TOMORROW, question="公司拖欠工资，怎么要？")
    assert new.state == VersionState.SCHEDULED and is_live(database, old)
    assert not keep(database, NOW)
    assert keep(database, NOW + DAY) == calendar.Kept(published=("wages",))
    assert is_live(database, new)
    assert not keep(database, NOW + DAY)


def test_an_expired_version_is_withdrawn_on_its_day_and_an_expired_one_is_not_published(
    database: Database,
) -> None:
    version = published(database, expires_on=TOMORROW)
    assert not keep(database, NOW) and is_live(database, version)
    assert keep(database, NOW + DAY) == calendar.Kept(withdrawn=("wages",))
    assert not is_live(database, version)
    with pytest.raises(InvalidInputError, match="失效日期 2026-11-22 已经过了"):
        published(database, "late", NOW + 2 * DAY, expires_on=TOMORROW, question="另外一个问题")


def test_on_the_day_a_successor_takes_over_from_the_version_that_ends(database: Database) -> None:
    published(database, expires_on=TOMORROW)
    new = published(database, valid_from=TOMORROW)
    assert keep(database, NOW + DAY) == calendar.Kept(("wages",), (), ("wages",))
    assert is_live(database, new)


def test_a_scheduled_version_whose_law_is_gone_by_then_is_refused_and_flagged(
    database: Database,
) -> None:
    version = published(database, valid_from=TOMORROW)
    with database.write() as session:
        session.get_one(EntryVersion, version.id).citations = ["劳动合同法第九千条"]
    assert keep(database, NOW + DAY) == calendar.Kept(refused=("wages",))
    with database.read() as session:
        entry = repository.entry(session, "wages")
        assert "没有按期上线" in (entry.recheck or "")
        assert repository.version(session, version.id).state == VersionState.REJECTED


def test_a_scheduled_version_that_was_overtaken_is_not_published(database: Database) -> None:
    published(database, valid_from=TOMORROW)
    newer = published(database)
    assert keep(database, NOW + DAY).refused == ("wages",)
    assert is_live(database, newer)


def test_a_scheduled_version_can_be_called_off(database: Database) -> None:
    version = published(database, valid_from=TOMORROW)
    with database.write() as session:
        service.reject(session, version.id, reviewer="b", reason="推迟", now=NOW)
    assert not keep(database, NOW + DAY)


def test_a_flag_stays_until_it_is_settled_or_a_new_version_goes_live(database: Database) -> None:
    published(database)
    with database.write() as session:
        with pytest.raises(InvalidInputError):
            service.flag(session, "wages", " ", now=NOW)
        service.flag(session, "wages", "最低工资调整了", now=NOW)
        assert repository.page(session, show=Show.RECHECK)[1] == 1
        service.unflag(session, "wages")
        with pytest.raises(ConflictError):
            service.unflag(session, "wages")
        service.flag(session, "wages", "又调整了", now=NOW)
    published(database)
    with database.read() as session:
        assert repository.page(session, show=Show.RECHECK)[1] == 0


def test_an_entry_is_withdrawn_on_the_day_that_was_set(database: Database) -> None:
    version = published(database)
    with database.write() as session:
        repository.entry(session, "wages").withdraw_on = TOMORROW
    assert not keep(database, NOW)
    assert keep(database, NOW + DAY).withdrawn == ("wages",)
    with database.read() as session:
        assert "系统 撤下" in repository.version(session, version.id).review_note


def test_an_older_version_is_restored_as_a_draft_for_review(database: Database) -> None:
    old = published(database, region="江西省/南昌市", audience="农民工")
    published(database, answer=ANSWER | {"deadline": "仲裁时效两年。"})
    with database.write() as session:
        made = service.restore(session, "wages", old.id, author="c", now=NOW)
        assert (made.number, made.state, made.change_note) == (3, "draft", "恢复第 1 版的内容")
        assert service.content_of(made) == service.content_of(old)
        with pytest.raises(ConflictError):
            service.restore(session, "other", old.id, author="c", now=NOW)


def test_the_list_is_filtered_by_region_and_by_what_happens_to_entries(database: Database) -> None:
    published(database, "one", region="江西省/南昌市")
    published(database, "two", question="另外一个问题", expires_on=date(2026, 12, 1))
    with database.read() as session:

        def ids(**wanted: object) -> list[str]:
            return [entry.id for entry, _ in repository.page(session, **wanted)[0]]  # type: ignore[arg-type]

        assert ids(region="江西省") == ["one"] and ids(region="南昌") == []
        assert ids(show=Show.EXPIRING, until=date(2026, 12, 21)) == ["two"]
        assert ids(show=Show.EXPIRING, until=date(2026, 11, 30)) == []
        assert ids(show=Show.LIVE) == ["one", "two"] and ids(show=Show.NOT_LIVE) == []


def test_neighbours_are_asked_alike_or_stand_on_the_same_article(database: Database) -> None:
    wages = published(database)
    published(database, "rent", question="房租押金不退", citations=["民法典第七百零三条"],
              similar=["老板就是不发工资", "押金问题二", "押金问题三", "押金问题四"])  # fmt: skip
    published(database, "pay", question="加班费怎么算", similar=["一一", "二二", "三三", "四四"],
              citations=["劳动合同法第三十条第一款"])  # fmt: skip

    def search(text: str) -> list[tuple[str, str]]:
        return [("wages", "老板不发工资"), ("rent", "老板就是不发工资"), ("pay", "加班费怎么算")]

    with database.read() as session:
        found = neighbours.of(session, wages, search, NOW.date())
        alone = neighbours.of(session, wages, lambda _: [], NOW.date())
    assert [(item.version.entry_id, item.ours) for item in found.like] == [("rent", "老板不发工资")]
    assert [(other.entry_id, names) for other, names in found.same_articles] == [
        ("pay", ["劳动合同法第三十条"])
    ]
    assert not alone.like and bool(alone)
