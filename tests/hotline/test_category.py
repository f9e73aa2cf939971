"""The category of a work order: the likely ones are offered first, and the lawyer sees a doubt."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient

from hotline.consultation import phrases
from hotline.consultation.service import USUAL, ask_category
from hotline.dependencies import Parts
from indexer import LiveIndex, build, load_encoder
from knowledge.categories import Category
from knowledge.retrieval import ENTRIES, Retriever
from knowledge.standard_qa.repository import live_phrasings
from tests.hotline.builders import SERVICE, register_order
from tests.hotline.conftest import Seat

RESPONSES = Path(__file__).parents[2] / "bot" / "domain" / "responses.yml"
WAGES = "公司拖欠工资怎么办？"


def test_the_likely_category_is_asked_for_and_stands_first(client: TestClient) -> None:
    answer = client.post("/v1/categories", json={"text": WAGES}, headers=SERVICE)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["likely"] == [Category.LABOUR]
    assert "像是“劳动纠纷”" in body["reply"]["text"]
    offered = [choice["payload"] for choice in body["reply"]["choices"]]
    assert offered == [Category.LABOUR, *(name for name in USUAL if name != Category.LABOUR)]


def test_what_is_hardly_about_the_law_is_likened_to_nothing(client: TestClient) -> None:
    answer = client.post("/v1/categories", json={"text": "哪家火锅好吃又便宜"}, headers=SERVICE)
    body = answer.json()
    assert body["likely"] == []
    assert body["reply"]["text"] == phrases.WHICH_CATEGORY
    assert [choice["payload"] for choice in body["reply"]["choices"]] == list(USUAL)


def test_with_the_service_away_the_bot_asks_in_the_same_words() -> None:
    said = yaml.safe_load(RESPONSES.read_text(encoding="utf-8"))["responses"]
    (plain,) = said["utter_which_category"]
    reply = ask_category([])
    assert plain["text"] == reply.text
    assert plain["buttons"] == [
        one.model_dump(include={"title", "payload"}) for one in reply.choices
    ]


@pytest.fixture
def learned(parts: Parts, tmp_path: Path) -> Retriever:
    """The same entries, found with the encoder that the classifier was fitted on."""
    with parts.database.read() as session:
        rows = list(live_phrasings(session))
    encoder = load_encoder()
    build(tmp_path / "learned", ENTRIES, rows, encoder=encoder, cache=None)
    return Retriever(LiveIndex(tmp_path / "learned", ENTRIES, encoder), parts.retriever.articles)


@pytest.mark.parametrize(
    ("told", "category"),
    [
        ("老板欠我工资不发怎么办", Category.LABOUR),
        # No entry here is about it: the classifier knows it all the same.
        ("商标被别人抢先注册了", Category.INTELLECTUAL_PROPERTY),
    ],
)
def test_a_text_near_an_entry_or_near_none_has_its_category_first_and_all_after_it(
    learned: Retriever, parts: Parts, told: str, category: Category
) -> None:
    with parts.database.read() as session:
        order = learned.categories(session, told)
    assert order[0] == category
    assert sorted(order) == sorted(Category)


@pytest.mark.parametrize(
    ("description", "hint"),
    [(WAGES, True), ("借钱给别人没有写借条，还能要回来吗？", False), ("哪家火锅好吃又便宜", False)],
)
def test_the_lawyer_sees_where_the_text_is_more_like_another_category(
    seat: Callable[[str], Seat], parts: Parts, description: str, hint: bool
) -> None:
    code = register_order(parts, description)
    page = seat("zhang").get(f"/desk/orders/{code}").text
    assert "咨询 · 债权债务" in page
    assert ("内容更像：劳动纠纷" in page) is hint
    assert ("内容更像" in page) is hint
