"""The desk 坐席台: the queue, one's own orders, and the page of one order."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import FileResponse

from hotline.channel.media import MIMES, MediaFolder
from hotline.console import orders, suggestions
from hotline.console.pages import error_page, is_htmx, live_answer, live_part, page, redirect
from hotline.consultation.service import likely_categories
from hotline.dependencies import LawyerDep, Parts, PartsDep, RowId
from hotline.staff.models import Role
from hotline.staff.service import Subject
from hotline.work_order import repository, service
from hotline.work_order.lifecycle import Action
from kit.auth import new_token
from kit.errors import AppError, ConflictError, InvalidInputError, NotFoundError

router = APIRouter(prefix="/desk", tags=["desk"])
ANSWER_LIMIT = 5000
NOTE_LIMIT = 500
DONE = {
    "claim": "已接单。您的答复会直接显示在群众的对话里。",
    "assign": "已派单。",
    "transfer": "已转办。",
    "return_to_queue": "已退回队列。",
    "answer": "答复已发出。",
    "close": "工单已办结。",
}


def _list_context(parts: Parts, subject: Subject) -> dict[str, Any]:
    with parts.database.read() as session:
        return {"subject": subject, "desk": orders.desk(session, subject, parts.clock.now())}


def _desk_page(
    request: Request,
    parts: Parts,
    subject: Subject,
    *,
    status: int = 200,
    error: str = "",
    done: str = "",
) -> Response:
    lists = live_part("desk/_lists.html", "/desk/live", **_list_context(parts, subject))
    return page(
        request, "desk/desk.html", status, subject=subject, lists=lists, error=error, done=done
    )


def _thread_context(parts: Parts, subject: Subject, code: str) -> dict[str, Any]:
    with parts.database.read() as session:
        order = repository.find(session, subject, code)
        said = orders.conversation(session, subject, order, parts.clock.now())
        return {"subject": subject, "conversation": said}


def _order_page(
    request: Request,
    parts: Parts,
    subject: Subject,
    code: str,
    *,
    status: int = 200,
    error: str = "",
    failed: Action | None = None,
    draft: str = "",
    note: str = "",
    assignee_id: int | None = None,
    entry_id: str = "",
    request_id: str = "",
    done: str = "",
) -> Response:
    """The page of one order; after a refused form with what was typed into it."""
    with parts.database.read() as session:
        order = repository.find(session, subject, code)
        view = orders.view(session, subject, order)
        found = suggestions.suggest(session, parts.retriever, order.description)
        likely = likely_categories(session, parts.retriever, order.description)
        if entry_id and failed is None:
            draft = suggestions.adopted_text(session, entry_id) or ""
    thread = live_part(
        "desk/_thread.html", f"/desk/orders/{code}/live", **_thread_context(parts, subject, code)
    )
    return page(
        request,
        "desk/order.html",
        status,
        subject=subject,
        order=view,
        thread=thread,
        suggestions=found,
        # One of two is right in three of four: less than that would be noise.
        likely=likely[0] if likely and order.category not in likely[:2] else "",
        error=error,
        failed=failed,
        draft=draft,
        note=note,
        assignee_id=assignee_id,
        entry_id=entry_id if draft else "",
        request_id=request_id or new_token()[:32],
        done=done,
        limit=ANSWER_LIMIT,
    )


def _refused(
    request: Request,
    parts: Parts,
    subject: Subject,
    code: str,
    error: AppError,
    failed: Action,
    *,
    draft: str = "",
    note: str = "",
    assignee_id: int | None = None,
    entry_id: str = "",
    request_id: str = "",
) -> Response:
    """Show the error where the form is, with nothing lost; a script shows it itself."""
    if is_htmx(request):
        raise error
    try:
        return _order_page(
            request,
            parts,
            subject,
            code,
            status=error.status,
            error=error.message,
            failed=failed,
            draft=draft,
            note=note,
            assignee_id=assignee_id,
            entry_id=entry_id,
            request_id=request_id,
        )
    except NotFoundError as gone:
        # Somebody else has the order now: what was written is given back all the same.
        return error_page(request, gone.message, gone.status, draft or note)


@router.get("")
def desk_page(request: Request, parts: PartsDep, subject: LawyerDep, done: str = "") -> Response:
    """坐席台: the queue, the orders in work, the closed ones."""
    return _desk_page(request, parts, subject, done=DONE.get(done, ""))


@router.get("/live")
def desk_lists(parts: PartsDep, subject: LawyerDep, seen: str = "") -> Response:
    """The lists as they are now; 204 when nothing changed."""
    context = _list_context(parts, subject)
    return live_answer("desk/_lists.html", "/desk/live", seen, **context)


@router.get("/orders/{code}")
def order_page(
    request: Request,
    parts: PartsDep,
    subject: LawyerDep,
    code: str,
    adopt: Annotated[str, Query(max_length=80)] = "",
    done: str = "",
) -> Response:
    """One order; ``adopt`` puts the text of an entry into the answer box."""
    return _order_page(
        request, parts, subject, code, entry_id=adopt, done=done if done in DONE else ""
    )


@router.get("/orders/{code}/live")
def thread(parts: PartsDep, subject: LawyerDep, code: str, seen: str = "") -> Response:
    """The conversation as it is now; 204 when nothing changed."""
    context = _thread_context(parts, subject, code)
    return live_answer("desk/_thread.html", f"/desk/orders/{code}/live", seen, **context)


@router.get("/orders/{code}/media/{message_id}")
def order_media(parts: PartsDep, subject: LawyerDep, code: str, message_id: RowId) -> FileResponse:
    """A file that the citizen sent, for those who hold the order; to be saved, never to be run."""
    with parts.database.read() as session:
        name = orders.media(session, subject, code, message_id)
    path = MediaFolder(parts.settings.data_dir).path(name)
    return FileResponse(
        path,
        media_type=MIMES[path.suffix[1:]],
        filename=f"{code}-{message_id}{path.suffix}",
        headers={"Content-Security-Policy": "sandbox; default-src 'none'"},
    )


@router.post("/orders/{code}/claim")
def claim(request: Request, parts: PartsDep, subject: LawyerDep, code: str) -> Response:
    """接单: the order is this lawyer's from now on."""
    try:
        with parts.database.write() as session:
            service.act(session, subject, code, Action.CLAIM, parts.clock.now())
    except AppError as error:
        taken = ConflictError("这张工单刚被别人接走，或已不在队列里")
        shown = taken if isinstance(error, NotFoundError) else error
        if is_htmx(request):
            raise shown from error
        return _desk_page(request, parts, subject, status=shown.status, error=shown.message)
    return redirect(request, f"/desk/orders/{code}?done=claim")


