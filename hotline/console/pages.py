"""Rendering of pages: one Jinja environment, everything escaped, no inline script."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from hotline.console import labels
from hotline.staff.models import ROLE_LABELS
from hotline.work_order.lifecycle import ACTION_LABELS, STATE_LABELS
from kit import region
from kit.clock import beijing, until
from kit.masking import mask
from knowledge.categories import Audience, Category
from knowledge.standard_qa.schemas import SECTIONS

_STATIC = Path(__file__).parents[1] / "static"


@cache
def asset(name: str) -> str:
    """The address of a static file with a digest of its content, so that no cache serves it old."""
    digest = hashlib.blake2b((_STATIC / name).read_bytes(), digest_size=5).hexdigest()
    return f"/static/{name}?v={digest}"


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["beijing"] = beijing
_environment.filters["until"] = until
_environment.filters["mask"] = mask
_environment.filters["mask_phone"] = labels.mask_phone
_environment.filters["mask_name"] = labels.mask_name
_environment.filters["percent"] = labels.percent
_environment.globals.update(
    asset=asset,
    categories=[category.value for category in Category],
    sections=SECTIONS,
    state_labels=STATE_LABELS,
    action_labels=ACTION_LABELS,
    role_labels=ROLE_LABELS,
    risk_labels=labels.RISKS,
    decision_labels=labels.DECISIONS,
    version_labels=labels.VERSIONS,
    show_labels=labels.SHOWN,
    audiences=[audience.value for audience in Audience],
    region_level=region.level,
    adopted_labels=labels.ADOPTED,
    article_labels=labels.ARTICLES,
    progress_labels=labels.PROGRESS,
)
_templates = Jinja2Templates(env=_environment)


def page(request: Request, name: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Render a template."""
    context.setdefault("subject", None)
    return _templates.TemplateResponse(request, name, context, status_code=status)


def error_page(request: Request, message: str, status: int, draft: str = "") -> HTMLResponse:
    """A page that says what went wrong, in Chinese, and gives back what was being written."""
    return page(request, "error.html", status, message=message, draft=draft)


def is_htmx(request: Request) -> bool:
    """Whether a script on the page asks; it gets errors as JSON and shows them in place."""
    return "HX-Request" in request.headers


def redirect(request: Request, url: str) -> Response:
    """Go to another page after a form: 303, or what htmx understands."""
    if is_htmx(request):
        return Response(status_code=204, headers={"HX-Redirect": url})
    return RedirectResponse(url, status_code=303)


def _body(name: str, context: dict[str, Any]) -> tuple[Markup, str]:
    body = Markup(_environment.get_template(name).render(context))
    return body, hashlib.sha256(body.encode()).hexdigest()[:16]


def live_part(name: str, url: str, seconds: int = 5, **context: Any) -> Markup:
    """A part of a page that asks ``url`` for its next state while the page is open."""
    body, digest = _body(name, context)
    wrapper = _environment.get_template("_live.html")
    return Markup(wrapper.render(body=body, url=url, digest=digest, seconds=seconds))


def live_answer(name: str, url: str, seen: str, seconds: int = 5, **context: Any) -> Response:
    """The next state of a live part; 204 when nothing changed, so that nothing moves."""
    if _body(name, context)[1] == seen:
        return Response(status_code=204)
    return HTMLResponse(live_part(name, url, seconds, **context))
