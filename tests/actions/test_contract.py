"""What the client sends and the fake answers fit docs/openapi.json, the service's own word."""

import asyncio
import json
from pathlib import Path

import httpx
import jsonschema
import pytest

from actions.client import Hotline
from tests.actions.fake_hotline import TOKEN, FakeHotline

DOCUMENT = json.loads(
    (Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8")
)
ORDER = {
    "request_id": "0123456789abcdef",
    "kind": "咨询",
    "category": "劳动纠纷",
    "county": None,
    "description": "公司三个月没发工资",
    "name": None,
    "phone": "13812341234",
}
CALLS = {
    ("post", "/v1/consultations/{consultation_id}/questions"): lambda h: h.ask("c1", "工资"),
    ("post", "/v1/consultations/{consultation_id}/work-orders"): lambda h: h.open_work_order(
        "c1", ORDER
    ),
    ("post", "/v1/categories"): lambda h: h.ask_category("公司三个月没发工资"),
    ("post", "/v1/work-orders/lookup"): lambda h: h.look_up("FW20261121-4F7K9Q", "1234"),
    ("get", "/v1/institutions"): lambda h: h.institutions("海淀区", "公证"),
    ("post", "/v1/consultations/{consultation_id}/satisfaction"): lambda h: h.satisfaction(
        "c1", True
    ),
}


def schema(part):
    """The JSON schema of a body, with the whole document to look references up in."""
    return {**part["content"]["application/json"]["schema"], "components": DOCUMENT["components"]}


def sent(call):
    """The request that a call makes."""
    fake, seen = FakeHotline(), []

    def watch(request):
        seen.append(request)
        return fake.answer(request)

    async def run():
        hotline = Hotline("http://hotline.test", TOKEN, transport=httpx.MockTransport(watch))
        await call(hotline)
        await hotline.close()

    asyncio.run(run())
    return seen[0]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_call_stands_in_the_contract(method, path):
    assert method in DOCUMENT["paths"][path]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_what_is_sent_fits_the_contract(method, path):
    request = sent(CALLS[method, path])
    operation = DOCUMENT["paths"][path][method]
    if method == "get":
        known = {item["name"] for item in operation["parameters"] if item["in"] == "query"}
        assert set(request.url.params) <= known
        return
    body = json.loads(request.content)
    shape = schema(operation["requestBody"])
    jsonschema.validate(body, shape)
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    known = DOCUMENT["components"]["schemas"][name.rsplit("/", 1)[1]]["properties"]
    assert set(body) <= set(known)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_answer_has_a_reply_with_text(method, path):
    responses = DOCUMENT["paths"][path][method]["responses"]
    shape = schema(responses.get("200") or responses["201"])
    name = shape["$ref"].rsplit("/", 1)[1]
    answer = DOCUMENT["components"]["schemas"][name]
    assert "reply" in answer["required"]
    reply = answer["properties"]["reply"]["$ref"].rsplit("/", 1)[1]
    assert "text" in DOCUMENT["components"]["schemas"][reply]["required"]