def _act(
    request: Request,
    parts: Parts,
    subject: Subject,
    code: str,
    action: Action,
    note: str = "",
    assignee_id: int | None = None,
) -> Response:
    try:
        if len(note) > NOTE_LIMIT:
            raise InvalidInputError(f"原因最多 {NOTE_LIMIT} 字")
        with parts.database.write() as session:
            service.act(
                session,
                subject,
                code,
                action,
                parts.clock.now(),
                note=note,
                assignee_id=assignee_id,
            )
    except AppError as error:
        return _refused(
            request, parts, subject, code, error, action, note=note, assignee_id=assignee_id
        )
    away = action in (Action.TRANSFER, Action.RETURN) and subject.role is not Role.SUPERVISOR
    return redirect(request, f"{'/desk' if away else f'/desk/orders/{code}'}?done={action}")


@router.post("/orders/{code}/assign")
@router.post("/orders/{code}/transfer")
def hand_over(
    request: Request,
    parts: PartsDep,
    subject: LawyerDep,
    code: str,
    assignee_id: Annotated[int | None, Form()] = None,
    note: Annotated[str, Form()] = "",
) -> Response:
    """派单 by a supervisor, or 转办 to another lawyer with a reason, as the address says."""
    action = Action(request.url.path.rsplit("/", 1)[-1])
    return _act(request, parts, subject, code, action, note, assignee_id)


@router.post("/orders/{code}/return")
def return_to_queue(
    request: Request,
    parts: PartsDep,
    subject: LawyerDep,
    code: str,
    note: Annotated[str, Form()] = "",
) -> Response:
    """退单: back to the queue, with a reason."""
    return _act(request, parts, subject, code, Action.RETURN, note)


@router.post("/orders/{code}/close")
def close(request: Request, parts: PartsDep, subject: LawyerDep, code: str) -> Response:
    """办结."""
    return _act(request, parts, subject, code, Action.CLOSE)


@router.post("/orders/{code}/answer")
def answer(
    request: Request,
    parts: PartsDep,
    subject: LawyerDep,
    code: str,
    text: Annotated[str, Form()] = "",
    request_id: Annotated[str, Form()] = "",
    entry_id: Annotated[str, Form()] = "",
) -> Response:
    """答复: sent once, however often the form is sent."""
    text = text.replace("\r\n", "\n").strip()
    try:
        if len(text) > ANSWER_LIMIT:
            raise InvalidInputError(f"答复最多 {ANSWER_LIMIT} 字，现在有 {len(text)} 字")
        if not 8 <= len(request_id) <= 40:
            raise InvalidInputError("页面不完整，请刷新后再发")
        with parts.database.write() as session:
            offered = suggestions.adopted_text(session, entry_id) if entry_id else None
            adopted = None
            if offered is not None:
                adopted = "as_is" if suggestions.same_text(offered, text) else "edited"
            service.answer(
                session,
                subject,
                code,
                text,
                parts.clock.now(),
                request_id=request_id,
                entry_id=entry_id if adopted else None,
                adopted=adopted,
            )
    except AppError as error:
        return _refused(
            request,
            parts,
            subject,
            code,
            error,
            Action.ANSWER,
            draft=text,
            entry_id=entry_id,
            request_id=request_id,
        )
    return redirect(request, f"/desk/orders/{code}?done=answer")
