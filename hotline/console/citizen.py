"""The citizens' pages 群众页面: the conversation, and one article of law to read."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from hotline.console.pages import page
from hotline.consultation import phrases
from hotline.dependencies import PartsDep
from kit.clock import BEIJING
from knowledge.statute.repository import ArticleStatus, StatuteBase

router = APIRouter(tags=["citizen"], include_in_schema=False)

LARGE_COOKIE = "large"
NAME_LIMIT = 100
STATUS_LABELS: dict[ArticleStatus, str] = {
    ArticleStatus.IN_FORCE: "现行有效",
    ArticleStatus.NOT_YET_IN_FORCE: "尚未施行",
    ArticleStatus.REPEALED: "已废止",
    ArticleStatus.AMENDED: "已修改，这里是旧文",
}


def _page(request: Request, name: str, status: int = 200, **context: object) -> HTMLResponse:
    return page(
        request,
        name,
        status,
        telephone=phrases.TELEPHONE,
        status_labels=STATUS_LABELS,
        # The browser says so itself: the page comes in large letters at once, without a flash.
        large=request.cookies.get(LARGE_COOKIE) == "1",
        **context,
    )


@router.get("/", response_class=HTMLResponse)
def conversation(request: Request, parts: PartsDep) -> HTMLResponse:
    """智能咨询: the shell; the conversation itself is fetched by the page's script."""
    return _page(request, "citizen.html", wechat=parts.wechat is not None)


@router.get("/articles", response_class=HTMLResponse)
def read_article(
    request: Request, parts: PartsDep, law: str = "", number: str = ""
) -> HTMLResponse:
    """条文: the text of one article with its standing today; 404 in Chinese where there is none."""
    today = parts.clock.now().astimezone(BEIJING).date()
    with parts.database.read() as session:
        article = StatuteBase(session, today).article(law, number) if law and number else None
    asked = f"《{law.strip('《》')}》{number}"[:NAME_LIMIT] if law else ""
    return _page(request, "article.html", 200 if article else 404, article=article, asked=asked)
