"""Candidates: proposed once, decided once, and every way leads through review."""

import pytest

from kit.db import Database
from kit.errors import ConflictError, InvalidInputError
from knowledge.candidate import service
from knowledge.candidate.models import Candidate, CandidateState
from knowledge.decision import Offered
from knowledge.standard_qa import repository
from knowledge.standard_qa.models import VersionState
from tests.knowledge.builders import content
from tests.knowledge.conftest import NOW
from tests.knowledge.test_standard_qa import published


def proposed(database: Database, entry_id: str | None = None) -> int:
    with database.write() as session:
        candidate = service.propose(
            session,
            source="answer:1",
            question="厂里压着工钱不发",
            answer="可以投诉。",
            category="劳动纠纷",
            nearest=Offered(entry_id, 0.4) if entry_id else None,
            now=NOW,
        )
        return candidate.id


def test_the_same_answer_proposes_one_candidate(database: Database) -> None:
    assert proposed(database) == proposed(database)
    with database.read() as session:
        assert len(service.waiting(session)) == 1


def test_merging_adds_a_similar_question_that_a_second_person_must_publish(
    database: Database,
) -> None:
    entry_id = published(database)
    candidate_id = proposed(database, entry_id)
    with database.write() as session:
        version = service.merge(
            session, candidate_id, entry_id, "厂里压着工钱不发", actor="a", now=NOW
        )
        assert version.state == VersionState.IN_REVIEW
        live = repository.live_versions(session, [entry_id])[entry_id]
        assert "厂里压着工钱不发" not in live.similar
        assert session.get_one(Candidate, candidate_id).state == CandidateState.MERGED


def test_drafting_makes_a_new_entry_in_review(database: Database) -> None:
    candidate_id = proposed(database)
    with database.write() as session:
        version = service.draft(session, candidate_id, content(), actor="a", now=NOW)
        assert version.state == VersionState.IN_REVIEW
        assert version.number == 1


def test_a_candidate_is_decided_once(database: Database) -> None:
    candidate_id = proposed(database)
    with database.write() as session:
        service.dismiss(session, candidate_id, "太个别", actor="a", now=NOW)
        with pytest.raises(ConflictError):
            service.draft(session, candidate_id, content(), actor="a", now=NOW)


def test_a_failed_merge_leaves_the_candidate_open(database: Database) -> None:
    entry_id = published(database)
    candidate_id = proposed(database, entry_id)
    with pytest.raises(ConflictError), database.write() as session:
        service.merge(session, candidate_id, entry_id, "欠薪找谁", actor="a", now=NOW)
    with database.read() as session:
        assert service.get(session, candidate_id).state == CandidateState.OPEN


def test_dismissing_needs_a_reason(database: Database) -> None:
    candidate_id = proposed(database)
    with database.write() as session, pytest.raises(InvalidInputError):
        service.dismiss(session, candidate_id, "", actor="a", now=NOW)
