"""Candidates 候选知识: a lawyer's answer becomes a 相似问, a new entry, or nothing."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from hotline.console import settling, suggestions
from hotline.console.editor_form import phrasing
from hotline.console.pages import page, redirect
from hotline.dependencies import EditorDep, Parts, PartsDep, RowId
from hotline.staff.service import Subject
from kit.errors import AppError, InvalidInputError
from kit.masking import mask
from knowledge.candidate import service
from knowledge.candidate.models import CandidateState
from knowledge.standard_qa import repository
from knowledge.standard_qa.schemas import PHRASING_LIMIT

router = APIRouter(prefix="/editor/candidates")
SHOWN = 50
NOUN = "候选"
DONE = {
    "merge": "已并入为相似问，等待另一位编辑审核。",
    "dismiss": "已标为不采用。",
}
STATES = {
    CandidateState.OPEN: "待处理",
    CandidateState.MERGED: "已并入",
    CandidateState.DRAFTED: "已起草",
    CandidateState.DISMISSED: "不采用",
}


@router.get("")
def candidates(request: Request, parts: PartsDep, subject: EditorDep, done: str = "") -> Response:
    """Open candidates, oldest first."""
    with parts.database.read() as session:
        waiting = service.waiting(session)
        shown = waiting[:SHOWN]
        ids = [row.nearest_entry_id for row in shown if row.nearest_entry_id]
        nearest = repository.live_versions(session, ids)
    return page(
        request,
        "editor/candidates.html",
        subject=subject,
        rows=[(row, mask(row.question), nearest.get(row.nearest_entry_id or "")) for row in shown],
        total=len(waiting),
        done=DONE.get(done, ""),
    )


def _candidate_page(
    request: Request,
    parts: Parts,
    subject: Subject,
    candidate_id: int,
    *,
    status: int = 200,
    error: str = "",
    failed: str = "",
    entry_id: str | None = None,
    text: str | None = None,
    reason: str = "",
) -> Response:
    with parts.database.read() as session:
        row = service.get(session, candidate_id)
        near = suggestions.suggest(session, parts.retriever, row.question).entries
        nearest = repository.live_versions(session, [row.nearest_entry_id or ""])
    return page(
        request,
        "editor/candidate.html",
        status,
        subject=subject,
        row=row,
        state=STATES[CandidateState(row.state)],
        question=mask(row.question),
        answer=mask(row.answer),
        nearest=nearest.get(row.nearest_entry_id or ""),
        near=near,
        error=error,
        failed=failed,
        entry_id=(row.nearest_entry_id or "") if entry_id is None else entry_id,
        text=phrasing(row) if text is None else text,
        reason=reason,
        limit=PHRASING_LIMIT,
    )


@router.get("/{candidate_id}")
def candidate(
    request: Request, parts: PartsDep, subject: EditorDep, candidate_id: RowId
) -> Response:
    """One candidate with what can become of it."""
    return _candidate_page(request, parts, subject, candidate_id)


@router.post("/{candidate_id}/merge")
def merge(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    candidate_id: RowId,
    entry_id: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
) -> Response:
    """并入 an entry as a 相似问; the new version goes to review."""
    wording = " ".join(text.split())
    try:
        if not 2 <= len(wording) <= PHRASING_LIMIT:
            raise InvalidInputError(f"相似问要有 2 到 {PHRASING_LIMIT} 字")
        settling.merge(
            parts,
            subject,
            service.merge,
            candidate_id,
            entry_id,
            wording,
            action="merge",
            noun=NOUN,
        )
    except AppError as error:
        return _candidate_page(
            request,
            parts,
            subject,
            candidate_id,
            status=error.status,
            error=error.message,
            failed="merge",
            entry_id=entry_id,
            text=text,
        )
    return redirect(request, "/editor/candidates?done=merge")


@router.post("/{candidate_id}/dismiss")
def dismiss(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    candidate_id: RowId,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """不采用, with a reason."""
    try:
        settling.dismiss(
            parts, subject, service.dismiss, candidate_id, reason, action="dismiss", noun=NOUN
        )
    except AppError as error:
        return _candidate_page(
            request,
            parts,
            subject,
            candidate_id,
            status=error.status,
            error=error.message,
            failed="dismiss",
            reason=reason,
        )
    return redirect(request, "/editor/candidates?done=dismiss")
