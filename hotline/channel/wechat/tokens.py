"""The access token 调用凭据: one row for all processes; one of them at a time refreshes it.

At most three fetches a minute, whatever WeChat answers: a token that WeChat rejects for ever must
not eat the day's allowance. By force (a new token at once) 30 seconds apart and 20 times a day.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hotline.channel.wechat.errors import ApiRefused, ApiUnavailable
from hotline.channel.wechat.models import WeChatToken
from kit.clock import Clock
from kit.db import Database

PER_MINUTE = 3
FORCED_PER_DAY = 20
FORCED_APART = 30.0
LEASE = timedelta(seconds=20)
# WeChat renews five minutes before the end; so do we.
MARGIN = timedelta(minutes=5)
WAIT_SECONDS = 8.0
POLL_SECONDS = 0.05
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class _Fetch:
    force: bool


def answer_of(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer. Raises ``ApiUnavailable``."""
    # No raise_for_status: its message holds the address, and that holds the token.
    if response.status_code != httpx.codes.OK:
        raise ApiUnavailable(f"微信接口返回HTTP {response.status_code}")
    try:
        answer = response.json()
    except ValueError as error:
        raise ApiUnavailable("微信接口返回的不是JSON") from error
    if not isinstance(answer, dict):
        raise ApiUnavailable("微信接口返回的不是JSON对象")
    return answer


def lasting_of(answer: dict[str, Any]) -> tuple[str, timedelta]:
    """The token of an answer and how long it lasts. Raises ``ApiUnavailable``, ``ApiRefused``."""
    value, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(value, str) or not isinstance(seconds, int) or not value:
        code = answer.get("errcode", -1)
        if code == -1:
            raise ApiUnavailable("微信系统繁忙")
        raise ApiRefused(int(code), str(answer.get("errmsg", "")))
    return value, max(timedelta(seconds=seconds) - MARGIN, timedelta(seconds=30))


class TokenShelf:
    """Hands out the account's token."""

    def __init__(
        self, database: Database, clock: Clock, http: httpx.Client, app_id: str, secret: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._http = http
        self._app_id = app_id
        self._secret = secret

    def get(self, rejected: str = "") -> str:
        """A token other than the rejected one. Raises ``ApiUnavailable``, ``ApiRefused``."""
        end = time.monotonic() + WAIT_SECONDS
        while True:
            held = self._held()
            if held and held != rejected:
                return held
            step = self._next_step(rejected)
            if isinstance(step, str):
                return step
            if step is not None:
                return self._fetch(force=step.force, rejected=rejected)
            if time.monotonic() > end:
                raise ApiUnavailable("另一个进程正在刷新微信凭据")
            time.sleep(POLL_SECONDS)

    def check(self) -> None:
        """Fetch a token, whether one is held or not: are id and secret right? Raises as ``get``."""
        self._ask(force=False)

    def _held(self) -> str:
        now = self._clock.now()
        with self._database.read() as session:
            row = session.get(WeChatToken, self._app_id)
        return row.value if row and row.expires_at and row.expires_at > now else ""

    def _row(self, session: Session) -> WeChatToken:
        row = session.get(WeChatToken, self._app_id, with_for_update=True)
        if row is None:
            row = WeChatToken(app_id=self._app_id, value="", fetched=[], forced=[])
            session.add(row)
            session.flush()
        return row

    def _next_step(self, rejected: str) -> str | _Fetch | None:
        """The token if somebody has it by now, the fetch to make, or ``None``: wait."""
        try:
            with self._database.write() as session:
                return self._decide(self._row(session), rejected, self._clock.now())
        except IntegrityError:
            # Two processes made the row at the same moment.
            return None

    def _decide(self, row: WeChatToken, rejected: str, now: datetime) -> str | _Fetch | None:
        if row.value and row.value != rejected and row.expires_at and row.expires_at > now:
            return row.value
        if row.lease_until is not None and row.lease_until > now:
            return None
        moment = now.timestamp()
        fetched = [at for at in row.fetched if moment - at < 60]
        if len(fetched) >= PER_MINUTE:
            raise ApiUnavailable("一分钟内已取过三次微信凭据，稍后再试")
        forced = [at for at in row.forced if moment - at < _DAY]
        force = (
            bool(rejected)
            and len(forced) < FORCED_PER_DAY
            and all(moment - at >= FORCED_APART for at in forced)
        )
        row.fetched = [*fetched, moment]
        row.forced = [*forced, moment] if force else forced
        row.lease_until = now + LEASE
        return _Fetch(force)

    def _fetch(self, *, force: bool, rejected: str) -> str:
        value, lasting = "", timedelta(0)
        try:
            value, lasting = self._ask(force=force)
        finally:
            with self._database.write() as session:
                row = self._row(session)
                row.lease_until = None
                if value:
                    row.value, row.expires_at = value, self._clock.now() + lasting
        if value == rejected:
            raise ApiUnavailable("微信仍给出它自己不认的凭据，稍后再试")
        return value

    def _ask(self, *, force: bool) -> tuple[str, timedelta]:
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._secret,
            "force_refresh": force,
        }
        try:
            answer = answer_of(self._http.post("/cgi-bin/stable_token", json=body))
        except httpx.HTTPError as error:
            raise ApiUnavailable(f"连不上微信接口：{type(error).__name__}") from error
        return lasting_of(answer)
