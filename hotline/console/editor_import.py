"""Import and export 导入导出: upload, see what would change, confirm; versions go to review."""

import io
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from hotline.console import uploads
from hotline.console.pages import page, redirect
from hotline.console.uploads import UploadDep
from hotline.dependencies import EditorDep, Parts, PartsDep
from hotline.staff.service import Subject, audit
from kit.clock import BEIJING
from kit.errors import AppError
from knowledge.exchange import files, importing
from knowledge.exchange.importing import Change, Plan
from knowledge.standard_qa.attachments import AttachmentFolder

router = APIRouter(prefix="/editor")
SHOWN = 100
_ALWAYS = frozenset(Change) - {Change.LABELLED}
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
}


def _import_page(
    request: Request,
    subject: Subject,
    *,
    status: int = 200,
    error: str = "",
    plan: Plan | None = None,
    name: str = "",
    source: str = "",
    done: str = "",
) -> Response:
    return page(
        request,
        "editor/import.html",
        status,
        subject=subject,
        error=error,
        plan=plan,
        counts=_counts(plan) if plan else {},
        wrong=plan.wrong[:SHOWN] if plan else [],
        writes=plan.writes[:SHOWN] if plan else [],
        shown=SHOWN,
        upload=name,
        source=source,
        done=done,
    )


def _counts(plan: Plan) -> dict[Change, int]:
    """How many rows do what; the rare kind is named only where there is one."""
    counts = {change: plan.count(change) for change in Change}
    return {change: count for change, count in counts.items() if count or change in _ALWAYS}


@router.get("/import")
def import_page(
    request: Request, subject: EditorDep, done: Annotated[int | None, Query(ge=0)] = None
) -> Response:
    """The page with the upload form, the template and the exports."""
    told = "" if done is None else f"已导入 {done} 个版本，等待另一位编辑审核。"
    return _import_page(request, subject, done=told)


@router.post("/import", dependencies=[Depends(uploads.bounded)])
def preview(request: Request, parts: PartsDep, subject: EditorDep, file: UploadDep) -> Response:
    """What the file would change; nothing is written to the base."""
    try:
        kind = files.format_of(file.name)
        plan = _planned(parts, file.data, kind)
    except AppError as error:
        return _import_page(request, subject, status=error.status, error=error.message)
    name = uploads.keep(parts.settings, subject.staff_id, file.data, kind)
    return _import_page(request, subject, plan=plan, name=name, source=file.name)


def _folder(parts: Parts) -> AttachmentFolder:
    return AttachmentFolder(parts.settings.data_dir)


def _planned(parts: Parts, data: bytes, kind: str) -> Plan:
    rows = files.read(io.BytesIO(data), kind)
    with parts.database.read() as session:
        return importing.plan(session, rows, parts.clock.now(), _folder(parts))


@router.post("/import/confirm")
def confirm(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    name: Annotated[str, Form(max_length=100)] = "",
    source: Annotated[str, Form(max_length=200)] = "",
    skip_wrong: Annotated[bool, Form()] = False,
) -> Response:
    """导入: write the versions, in review; the base may have changed since the preview."""
    now = parts.clock.now()
    plan = None
    try:
        path = uploads.find(parts.settings, subject.staff_id, name)
        rows = files.read(io.BytesIO(path.read_bytes()), files.format_of(name))
        with parts.database.write() as session:
            plan = importing.plan(session, rows, now, _folder(parts))
            written = importing.apply(
                session,
                plan,
                author=subject.username,
                now=now,
                source=source,
                skip_wrong=skip_wrong,
            )
            audit(
                session,
                actor=subject.username,
                action="import",
                subject=source[:120] or name,
                now=now,
                detail=f"写入 {written} 个版本，跳过有误的 {len(plan.wrong)} 行",
            )
    except AppError as error:
        return _import_page(
            request,
            subject,
            status=error.status,
            error=error.message,
            plan=plan,
            name=name,
            source=source,
        )
    path.unlink(missing_ok=True)
    return redirect(request, f"/editor/import?done={written}")


@router.get("/export")
def export(
    parts: PartsDep,
    subject: EditorDep,
    kind: Annotated[Literal["xlsx", "csv", "jsonl"], Query(alias="format")] = "xlsx",
    what: Literal["live", "latest", "template"] = "live",
) -> Response:
    """The entries as a file: the live versions, the latest ones, or the bare template."""
    now = parts.clock.now()
    rows = []
    if what != "template":
        with parts.database.write() as session:
            rows = list(importing.exported(session, latest=what == "latest"))
            audit(
                session, actor=subject.username, action="export", subject=f"{what}.{kind}", now=now
            )
    name = f"{'template' if what == 'template' else 'entries'}-{now.astimezone(BEIJING):%Y%m%d}"
    return Response(
        files.write(rows, kind),
        media_type=MEDIA[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'},
    )
