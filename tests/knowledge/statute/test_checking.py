"""Verdicts on citations against the real statutes, on a given day."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from knowledge.statute import citation, service
from knowledge.statute.citation import CheckStatus
from knowledge.statute.repository import ArticleStatus, StatuteBase
from tests.knowledge.statute.conftest import TODAY


def verdict(session: Session, text: str, today: date = TODAY) -> CheckStatus:
    (checked,) = service.check_text(session, text, today)
    return checked.status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("《民法典》第一千零七十九条", CheckStatus.CONFIRMED),
        ("刑法第一百三十三条之一第一款第（二）项", CheckStatus.CONFIRMED),
        ("《民法典》第一千零七十九条第五款", CheckStatus.CONFIRMED),
        ("《民法典》第一千零七十九条第六款", CheckStatus.NO_SUCH_PARAGRAPH),
        ("《劳动合同法》第三十九条第六项", CheckStatus.CONFIRMED),
        ("《劳动合同法》第三十九条第七项", CheckStatus.NO_SUCH_PARAGRAPH),
        ("《民法典》第一千二百六十一条", CheckStatus.NO_SUCH_ARTICLE),
        ("刑法第一百二十条之九", CheckStatus.NO_SUCH_ARTICLE),
        ("《数字货币管理法》第七条", CheckStatus.NO_SUCH_LAW),
        ("《工伤保险条例》第十四条", CheckStatus.TEXT_NOT_HELD),
        ("《劳动合同法实施条例》第五条", CheckStatus.TEXT_NOT_HELD),
        ("最高人民法院关于适用《民法典》婚姻家庭编的解释（一）第三条", CheckStatus.TEXT_NOT_HELD),
        ("《婚姻法》第三十二条", CheckStatus.REPEALED),
        ("《大气污染防治法》第九十九条", CheckStatus.REPEALED),
        ("《农村土地承包法》第五条", CheckStatus.REPEALED),
        ("刑法第三百九十条", CheckStatus.AMENDED),
        ("《医疗保障法》第一条", CheckStatus.NOT_YET_IN_FORCE),
        ("《商标法》第八十条", CheckStatus.NOT_YET_IN_FORCE),
        ("《商标法》第五十七条", CheckStatus.CONFIRMED),
        ("道交法第七十六条", CheckStatus.CONFIRMED),
    ],
)
def test_each_citation_gets_its_verdict(session: Session, text: str, status: CheckStatus) -> None:
    assert verdict(session, text) is status


def test_a_repealed_law_names_its_successor(session: Session) -> None:
    old, environment = service.check_text(
        session, "《合同法》第一百零七条；《环境保护法》第六条", TODAY
    )
    assert old.successor == "民法典"
    assert environment.successor == "生态环境法典"
    assert environment.message == "《环境保护法》自2026-08-15起已经废止，由《生态环境法典》取代"


def test_the_verdict_follows_the_day(session: Session) -> None:
    text = "《环境保护法》第六条"
    assert verdict(session, text, date(2026, 8, 14)) is CheckStatus.CONFIRMED
    assert verdict(session, text, date(2026, 8, 15)) is CheckStatus.REPEALED
    assert verdict(session, "刑法第三百九十条", date(2024, 2, 29)) is CheckStatus.CONFIRMED
    assert verdict(session, "刑法第三百九十条", date(2024, 3, 1)) is CheckStatus.AMENDED
    assert verdict(session, "《商标法》第八十条", date(2027, 1, 1)) is CheckStatus.CONFIRMED
    assert verdict(session, "《婚姻法》第三十二条", date(2020, 1, 1)) is CheckStatus.TEXT_NOT_HELD


def test_words_that_the_article_does_not_say_are_found_out(session: Session) -> None:
    right = "《民法典》第一百八十八条规定：“向人民法院请求保护民事权利的诉讼时效期间为三年。”"
    wrong = right.replace("三年", "两年")
    assert verdict(session, right) is CheckStatus.CONFIRMED
    (checked,) = service.check_text(session, wrong, TODAY)
    assert checked.status is CheckStatus.MISQUOTED
    assert checked.misquoted == ("向人民法院请求保护民事权利的诉讼时效期间为两年。",)


def test_punctuation_and_left_out_words_do_not_make_a_misquotation() -> None:
    text = "当事人一方不履行合同义务的，应当承担继续履行、采取补救措施或者赔偿损失等违约责任。"
    assert citation.says(text, "应当承担继续履行，采取补救措施或者赔偿损失")
    assert citation.says(text, "当事人一方不履行合同义务的……违约责任")
    assert not citation.says(text, "违约责任……当事人一方")


def test_paragraphs_are_counted_without_their_items(base: StatuteBase) -> None:
    article = base.article("刑法", "第一百三十三条之一")
    assert article is not None
    held = citation.paragraphs(article.text)
    assert [sorted(items) for _body, items in held] == [[1, 2, 3, 4], [], []]


def test_names_are_checked_one_by_one_in_order(session: Session) -> None:
    names = ["民法典第一千零七十九条", "劳动合同法第九百条", "不是条文", "工伤保险条例第十四条"]
    checked = service.check_names(session, names, TODAY)
    assert [one.status for one in checked] == [
        CheckStatus.CONFIRMED,
        CheckStatus.NO_SUCH_ARTICLE,
        CheckStatus.UNREADABLE,
        CheckStatus.TEXT_NOT_HELD,
    ]
    assert [one.text for one in checked] == names
    assert checked[0].confirmed
    assert checked[0].article_id == "民法典第一千零七十九条@7772c5d4af34"
    assert all(one.message for one in checked[1:])
    assert all(status.label for status in CheckStatus)


def test_the_statutes_own_references_are_confirmed(base: StatuteBase) -> None:
    """What the statutes themselves cite is a test set of some thousand references."""
    total = confirmed = 0
    for article in base.articles_in_force():
        if base.law(article.law).kind != "法律":  # type: ignore[union-attr]
            continue
        mentions = citation.find(article.text, article.law, base.known_names)
        verdicts = citation.check_all(mentions, base)
        total += len(verdicts)
        confirmed += sum(one.confirmed for one in verdicts)
    assert total > 2000
    assert confirmed / total >= 0.99


def test_a_superseded_article_shows_the_act_that_changed_it(base: StatuteBase) -> None:
    article = base.article("刑法", "387")
    assert article is not None
    assert (article.status, article.changed_by) == (ArticleStatus.AMENDED, "刑法修正案（十二）")
