"""Candidates: a lawyer's answer becomes a 相似问, a new entry, or nothing."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from hotline.dependencies import Parts
from hotline.staff.models import AuditRow
from knowledge.candidate import service
from knowledge.candidate.models import Candidate
from knowledge.decision import Offered
from knowledge.standard_qa import repository
from tests.hotline.builders import ANSWER, PHONE
from tests.hotline.conftest import Seat

AnyOne = Callable[[str], Seat]
QUESTION = f"借给老乡八千块没写条子，我电话 {PHONE}"


@pytest.fixture
def candidate(parts: Parts) -> int:
    """An answer that proposes to become knowledge; returns its id."""
    with parts.database.write() as session:
        row = service.propose(
            session,
            source="event:1",
            question=QUESTION,
            answer="【结论】能要回来。\n【依据】《民法典》第六百七十五条、《合同法》第二百零六条。",
            category="债权债务",
            nearest=Offered("debt-no-iou", 0.42),
            now=parts.clock.now(),
        )
    return row.id


def state_of(parts: Parts, candidate_id: int) -> Candidate:
    """The candidate as the database has it."""
    with parts.database.read() as session:
        return service.get(session, candidate_id)


def test_the_list_names_the_nearest_entry_and_no_phone(seat: AnyOne, candidate: int) -> None:
    page = seat("bian").get("/editor/candidates").text
    assert "最接近：借钱给别人没有写借条，还能要回来吗？（把握 42%）" in page
    assert PHONE not in page and "138****5678" in page


def test_a_candidate_is_merged_as_the_editor_words_it(
    seat: AnyOne, parts: Parts, candidate: int
) -> None:
    bian = seat("bian")
    page = bian.get(f"/editor/candidates/{candidate}").text
    assert 'name="entry_id" value="debt-no-iou"' in page
    assert PHONE not in page
    wording = "借给老乡钱没写条子能要回来吗"
    merged = bian.post(
        f"/editor/candidates/{candidate}/merge", entry_id="debt-no-iou", text=wording
    )
    assert "已并入为相似问" in bian.get(merged.headers["location"]).text
    with parts.database.read() as session:
        version = repository.versions(session, "debt-no-iou")[0]
        last = session.scalars(select(AuditRow).order_by(AuditRow.id.desc())).first()
    assert (version.state, version.similar[-1]) == ("in_review", wording)
    assert last is not None and (last.actor, last.action) == ("bian", "merge")
    assert state_of(parts, candidate).state == "merged"


@pytest.mark.parametrize(
    ("entry_id", "text", "status", "message"),
    [
        ("no-such", "没写借条能要回吗", 404, "没有这个条目"),
        ("debt-no-iou", "只有微信转账记录告得赢吗", 409, "这个条目已经有这条相似问"),
        ("debt-no-iou", " ", 422, "相似问要有 2 到 200 字"),
    ],
)
def test_a_refused_merge_keeps_what_was_typed(
    seat: AnyOne,
    parts: Parts,
    candidate: int,
    entry_id: str,
    text: str,
    status: int,
    message: str,
) -> None:
    refused = seat("bian").post(
        f"/editor/candidates/{candidate}/merge", entry_id=entry_id, text=text
    )
    assert refused.status_code == status
    assert message in refused.text
    assert f'value="{entry_id}"' in refused.text and f"{text}</textarea>" in refused.text
    assert state_of(parts, candidate).state == "open"


def test_a_candidate_is_decided_once(seat: AnyOne, candidate: int) -> None:
    bian, shen = seat("bian"), seat("shen")
    bian.post(f"/editor/candidates/{candidate}/dismiss", reason="只是个案")
    late = shen.post(
        f"/editor/candidates/{candidate}/merge", entry_id="debt-no-iou", text="借钱没写条子"
    )
    assert late.status_code == 409
    assert "这条候选知识已经有人处理过了" in late.text
    assert "只是个案" in late.text


def test_dismissing_needs_a_reason(seat: AnyOne, parts: Parts, candidate: int) -> None:
    refused = seat("bian").post(f"/editor/candidates/{candidate}/dismiss", reason="")
    assert refused.status_code == 422
    assert "请写明不采用的原因" in refused.text
    assert state_of(parts, candidate).state == "open"


def test_a_new_entry_starts_from_the_answer_with_the_citations_that_hold(
    seat: AnyOne, parts: Parts, candidate: int
) -> None:
    bian = seat("bian")
    page = bian.get(f"/editor/entries/new?candidate={candidate}").text
    assert "能要回来。</textarea>" in page
    assert ">民法典第六百七十五条</textarea>" in page
    assert PHONE not in page
    similar = "没写条子咋办\n条子没写\n借钱没条子\n没打条子能要吗"
    fields = {
        "candidate_id": str(candidate),
        "category": "债权债务",
        "question": "借钱没写条子怎么办？",
        "similar": similar,
        "citations": "民法典第六百七十五条",
        **ANSWER,
    }
    saved = bian.post("/editor/drafts", **fields)
    assert saved.status_code == 303
    row = state_of(parts, candidate)
    assert row.state == "drafted"
    with parts.database.read() as session:
        assert repository.versions(session, row.entry_id or "")[0].state == "in_review"


def test_a_candidate_that_does_not_exist_is_a_404(seat: AnyOne) -> None:
    bian = seat("bian")
    for path in ("/editor/candidates/99", "/editor/entries/new?candidate=99"):
        assert bian.get(path).status_code == 404
