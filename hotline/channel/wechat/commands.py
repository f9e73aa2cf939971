"""Commands of the WeChat door: ``wechat menu FILE`` and ``wechat check``."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import yaml

from hotline.channel.wechat import signature
from hotline.channel.wechat.client import WeChatClient
from hotline.channel.wechat.errors import ApiRefused, ApiUnavailable
from kit.clock import SystemClock
from kit.db import Database
from kit.errors import InvalidInputError
from kit.settings import Settings

BUTTONS, SUB_BUTTONS = 3, 5
KEY_BYTES = 128
# Beyond this WeChat shows "…": 4 汉字 on a button, 7 in its list, in bytes of UTF-8.
NAME_BYTES, SUB_NAME_BYTES = 16, 60
_MODES = {"plain": "明文模式", "compatible": "兼容模式", "safe": "安全模式（推荐）"}
# What WeChat's refusals of the token mean for the settings.
_MEANING = {
    40013: "HOTLINE_WECHAT_APP_ID 不对：核对 公众平台 → 设置与开发 → 基本配置 → 开发者ID",
    40125: "HOTLINE_WECHAT_APP_SECRET 不对：在同一页重置 开发者密码 后填入",
    40001: "HOTLINE_WECHAT_APP_SECRET 不对：在同一页重置 开发者密码 后填入",
    40164: "本机的公网地址不在名单里：在同一页的 IP白名单 里加上",
    40243: "开发者密码 已冻结：在同一页解冻",
    48001: "账号没有这项接口权限：需要已认证的服务号",
}


def _button(value: object, where: str, *, inner: bool) -> dict[str, Any]:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        raise InvalidInputError(f"{where}：每个按钮都要有 name")
    limit = SUB_NAME_BYTES if inner else NAME_BYTES
    if len(value["name"].encode()) > limit:
        raise InvalidInputError(f"{where}：name 最多 {limit} 字节")
    subs = value.get("sub_button")
    if subs and not inner:
        if not isinstance(subs, list) or len(subs) > SUB_BUTTONS:
            raise InvalidInputError(f"{where}：sub_button 最多 {SUB_BUTTONS} 个")
        made = [
            _button(sub, f"{where} 之 {number}", inner=True)
            for number, sub in enumerate(subs, start=1)
        ]
        return {"name": value["name"], "sub_button": made}
    kind = value.get("type")
    needed = {"click": "key", "view": "url"}.get(str(kind))
    if needed is None:
        raise InvalidInputError(f"{where}：type 只能是 click 或 view")
    target = value.get(needed)
    if not isinstance(target, str) or not target:
        raise InvalidInputError(f"{where}：{kind} 按钮要有 {needed}")
    if needed == "key" and len(target.encode()) > KEY_BYTES:
        raise InvalidInputError(f"{where}：key 最多 {KEY_BYTES} 字节")
    return {"name": value["name"], "type": kind, needed: target}


def read_menu(path: Path) -> dict[str, Any]:
    """The menu of a YAML or JSON file. Raises ``InvalidInputError`` naming the wrong button."""
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path}: 不是YAML或JSON") from error
    buttons = value.get("button") if isinstance(value, dict) else None
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= BUTTONS:
        raise InvalidInputError(f"{path}: button 要有 1 到 {BUTTONS} 个按钮")
    return {
        "button": [
            _button(button, f"第{number}个按钮", inner=False)
            for number, button in enumerate(buttons, start=1)
        ]
    }


def _need_open(settings: Settings) -> None:
    if settings.wechat_mode == "off":
        raise InvalidInputError("HOTLINE_WECHAT_MODE is off: set plain, compatible or safe")


def _with_client(settings: Settings, act: Callable[[WeChatClient], None]) -> None:
    database = Database(settings.resolved_database_url)
    secret = settings.wechat_app_secret.get_secret_value()
    client = WeChatClient(
        settings.wechat_api_url,
        settings.wechat_app_id,
        secret,
        database=database,
        clock=SystemClock(),
    )
    try:
        act(client)
    finally:
        client.close()
        database.dispose()


def create_menu(settings: Settings, path: Path) -> None:
    """Create the account's menu 自定义菜单 from a file."""
    menu = read_menu(path)
    _need_open(settings)
    _with_client(settings, lambda client: client.create_menu(menu))


def _token_step(settings: Settings) -> tuple[bool, str]:
    try:
        _with_client(settings, lambda client: client.tokens.check())
    except ApiRefused as error:
        return False, _MEANING.get(error.errcode, error.message)
    except ApiUnavailable as error:
        return False, f"{error.message}；核对 HOTLINE_WECHAT_API_URL 和本机能否上网"
    return True, "AppID、AppSecret 正确，调用凭据已取到"


def ask_for_echo(
    settings: Settings, path: str, query: dict[str, str], echo: str, shared: str
) -> tuple[bool, str]:
    """Ask the public address as Tencent does; ``shared``: the settings that must be its own too."""
    address = settings.public_url.rstrip("/") + path
    try:
        answer = httpx.get(address, params=query, timeout=5.0)
    except httpx.HTTPError as error:
        return False, (
            f"{address} 打不开（{type(error).__name__}）：核对 HOTLINE_PUBLIC_URL 和前面的代理"
        )
    if answer.status_code != httpx.codes.OK or answer.text != echo:
        return False, (
            f"{address} 没有回显（HTTP {answer.status_code}）："
            f"运行中的服务的 {shared} 与这里不同，或这个地址不通到本服务"
        )
    return True, f"{address} 回显正确"


def _echo_step(settings: Settings) -> tuple[bool, str]:
    timestamp, nonce = str(int(SystemClock().now().timestamp())), secrets.token_hex(8)
    echo = secrets.token_hex(8)
    token = settings.wechat_token.get_secret_value()
    query = {
        "signature": signature.sign(token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "echostr": echo,
    }
    return ask_for_echo(settings, "/wechat", query, echo, "HOTLINE_WECHAT_TOKEN")


def check(settings: Settings) -> Iterator[tuple[bool, str]]:
    """(right, words) for each thing that must be right, then what to set in WeChat's console."""
    _need_open(settings)
    yield True, "各项设置的格式正确"
    yield _token_step(settings)
    yield _echo_step(settings)
    yield (
        True,
        "公众平台 → 设置与开发 → 基本配置 → 服务器配置："
        f"URL 填 {settings.public_url.rstrip('/')}/wechat；Token 填 HOTLINE_WECHAT_TOKEN；"
        "EncodingAESKey 填 HOTLINE_WECHAT_AES_KEY；"
        f"消息加解密方式选 {_MODES[settings.wechat_mode]}；数据格式选 XML；然后启用",
    )
