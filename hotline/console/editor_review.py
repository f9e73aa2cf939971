"""Review 审核: what waits for a second person, against the live version; publish or send back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from hotline.console import difference
from hotline.console.pages import page, redirect
from hotline.dependencies import MAX_ROW_ID, EditorDep, Parts, PartsDep, RowId
from hotline.staff.service import Subject, audit
from kit.clock import BEIJING
from kit.errors import AppError
from knowledge.standard_qa import neighbours, repository, service
from knowledge.standard_qa.models import EntryVersion, VersionState
from knowledge.statute import service as statutes
from knowledge.statute.repository import StatuteBase

router = APIRouter(prefix="/editor")
PAGE_SIZE = 20
AT_ONCE = 100
DONE = {
    "publish": "已发布。群众马上就能得到新的答案；新问法在索引更新后生效，一般不到一分钟。",
    "reject": "已退回给作者。",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a chosen version: why it was refused, or the day that it waits for."""

    entry_id: str
    question: str
    number: int
    problem: str
    waits: date | None = None


def _review_page(
    request: Request,
    parts: Parts,
    subject: Subject,
    *,
    status: int = 200,
    error: str = "",
    failed: int | None = None,
    reason: str = "",
    done: str = "",
    number: int = 1,
    outcomes: Sequence[Outcome] = (),
) -> Response:
    today = parts.clock.now().astimezone(BEIJING).date()
    with parts.database.read() as session:
        waiting, total = repository.in_review(
            session, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE
        )
        if failed and failed not in [version.id for version in waiting]:
            # The one that was refused is shown, whatever page it stands on.
            waiting = [repository.version(session, failed), *waiting]
        live = repository.live_versions(session, [version.entry_id for version in waiting])
        base = StatuteBase(session, today)
        rows = [
            (
                version,
                [
                    field
                    for field in difference.fields(live.get(version.entry_id), version)
                    if field.changed
                ],
                statutes.check_names_in(base, version.citations),
                neighbours.contradicted(session, version, base),
            )
            for version in waiting
        ]
    return page(
        request,
        "editor/review.html",
        status,
        subject=subject,
        rows=rows,
        total=total,
        number=number,
        pages=max(1, -(-total // PAGE_SIZE)),
        error=error,
        failed=failed,
        reason=reason,
        done=done,
        outcomes=outcomes,
    )


@router.get("/review")
def review(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    done: str = "",
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """The versions that wait for review, oldest first, with what they change."""
    return _review_page(request, parts, subject, done=DONE.get(done, ""), number=number)


@router.post("/review/publish")
def publish_chosen(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    version: Annotated[list[int], Form(default_factory=list, max_length=AT_ONCE)],
) -> Response:
    """发布选中的: in one transaction, each for itself; what is refused stops no other one."""
    now = parts.clock.now()
    outcomes: list[Outcome] = []
    with parts.database.write() as session:
        # Older ones first, so that of two versions of an entry the newer one stays live.
        for version_id in sorted(set(version)):
            outcomes.append(_publish_one(session, version_id, subject, now))
    error = "" if outcomes else "请先选择要发布的版本"
    return _review_page(
        request, parts, subject, status=422 if error else 200, error=error, outcomes=outcomes
    )


def _publish_one(session: Session, version_id: int, subject: Subject, now: datetime) -> Outcome:
    found = session.get(EntryVersion, version_id) if version_id <= MAX_ROW_ID else None
    if found is None:
        return Outcome("", f"编号 {version_id}", 0, "没有这个版本")
    try:
        with session.begin_nested():
            done = service.publish(session, version_id, reviewer=subject.username, now=now)
            audit(
                session,
                actor=subject.username,
                action="publish",
                subject=f"{done.entry_id} v{done.number}",
                now=now,
                detail="批量发布",
            )
    except AppError as error:
        return Outcome(found.entry_id, found.question, found.number, error.message)
    waits = done.valid_from if done.state == VersionState.SCHEDULED else None
    return Outcome(found.entry_id, found.question, found.number, "", waits)


@router.post("/versions/{version_id}/publish")
def publish(request: Request, parts: PartsDep, subject: EditorDep, version_id: RowId) -> Response:
    """发布 by somebody who is not the author."""
    now = parts.clock.now()
    try:
        with parts.database.write() as session:
            version = service.publish(session, version_id, reviewer=subject.username, now=now)
            audit(
                session,
                actor=subject.username,
                action="publish",
                subject=f"{version.entry_id} v{version.number}",
                now=now,
            )
    except AppError as error:
        return _review_page(
            request, parts, subject, status=error.status, error=error.message, failed=version_id
        )
    return redirect(request, "/editor/review?done=publish")


@router.post("/versions/{version_id}/reject")
def reject(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    version_id: RowId,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """退回 to the author, with a reason."""
    now = parts.clock.now()
    try:
        with parts.database.write() as session:
            version = service.reject(
                session, version_id, reviewer=subject.username, reason=reason, now=now
            )
            audit(
                session,
                actor=subject.username,
                action="reject",
                subject=f"{version.entry_id} v{version.number}",
                now=now,
                detail=reason.strip(),
            )
    except AppError as error:
        return _review_page(
            request,
            parts,
            subject,
            status=error.status,
            error=error.message,
            failed=version_id,
            reason=reason,
        )
    return redirect(request, "/editor/review?done=reject")
