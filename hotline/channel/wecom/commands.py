"""The command of the WeCom door: ``wecom check``."""

import secrets
from collections.abc import Iterator

from hotline.channel.wechat import signature
from hotline.channel.wechat.commands import ask_for_echo
from hotline.channel.wechat.crypto import Key, decode_key
from hotline.channel.wechat.errors import ApiRefused, ApiUnavailable
from hotline.channel.wecom.client import WeComClient
from kit.clock import SystemClock
from kit.db import Database
from kit.errors import InvalidInputError
from kit.settings import Settings

# What WeCom's refusals mean for the settings.
_MEANING = {
    40013: "HOTLINE_WECOM_CORP_ID 不对：核对 管理后台 → 我的企业 → 企业信息 → 企业ID",
    40001: "HOTLINE_WECOM_SECRET 不对：在 管理后台 → 应用管理 → 微信客服 → API 里重新查看 Secret",
    40091: "HOTLINE_WECOM_SECRET 不对：在 管理后台 → 应用管理 → 微信客服 → API 里重新查看 Secret",
    60020: "本机的公网地址不在名单里：在同一应用的 企业可信IP 里加上",
    48002: "这个 Secret 的应用不能调用微信客服：在 微信客服 → API 里把它加为可调用接口的应用",
}


def _meaning(error: ApiRefused | ApiUnavailable) -> str:
    if isinstance(error, ApiRefused):
        return _MEANING.get(error.errcode, error.message)
    return f"{error.message}；核对 HOTLINE_WECOM_API_URL 和本机能否上网"


def _token_step(client: WeComClient) -> tuple[bool, str]:
    try:
        client.tokens.check()
    except (ApiRefused, ApiUnavailable) as error:
        return False, _meaning(error)
    return True, "企业ID、Secret 正确，调用凭据已取到"


def _account_step(client: WeComClient, kf_id: str) -> tuple[bool, str]:
    try:
        accounts = client.accounts()
    except (ApiRefused, ApiUnavailable) as error:
        return False, _meaning(error)
    found = next((account for account in accounts if account.kf_id == kf_id), None)
    if found is None:
        listed = "、".join(f"{account.name} {account.kf_id}" for account in accounts)
        return False, f"HOTLINE_WECOM_KF_ID 不对：这个企业的客服账号是：{listed or '（没有）'}"
    if not found.ours:
        return False, (
            f"客服账号“{found.name}”没有交给这个 Secret 的应用管理："
            "在 微信客服 → API → 通过API管理微信客服账号 里选上它"
        )
    return True, f"客服账号“{found.name}”可以收发消息"


def _echo_step(settings: Settings) -> tuple[bool, str]:
    timestamp, nonce = str(int(SystemClock().now().timestamp())), secrets.token_hex(8)
    echo = secrets.token_hex(8)
    key = Key(decode_key(settings.wecom_aes_key.get_secret_value()))
    encrypted = key.encrypt(echo.encode(), settings.wecom_corp_id)
    token = settings.wecom_token.get_secret_value()
    query = {
        "msg_signature": signature.sign(token, timestamp, nonce, encrypted),
        "timestamp": timestamp,
        "nonce": nonce,
        "echostr": encrypted,
    }
    return ask_for_echo(
        settings, "/wecom", query, echo, "HOTLINE_WECOM_TOKEN 或 HOTLINE_WECOM_AES_KEY"
    )


def check(settings: Settings) -> Iterator[tuple[bool, str]]:
    """(right, words) for each thing that must be right, then what to set in WeCom's console."""
    if not settings.wecom_corp_id:
        raise InvalidInputError("HOTLINE_WECOM_CORP_ID is not set: the door to 微信客服 is closed")
    yield True, "各项设置的格式正确"
    database = Database(settings.resolved_database_url)
    client = WeComClient(
        settings.wecom_api_url,
        settings.wecom_corp_id,
        settings.wecom_secret.get_secret_value(),
        settings.wecom_kf_id,
        database=database,
        clock=SystemClock(),
    )
    try:
        token = _token_step(client)
        yield token
        if token[0]:
            # Without a token there is nothing to ask with.
            yield _account_step(client, settings.wecom_kf_id)
    finally:
        client.close()
        database.dispose()
    yield _echo_step(settings)
    yield (
        True,
        "管理后台 → 应用管理 → 微信客服 → API → 回调配置："
        f"URL 填 {settings.public_url.rstrip('/')}/wecom；Token 填 HOTLINE_WECOM_TOKEN；"
        "EncodingAESKey 填 HOTLINE_WECOM_AES_KEY；保存后，"
        "把客服账号交给这个应用用API管理，接待方式选 智能助手",
    )
