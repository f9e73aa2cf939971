"""Questions: word for word, with the version recorded; danger first; follow-ups; ratings."""

from fastapi.testclient import TestClient
from sqlalchemy import inspect, select

from hotline.consultation import phrases, service
from hotline.consultation.models import Turn
from hotline.consultation.triage import Risk
from hotline.dependencies import Parts
from indexer import Row, build, normalise
from knowledge.retrieval import ENTRIES
from knowledge.standard_qa import service as standard_qa
from knowledge.standard_qa.models import EntryVersion
from knowledge.standard_qa.repository import live_phrasings
from tests.hotline.builders import ANSWER, SERVICE
from tests.hotline.conftest import Asking
from tests.indexer.fakes import FakeEncoder

QUESTION = "借钱给别人没有写借条，还能要回来吗？"


def test_a_known_question_is_answered_word_for_word_with_its_basis(ask: Asking) -> None:
    answer = ask(QUESTION)
    assert answer["decision"] == "answer"
    assert answer["confidence"] == 1.0
    for words in ANSWER.values():
        assert words in answer["reply"]["text"]
    assert answer["reply"]["text"].endswith(phrases.DISCLAIMER)
    assert answer["citations"] == [{"law": "民法典", "article": "第六百七十五条"}]
    assert answer["candidates"][0]["entry_id"] == "debt-no-iou"


def test_two_matters_in_one_question_are_both_offered(ask: Asking) -> None:
    answer = ask("公司拖欠工资怎么办？另外，房东不退押金怎么办？")
    assert answer["decision"] == "choices"
    offered = [item["entry_id"] for item in answer["candidates"]]
    assert offered == ["labour-wages", "property-deposit"]


def test_sentences_on_one_matter_are_not_looked_at_one_by_one(ask: Asking, parts: Parts) -> None:
    assert isinstance(parts.encoder, FakeEncoder)
    question = "公司拖欠工资怎么办呢？老板不发工资咋办呢？"
    parts.encoder.encoded.clear()
    ask(question)
    searched = {text for side, text in parts.encoder.encoded if side == "query"}
    assert normalise(question) in searched
    assert normalise("老板不发工资咋办呢？") not in searched


def test_an_answer_is_read_whole_although_its_rivals_are_not(ask: Asking, parts: Parts) -> None:
    with parts.database.read() as session:
        consulted = parts.retriever.consult(session, QUESTION)
        rivals = [row for row in consulted.versions.values() if row is not consulted.answer]
        assert rivals
        assert all("answer" in inspect(row).unloaded for row in rivals)
        assert not inspect(consulted.answer).unloaded


def test_a_phrasing_of_two_sentences_is_one_matter(ask: Asking, parts: Parts) -> None:
    phrasing = "公司拖欠工资怎么办？另外，房东不退押金怎么办？"
    with parts.database.write() as session:
        rows = list(live_phrasings(session))
    rows.append(Row("own", "labour-wages", phrasing))
    build(parts.settings.index_dir, ENTRIES, rows, encoder=parts.encoder, cache=None)
    answer = ask(phrasing)
    assert (answer["decision"], answer["confidence"]) == ("answer", 1.0)
    assert answer["candidates"][0]["entry_id"] == "labour-wages"


def test_the_entry_version_is_recorded_with_the_turn(ask: Asking, parts: Parts) -> None:
    turn_id = ask(QUESTION)["turn_id"]
    with parts.database.read() as session:
        turn = session.get_one(Turn, turn_id)
        version = session.get_one(EntryVersion, turn.entry_version_id)
        assert (turn.entry_id, version.number) == ("debt-no-iou", 1)
        assert turn.reasons


def test_a_withdrawn_entry_is_not_answered_although_the_index_still_has_it(
    ask: Asking, parts: Parts
) -> None:
    with parts.database.write() as session:
        standard_qa.withdraw(
            session, "debt-no-iou", actor="bian", reason="法律已修改", now=parts.clock.now()
        )
    answer = ask(QUESTION)
    assert answer["decision"] != "answer"
    assert "debt-no-iou" not in [item["entry_id"] for item in answer["candidates"]]


