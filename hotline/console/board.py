"""The board 看板: the state of the service at a glance. Reads only."""

from typing import Any

from fastapi import APIRouter, Request, Response

from hotline.console.pages import live_answer, live_part, page
from hotline.dashboard import queries
from hotline.dependencies import BoardDep, Parts, PartsDep
from knowledge.indexing import read_progress

router = APIRouter(prefix="/board", tags=["board"])
SECONDS = 30


def _context(parts: Parts) -> dict[str, Any]:
    now = parts.clock.now()
    with parts.database.read() as session:
        context: dict[str, Any] = {
            "orders": queries.orders(session, now),
            "today": queries.turns(session, queries.midnight(now)),
            "month": queries.turns(session, now - queries.WINDOW),
            "categories_of_orders": queries.categories(session, now - queries.WINDOW),
            "lawyers": queries.load_by_lawyer(session),
            "waiting": queries.waiting(session),
        }
    return context | {
        "entries_index": (parts.retriever.entries.generation, parts.retriever.entries.size),
        "articles_index": (parts.retriever.articles.generation, parts.retriever.articles.size),
        "progress": read_progress(parts.settings),
        "bot": parts.bot.healthy(),
    }


@router.get("")
def board(request: Request, parts: PartsDep, subject: BoardDep) -> Response:
    """看板."""
    figures = live_part("_board.html", "/board/live", SECONDS, **_context(parts))
    return page(request, "board.html", subject=subject, figures=figures)


@router.get("/live")
def figures(parts: PartsDep, subject: BoardDep, seen: str = "") -> Response:
    """The figures as they are now; 204 when nothing changed."""
    return live_answer("_board.html", "/board/live", seen, SECONDS, **_context(parts))
