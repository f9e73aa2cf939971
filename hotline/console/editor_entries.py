"""Pages of entries 条目: the list, and the form of a new version."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from hotline.console import editor_form
from hotline.console.editor_form import EntryForm
from hotline.console.pages import is_htmx, page, redirect
from hotline.dependencies import MAX_ROW_ID, EditorDep, Parts, PartsDep
from hotline.gaps import service as gaps
from hotline.staff.service import Subject, audit
from kit.clock import BEIJING
from kit.errors import AppError, ConflictError, NotFoundError
from knowledge.candidate import service as candidates
from knowledge.standard_qa import labelled, repository, service
from knowledge.standard_qa.attachments import AttachmentFolder
from knowledge.standard_qa.models import EntryVersion
from knowledge.standard_qa.repository import Show

router = APIRouter(prefix="/editor")
PAGE_SIZE = 30
EXPIRING = timedelta(days=30)


def today(parts: Parts) -> date:
    """The day in Beijing."""
    return parts.clock.now().astimezone(BEIJING).date()


@router.get("")
def entries(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    words: Annotated[str, Query(max_length=100)] = "",
    category: Annotated[str, Query(max_length=20)] = "",
    region: Annotated[str, Query(max_length=80)] = "",
    show: Show = Show.ALL,
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """The list of entries, searched and filtered."""
    with parts.database.read() as session:
        rows, total = repository.page(
            session,
            words=words.strip(),
            category=category,
            region=region.strip(),
            show=show,
            until=today(parts) + EXPIRING,
            offset=(number - 1) * PAGE_SIZE,
            limit=PAGE_SIZE,
        )
    return page(
        request,
        "editor/entries.html",
        subject=subject,
        rows=rows,
        total=total,
        words=words,
        category=category,
        region=region,
        show=show,
        number=number,
        pages=max(1, -(-total // PAGE_SIZE)),
    )


def _form_page(
    request: Request,
    parts: Parts,
    subject: Subject,
    form: EntryForm,
    *,
    status: int = 200,
    error: str = "",
    checked: editor_form.Checked | None = None,
) -> Response:
    return page(
        request,
        "editor/form.html",
        status,
        subject=subject,
        form=form,
        error=error,
        checked=checked,
    )


@router.get("/entries/new")
def new_entry(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    candidate: Annotated[int | None, Query()] = None,
    gap: Annotated[int | None, Query()] = None,
) -> Response:
    """The form of a new entry, filled from a candidate or a gap if there is one."""
    form = EntryForm()
    if gap is not None:
        with parts.database.read() as session:
            row = gaps.get(session, gap)
            near = repository.live_versions(session, [row.nearest_entry_id or ""])
            form = editor_form.of_gap(row, near.get(row.nearest_entry_id or ""))
    if candidate is not None:
        with parts.database.read() as session:
            found = candidates.get(session, candidate)
            form = editor_form.of_candidate(session, found, today(parts))
    return _form_page(request, parts, subject, form)


@router.get("/entries/{entry_id}/edit")
def edit_entry(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    entry_id: str,
    version: Annotated[int | None, Query()] = None,
) -> Response:
    """The form of the next version, filled with the latest one or the one that was asked for."""
    with parts.database.read() as session:
        entry = repository.entry(session, entry_id)
        form = editor_form.of_version(
            chosen(session, entry_id, version or entry.latest_version_id),
            labelled.of(session, [entry_id]).get(entry_id, ()),
        )
        form.base = str(entry.latest_version_id)
    return _form_page(request, parts, subject, form)


def _row_id(text: str) -> int:
    """The number of a row as a form brings it. Raises ``NotFoundError``."""
    if not text.isascii() or not text.isdigit() or int(text) > MAX_ROW_ID:
        raise NotFoundError("没有这条记录")
    return int(text)


def chosen(session: Session, entry_id: str, version_id: int | None) -> EntryVersion:
    """This version of this entry. Raises ``ConflictError``."""
    versions = repository.versions(session, entry_id)
    for version in versions:
        if version.id == version_id:
            return version
    raise ConflictError("这个条目没有这个版本")


@router.post("/check")
def check(
    request: Request, parts: PartsDep, subject: EditorDep, form: Annotated[EntryForm, Form()]
) -> Response:
    """核验引用: the verdict on each citation, beside the form or with the whole page."""
    with parts.database.read() as session:
        checked = editor_form.check(session, form, today(parts))
    if is_htmx(request):
        return page(request, "editor/_checked.html", subject=subject, checked=checked)
    return _form_page(request, parts, subject, form, checked=checked)


@router.post("/drafts")
def save_draft(
    request: Request, parts: PartsDep, subject: EditorDep, form: Annotated[EntryForm, Form()]
) -> Response:
    """Save a new version as a draft; from a candidate, it goes to review at once."""
    now = parts.clock.now()
    try:
        content, questions = form.content(), form.questions()
        AttachmentFolder(parts.settings.data_dir).require(content.attachments)
        with parts.database.write() as session:
            if form.candidate_id:
                version = candidates.draft(
                    session, _row_id(form.candidate_id), content, actor=subject.username, now=now
                )
                action = "candidate_draft"
            elif form.gap_id:
                version = gaps.draft(
                    session, _row_id(form.gap_id), content, actor=subject.username, now=now
                )
                action = "gap_draft"
            else:
                if form.entry_id:
                    _refuse_stale(session, form)
                version = service.create_draft(
                    session,
                    content,
                    author=subject.username,
                    now=now,
                    entry_id=form.entry_id or None,
                    note=form.note.strip()[:200],
                )
                action = "draft"
            labelled.replace(session, version.entry_id, questions, author=subject.username, now=now)
            audit(
                session,
                actor=subject.username,
                action=action,
                subject=f"{version.entry_id} v{version.number}",
                now=now,
            )
    except AppError as error:
        with parts.database.read() as session:
            checked = editor_form.check(session, form, today(parts)) if form.cited else None
        return _form_page(
            request, parts, subject, form, status=error.status, error=error.message, checked=checked
        )
    done = "submit" if form.candidate_id or form.gap_id else "draft"
    return redirect(request, f"/editor/entries/{version.entry_id}?done={done}")


def _refuse_stale(session: Session, form: EntryForm) -> None:
    """Two editors at once: the second one must know. Raises ``ConflictError``."""
    entry = repository.entry(session, form.entry_id, lock=True)
    latest = str(entry.latest_version_id)
    if form.base != latest:
        form.base = latest
        raise ConflictError(
            "您编辑期间，有人保存了这个条目的新版本。请先到条目页核对；再次保存会排在它之后"
        )
