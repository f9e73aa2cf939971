"""Evaluation: what counts as right, and what as offered."""

from typing import cast

from sqlalchemy.orm import Session

from knowledge.decision import Decision, Kind, Offered
from knowledge.evaluate import evaluate_answers
from knowledge.retrieval import Consulted, Retriever
from knowledge.standard_qa.models import EntryVersion

SESSION = cast(Session, None)
VERSIONS = {
    "wages": EntryVersion(entry_id="wages", citations=["劳动合同法第三十条"], mentions=[]),
    "surety": EntryVersion(
        entry_id="surety",
        citations=["民法典第六百九十三条"],
        mentions=["最高人民法院关于适用《中华人民共和国民法典》有关担保制度的解释第三十四条"],
    ),
}
INTERPRETED = "最高人民法院关于适用〈中华人民共和国民法典〉有关担保制度的解释第三十四条"


class Deciding:
    """Decides what its questions say: the kind, then the entries in their order."""

    def consult(self, session: Session, question: str) -> Consulted:
        kind, *entries = question.split()
        offered = tuple(Offered(entry, 0.5) for entry in entries)
        return Consulted(Decision(Kind(kind), 0.5, offered, ()), (), VERSIONS)


def evaluated(*rows: dict[str, object]) -> dict[str, float | int]:
    return evaluate_answers(SESSION, cast(Retriever, Deciding()), rows)


def test_an_entry_is_right_by_its_id_or_by_an_article_that_it_names() -> None:
    by_id = {"question": "answer wages", "entry": "wages"}
    by_citation = {"question": "answer wages", "articles": ["中华人民共和国劳动合同法第三十条"]}
    by_mention = {"question": "answer surety", "articles": [INTERPRETED]}
    wrong = {"question": "answer wages", "articles": [INTERPRETED]}
    assert evaluated(by_id, by_citation, by_mention)["precision"] == 1.0
    assert evaluated(by_id, wrong)["precision"] == 0.5


def test_what_stands_beside_an_answer_is_offered_but_not_answered() -> None:
    beside = {"question": "answer wages surety", "entry": "surety"}
    figures = evaluated(beside)
    assert (figures["precision"], figures["offered_hit"]) == (0.0, 1.0)


def test_a_handover_offers_nothing_and_is_missed() -> None:
    figures = evaluated(
        {"question": "handover", "entry": "wages"},
        {"question": "choices surety wages", "entry": "wages"},
        {"question": "answer wages", "expect": "out_of_scope"},
    )
    assert (figures["offered"], figures["offered_hit"]) == (0.5, 1.0)
    assert (figures["choices_hit"], figures["false_answers"]) == (0.5, 1.0)
