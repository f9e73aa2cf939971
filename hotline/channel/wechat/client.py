"""WeChat's API 微信接口: customer-service messages, typing, notices, the menu. Never a loop."""

import contextlib
import json
from typing import Any

import httpx

from hotline.channel.wechat.errors import (
    BUSY,
    QUOTA_SPENT,
    STALE_TOKEN,
    WINDOW_CLOSED,
    ApiRefused,
    ApiUnavailable,
    MediaTooLarge,
    NotAllowedNow,
)
from hotline.channel.wechat.tokens import TokenShelf, answer_of
from kit.clock import Clock
from kit.db import Database
from kit.errors import AppError

TIMEOUT = httpx.Timeout(15.0, connect=3.0)
COURTESY_SECONDS = 2.0
# Where WeChat lets videos be fetched.
TENCENT = (".qq.com", ".qpic.cn")


def _refusal(answer: dict[str, Any]) -> AppError:
    """What an ``errcode`` means for whoever called."""
    code, message = answer.get("errcode", 0), str(answer.get("errmsg", ""))
    if code in STALE_TOKEN:
        return ApiUnavailable(f"微信不认新取的凭据（{code}）")
    if code in BUSY:
        return ApiUnavailable(f"微信繁忙或当日额度用完（{code}）")
    if code in WINDOW_CLOSED | QUOTA_SPENT:
        return NotAllowedNow(code, message)
    return ApiRefused(int(code), message)


class ApiClient:
    """Calls an API of Tencent's; a rejected token is renewed once for each call."""

    def __init__(self, http: httpx.Client, tokens: TokenShelf) -> None:
        self._http = http
        self.tokens = tokens

    def fetch_media(self, media_id: str, limit: int) -> bytes:
        """临时素材: a file by its media id. Raises ``MediaTooLarge`` and as the others do."""
        token = self.tokens.get()
        found = self._get_media(media_id, token, limit)
        if isinstance(found, dict) and found.get("errcode") in STALE_TOKEN:
            found = self._get_media(media_id, self.tokens.get(rejected=token), limit)
        if isinstance(found, dict) and self._is_theirs(found.get("video_url")):
            # 视频 may come as an address elsewhere; nobody there needs our token.
            found = self._download(found["video_url"], {}, limit)
        if isinstance(found, bytes):
            return found
        if found.get("errcode", 0) == 0:
            raise ApiRefused(0, "no file")
        raise _refusal(found)

    def _is_theirs(self, address: object) -> bool:
        """Whether a file may be fetched there: from the API itself, or from Tencent's own names.

        Any other address could be one inside of our network.
        """
        try:
            url = httpx.URL(str(address))
        except httpx.InvalidURL:
            return False
        own = self._http.base_url
        return (url.scheme, url.netloc) == (own.scheme, own.netloc) or (
            url.scheme in ("http", "https")
            and url.port is None
            and not url.userinfo
            and url.host.endswith(TENCENT)
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _call(
        self, path: str, body: dict[str, Any], timeout: float | httpx.Timeout = TIMEOUT
    ) -> dict[str, Any]:
        token = self.tokens.get()
        answer = self._post(path, body, token, timeout)
        if answer.get("errcode") in STALE_TOKEN:
            token = self.tokens.get(rejected=token)
            answer = self._post(path, body, token, timeout)
        if answer.get("errcode", 0) == 0:
            return answer
        raise _refusal(answer)

    def _get_media(self, media_id: str, token: str, limit: int) -> bytes | dict[str, Any]:
        query = {"access_token": token, "media_id": media_id}
        return self._download("/cgi-bin/media/get", query, limit)

    def _download(self, url: str, query: dict[str, str], limit: int) -> bytes | dict[str, Any]:
        """The file, or the object that WeChat says instead. Redirects are not followed."""
        try:
            with self._http.stream("GET", url, params=query or None) as response:
                if response.status_code != httpx.codes.OK:
                    raise ApiUnavailable(f"微信接口返回HTTP {response.status_code}")
                data = bytearray()
                for chunk in response.iter_bytes():
                    data += chunk
                    if len(data) > limit:
                        raise MediaTooLarge("file too large")
                kind = response.headers.get("Content-Type", "")
        except httpx.HTTPError as error:
            raise ApiUnavailable(f"连不上微信接口：{type(error).__name__}") from error
        if data[:1] == b"{" and ("json" in kind or "text" in kind):
            with contextlib.suppress(ValueError):
                return dict(json.loads(data))
        return bytes(data)

    def _post(
        self, path: str, body: dict[str, Any], token: str, timeout: float | httpx.Timeout
    ) -> dict[str, Any]:
        try:
            # WeChat shows \\u escapes as they are: the text must go as UTF-8.
            response = self._http.post(
                path,
                params={"access_token": token},
                content=json.dumps(body, ensure_ascii=False).encode(),
                headers={"Content-Type": "application/json; charset=utf-8"},
                timeout=timeout,
            )
        except httpx.HTTPError as error:
            raise ApiUnavailable(f"连不上微信接口：{type(error).__name__}") from error
        return answer_of(response)


class WeChatClient(ApiClient):
    """Calls the API as the service account."""

    def __init__(
        self, url: str, app_id: str, secret: str, *, database: Database, clock: Clock
    ) -> None:
        http = httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False)
        super().__init__(http, TokenShelf(database, clock, http, app_id, secret))

    def send_text(self, openid: str, text: str) -> None:
        """客服消息: one text. Raises ``NotAllowedNow``, ``ApiRefused``, ``ApiUnavailable``."""
        self._call(
            "/cgi-bin/message/custom/send",
            {"touser": openid, "msgtype": "text", "text": {"content": text}},
        )

    def send_notice(self, openid: str, template: str, field: str, text: str, link: str) -> None:
        """订阅通知: the one message that needs no word of the citizen's before it."""
        self._call(
            "/cgi-bin/message/subscribe/bizsend",
            {
                "touser": openid,
                "template_id": template,
                "page": link,
                "data": {field: {"value": text}},
            },
        )

    def show_typing(self, openid: str) -> None:
        """正在输入: a courtesy; if it fails, nothing is lost and nobody is told."""
        with contextlib.suppress(ApiUnavailable, ApiRefused):
            self._call(
                "/cgi-bin/message/custom/typing",
                {"touser": openid, "command": "Typing"},
                timeout=COURTESY_SECONDS,
            )

    def create_menu(self, menu: dict[str, Any]) -> None:
        """自定义菜单, in WeChat's own form."""
        self._call("/cgi-bin/menu/create", menu)
