"""The public door: an article that a citation names can be opened."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from kit.clock import FixedClock
from kit.db import Database
from kit.errors import AppError
from knowledge.statute import endpoints


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 21, 4, 0, tzinfo=UTC))


@pytest.fixture
def client(statutes: Database, clock: FixedClock) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(endpoints.router)
    app.state.database = statutes
    app.state.clock = clock

    @app.exception_handler(AppError)
    def _tell(_request: Request, error: AppError) -> JSONResponse:
        return JSONResponse(error.as_json(), error.status)

    with TestClient(app) as opened:
        yield opened


def test_an_article_is_opened_by_short_name_and_number(client: TestClient) -> None:
    reply = client.get("/v1/articles", params={"law": "民诉法", "number": "122"})
    assert reply.status_code == 200
    body = reply.json()
    assert (body["law"], body["number"]) == ("民事诉讼法", "第一百二十二条")
    assert body["status"] == "in_force"
    assert body["effective_on"] == "2023-09-01"
    assert body["text"].startswith("起诉必须符合下列条件")


def test_the_day_changes_at_midnight_in_beijing(client: TestClient, clock: FixedClock) -> None:
    query = {"law": "商标法", "number": "第八十条"}
    clock.moment = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    assert client.get("/v1/articles", params=query).json()["status"] == "not_yet_in_force"
    clock.moment = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    assert client.get("/v1/articles", params=query).json()["status"] == "in_force"


@pytest.mark.parametrize(
    ("law", "number"), [("民法典", "1261"), ("没有这部法", "1"), ("工伤保险条例", "第十四条")]
)
def test_what_is_not_held_is_not_found(client: TestClient, law: str, number: str) -> None:
    reply = client.get("/v1/articles", params={"law": law, "number": number})
    assert reply.status_code == 404
    assert reply.json()["error"]["code"] == "not_found"
    assert law in reply.json()["error"]["message"]


def test_a_query_without_a_number_is_refused(client: TestClient) -> None:
    assert client.get("/v1/articles", params={"law": "民法典"}).status_code == 422
