"""Gaps 缺口: what the base lacks, how its entries do, and one step to mend it."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from hotline.console import settling
from hotline.console.pages import page, redirect
from hotline.dependencies import EditorDep, Parts, PartsDep, RowId
from hotline.gaps import queries, service
from hotline.staff.service import Subject
from kit.errors import AppError
from knowledge.decision import Offered
from knowledge.standard_qa import repository

router = APIRouter(prefix="/editor/gaps")
PAGE_SIZE = 20
NOUN = "缺口"
DONE = {
    "gather": "已重新汇总。",
    "merge": "已并入为相似问，等待另一位编辑审核。",
    "dismiss": "已标为不处理。",
}


def gather(parts: Parts) -> int:
    """Gather the gaps anew; the worker does it once a day."""
    with parts.database.read() as session:
        found = service.collect(
            session, lambda text: _nearest(parts, session, text), parts.clock.now()
        )
    with parts.database.write() as session:
        return service.replace(session, found)


def _nearest(parts: Parts, session: Session, text: str) -> Offered | None:
    offered = parts.retriever.consult(session, text).decision.offered
    return offered[0] if offered else None


def _gaps_page(
    request: Request,
    parts: Parts,
    subject: Subject,
    *,
    number: int = 1,
    status: int = 200,
    error: str = "",
    done: str = "",
) -> Response:
    now = parts.clock.now()
    with parts.database.read() as session:
        gaps, total = queries.open_gaps(session, (number - 1) * PAGE_SIZE, PAGE_SIZE)
        ids = [gap.nearest_entry_id for gap in gaps if gap.nearest_entry_id]
        nearest = repository.live_versions(session, ids)
        unused, unused_total = queries.never_hit(session, now)
        disliked = queries.often_disliked(session, now)
        adoption = queries.adoption(session, now)
    return page(
        request,
        "editor/gaps.html",
        status,
        subject=subject,
        gaps=[(gap, nearest.get(gap.nearest_entry_id or "")) for gap in gaps],
        total=total,
        number=number,
        pages=max(1, -(-total // PAGE_SIZE)),
        unused=unused,
        unused_total=unused_total,
        disliked=disliked,
        adoption=adoption,
        days=queries.WINDOW.days,
        gathered_days=service.WINDOW.days,
        error=error,
        done=done,
    )


@router.get("")
def gaps(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
    done: str = "",
) -> Response:
    """Gaps by how often they were asked, and how the entries do."""
    return _gaps_page(request, parts, subject, number=number, done=DONE.get(done, ""))


@router.post("/gather")
def gather_now(request: Request, parts: PartsDep, subject: EditorDep) -> Response:
    """重新汇总 without waiting for the next day."""
    gather(parts)
    return redirect(request, "/editor/gaps?done=gather")


@router.post("/{gap_id}/merge")
def merge(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    gap_id: RowId,
    entry_id: Annotated[str, Form(max_length=80)] = "",
    text: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """并入 the nearest entry, or another one, as a 相似问; the new version goes to review."""
    try:
        settling.merge(
            parts, subject, service.merge, gap_id, entry_id, text, action="gap_merge", noun=NOUN
        )
    except AppError as error:
        return _gaps_page(request, parts, subject, status=error.status, error=error.message)
    return redirect(request, "/editor/gaps?done=merge")


@router.post("/{gap_id}/dismiss")
def dismiss(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    gap_id: RowId,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """不处理, with a reason."""
    try:
        settling.dismiss(
            parts, subject, service.dismiss, gap_id, reason, action="gap_dismiss", noun=NOUN
        )
    except AppError as error:
        return _gaps_page(request, parts, subject, status=error.status, error=error.message)
    return redirect(request, "/editor/gaps?done=dismiss")
