"""Links under which a citizen reads a long message in full; nobody can guess one."""

import hashlib
import hmac

from kit.errors import ForbiddenError

_TAG = 32


class MessageLinks:
    """Makes and checks the links of one door."""

    def __init__(self, base: str, secret: str) -> None:
        self._base = base.rstrip("/")
        self._key = hashlib.sha256(f"link:{secret}".encode()).digest()

    def _tag(self, message_id: int) -> str:
        return hmac.new(self._key, str(message_id).encode(), "sha256").hexdigest()[:_TAG]

    def link(self, message_id: int) -> str:
        """Where a citizen reads a message in full."""
        return f"{self._base}/messages/{message_id}-{self._tag(message_id)}"

    def linked(self, key: str) -> int:
        """The message of a link. Raises ``ForbiddenError``."""
        number, _, shown = key.partition("-")
        if not (number.isascii() and number.isdigit() and len(number) < 16):
            raise ForbiddenError("链接不对")
        if not hmac.compare_digest(self._tag(int(number)).encode(), shown.encode()):
            raise ForbiddenError("链接不对")
        return int(number)
