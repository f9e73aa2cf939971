"""A Sanic application served for real, on a free port of 127.0.0.1, inside a test's loop."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest import mock

import httpx

Call = Callable[..., httpx.Response]

_started: list[Any] = []


@contextmanager
def served(app: Any, loop: asyncio.AbstractEventLoop) -> Iterator[Call]:
    """Yields ``call(method, path, **sent) -> Response``."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{door.getsockname()[1]}"

    async def start() -> Any:
        server = await app.create_server(sock=door, return_asyncio_server=True, access_log=False)
        # Sanic rewrites its own methods at the first start and cannot do so twice in a process.
        again = mock.patch("sanic.app.TouchUp.run") if _started else nullcontext()
        with again:
            await server.startup()
        _started.append(app)
        await server.after_start()
        await server.start_serving()
        return server

    def call(method: str, path: str, **sent: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
                return await client.request(method, path, **sent)

        return loop.run_until_complete(once())

    server = loop.run_until_complete(start())
    yield call
    loop.run_until_complete(server.close())
