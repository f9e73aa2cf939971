"""Import of a statute 导入法规文本: upload a .docx, see what it changes and whom, then write."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request, Response

from hotline.console import uploads
from hotline.console.pages import page, redirect
from hotline.console.uploads import UploadDep
from hotline.dependencies import EditorDep, Parts, PartsDep
from hotline.staff.service import Subject, audit
from kit.errors import AppError, ConflictError, InvalidInputError
from knowledge import affected
from knowledge.affected import Affected
from knowledge.statute import arrival as arrivals
from knowledge.statute import docx, importer
from knowledge.statute.arrival import Arrival
from knowledge.statute.source import SourceVersion

router = APIRouter(prefix="/editor/statutes/import")
SHOWN = 200
DayText = Annotated[str, Form(max_length=10)]


def _page(
    request: Request,
    parts: Parts,
    subject: Subject,
    *,
    status: int = 200,
    error: str = "",
    version: SourceVersion | None = None,
    arrival: Arrival | None = None,
    found: list[Affected] | None = None,
    name: str = "",
    source: str = "",
    published_on: str = "",
    effective_on: str = "",
) -> Response:
    return page(
        request,
        "editor/arrival.html",
        status,
        subject=subject,
        error=error,
        version=version,
        arrival=arrival,
        found=found or [],
        shown=SHOWN,
        withdraws=parts.settings.withdraw_amended,
        upload=name,
        source=source,
        published_on=published_on,
        effective_on=effective_on,
    )


@router.get("")
def upload_page(request: Request, parts: PartsDep, subject: EditorDep) -> Response:
    """The upload form."""
    return _page(request, parts, subject)


@router.post("", dependencies=[Depends(uploads.bounded)])
def preview(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    file: UploadDep,
    published_on: DayText = "",
    effective_on: DayText = "",
) -> Response:
    """What the text would change, word by word, and the entries on it; nothing is written."""
    try:
        docx.refuse_other(file.name, file.data[:8])
        name = uploads.keep(parts.settings, subject.staff_id, file.data, "docx")
        version = _read(parts, subject, name, file.name, published_on, effective_on)
        with parts.database.read() as session:
            arrival = arrivals.preview(session, version)
            found = affected.find(session, arrival)
    except AppError as error:
        return _page(
            request,
            parts,
            subject,
            status=error.status,
            error=error.message,
            published_on=published_on,
            effective_on=effective_on,
        )
    return _page(
        request,
        parts,
        subject,
        version=version,
        arrival=arrival,
        found=found,
        name=name,
        source=file.name,
        published_on=published_on,
        effective_on=effective_on,
    )


def _read(
    parts: Parts, subject: Subject, name: str, source: str, published_on: str, effective_on: str
) -> SourceVersion:
    return docx.read(
        uploads.find(parts.settings, subject.staff_id, name),
        name=source,
        published_on=_day("公布日期", published_on),
        effective_on=_day("施行日期", effective_on),
    )


def _day(label: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInputError(f"{label}要写成 2026-01-31 这样") from error


@router.post("/confirm")
def confirm(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    name: Annotated[str, Form(max_length=100)] = "",
    source: Annotated[str, Form(max_length=200)] = "",
    published_on: DayText = "",
    effective_on: DayText = "",
) -> Response:
    """写入: the text, the flags on the entries that it touches, and the index after that."""
    now = parts.clock.now()
    try:
        version = _read(parts, subject, name, source, published_on, effective_on)
        with parts.database.write() as session:
            arrival, found = affected.take_in(
                session, version, now, withdraw=parts.settings.withdraw_amended
            )
            if not arrival.written:
                raise ConflictError("库里已经有这个文本，没有再写入")
            audit(
                session,
                actor=subject.username,
                action="statute",
                subject=f"{arrival.law} {version.published_on}"[:120],
                now=now,
                detail=f"{source}：{arrival.articles} 条，待复核 {len(found)} 个条目",
            )
    except AppError as error:
        return _page(request, parts, subject, status=error.status, error=error.message)
    uploads.find(parts.settings, subject.staff_id, name).unlink(missing_ok=True)
    query = urlencode({"version": arrival.version_id, "arrived": len(found)})
    return redirect(request, f"/editor/statutes/{importer.law_id(version.full_name)}?{query}")
