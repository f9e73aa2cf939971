"""Verbs on candidates: propose, merge as a 相似问, draft an entry, dismiss. Never commits."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kit.errors import ConflictError, InvalidInputError, NotFoundError
from knowledge.candidate.models import Candidate, CandidateState
from knowledge.decision import Offered
from knowledge.standard_qa import service as standard_qa
from knowledge.standard_qa.models import EntryVersion
from knowledge.standard_qa.schemas import EntryContent


def propose(
    session: Session,
    *,
    source: str,
    question: str,
    answer: str,
    category: str,
    nearest: Offered | None,
    now: datetime,
) -> Candidate:
    """Write a candidate; the same source again gives the one already written."""
    found = session.scalar(select(Candidate).where(Candidate.source == source))
    if found is not None:
        return found
    candidate = Candidate(
        source=source,
        question=question,
        answer=answer,
        category=category,
        nearest_entry_id=nearest.entry_id if nearest else None,
        nearest_confidence=nearest.confidence if nearest else None,
        state=CandidateState.OPEN,
        created_at=now,
    )
    session.add(candidate)
    session.flush()
    return candidate


def get(session: Session, candidate_id: int) -> Candidate:
    """One candidate. Raises ``NotFoundError``."""
    found = session.get(Candidate, candidate_id)
    if found is None:
        raise NotFoundError("没有这条候选知识")
    return found


def waiting(session: Session) -> Sequence[Candidate]:
    """Open candidates, oldest first."""
    return session.scalars(
        select(Candidate).where(Candidate.state == CandidateState.OPEN).order_by(Candidate.id)
    ).all()


def _open(session: Session, candidate_id: int) -> Candidate:
    candidate = session.get(Candidate, candidate_id, with_for_update=True)
    if candidate is None:
        raise NotFoundError("没有这条候选知识")
    if candidate.state != CandidateState.OPEN:
        raise ConflictError("这条候选知识已经有人处理过了")
    return candidate


def _decided(
    candidate: Candidate, state: CandidateState, actor: str, now: datetime, entry_id: str | None
) -> None:
    candidate.state = state
    candidate.decided_by = actor
    candidate.decided_at = now
    candidate.entry_id = entry_id


def merge(
    session: Session, candidate_id: int, entry_id: str, text: str, *, actor: str, now: datetime
) -> EntryVersion:
    """Add the question, as the editor words it, to an entry as a 相似问, for review."""
    candidate = _open(session, candidate_id)
    version = standard_qa.add_similar(session, entry_id, text.strip(), author=actor, now=now)
    _decided(candidate, CandidateState.MERGED, actor, now, entry_id)
    return version


def draft(
    session: Session, candidate_id: int, content: EntryContent, *, actor: str, now: datetime
) -> EntryVersion:
    """Draft a new entry from the candidate and hand it to review."""
    candidate = _open(session, candidate_id)
    version = standard_qa.create_draft(
        session, content, author=actor, now=now, note=f"来自候选知识 {candidate_id}"
    )
    _decided(candidate, CandidateState.DRAFTED, actor, now, version.entry_id)
    return standard_qa.submit(session, version.id)


def dismiss(
    session: Session, candidate_id: int, reason: str, *, actor: str, now: datetime
) -> Candidate:
    """Leave the candidate out of the base 不采用, with a reason."""
    if not reason.strip():
        raise InvalidInputError("请写明不采用的原因")
    candidate = _open(session, candidate_id)
    _decided(candidate, CandidateState.DISMISSED, actor, now, None)
    candidate.note = reason.strip()
    return candidate
