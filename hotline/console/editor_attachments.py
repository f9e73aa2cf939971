"""Attachments 附件 of an entry: an upload makes a new draft; editors open those of any version."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import FileResponse

from hotline.attachments import download
from hotline.console import uploads
from hotline.console.editor_entry import entry_page_of
from hotline.console.pages import redirect
from hotline.console.uploads import UploadDep
from hotline.dependencies import EditorDep, PartsDep, RowId
from hotline.staff.service import audit
from kit.errors import AppError
from knowledge.standard_qa import repository, service
from knowledge.standard_qa.attachments import AttachmentFolder

router = APIRouter(prefix="/editor")


@router.post("/entries/{entry_id}/attachments", dependencies=[Depends(uploads.bounded)])
def attach(
    request: Request, parts: PartsDep, subject: EditorDep, entry_id: str, file: UploadDep
) -> Response:
    """上传附件: kept by its hash; a new draft has it, for review like any other."""
    now = parts.clock.now()
    try:
        kept = AttachmentFolder(parts.settings.data_dir).keep(file.name, file.data)
        with parts.database.write() as session:
            version = service.attach(session, entry_id, kept, author=subject.username, now=now)
            audit(
                session,
                actor=subject.username,
                action="attach",
                subject=f"{entry_id} v{version.number}",
                now=now,
                detail=f"{kept.name} {kept.sha256}",
            )
    except AppError as error:
        return entry_page_of(
            request, parts, subject, entry_id, status=error.status, error=error.message
        )
    return redirect(request, f"/editor/entries/{entry_id}?done=attach")


@router.get("/versions/{version_id}/attachments/{sha256}")
def open_attachment(
    parts: PartsDep, subject: EditorDep, version_id: RowId, sha256: Annotated[str, Path()]
) -> FileResponse:
    """An attachment of any version, for those who review it."""
    with parts.database.read() as session:
        found = service.attachment_of(repository.version(session, version_id), sha256)
    return download(parts.settings, found)
