"""Door of the statute room: anyone may read an article that a citation names."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from kit.clock import BEIJING, Clock
from kit.db import Database
from kit.errors import NotFoundError
from knowledge.statute.repository import ArticleStatus, StatuteBase

router = APIRouter(tags=["statutes"])


class ArticleOut(BaseModel):
    """条文 on the wire."""

    law: str
    number: str
    text: str
    status: ArticleStatus
    effective_on: date | None


@router.get("/v1/articles")
def read_article(
    request: Request,
    law: Annotated[str, Query(min_length=1, max_length=200, description="民法典, 民诉法 …")],
    number: Annotated[str, Query(min_length=1, max_length=40, description="第…条 or 1079")],
) -> ArticleOut:
    """The text of an article and its standing today. Raises ``NotFoundError``."""
    database: Database = request.app.state.database
    clock: Clock = request.app.state.clock
    today = clock.now().astimezone(BEIJING).date()
    with database.read() as session:
        article = StatuteBase(session, today).article(law, number)
    if article is None:
        raise NotFoundError(f"没有找到《{law.strip('《》')}》{number}的文本，请核对名称和条号")
    return ArticleOut(
        law=article.law,
        number=article.number,
        text=article.text,
        status=article.status,
        effective_on=article.effective_on,
    )
