"""Delivery 投递: the worker carries what was said to WeChat, in order, each message once.

A message is marked before the call and after it. If the worker dies between WeChat's answer and the
second mark, or the answer never comes, the message is sent again: WeChat knows no key that would
make the repetition harmless, and a lawyer's answer lost is worse than one read twice.
"""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Protocol

from sqlalchemy.orm import Session

from hotline.channel.wechat import delivery_repository as deliveries
from hotline.channel.wechat import phrases
from hotline.channel.wechat.errors import QUOTA_SPENT, ApiRefused, ApiUnavailable, NotAllowedNow
from hotline.channel.wechat.models import DeliveryState, WeChatDelivery
from hotline.channel.wechat.service import OURS
from hotline.channel.wechat.text import fits, render
from hotline.consultation import repository
from hotline.consultation.models import Message
from hotline.consultation.service import DELIVER_TOPIC
from kit import outbox
from kit.clock import Clock
from kit.db import Database
from kit.outbox import OutboxRow

log = logging.getLogger(__name__)
PARALLEL = 8
BATCH = 100
# How soon a message is looked at again whose forerunner is still on its way.
AGAIN = timedelta(seconds=1)

Item = tuple[OutboxRow, Message]


class Outlet(Protocol):
    """A door, seen from inside: how something is said to a citizen behind it."""

    def link(self, message_id: int) -> str:
        """Where a message is read in full."""
        ...

    def send(self, openid: str, text: str, first_id: int, last_id: int) -> None:
        """One text. Raises ``NotAllowedNow``, ``ApiRefused``, ``ApiUnavailable``."""
        ...

    def notice(self, openid: str, message_id: int) -> bool:
        """Tell that an answer waits, where even that may be told; whether it went."""
        ...


@dataclass(frozen=True, slots=True)
class _Ready:
    """Marked, and to be sent now; or with the reason why it cannot be."""

    outlet: Outlet | None
    openid: str
    text: str = ""
    reason: str = ""


def joined(groups: list[list[Item]]) -> list[list[Item]]:
    """Neighbours put together as long as they are one WeChat text, whole."""
    made = [groups[0]]
    for group in groups[1:]:
        if fits([message for _, message in (*made[-1], *group)]):
            made[-1] = [*made[-1], *group]
        else:
            made.append(group)
    return made


