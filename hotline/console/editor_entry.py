"""The page of one entry 条目: its versions, its neighbours, and what can be done with it."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from hotline.console import difference
from hotline.console.editor_entries import chosen, today
from hotline.console.pages import page, redirect
from hotline.dependencies import MAX_ROW_ID, EditorDep, Parts, PartsDep, RowId
from hotline.staff.service import Subject, audit
from kit.errors import AppError
from knowledge import reach
from knowledge.standard_qa import labelled, neighbours, repository, service
from knowledge.standard_qa.attachments import MB, SIZE_LIMIT, TYPES, Attachment
from knowledge.standard_qa.models import VersionState

router = APIRouter(prefix="/editor")
DONE = {
    "draft": "草稿已保存。核对无误后请提交审核。",
    "submit": "已提交审核，请另一位编辑审核发布。",
    "withdraw": "已撤下，群众从现在起不会再得到这条答案。",
    "restore": "已按这个旧版本写成新的草稿。核对无误后请提交审核。",
    "flag": "已标为待复核。",
    "unflag": "已记为复核无误。",
    "attach": "附件已上传，写成了新的草稿。核对无误后请提交审核。",
}


@router.get("/entries/{entry_id}")
def entry_page(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    entry_id: str,
    version: Annotated[int | None, Query()] = None,
    done: str = "",
) -> Response:
    """One entry: its versions, and one of them against the live one."""
    return entry_page_of(request, parts, subject, entry_id, version, done=DONE.get(done, ""))


def entry_page_of(
    request: Request,
    parts: Parts,
    subject: Subject,
    entry_id: str,
    version_id: Annotated[int | None, Query(ge=1, le=MAX_ROW_ID)] = None,
    *,
    status: int = 200,
    error: str = "",
    reason: str = "",
    done: str = "",
) -> Response:
    """The page of an entry, with what became of the last act."""
    with parts.database.read() as session:
        entry = repository.entry(session, entry_id)
        versions = repository.versions(session, entry_id)
        questions = labelled.of(session, [entry_id]).get(entry_id, [])
        shown = chosen(session, entry_id, version_id or entry.latest_version_id)
        live = repository.live_versions(session, [entry_id]).get(entry_id)
        near = (
            neighbours.of(session, shown, _search(parts, session), today(parts))
            if shown.state in (VersionState.DRAFT, VersionState.IN_REVIEW)
            else None
        )
    return page(
        request,
        "editor/entry.html",
        status,
        subject=subject,
        entry=entry,
        versions=versions,
        questions=questions,
        place=parts.settings.region,
        attachments=[Attachment.model_validate(item) for item in shown.attachments],
        endings=sorted(TYPES),
        megabytes=SIZE_LIMIT // MB,
        reached=reach.is_for(shown, parts.settings.region),
        shown=shown,
        live=live,
        near=near,
        fields=difference.fields(live, shown),
        error=error,
        reason=reason,
        done=done,
    )


def _search(parts: Parts, session: Session) -> neighbours.Search:
    def search(text: str) -> list[tuple[str, str]]:
        hits, _ = parts.retriever.search(session, text)
        return [(hit.entry_id, hit.phrasing) for hit in hits]

    return search


@router.post("/versions/{version_id}/submit")
def submit(request: Request, parts: PartsDep, subject: EditorDep, version_id: RowId) -> Response:
    """提交审核."""
    now = parts.clock.now()
    with parts.database.read() as session:
        entry_id = repository.version(session, version_id).entry_id
    try:
        with parts.database.write() as session:
            version = service.submit(session, version_id)
            audit(
                session,
                actor=subject.username,
                action="submit",
                subject=f"{entry_id} v{version.number}",
                now=now,
            )
    except AppError as error:
        return entry_page_of(
            request, parts, subject, entry_id, version_id, status=error.status, error=error.message
        )
    return redirect(request, f"/editor/entries/{entry_id}?done=submit")


@router.post("/entries/{entry_id}/withdraw")
def withdraw(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    entry_id: str,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """撤下 the live version, with a reason."""
    now = parts.clock.now()
    try:
        with parts.database.write() as session:
            service.withdraw(session, entry_id, actor=subject.username, reason=reason, now=now)
            audit(
                session,
                actor=subject.username,
                action="withdraw",
                subject=entry_id,
                now=now,
                detail=reason.strip(),
            )
    except AppError as error:
        return entry_page_of(
            request,
            parts,
            subject,
            entry_id,
            status=error.status,
            error=error.message,
            reason=reason,
        )
    return redirect(request, f"/editor/entries/{entry_id}?done=withdraw")


@router.post("/entries/{entry_id}/restore")
def restore(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    entry_id: str,
    version: Annotated[int, Form()],
) -> Response:
    """恢复 an older version as a new draft."""
    now = parts.clock.now()
    try:
        with parts.database.write() as session:
            made = service.restore(session, entry_id, version, author=subject.username, now=now)
            audit(
                session,
                actor=subject.username,
                action="restore",
                subject=f"{entry_id} v{made.number}",
                now=now,
                detail=made.change_note,
            )
    except AppError as error:
        return entry_page_of(
            request, parts, subject, entry_id, status=error.status, error=error.message
        )
    return redirect(request, f"/editor/entries/{entry_id}?done=restore")


@router.post("/entries/{entry_id}/recheck")
def recheck(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    entry_id: str,
    reason: Annotated[str, Form(max_length=500)] = "",
    settled: Annotated[bool, Form()] = False,
) -> Response:
    """标为待复核 with a reason, or 复核无误."""
    now = parts.clock.now()
    action = "unflag" if settled else "flag"
    try:
        with parts.database.write() as session:
            if settled:
                service.unflag(session, entry_id)
            else:
                service.flag(session, entry_id, reason, now=now)
            audit(
                session,
                actor=subject.username,
                action=action,
                subject=entry_id,
                now=now,
                detail=reason.strip(),
            )
    except AppError as error:
        return entry_page_of(
            request, parts, subject, entry_id, status=error.status, error=error.message
        )
    return redirect(request, f"/editor/entries/{entry_id}?done={action}")
