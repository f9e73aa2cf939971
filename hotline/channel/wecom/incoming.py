"""What a message of sync_msg means, in the same words as a push of WeChat's. Pure."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from hotline.channel.wechat.incoming import MESSAGE_GRANT, Incoming, Kind, media_text

# Who a message is from: the citizen; 4 is the system, 5 an agent.
FROM_CITIZEN = 3
_NAME = re.compile(r"[\w-]{1,64}", re.ASCII)
_LENGTH = 2000


def _text(value: object, limit: int = _LENGTH) -> str:
    """A string of the platform's, without what no database takes."""
    if not isinstance(value, str | int | float):
        return ""
    return re.sub("[\x00\ud800-\udfff]", "", str(value))[:limit]


def _fields(kind: str, inner: Mapping[str, Any]) -> dict[str, str]:
    """The parts that a lawyer is told of, under WeChat's names."""
    names = {
        "location": {
            "Location_X": "latitude",
            "Location_Y": "longitude",
            "Label": "address",
        },
        "link": {"Title": "title", "Url": "url"},
    }.get(kind, {})
    return {ours: _text(inner.get(theirs)) for ours, theirs in names.items()}


def understand(message: Mapping[str, Any]) -> Incoming | None:
    """The meaning of a message; ``None`` if it is not a citizen's."""
    user, number = _text(message.get("external_userid"), 65), _text(message.get("msgid"), 200)
    if message.get("origin") != FROM_CITIZEN or not _NAME.fullmatch(user) or not number:
        return None
    account = _text(message.get("open_kfid"), 64)
    key = "kf:" + hashlib.sha256(number.encode()).hexdigest()[:48]
    kind = _text(message.get("msgtype"), 20)
    found = message.get(kind)
    inner: Mapping[str, Any] = found if isinstance(found, dict) else {}
    if kind == "text":
        said = _text(inner.get("content"), 20_000)
        return Incoming(user, account, key, Kind.WORDS, said, grant=MESSAGE_GRANT)
    fields = _fields(kind, inner)
    return Incoming(
        user,
        account,
        key,
        Kind.MEDIA,
        media_text(kind, fields),
        media=kind,
        media_id=_text(inner.get("media_id"), 255),
        fields=fields,
        grant=MESSAGE_GRANT,
    )
