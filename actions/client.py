"""The hotline service over HTTP 热线服务的客户端: the only file that knows its address.

Environment, read on first use: ``HOTLINE_URL`` (default http://127.0.0.1:8000) and
``HOTLINE_SERVICE_TOKEN`` (required).
"""

import logging
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

log = logging.getLogger(__name__)

DEFAULT_URL = "http://127.0.0.1:8000"
TIMEOUT = httpx.Timeout(8.0, connect=1.0)

Body = dict[str, Any]


class HotlineUnavailableError(Exception):
    """No usable answer: not reachable, too slow, a 5xx, or not what the contract says."""


class HotlineRefusedError(Exception):
    """A 4xx with a message that may be said to the citizen."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


class Hotline:
    """The six calls of the contract. Every answer is checked to hold a ``reply`` to speak."""

    def __init__(
        self, url: str, token: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        # The token is ours and the address is loopback: proxies of the environment stay out.
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
            transport=transport,
            trust_env=False,
        )

    @classmethod
    def from_environment(cls) -> "Hotline":
        """Raises ValueError, one line, where the token is missing or the address is no URL."""
        url = os.environ.get("HOTLINE_URL") or DEFAULT_URL
        token = os.environ.get("HOTLINE_SERVICE_TOKEN", "").strip()
        if not url.startswith(("http://", "https://")):
            raise ValueError("HOTLINE_URL must start with http:// or https://")
        if not token:
            raise ValueError("HOTLINE_SERVICE_TOKEN is not set")
        return cls(url, token)

    async def ask(self, consultation: str, text: str) -> Body:
        """A question; the body also holds decision, confidence, citations, candidates, triage."""
        body = await self._call(
            "POST", "/v1/consultations/{}/questions", consultation, json={"text": text}
        )
        if not isinstance(body.get("decision"), str):
            raise HotlineUnavailableError("an answer without a decision")
        return body

    async def ask_category(self, told: str) -> Body:
        """How to ask for the category; the body also holds ``likely``, the likeliest first."""
        body = await self._call("POST", "/v1/categories", json={"text": told})
        if not isinstance(body.get("likely"), list):
            raise HotlineUnavailableError("a category asked without the likely ones")
        return body

    async def open_work_order(self, consultation: str, order: Mapping[str, str | None]) -> Body:
        """A work order; the same ``request_id`` never makes two."""
        return await self._call(
            "POST", "/v1/consultations/{}/work-orders", consultation, json=dict(order)
        )

    async def look_up(self, code: str, phone_tail: str) -> Body:
        """Where a work order stands, for whoever knows its code and the end of its phone."""
        return await self._call(
            "POST", "/v1/work-orders/lookup", json={"code": code, "phone_tail": phone_tail}
        )

    async def institutions(self, county: str | None, kind: str | None) -> Body:
        """Institutions, narrowed by county and kind where they are known."""
        asked = {"county": county, "kind": kind}
        return await self._call(
            "GET", "/v1/institutions", params={k: v for k, v in asked.items() if v}
        )

    async def satisfaction(self, consultation: str, helped: bool) -> Body:
        """Whether the last answer helped."""
        return await self._call(
            "POST", "/v1/consultations/{}/satisfaction", consultation, json={"helped": helped}
        )

    async def close(self) -> None:
        """Gives the connections back."""
        await self._http.aclose()

    async def _call(self, method: str, route: str, consultation: str = "", **sent: Any) -> Body:
        path = route.format(quote(consultation, safe=""))
        try:
            response = await self._http.request(method, path, **sent)
            body = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise self._unavailable(method, route, type(error).__name__) from error
        if not isinstance(body, dict):
            raise self._unavailable(method, route, f"{response.status_code}, not an object")
        # 401 and 403 are between us and the service, and nothing a citizen can mend.
        if response.is_client_error and response.status_code not in (401, 403):
            error_body = body.get("error")
            if isinstance(error_body, dict) and str(error_body.get("message") or "").strip():
                raise HotlineRefusedError(
                    response.status_code,
                    str(error_body.get("code", "")),
                    str(error_body["message"]),
                )
        reply = body.get("reply")
        speaks = isinstance(reply, dict) and str(reply.get("text") or "").strip()
        if not response.is_success or not speaks:
            raise self._unavailable(method, route, f"{response.status_code}, nothing to say")
        return body

    @staticmethod
    def _unavailable(method: str, route: str, reason: str) -> HotlineUnavailableError:
        # The route and the reason only: what was sent holds names and phones.
        log.warning("hotline %s %s: %s", method, route, reason)
        return HotlineUnavailableError(reason)


_hotline: Hotline | None = None


def hotline() -> Hotline:
    """The one client of this process, made on first use."""
    global _hotline
    if _hotline is None:
        _hotline = Hotline.from_environment()
    return _hotline


def use(client: Hotline | None) -> None:
    """Puts another client in its place; None makes the next call read the environment again."""
    global _hotline
    _hotline = client
