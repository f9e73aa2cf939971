"""Statutes 法规库: works, their versions, what changed between two, and the entries on each."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from hotline.console.pages import page
from hotline.dependencies import EditorDep, PartsDep
from kit.clock import BEIJING
from kit.errors import NotFoundError
from knowledge.standard_qa import repository
from knowledge.statute import browsing

router = APIRouter(prefix="/editor/statutes")
PAGE_SIZE = 30
FOUND = 20


@router.get("")
def statutes(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    words: Annotated[str, Query(max_length=100)] = "",
    level: Annotated[str, Query(max_length=16)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """Works by name and level; with words, articles in force that have them too."""
    today = parts.clock.now().astimezone(BEIJING).date()
    words = words.strip()
    with parts.database.read() as session:
        works, total = browsing.works(
            session,
            today,
            words=words,
            level=level,
            offset=(number - 1) * PAGE_SIZE,
            limit=PAGE_SIZE,
        )
        found = browsing.containing(session, today, words, FOUND) if len(words) > 1 else []
        levels = browsing.levels(session)
    return page(
        request,
        "editor/statutes.html",
        subject=subject,
        works=works,
        total=total,
        found=found,
        words=words,
        level=level,
        levels=levels,
        number=number,
        pages=max(1, -(-total // PAGE_SIZE)),
    )


@router.get("/{law_id}")
def statute(
    request: Request,
    parts: PartsDep,
    subject: EditorDep,
    law_id: str,
    version: Annotated[str, Query(max_length=32)] = "",
    against: Annotated[str, Query(max_length=32)] = "",
    arrived: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """One version of a work, or what it changed in another one.

    ``arrived`` after an import: how many entries were flagged.
    """
    with parts.database.read() as session:
        law = browsing.law(session, law_id)
        versions = browsing.versions(session, law_id)
        held = {row.id: row for row in versions}
        if (version and version not in held) or (against and against not in held):
            raise NotFoundError("没有这个版本")
        shown = held.get(version) or (versions[0] if versions else None)
        articles = browsing.articles(session, shown.id, against or None) if shown else []
        entries = repository.entries_on(session, law.name)
    return page(
        request,
        "editor/statute.html",
        subject=subject,
        law=law,
        versions=versions,
        shown=shown,
        against=held.get(against),
        articles=[row for row in articles if row.pieces] if against else articles,
        entries=entries,
        arrived=arrived,
    )
