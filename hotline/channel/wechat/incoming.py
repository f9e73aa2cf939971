"""What a push means: words, media, somebody following or leaving, or nothing for us. Pure."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from hotline.channel.wechat.envelope import EnvelopeError

_NAME = re.compile(r"[\w-]{1,64}", re.ASCII)
_DIGITS = re.compile(r"\d{1,20}", re.ASCII)
_FIELD_LENGTH = 2000


class Kind(StrEnum):
    """Kinds of push."""

    WORDS = "words"
    MEDIA = "media"
    FOLLOWED = "followed"
    LEFT = "left"
    SEEN = "seen"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Grant:
    """客服消息额度: how many messages a citizen's act lets us send, and for how long."""

    messages: int
    lasting: timedelta


MESSAGE_GRANT = Grant(5, timedelta(hours=48))
CLICK_GRANT = Grant(3, timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Incoming:
    """One push. ``key`` is the same for every delivery of it."""

    openid: str
    account: str
    key: str
    kind: Kind
    text: str = ""
    media: str = ""
    media_id: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    grant: Grant | None = None


def media_text(kind: str, fields: Mapping[str, str]) -> str:
    """How something besides text stands in the conversation."""
    match kind:
        case "image":
            return "[图片]"
        case "voice":
            return "[语音]"
        case "video" | "shortvideo":
            return "[视频]"
        case "file":
            return f"[文件] {fields.get('Title', '')}".rstrip()
        case "location":
            place = f"{fields.get('Location_X', '')},{fields.get('Location_Y', '')}"
            return f"[位置] {fields.get('Label', '')}（{place}）"
        case "link":
            return f"[链接] {fields.get('Title', '')} {fields.get('Url', '')}".rstrip()
        case _:
            return "[不认识的内容]"


def _event_key(fields: Mapping[str, str]) -> str:
    """Events carry no MsgId: who, when and what make one."""
    parts = [fields.get(name, "") for name in ("FromUserName", "CreateTime", "Event", "EventKey")]
    return "wxe:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:48]


def _event(openid: str, account: str, fields: Mapping[str, str]) -> Incoming:
    key = _event_key(fields)
    match fields.get("Event", "").lower():
        case "subscribe":
            return Incoming(openid, account, key, Kind.FOLLOWED, grant=CLICK_GRANT)
        case "unsubscribe":
            return Incoming(openid, account, key, Kind.LEFT)
        case "click":
            # The keys of our menu are words that a citizen could have typed.
            said = fields.get("EventKey", "")
            return Incoming(openid, account, key, Kind.WORDS, said, grant=CLICK_GRANT)
        case "scan" | "scancode_push" | "scancode_waitmsg":
            return Incoming(openid, account, key, Kind.SEEN, grant=CLICK_GRANT)
        case _:
            return Incoming(openid, account, key, Kind.OTHER)


def understand(fields: Mapping[str, str]) -> Incoming:
    """The meaning of a push. Raises ``EnvelopeError`` if it is no message of WeChat's."""
    openid, account = fields.get("FromUserName", ""), fields.get("ToUserName", "")
    if not _NAME.fullmatch(openid) or not _NAME.fullmatch(account):
        raise EnvelopeError("no sender or no receiver")
    kind = fields.get("MsgType", "").lower()
    if kind == "event":
        return _event(openid, account, fields)
    number = fields.get("MsgId", "")
    if not _DIGITS.fullmatch(number):
        raise EnvelopeError("no message id")
    key = f"wx:{number}"
    said = fields.get("Content", "") if kind == "text" else ""
    if kind == "voice":
        said = fields.get("Recognition", "")
    if kind == "text" or said:
        return Incoming(openid, account, key, Kind.WORDS, said, grant=MESSAGE_GRANT)
    kept = {name: value[:_FIELD_LENGTH] for name, value in fields.items()}
    return Incoming(
        openid,
        account,
        key,
        Kind.MEDIA,
        media_text(kind, kept),
        media=kind[:20],
        media_id=fields.get("MediaId", "")[:255],
        fields=kept,
        grant=MESSAGE_GRANT,
    )
