"""The door itself: opens callbacks with the crypto that WeChat's door uses; says things inside."""

from collections.abc import Mapping
from datetime import datetime

from hotline.channel.wechat import envelope, signature
from hotline.channel.wechat.crypto import CryptoError, Key, Keyring, decode_key
from hotline.channel.wechat.envelope import Fields
from hotline.channel.wechat.links import MessageLinks
from hotline.channel.wecom.client import WeComClient
from kit.clock import Clock
from kit.db import Database
from kit.errors import ForbiddenError
from kit.settings import Settings

CHANNEL = "wecom"
# Ids that we give to what we send: at most 32 bytes, and a failure's event names them.
SENT = "hotline-{first}-{last}"


class WeCom:
    """What a process needs to talk with 微信客服; made where ``HOTLINE_WECOM_CORP_ID`` is set."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._token = settings.wecom_token.get_secret_value()
        key = Key(decode_key(settings.wecom_aes_key.get_secret_value()))
        self._keyring = Keyring(settings.wecom_corp_id, (key,))
        secret = settings.wecom_secret.get_secret_value()
        self.links = MessageLinks(f"{settings.public_url.rstrip('/')}/wecom", secret)
        self.kf_id = settings.wecom_kf_id
        self.client = WeComClient(
            settings.wecom_api_url,
            settings.wecom_corp_id,
            secret,
            settings.wecom_kf_id,
            database=database,
            clock=clock,
        )

    def _decrypt(self, query: Mapping[str, str], encrypted: str, now: datetime) -> bytes:
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        shown = query.get("msg_signature", "")
        if not signature.matches(shown, self._token, timestamp, nonce, encrypted):
            raise ForbiddenError("签名不对")
        if not signature.is_fresh(timestamp, now):
            raise ForbiddenError("时间戳已过期")
        try:
            return self._keyring.decrypt(encrypted)[0]
        except CryptoError as error:
            raise ForbiddenError("解密失败") from error

    def echo(self, query: Mapping[str, str], now: datetime) -> str:
        """验证URL: the echo, which is encrypted here. Raises ``ForbiddenError``."""
        text = self._decrypt(query, query.get("echostr", ""), now)
        return text.decode("utf-8", "replace")

    def open(self, query: Mapping[str, str], body: bytes, now: datetime) -> Fields:
        """The fields of a callback. Raises ``ForbiddenError`` and ``EnvelopeError``."""
        encrypted = envelope.read(body).get("Encrypt", "")
        return envelope.read(self._decrypt(query, encrypted, now))

    def link(self, message_id: int) -> str:
        """Where a citizen reads a message in full."""
        return self.links.link(message_id)

    def send(self, openid: str, text: str, first_id: int, last_id: int) -> None:
        """One text."""
        self.client.send_text(openid, text, SENT.format(first=first_id, last=last_id))

    def notice(self, openid: str, message_id: int) -> bool:
        """微信客服 knows no notice beyond its five messages."""
        return False

    def close(self) -> None:
        """Close the connections."""
        self.client.close()
