"""The citizens' page as the server sends it: small, closed, nothing from elsewhere."""

import re
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from hotline.console.pages import asset
from knowledge.categories import Category

CSP = "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
SCRIPTS = ("citizen_parts.js", "citizen.js", "citizen_dialogs.js")
LIMIT = 40_000
LINES = 350
# a?.b, a ?? b, catch without a binding, {...object}, look-behind, private fields, later methods
NEWER = r"\?\.[\w(\[]|\?\?|catch \{|\{ *\.\.\.|\(\?<[=!]|#\w+ *[=(]|\.(replaceAll|at|flat\w*)\("
ARTICLE = "/articles?law=民法典&number=第六百七十五条"


class Elements(HTMLParser):
    """The elements of a page, each with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember one element."""
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of a kind."""
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def home(client: TestClient) -> str:
    """The page before any script ran."""
    answer = client.get("/")
    assert answer.status_code == 200
    return answer.text


def test_the_first_paint_says_what_this_is_and_whom_to_call(home: str) -> None:
    assert "12348公共法律服务" in home and "智能咨询" in home
    assert "参考性意见" in home and "不要填写身份证号" in home
    assert 'href="tel:12348"' in home


def test_without_scripts_it_says_what_to_do(home: str) -> None:
    told = re.search(r"<noscript>(.*?)</noscript>", home, re.S)
    assert told and "12348" in told[1] and "脚本" in told[1]


@pytest.mark.parametrize("path", ["/", ARTICLE, "/articles?law=没有&number=1"])
def test_pages_keep_the_content_security_policy(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["content-security-policy"] == CSP
    assert answer.headers["cache-control"] == "no-store"
    for tag, attributes in Elements(answer.text).found:
        assert "style" not in attributes, tag
        assert not any(name.startswith("on") for name in attributes), tag
        assert tag != "style"
        assert tag != "script" or attributes.get("src")


@pytest.mark.parametrize("path", ["/", ARTICLE])
def test_pages_and_their_files_name_no_other_host(client: TestClient, path: str) -> None:
    page = client.get(path).text
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert files
    for text in (page, *(client.get(file).text for file in files)):
        hosts = set(re.findall(r"(?:https?:)?//([\w.-]+\.\w+)", text))
        assert hosts <= {"www.w3.org"}  # the name of SVG's namespace, which nobody fetches


def test_everything_together_is_small(client: TestClient, home: str) -> None:
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', home))
    assert len(files) == 2 + len(SCRIPTS)
    sizes = [len(client.get(file).content) for file in files]
    assert sum(sizes) + len(home.encode()) < LIMIT


def test_addresses_of_files_change_with_their_content(client: TestClient, home: str) -> None:
    for name in (*SCRIPTS, "citizen.css"):
        assert re.fullmatch(rf"/static/{name}\?v=[0-9a-f]{{10}}", asset(name))
        assert asset(name) in home
        assert client.get(asset(name)).status_code == 200


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_no_newer_than_es2017_and_never_make_markup(
    client: TestClient, name: str
) -> None:
    source = client.get(asset(name)).text
    newer = re.search(NEWER, source)
    assert newer is None, newer
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", source)
    assert len(source.splitlines()) < LINES


def test_every_field_has_its_label(home: str) -> None:
    page = Elements(home)
    labelled = {attributes["for"] for attributes in page.all("label")}
    fields = [*page.all("input"), *page.all("select"), *page.all("textarea")]
    assert fields and {field["id"] for field in fields} == labelled


def test_the_form_offers_every_category(home: str) -> None:
    for category in Category:
        assert f"<option>{category.value}</option>" in home


def test_large_letters_come_from_the_server_where_they_were_chosen(client: TestClient) -> None:
    assert '<html lang="zh-CN">' in client.get("/").text
    for path in ("/", ARTICLE):
        page = client.get(path, headers={"Cookie": "large=1"}).text
        assert '<html lang="zh-CN" class="large">' in page


def test_an_article_can_be_read(client: TestClient) -> None:
    page = client.get(ARTICLE).text
    assert "《民法典》第六百七十五条" in page
    assert "借款人应当按照约定的期限返还借款。" in page
    assert "现行有效" in page and "2021-01-01 起施行" in page


def test_an_article_of_a_repealed_law_says_so(client: TestClient) -> None:
    page = client.get("/articles?law=合同法&number=206").text
    assert "已废止" in page and "现行有效" not in page


@pytest.mark.parametrize(
    "query", ["", "?law=民法典", "?law=民法典&number=第九千条", f"?law={'长' * 300}&number=1"]
)
def test_an_unknown_article_is_a_page_in_chinese(client: TestClient, query: str) -> None:
    answer = client.get(f"/articles{query}")
    assert answer.status_code == 404
    assert "没有找到这条条文" in answer.text and "返回智能咨询" in answer.text


def test_what_was_asked_for_is_shown_as_text(client: TestClient) -> None:
    page = client.get("/articles", params={"law": "<script>alert(1)</script>", "number": "1"}).text
    assert "<script>" not in page and "&lt;script&gt;" in page
