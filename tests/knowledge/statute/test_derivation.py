"""What the texts say about one another: repeals and amendments are read, not listed."""

from datetime import date

import pytest

from knowledge.statute import derivation
from knowledge.statute.derivation import Repeal
from knowledge.statute.source import SourceArticle, SourceVersion


def act(name: str, *texts: str, status: str = "现行有效") -> SourceVersion:
    articles = tuple(
        SourceArticle(f"条目{place}", place, 0, None, text) for place, text in enumerate(texts, 1)
    )
    day = date(2024, 3, 1)
    return SourceVersion("id", name, "法律", "修正案", day, day, status, articles)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ('将刑法第三百九十条修改为："对犯行贿罪的，依照第三百八十九条处罚。"', {"第三百九十条"}),
        ('在刑法第一百六十五条中增加一款作为第二款，将该条修改为："…"', {"第一百六十五条"}),
        ("将第十八条改为第十九条，删去第二款。", {"第十八条"}),
        ('将第八条、第九条第一项合并，作为第九条，修改为："…"', {"第八条", "第九条"}),
        ('在刑法第二百九十三条后增加一条，作为第二百九十三条之一："…"', set()),
        ('增加一条，作为第三条："…"', set()),
        ("本修正案自2024年3月1日起施行。", set()),
    ],
)  # fmt: skip
def test_an_entry_tells_which_existing_articles_it_changes(text: str, changed: set[str]) -> None:
    assert derivation.changed_articles(act("中华人民共和国刑法修正案（十二）", text)) == changed


def test_the_name_of_an_amending_act_tells_what_it_amends() -> None:
    assert derivation.amended_work("中华人民共和国刑法修正案（十二）") == "刑法"
    assert (
        derivation.amended_work("全国人民代表大会常务委员会关于修改《中华人民共和国工会法》的决定")
        == "工会法"
    )
    assert derivation.amended_work("中华人民共和国刑法") is None


def test_a_closing_article_tells_what_it_repeals_and_from_when() -> None:
    closing = "本法自 2026年8月15日起施行。 《中华人民共和国甲法》、《乙条例》同时废止。"
    assert list(derivation.repeals([act("中华人民共和国丙法", closing)])) == [
        Repeal("甲法", "中华人民共和国甲法", date(2026, 8, 15), "丙法"),
        Repeal("乙条例", "乙条例", date(2026, 8, 15), "丙法"),
    ]


def test_a_law_does_not_repeal_itself_and_a_former_version_repeals_nothing() -> None:
    closing = "本法自公布之日起施行。1950年颁布的《中华人民共和国工会法》同时废止。"
    assert list(derivation.repeals([act("中华人民共和国工会法", closing)])) == []
    former = act("丙法", "《甲法》同时废止。", status="历史版本")
    assert list(derivation.repeals([former])) == []


def test_a_repeal_without_a_day_says_so() -> None:
    (repeal,) = derivation.repeals([act("丙法", "本法自公布之日起施行。《甲法》同时废止。")])
    assert repeal.on is None