class Carrier:
    """Carries messages; one per worker. ``outlets`` by the name of the channel."""

    def __init__(self, database: Database, clock: Clock, outlets: Mapping[str, Outlet]) -> None:
        self._database = database
        self._clock = clock
        self._outlets = outlets

    def deliver(self) -> int:
        """Deliver what is due, citizens in parallel; returns how many rows were looked at."""
        with self._database.read() as session:
            if not outbox.is_due(session, self._clock.now(), [DELIVER_TOPIC]):
                return 0
        with self._database.write() as session:
            rows = outbox.claim(session, self._clock.now(), [DELIVER_TOPIC], BATCH)
            items = self._open(session, rows)
        by_citizen = [
            list(group)
            for _, group in groupby(
                sorted(items, key=lambda item: (item[1].consultation_id, item[1].seq)),
                key=lambda item: item[1].consultation_id,
            )
        ]
        if by_citizen:
            with ThreadPoolExecutor(PARALLEL) as pool:
                # list(): an error of ours must reach the worker's log.
                list(pool.map(self._carry, by_citizen))
        return len(rows)

    def _open(self, session: Session, rows: Sequence[OutboxRow]) -> list[Item]:
        """The rows whose messages are still to go; the others are done."""
        items = []
        for row in rows:
            message = session.get_one(Message, row.payload["message_id"])
            held = session.get(WeChatDelivery, message.id)
            if held is not None and held.state != DeliveryState.SENDING:
                outbox.done(session, row.id, self._clock.now())
            elif held is None and self._asked_on_page(session, message):
                self._finish(session, [(row, message)], DeliveryState.SEEN)
            else:
                items.append((row, message))
        return items

    def _asked_on_page(self, session: Session, message: Message) -> bool:
        """Whether this answers what somebody who uses both wrote on the page: it is read there."""
        if message.reply_to is None:
            return False
        asked = session.get_one(Message, message.reply_to).client_message_id
        return asked is not None and not asked.startswith(OURS)

    def _carry(self, items: list[Item]) -> None:
        """One citizen's messages in order; after a failure the rest waits with the failed one."""
        groups = [
            list(group)
            for _, group in groupby(
                items, key=lambda item: item[1].reply_to or f"alone-{item[1].id}"
            )
        ]
        with self._database.read() as session:
            left = deliveries.quota(session, items[0][1].consultation_id)
        if len(groups) > left:
            # Many answers at once, after a pause of ours: rather long messages than waiting ones.
            groups = joined(groups)
        for number, group in enumerate(groups):
            rest = [item for later in groups[number:] for item in later]
            try:
                if not self._send(group):
                    self._postpone(rest)
                    return
            except ApiUnavailable as error:
                log.warning("wechat: %s", error.message)
                self._give_back(group)
                self._fail(rest, error.message)
                return

    def _send(self, group: list[Item]) -> bool:
        """Send what answers one question as one text; ``False``: something older goes first."""
        with self._database.write() as session:
            found = self._mark(session, group)
        if isinstance(found, bool):
            return found
        reason = found.reason
        if found.outlet is not None and not reason:
            try:
                ids = [message.id for _, message in group]
                found.outlet.send(found.openid, found.text, ids[0], ids[-1])
            except NotAllowedNow as error:
                spent = error.errcode in QUOTA_SPENT
                reason = phrases.QUOTA_SPENT if spent else phrases.WINDOW_CLOSED
            except ApiRefused as error:
                log.error("wechat: %s", error.message)
                reason = phrases.REFUSED.format(code=error.errcode)
        if reason:
            self._hold(group, found, reason)
        else:
            with self._database.write() as session:
                self._finish(session, group, DeliveryState.SENT)
        return True

    def _mark(self, session: Session, group: list[Item]) -> _Ready | bool:
        """Mark as being sent, at the cost of one of the quota; ``True``: nothing is left to do."""
        now = self._clock.now()
        first = group[0][1]
        contact = deliveries.contact_of(session, first.consultation_id)
        for row, message in list(group):
            held = session.get(WeChatDelivery, message.id)
            if held is not None and held.state != DeliveryState.SENDING:
                # Meanwhile it went with a passive reply.
                outbox.done(session, row.id, now)
                group.remove((row, message))
        if not group:
            return True
        mine = [message.id for _, message in group]
        before = deliveries.undelivered(session, first.consultation_id, up_to=group[-1][1].seq - 1)
        if any(message.id not in mine for message in before) or deliveries.being_sent(
            session, first.consultation_id, besides=mine
        ):
            return False
        outlet = self._outlets.get(repository.get(session, first.consultation_id).channel)
        if outlet is None:
            return _Ready(outlet, contact.openid, reason=phrases.CLOSED)
        if not contact.following:
            return _Ready(outlet, contact.openid, reason=phrases.UNFOLLOWED)
        if contact.quota_until <= now:
            return _Ready(outlet, contact.openid, reason=phrases.WINDOW_CLOSED)
        if contact.quota <= 0:
            return _Ready(outlet, contact.openid, reason=phrases.QUOTA_SPENT)
        for _, message in group:
            session.merge(self._delivery(message, DeliveryState.SENDING))
        contact.quota -= 1
        messages = [message for _, message in group]
        return _Ready(outlet, contact.openid, render(messages, outlet.link(mine[-1])))

    def _hold(self, group: list[Item], ready: _Ready, reason: str) -> None:
        """Let messages wait for the citizen's next word; a notice may tell of the first of them."""
        consultation_id = group[0][1].consultation_id
        by_a_person = group[0][1].reply_to is None
        with self._database.read() as session:
            first = not deliveries.waiting(session, consultation_id)
        outlet = ready.outlet if by_a_person and first else None
        if outlet is not None and outlet.notice(ready.openid, group[-1][1].id):
            reason += phrases.NOTICED
        with self._database.write() as session:
            deliveries.contact_of(session, consultation_id).quota = 0
            self._finish(session, group, DeliveryState.WAITING, reason)

    def _finish(
        self, session: Session, group: list[Item], state: DeliveryState, reason: str = ""
    ) -> None:
        for row, message in group:
            delivery = self._delivery(message, state)
            delivery.reason = reason
            session.merge(delivery)
            outbox.done(session, row.id, self._clock.now())

    def _give_back(self, group: list[Item]) -> None:
        """The mark is taken off, so that the citizen's next word may carry the message."""
        with self._database.write() as session:
            deliveries.contact_of(session, group[0][1].consultation_id).quota += 1
            for _, message in group:
                held = session.get(WeChatDelivery, message.id)
                if held is not None and held.state == DeliveryState.SENDING:
                    session.delete(held)

    def _fail(self, items: list[Item], error: str) -> None:
        with self._database.write() as session:
            for row, _ in items:
                outbox.failed(session, row, self._clock.now(), error)

    def _postpone(self, items: list[Item]) -> None:
        with self._database.write() as session:
            for row, _ in items:
                outbox.postpone(session, row.id, self._clock.now() + AGAIN)

    def _delivery(self, message: Message, state: DeliveryState) -> WeChatDelivery:
        return WeChatDelivery(
            message_id=message.id,
            consultation_id=message.consultation_id,
            state=state,
            carrier_id=None,
            reason="",
            at=self._clock.now(),
        )
