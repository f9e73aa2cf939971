"""Pushes as WeChat makes them: signed, in XML or JSON, plain or encrypted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hotline.channel.wechat import envelope
from hotline.channel.wechat.crypto import Key, Keyring, decode_key
from hotline.channel.wechat.signature import sign

APP_ID = "wx49f0ab532d5d035a"
SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "spamtest"
AES_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
OLD_AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT = "gh_7f083739789a"
NONCE = "461056294"


@dataclass(frozen=True)
class Push:
    """One delivery."""

    query: dict[str, str]
    body: bytes


def xml(fields: Mapping[str, str | int]) -> bytes:
    """Fields as WeChat writes them."""
    inner = "".join(
        f"<{name}>{value if isinstance(value, int) else envelope.cdata(value)}</{name}>"
        for name, value in fields.items()
    )
    return f"<xml>{inner}</xml>".encode()


def text_fields(openid: str, text: str, number: int, now: datetime) -> dict[str, str | int]:
    """A text message."""
    return {
        "ToUserName": ACCOUNT,
        "FromUserName": openid,
        "CreateTime": int(now.timestamp()),
        "MsgType": "text",
        "Content": text,
        "MsgId": number,
    }


def event_fields(openid: str, event: str, now: datetime, **more: str | int) -> dict[str, str | int]:
    """An event."""
    return {
        "ToUserName": ACCOUNT,
        "FromUserName": openid,
        "CreateTime": int(now.timestamp()),
        "MsgType": "event",
        "Event": event,
        **more,
    }


def plain(body: bytes, now: datetime, token: str = TOKEN) -> Push:
    """In plain mode 明文."""
    timestamp = str(int(now.timestamp()))
    query = {
        "signature": sign(token, timestamp, NONCE),
        "timestamp": timestamp,
        "nonce": NONCE,
        "openid": "o",
    }
    return Push(query, body)


def sealed(
    fields: Mapping[str, str | int],
    now: datetime,
    *,
    key: str = AES_KEY,
    app_id: str = APP_ID,
    as_json: bool = False,
    compatible: bool = False,
) -> Push:
    """In safe mode 安全, or compatible 兼容 with the plain fields beside the ciphertext."""
    inner = json.dumps(dict(fields)).encode() if as_json else xml(fields)
    encrypted = Key(decode_key(key)).encrypt(inner, app_id)
    outer: dict[str, str | int] = dict(fields) if compatible else {"ToUserName": ACCOUNT}
    outer["Encrypt"] = encrypted
    push = plain(json.dumps(outer).encode() if as_json else xml(outer), now)
    timestamp = push.query["timestamp"]
    query = {
        **push.query,
        "encrypt_type": "aes",
        "msg_signature": sign(TOKEN, timestamp, NONCE, encrypted),
    }
    return Push(query, push.body)


def unsealed(body: bytes) -> envelope.Fields:
    """The reply as WeChat reads it: signature checked, decrypted."""
    outer = envelope.read(body)
    if "Encrypt" not in outer:
        return outer
    expected = sign(TOKEN, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
    assert outer["MsgSignature"] == expected
    keys = tuple(Key(decode_key(key)) for key in (AES_KEY, OLD_AES_KEY))
    text, _ = Keyring(APP_ID, keys).decrypt(outer["Encrypt"])
    return envelope.read(text)
