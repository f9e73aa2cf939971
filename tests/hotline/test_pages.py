"""Every page of the staff: closed headers, nothing from elsewhere, nothing inline, all labelled."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from hotline.app import STATIC
from hotline.dependencies import Parts
from tests.hotline.builders import register_order
from tests.hotline.conftest import Seat

CSP = "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
ARTICLE = "/staff/articles?law=民法典&number=675"
PAGES = {
    "zhang": [
        "/desk",
        "/desk/orders/{code}",
        "/board",
        "/staff/password",
        "/staff/articles?law=民法典&number=675",
    ],
    "ban": ["/desk", "/desk/orders/{code}", "/board"],
    "bian": [
        "/editor",
        "/editor/entries/new",
        "/editor/entries/debt-no-iou",
        "/editor/entries/debt-no-iou/edit",
        "/editor/review",
        "/editor/candidates",
        "/editor/test?question=没有写借条",
    ],
    "guan": ["/board"],
}


class Page(HTMLParser):
    """What matters of a page: its elements with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        self._open = tag if tag in ("script", "style") else ""

    def handle_data(self, data: str) -> None:
        """Note what stands inside script and style."""
        if self._open and data.strip():
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:
        """The inside ends."""
        self._open = ""


@pytest.fixture
def pages(seat: Callable[[str], Seat], parts: Parts, client: TestClient) -> list[tuple[str, str]]:
    """Every staff page with its text, and the login page."""
    code = register_order(parts)
    seat("zhang").post(f"/desk/orders/{code}/claim")
    found = [("/staff/login", client.get("/staff/login").text)]
    for username, paths in PAGES.items():
        one = seat(username)
        for path in paths:
            answer = one.get(path.format(code=code))
            assert answer.headers["content-type"].startswith("text/html")
            assert answer.headers["content-security-policy"] == CSP
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            found.append((f"{username} {path}", answer.text))
    return found


def attributes(pages: list[tuple[str, str]]) -> Iterator[tuple[str, str, str, str]]:
    """Every attribute of every page: page, tag, name, value."""
    for name, text in pages:
        for tag, attrs in Page(text).elements:
            for key, value in attrs.items():
                yield name, tag, key, value or ""


def test_no_page_loads_or_links_anything_from_elsewhere(pages: list[tuple[str, str]]) -> None:
    elsewhere = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//|^\s*(?:data|javascript|http):", re.I)
    assert [found for found in attributes(pages) if elsewhere.match(found[3])] == []


def test_no_page_has_inline_script_or_style(pages: list[tuple[str, str]]) -> None:
    assert [
        (name, key) for name, _, key, _ in attributes(pages) if key == "style" or key[:2] == "on"
    ] == []
    assert [(name, Page(text).inline) for name, text in pages if Page(text).inline] == []


def test_every_form_that_changes_something_carries_the_csrf_token(
    pages: list[tuple[str, str]],
) -> None:
    for name, text in pages:
        forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.S)
        assert forms, name
        for form in forms:
            assert 'name="csrf_token"' in form or 'name="token"' in form, (name, form)


def test_every_field_has_a_label_and_every_id_is_used_once(pages: list[tuple[str, str]]) -> None:
    for name, text in pages:
        ids = [attrs["id"] for _, attrs in Page(text).elements if attrs.get("id")]
        assert len(ids) == len(set(ids)), name
        outside = re.sub(r"<label.*?</label>", "", text, flags=re.S)
        fields = re.findall(r"<(?:input|select|textarea)[^>]*>", outside)
        assert [field for field in fields if 'type="hidden"' not in field] == [], name


def test_static_files_name_no_other_host() -> None:
    for name in ("staff.css", "staff.js", "staff.svg"):
        text = (STATIC / name).read_text(encoding="utf-8")
        hosts = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+", text)) - {"http://www.w3.org"}
        assert hosts == set()


def test_static_files_are_named_with_their_digest(client: TestClient) -> None:
    page = client.get("/staff/login").text
    urls = re.findall(r'(?:href|src)="(/static/[^"]+\?v=\w+)"', page)
    assert len(urls) == 3
    for url in urls:
        assert client.get(url).status_code == 200


def test_an_unknown_staff_page_is_a_page(seat: Callable[[str], Seat]) -> None:
    answer = seat("zhang").get("/desk/nowhere")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text and "<html" in answer.text
    assert answer.headers["content-security-policy"] == CSP
