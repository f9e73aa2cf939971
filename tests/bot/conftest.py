"""The trained bot in process: NLU, rules, forms and actions run for real, over no socket."""

import asyncio
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

collect_ignore_glob = [] if importlib.util.find_spec("rasa") else ["*"]


def pytest_configure(config: pytest.Config) -> None:
    if importlib.util.find_spec("rasa") is None:
        return
    # Rasa's pinned packages deprecate one another; our own warnings stay errors.
    noisy = ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning", "ResourceWarning")
    for noise in noisy:
        config.addinivalue_line("filterwarnings", f"ignore::{noise}")
    for noise in ("Slot auto-fill has been removed", "You have set a listener"):
        config.addinivalue_line("filterwarnings", f"ignore:{noise}:UserWarning")


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture(scope="session")
def model(request: pytest.FixtureRequest) -> Path:
    """The model of the present sources, trained once and kept by pytest under their hash."""
    import warnings

    with warnings.catch_warnings():
        from bot.quiet import quieten

        quieten()
        from bot.model import train_model

        return train_model(Path(request.config.cache.mkdir("bot-models")))[0]


@pytest.fixture(scope="session")
def action_server() -> "ActionServer":
    return ActionServer()


class ActionServer:
    """The SDK's executor behind JSON, as over HTTP; ``down`` refuses the connection."""

    def __init__(self) -> None:
        from rasa_sdk.executor import ActionExecutor

        self.down = False
        self.executor = ActionExecutor()
        self.executor.register_package("actions")

    async def call(self, sent: dict) -> dict:
        import aiohttp

        if self.down:
            raise aiohttp.ClientConnectionError("refused")
        answer = await self.executor.run(json.loads(json.dumps(sent)))
        return json.loads(json.dumps(answer))


@pytest.fixture(scope="session")
def agent(model: Path, action_server: ActionServer) -> Any:
    from rasa.core.agent import Agent
    from rasa.utils.endpoints import EndpointConfig

    class InProcess(EndpointConfig):
        async def request(self, method: str = "post", **sent: Any) -> dict:
            return await action_server.call(sent["json"])

    return Agent.load(str(model), action_endpoint=InProcess(url="http://in.process/webhook"))


@pytest.fixture
def hotline(action_server: ActionServer, loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    from actions import client
    from tests.actions.fake_hotline import FakeHotline

    fake = FakeHotline()
    made = fake.client()
    client.use(made)
    action_server.down = False
    yield fake
    action_server.down = False
    client.use(None)
    loop.run_until_complete(made.close())


@pytest.fixture
def citizen(agent: Any, loop: Any, hotline: Any, request: pytest.FixtureRequest) -> Any:
    """Someone who types; see :class:`tests.bot.transcript.Citizen`."""
    from bot.channel import GatewayInput
    from tests.bot.transcript import Citizen

    door = GatewayInput("bot-token")
    return Citizen(agent, loop, door, sender=f"c{abs(hash(request.node.nodeid))}")


@pytest.fixture
def in_form(citizen: Any) -> Any:
    """A citizen whom the form is asking for the category."""
    citizen.says("转人工")
    return citizen