def test_a_follow_up_gets_the_part_of_the_last_answer_that_it_asks_for(ask: Asking) -> None:
    ask(QUESTION)
    answer = ask("那要带什么材料呢")
    assert answer["decision"] == "answer"
    assert ANSWER["materials"] in answer["answer"]
    assert ANSWER["steps"] not in answer["answer"]
    missing = ask("要多少钱")
    assert "没有写明费用" in missing["answer"]


def test_after_a_question_without_an_answer_a_follow_up_is_not_about_the_one_before(
    ask: Asking,
) -> None:
    ask(QUESTION)
    assert ask("火星上的土地归谁所有呢")["decision"] != "answer"
    assert ask("那要带什么材料呢")["decision"] != "answer"


def test_a_follow_up_without_anything_before_it_is_no_answer(ask: Asking) -> None:
    assert ask("那要多少钱呢")["decision"] != "answer"


def test_what_is_unknown_is_handed_over_with_a_way_to_a_person(ask: Asking) -> None:
    answer = ask("火星上的土地归谁所有呢")
    assert answer["decision"] in ("handover", "choices")
    assert phrases.ASK_PERSON in [choice["payload"] for choice in answer["reply"]["choices"]]


def test_articles_are_shown_for_reading_to_a_question_of_law_without_an_answer(
    ask: Asking,
) -> None:
    answer = ask("邻居家的狗咬伤了我")
    assert answer["decision"] == "handover"
    assert phrases.RELATED in answer["reply"]["text"]
    assert answer["reply"]["related"] == [{"law": "民法典", "article": "第六百七十五条"}]


def test_no_articles_are_shown_to_a_question_that_is_none_of_law(ask: Asking) -> None:
    answer = ask("哪家火锅好吃又便宜")
    assert answer["decision"] == "handover"
    assert phrases.RELATED not in answer["reply"]["text"]
    assert answer["reply"]["related"] == []


def test_danger_comes_before_the_answer_and_offers_an_urgent_order(
    ask: Asking, parts: Parts
) -> None:
    answer = ask("我老公正在打我，救救我")
    assert answer["triage"] == {"risk": "violence", "urgency": "urgent"}
    assert answer["reply"]["text"].startswith(phrases.SAFETY[Risk.VIOLENCE])
    assert phrases.URGENT_OFFER in answer["reply"]["text"]
    assert answer["reply"]["choices"][0]["payload"] == phrases.ASK_PERSON


def test_every_risk_has_a_safety_text_with_a_telephone_number() -> None:
    for risk in Risk:
        if risk is not Risk.NONE:
            assert any(number in phrases.SAFETY[risk] for number in ("110", "120", "12348"))


def test_a_choice_is_what_the_citizen_could_have_typed_and_leads_to_its_answer(
    ask: Asking, parts: Parts
) -> None:
    with parts.database.read() as session:
        questions = session.scalars(select(EntryVersion.question)).all()
    for question in questions:
        assert ask(question)["decision"] == "answer"


def test_rating_is_kept_with_the_last_turn(ask: Asking, client: TestClient, parts: Parts) -> None:
    path = f"/v1/consultations/{ask.id}/satisfaction"
    nothing = client.post(path, json={"helped": True}, headers=SERVICE).json()
    assert nothing["reply"]["text"] == phrases.NO_TURN
    turn_id = ask(QUESTION)["turn_id"]
    sorry = client.post(path, json={"helped": False}, headers=SERVICE).json()["reply"]
    assert sorry["choices"][0]["payload"] == phrases.ASK_PERSON
    with parts.database.read() as session:
        assert session.get_one(Turn, turn_id).helped is False


def test_citations_are_split_into_law_and_article() -> None:
    found = service.split_citation("刑法第一百二十条之一")
    assert (found.law, found.article) == ("刑法", "第一百二十条之一")
