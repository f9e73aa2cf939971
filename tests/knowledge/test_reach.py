"""Reach: an entry is for its region only, and the nearer reach comes first where two are near."""

from dataclasses import dataclass

import pytest

from kit import region
from knowledge import reach
from knowledge.categories import Audience
from knowledge.decision import Scored


@dataclass(frozen=True)
class Version:
    region: str = ""
    audience: str = Audience.EVERYBODY


def hit(entry_id: str, score: float, *, exact: bool = False) -> Scored:
    return Scored(entry_id, "问法", score, score, score, exact)


def order(question: str, hits: list[Scored], **versions: Version) -> list[tuple[str, float]]:
    found = reach.arranged(question, hits, versions)
    return [(item.entry_id, item.score) for item in found]


@pytest.mark.parametrize(
    ("entry", "place", "expected"),
    [
        ("", "", True),
        ("", "浙江省/杭州市", True),
        ("浙江省", "浙江省/杭州市", True),
        ("浙江省/杭州市", "浙江省/杭州市", True),
        ("浙江省/杭州市/西湖区", "浙江省/杭州市", False),
        ("浙江省/宁波市", "浙江省/杭州市", False),
        ("浙江", "浙江省", False),
        ("浙江省", "", False),
    ],
)
def test_a_regional_entry_is_for_those_who_are_known_to_be_there(
    entry: str, place: str, expected: bool
) -> None:
    assert reach.is_for(Version(entry), place) is expected


def test_levels_are_told_by_depth() -> None:
    names = ("", "江西省", "江西省/南昌市", "江西省/南昌市/东湖区")
    assert [region.level(name) for name in names] == ["国家", "省", "市", "县"]


def test_the_regional_one_comes_first_where_both_are_near_and_takes_the_better_score() -> None:
    hits = [hit("nation", 0.80), hit("city", 0.77), hit("other", 0.4)]
    found = order(
        "最低工资", hits, nation=Version(), city=Version("浙江省/杭州市"), other=Version()
    )
    assert found == [("city", 0.80), ("nation", 0.77), ("other", 0.4)]


def test_the_deeper_region_comes_first_of_three() -> None:
    hits = [hit("nation", 0.80), hit("province", 0.78), hit("city", 0.76)]
    versions = {
        "nation": Version(),
        "province": Version("浙江省"),
        "city": Version("浙江省/杭州市"),
    }
    assert [name for name, _ in order("最低工资", hits, **versions)] == [
        "city",
        "province",
        "nation",
    ]


def test_a_regional_one_that_is_far_stays_behind() -> None:
    hits = [hit("nation", 0.80), hit("city", 0.70)]
    assert order("最低工资", hits, nation=Version(), city=Version("浙江省"))[0] == ("nation", 0.80)


def test_who_chooses_an_entry_by_its_own_words_gets_it() -> None:
    hits = [hit("nation", 1.0, exact=True), hit("city", 0.99)]
    assert order("最低工资", hits, nation=Version(), city=Version("浙江省"))[0][0] == "nation"
    both = [hit("nation", 1.0, exact=True), hit("city", 1.0, exact=True)]
    assert order("最低工资", both, nation=Version(), city=Version("浙江省"))[0][0] == "city"


def test_an_audience_comes_first_only_where_the_question_speaks_of_it() -> None:
    versions = {"all": Version(), "minors": Version(audience=Audience.MINORS)}
    hits = [hit("all", 0.80), hit("minors", 0.78)]
    assert order("我家孩子打游戏充了钱", hits, **versions)[0][0] == "minors"
    assert order("打游戏充了钱能退吗", hits, **versions)[0][0] == "all"
    turned = [hit("minors", 0.80), hit("all", 0.78)]
    assert order("打游戏充了钱能退吗", turned, **versions)[0][0] == "all"


def test_every_audience_is_known_by_words_of_its_own() -> None:
    assert set(reach._SPOKEN_OF) == set(Audience) - {Audience.EVERYBODY}


def test_without_regions_and_audiences_nothing_changes() -> None:
    hits = [hit("one", 0.8), hit("two", 0.8), hit("three", 0.79)]
    versions = {name: Version() for name in ("one", "two", "three")}
    assert reach.arranged("什么", hits, versions) == hits
