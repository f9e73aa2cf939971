"""The editor's console 知识编辑台: entries, review, candidates, and the hit test."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from hotline.console import (
    editor_arrivals,
    editor_attachments,
    editor_candidates,
    editor_entries,
    editor_entry,
    editor_gaps,
    editor_import,
    editor_review,
    editor_statutes,
    editor_trial,
)
from hotline.console.pages import page
from hotline.dependencies import EditorDep, PartsDep

router = APIRouter(tags=["editor"])
QUESTION_LIMIT = 1000


@router.get("/editor/test")
def hit_test(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    question: Annotated[str, Query(max_length=QUESTION_LIMIT)] = "",
) -> Response:
    """命中测试: what citizens would be told, by the same decision, and why."""
    consulted, rows = None, []
    if question.strip():
        with parts.database.read() as session:
            consulted = parts.retriever.consult(session, question)
        rows = consulted.ranked
    return page(
        request,
        "editor/test.html",
        subject=subject,
        question=question,
        consulted=consulted,
        rows=rows,
        risk=parts.triager.triage(question).risk,
    )


router.include_router(editor_entries.router)
router.include_router(editor_entry.router)
router.include_router(editor_attachments.router)
router.include_router(editor_review.router)
router.include_router(editor_trial.router)
router.include_router(editor_candidates.router)
router.include_router(editor_import.router)
router.include_router(editor_gaps.router)
# Before the works, whose addresses have room for any name.
router.include_router(editor_arrivals.router)
router.include_router(editor_statutes.router)
