"""Health: whether this process can answer, and what it sees of the others."""

from typing import Literal

import httpx
from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import text

from hotline.dependencies import PartsDep
from knowledge.standard_qa.repository import count_live

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The state of the service; ``ready`` is false until the index can be searched."""

    ready: bool
    database: Literal["ok"]
    entries: int
    index_rows: int
    bot: bool
    actions: bool


@router.get("/healthz")
def health(parts: PartsDep, response: Response) -> Health:
    """200 when questions can be answered, 503 until then."""
    with parts.database.read() as session:
        session.execute(text("SELECT 1"))
        entries = count_live(session)
    rows = parts.retriever.entries.size
    ready = rows > 0 or entries == 0
    if not ready:
        response.status_code = 503
    return Health(
        ready=ready,
        database="ok",
        entries=entries,
        index_rows=rows,
        bot=parts.bot.healthy(),
        actions=_answers(f"{parts.settings.actions_url}/health"),
    )


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1.0, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
