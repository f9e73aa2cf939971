"""The bot's one door: who may knock, what comes back, and that silence is an error."""

import pytest

from tests.actions.loopback import served

URL = "/webhooks/gateway/webhook"
TOKEN = {"Authorization": "Bearer bot-token"}


@pytest.fixture(scope="module")
def door(agent, loop):
    from rasa.core.run import configure_app

    from bot.channel import GatewayInput

    made = configure_app([GatewayInput("bot-token")], auth_token="bot-token", use_uvloop=False)
    made.ctx.agent = agent
    with served(made, loop) as call:
        yield call


@pytest.fixture
def call(door, hotline):
    return door


def test_a_turn_over_http(call):
    sent = {"sender": "door-1", "message": "我想离婚怎么办"}
    answer = call("POST", URL, json=sent, headers=TOKEN)
    assert answer.status_code == 200
    message = answer.json()[0]
    assert message["recipient_id"] == "door-1"
    assert message["custom"]["citations"][0]["law"] == "民法典"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "bot-token"}, {"Authorization": ""}],
)
def test_without_the_token_nobody_is_let_in(call, headers):
    answer = call("POST", URL, json={"sender": "door-2", "message": "你好"}, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthorized"


@pytest.mark.parametrize(
    "sent",
    [b"", b"not json", b"[]", b"{}", b'{"sender": 5, "message": "hi"}', b'{"sender": ""}',
     b'{"sender": "' + b"x" * 201 + b'"}', b'{"sender": "a b"}'],
)  # fmt: skip
def test_a_broken_request_is_refused_in_one_shape(call, sent):
    answer = call("POST", URL, content=sent, headers=TOKEN)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "bad_request"
    assert answer.json()["error"]["message"]


def test_a_silent_turn_is_a_503_that_names_the_telephone(call, action_server):
    action_server.down = True
    sent = {"sender": "door-3", "message": "我想离婚怎么办"}
    answer = call("POST", URL, json=sent, headers=TOKEN)
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "bot_silent"
    assert "12348" in answer.json()["error"]["message"]


def test_nothing_typed_is_answered_and_not_an_error(call):
    answer = call("POST", URL, json={"sender": "door-4", "message": "  "}, headers=TOKEN)
    assert answer.status_code == 200
    assert "文字" in answer.json()[0]["text"]


def test_the_probe_names_the_model(call, agent):
    answer = call("GET", "/webhooks/gateway/")
    assert answer.json() == {"status": "ok", "model": agent.model_id}


def test_rasas_own_status_needs_the_token(call):
    assert call("GET", "/status").status_code == 401
    assert call("GET", "/status?token=bot-token").status_code == 200


def test_rasas_plain_rest_door_is_not_open(call):
    assert call("POST", "/webhooks/rest/webhook", json={"message": "你好"}).status_code == 404


@pytest.mark.parametrize("credentials", [None, {}, {"token": ""}, {"token": "${BOT_TOKEN}"}])
def test_without_a_token_of_our_own_the_door_does_not_open(credentials):
    from bot.channel import GatewayInput

    with pytest.raises(Exception, match="credentials"):
        GatewayInput.from_credentials(credentials)


def test_a_malformed_answer_of_an_action_is_still_found_by_the_quick_check():
    import jsonschema
    from rasa.core.actions.action import RemoteAction

    from bot import speedup

    speedup.apply()
    action = RemoteAction("action_answer_legal", None)
    assert action._validate_action_result({"events": [], "responses": []})
    with pytest.raises(jsonschema.ValidationError):
        action._validate_action_result({"events": [{"no": "event"}], "responses": []})
