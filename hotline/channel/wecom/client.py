"""WeCom's API 企业微信接口: token, messages since a cursor, sending."""

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from hotline.channel.wechat.client import TIMEOUT, ApiClient
from hotline.channel.wechat.errors import ApiRefused, ApiUnavailable
from hotline.channel.wechat.tokens import TokenShelf, answer_of, lasting_of
from kit.clock import Clock
from kit.db import Database

PAGE = 500
ACCOUNTS = 100


class WeComTokens(TokenShelf):
    """企业微信 hands out the same token until it ends; there is no force."""

    def _ask(self, *, force: bool) -> tuple[str, timedelta]:
        query = {"corpid": self._app_id, "corpsecret": self._secret}
        try:
            answer = answer_of(self._http.get("/cgi-bin/gettoken", params=query))
        except httpx.HTTPError as error:
            raise ApiUnavailable(f"连不上企业微信接口：{type(error).__name__}") from error
        return lasting_of(answer)


@dataclass(frozen=True, slots=True)
class Synced:
    """One page of messages, and where the next one begins."""

    messages: list[dict[str, Any]]
    cursor: str
    more: bool


@dataclass(frozen=True, slots=True)
class Account:
    """客服账号: one that citizens write to; ``ours``: this secret may receive and send there."""

    kf_id: str
    name: str
    ours: bool


class WeComClient(ApiClient):
    """Calls the API for one 客服账号 (``open_kfid``)."""

    def __init__(
        self, url: str, corp_id: str, secret: str, kf_id: str, *, database: Database, clock: Clock
    ) -> None:
        http = httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False)
        super().__init__(http, WeComTokens(database, clock, http, corp_id, secret))
        self._kf_id = kf_id

    def accounts(self) -> list[Account]:
        """获取客服账号列表. Raises as the other calls do."""
        answer = self._call("/cgi-bin/kf/account/list", {"offset": 0, "limit": ACCOUNTS})
        rows = answer.get("account_list", [])
        if not isinstance(rows, list):
            raise ApiUnavailable("企业微信返回的客服账号列表不对")
        return [
            Account(
                str(row.get("open_kfid", "")),
                str(row.get("name", "")),
                row.get("manage_privilege") is not False,
            )
            for row in rows
            if isinstance(row, dict)
        ]

    def sync(self, cursor: str, token: str) -> Synced:
        """读取消息: what came since the cursor. Raises as the other calls do."""
        answer = self._call(
            "/cgi-bin/kf/sync_msg",
            {"cursor": cursor, "token": token, "limit": PAGE, "open_kfid": self._kf_id},
        )
        messages, next_cursor = answer.get("msg_list", []), answer.get("next_cursor", "")
        if not isinstance(messages, list) or not isinstance(next_cursor, str):
            raise ApiUnavailable("企业微信返回的消息列表不对")
        return Synced(
            [one for one in messages if isinstance(one, dict)],
            next_cursor or cursor,
            answer.get("has_more") == 1 and next_cursor not in ("", cursor),
        )

    def send_text(self, user_id: str, text: str, message_id: str) -> None:
        """发送消息 under an id of ours, which a failure that is told later names."""
        self._call(
            "/cgi-bin/kf/send_msg",
            {
                "touser": user_id,
                "open_kfid": self._kf_id,
                "msgid": message_id,
                "msgtype": "text",
                "text": {"content": text},
            },
        )

    def welcome(self, code: str, text: str) -> None:
        """欢迎语: a courtesy; if it fails, nothing is lost."""
        with contextlib.suppress(ApiUnavailable, ApiRefused):
            self._call(
                "/cgi-bin/kf/send_msg_on_event",
                {"code": code, "msgtype": "text", "text": {"content": text}},
            )
