"""The door itself: checks and opens pushes, seals replies, signs links, runs turns beside them."""

import logging
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from hotline.channel.wechat import envelope, phrases, signature
from hotline.channel.wechat.client import WeChatClient
from hotline.channel.wechat.crypto import CryptoError, Key, Keyring, decode_key
from hotline.channel.wechat.envelope import Fields
from hotline.channel.wechat.errors import ApiRefused
from hotline.channel.wechat.links import MessageLinks
from kit.clock import Clock
from kit.db import Database
from kit.errors import ForbiddenError
from kit.settings import Settings

log = logging.getLogger(__name__)
TURNS = 8


@dataclass(frozen=True, slots=True)
class Opened:
    """A push whose signature was right; ``key`` is what it was encrypted with."""

    fields: Fields
    key: Key | None


class WeChat:
    """What a process needs to talk with WeChat; made where ``HOTLINE_WECHAT_MODE`` is not off."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self.settings = settings
        self._token = settings.wechat_token.get_secret_value()
        keys = [settings.wechat_aes_key, settings.wechat_aes_key_previous]
        texts = [key.get_secret_value() for key in keys]
        self._keyring = Keyring(
            settings.wechat_app_id, tuple(Key(decode_key(text)) for text in texts if text)
        )
        secret = settings.wechat_app_secret.get_secret_value()
        self.links = MessageLinks(f"{settings.public_url.rstrip('/')}/wechat", secret)
        self.client = WeChatClient(
            settings.wechat_api_url, settings.wechat_app_id, secret, database=database, clock=clock
        )
        self._turns = ThreadPoolExecutor(TURNS, thread_name_prefix="wechat-turn")
        self._courtesies = ThreadPoolExecutor(1, thread_name_prefix="wechat-typing")
        self._waiting = 0

    # --- pushes -----------------------------------------------------------------------------------

    def check(self, query: Mapping[str, str], now: datetime) -> None:
        """The plain signature of the query. Raises ``ForbiddenError``."""
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        shown = query.get("signature", "")
        if not signature.matches(shown, self._token, timestamp, nonce):
            raise ForbiddenError("签名不对")
        if not signature.is_fresh(timestamp, now):
            raise ForbiddenError("时间戳已过期")

    def open(self, query: Mapping[str, str], body: bytes, now: datetime) -> Opened:
        """The fields of a push. Raises ``ForbiddenError`` and ``EnvelopeError``."""
        if query.get("encrypt_type", "raw") != "aes":
            if self.settings.wechat_mode == "safe":
                raise ForbiddenError("安全模式下不收明文")
            self.check(query, now)
            return Opened(envelope.read(body), None)
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not signature.is_fresh(timestamp, now):
            raise ForbiddenError("时间戳已过期")
        encrypted = envelope.read(body).get("Encrypt", "")
        shown = query.get("msg_signature", "")
        if not signature.matches(shown, self._token, timestamp, nonce, encrypted):
            raise ForbiddenError("签名不对")
        try:
            text, key = self._keyring.decrypt(encrypted)
        except CryptoError as error:
            raise ForbiddenError("解密失败") from error
        return Opened(envelope.read(text), key)

    def seal(self, opened: Opened, text: str, now: datetime) -> str:
        """The passive reply to a push, encrypted as the push was."""
        at = int(now.timestamp())
        plain = envelope.text_reply(
            to=opened.fields["FromUserName"],
            sender=opened.fields["ToUserName"],
            at=at,
            text=text,
        )
        if opened.key is None:
            return plain
        encrypted = opened.key.encrypt(plain.encode(), self.settings.wechat_app_id)
        timestamp, nonce = str(at), secrets.token_hex(8)
        return envelope.sealed_reply(
            encrypted=encrypted,
            signature=signature.sign(self._token, timestamp, nonce, encrypted),
            timestamp=timestamp,
            nonce=nonce,
        )

    # --- what goes out ----------------------------------------------------------------------------

    def link(self, message_id: int) -> str:
        """Where a citizen reads a message in full."""
        return self.links.link(message_id)

    def send(self, openid: str, text: str, first_id: int, last_id: int) -> None:
        """One text; WeChat takes no key, so the messages' ids are not told."""
        self.client.send_text(openid, text)

    def notice(self, openid: str, message_id: int) -> bool:
        """A subscription notice 订阅通知 of an answer; whether it went."""
        template = self.settings.wechat_notice_template
        if not template:
            return False
        field, link = self.settings.wechat_notice_field, self.link(message_id)
        try:
            self.client.send_notice(openid, template, field, phrases.NOTICE, link)
        except ApiRefused as error:
            # No consent of the citizen's, or a template that is not ours: the message waits.
            log.warning("wechat: notice: %s", error.message)
            return False
        return True

    # --- turns ------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether turns already wait for a thread: then nobody is kept waiting for a reply."""
        return self._waiting >= TURNS

    def run_turn(self, drain: Callable[[], object]) -> "Future[object]":
        """Run a turn beside the request; what is lost with this process is in the inbox."""
        self._waiting += 1
        future = self._turns.submit(drain)
        future.add_done_callback(self._turn_ended)
        return future

    def _turn_ended(self, future: "Future[object]") -> None:
        self._waiting -= 1
        if not future.cancelled() and future.exception() is not None:
            log.error("a turn failed; the worker takes it up", exc_info=future.exception())

    def show_typing(self, openid: str) -> None:
        """Let WeChat show that an answer is being written."""
        self._courtesies.submit(self.client.show_typing, openid)

    def close(self) -> None:
        """Stop; turns that did not begin are left to the worker."""
        self._turns.shutdown(wait=True, cancel_futures=True)
        self._courtesies.shutdown(wait=True, cancel_futures=True)
        self.client.close()
