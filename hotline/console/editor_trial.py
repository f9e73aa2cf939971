"""Trial 试答 of a version that waits for review; it informs the reviewer and stands in no way."""

import threading

from fastapi import APIRouter, Request, Response

from hotline.console.pages import is_htmx, page
from hotline.dependencies import EditorDep, PartsDep, RowId
from knowledge import trial
from knowledge.standard_qa import repository

router = APIRouter(prefix="/editor")
# A trial takes a core for some seconds: citizens keep the others.
_ONE_AT_A_TIME = threading.Lock()


@router.get("/versions/{version_id}/trial")
def try_out(request: Request, parts: PartsDep, subject: EditorDep, version_id: RowId) -> Response:
    """What the version would answer and take over: beside it, or as a page of its own."""
    inside = is_htmx(request)
    # A script asks again by itself: a queue of waiting cards must not take up the threads that
    # serve citizens.
    if not _ONE_AT_A_TIME.acquire(blocking=not inside):
        with parts.database.read() as session:
            version = repository.version(session, version_id)
        return page(request, "editor/_trial_link.html", subject=subject, version=version, busy=True)
    try:
        with parts.database.read() as session:
            version = repository.version(session, version_id)
            tried = trial.run(session, version, parts.retriever, parts.encoder, parts.settings)
    finally:
        _ONE_AT_A_TIME.release()
    name = "editor/_trial.html" if inside else "editor/trial.html"
    return page(request, name, subject=subject, version=version, trial=tried)
