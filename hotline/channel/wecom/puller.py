"""The worker's way of reading 微信客服: after a callback, page by page up to the end.

The cursor is moved after the messages before it are committed, so nothing is skipped; what is read
twice is known by its id. The turns run after the commit; what a dying worker leaves is taken up
again.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from hotline.channel.dialogue import Dialogue
from hotline.channel.wechat.errors import ApiRefused, ApiUnavailable
from hotline.channel.wechat.models import DeliveryState, WeChatDelivery
from hotline.channel.wechat.reception import take_in
from hotline.channel.wechat.service import House
from hotline.channel.wecom import phrases
from hotline.channel.wecom.door import WeCom
from hotline.channel.wecom.incoming import understand
from hotline.channel.wecom.models import WeComCursor
from hotline.consultation import phrases as consultation_phrases
from kit import outbox
from kit.clock import Clock
from kit.db import Database
from kit.errors import InvalidInputError, TooManyRequestsError
from kit.outbox import OutboxRow

log = logging.getLogger(__name__)
PULL_TOPIC = "wecom.pull"
BATCH = 20
_SENT = "hotline-"


class Puller:
    """Reads what citizens wrote; one per worker."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        wecom: WeCom,
        dialogue: Dialogue,
        house: House,
        run: Callable[[Callable[[], object]], object],
    ) -> None:
        self._database = database
        self._clock = clock
        self._wecom = wecom
        self._dialogue = dialogue
        self._house = house
        self._run = run

    def pull(self) -> int:
        """Read on after the callbacks that came; returns how many there were."""
        rows = outbox.take(self._database, self._clock.now(), [PULL_TOPIC], BATCH)
        if not rows:
            return 0
        try:
            # One reading serves them all; the latest token lasts longest.
            self._read(str(rows[-1].payload["token"]))
        except (ApiUnavailable, ApiRefused) as error:
            log.warning("wecom: %s", error.message)
            self._settle(rows, error.message)
        else:
            self._settle(rows, "")
        return len(rows)

    def _settle(self, rows: list[OutboxRow], error: str) -> None:
        now = self._clock.now()
        with self._database.write() as session:
            for row in rows:
                if error:
                    outbox.failed(session, row, now, error)
                else:
                    outbox.done(session, row.id, now)

    def _read(self, token: str) -> None:
        while True:
            with self._database.read() as session:
                row = session.get(WeComCursor, self._wecom.kf_id)
                cursor = row.cursor if row else ""
            page = self._wecom.client.sync(cursor, token)
            touched: list[str] = []
            for message in page.messages:
                touched += self._take(message)
            with self._database.write() as session:
                session.merge(WeComCursor(kf_id=self._wecom.kf_id, cursor=page.cursor))
            for consultation_id in dict.fromkeys(touched):
                self._run(partial(self._dialogue.drain, consultation_id))
            if not page.more:
                return

    def _take(self, message: Mapping[str, Any]) -> list[str]:
        """One message in a transaction of its own; the conversation if a turn waits there."""
        event = message.get("event")
        if isinstance(event, dict):
            self._event(event)
            return []
        incoming = understand(message)
        if incoming is None:
            return []
        try:
            received = take_in(self._database, self._clock, incoming, self._house)
        except (InvalidInputError, TooManyRequestsError) as error:
            # The citizen is told so if WeCom still lets us; there is nothing to keep.
            log.info("wecom: a message was refused: %s", type(error).__name__)
            self._tell(incoming.openid, error.message, incoming.key)
            return []
        return [received.consultation_id] if received and received.turn else []

    def _tell(self, user_id: str, text: str, key: str) -> None:
        try:
            self._wecom.client.send_text(user_id, text, key[-32:])
        except (ApiUnavailable, ApiRefused) as error:
            log.warning("wecom: %s", error.message)

    def _event(self, event: Mapping[str, Any]) -> None:
        match event.get("event_type"):
            case "enter_session" if isinstance(event.get("welcome_code"), str):
                self._wecom.client.welcome(event["welcome_code"], consultation_phrases.GREETING)
            case "msg_send_fail":
                with self._database.write() as session:
                    self._not_delivered(session, event)

    def _not_delivered(self, session: Session, event: Mapping[str, Any]) -> None:
        """发送失败: an accepted message did not arrive; it waits for the citizen's next word."""
        first, _, last = str(event.get("fail_msgid", "")).removeprefix(_SENT).partition("-")
        if not (first.isdecimal() and last.isdecimal() and len(first + last) < 20):
            return
        session.execute(
            update(WeChatDelivery)
            .where(
                WeChatDelivery.message_id.between(int(first), int(last)),
                WeChatDelivery.state == DeliveryState.SENT,
            )
            .values(
                state=DeliveryState.WAITING,
                reason=phrases.FAILED.format(code=str(event.get("fail_type", ""))[:4]),
            )
        )
