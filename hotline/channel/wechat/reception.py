"""Reception 收件: a push is written down once, whichever of its deliveries and processes is first.

WeChat waits for this and for nothing else, so it is little: one reading that knows a repeated push,
or one transaction that writes a new one. What keeps them apart is the database's unique key.
"""

import logging
import time

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from hotline.channel.models import InboxItem
from hotline.channel.wechat import service
from hotline.channel.wechat.incoming import Incoming
from hotline.channel.wechat.models import WeChatContact
from hotline.channel.wechat.service import House, Received
from hotline.consultation.models import Message
from kit.clock import Clock
from kit.db import Database

log = logging.getLogger(__name__)
ATTEMPTS = 3
PAUSE_SECONDS = 0.1


def known(session: Session, incoming: Incoming) -> Received | None:
    """What was written down when this push came before; ``None``: it is new."""
    row = session.execute(
        select(Message.id, Message.consultation_id, InboxItem.id, InboxItem.done_at)
        .join(WeChatContact, WeChatContact.consultation_id == Message.consultation_id)
        .outerjoin(InboxItem, InboxItem.message_id == Message.id)
        .where(WeChatContact.openid == incoming.openid, Message.client_message_id == incoming.key)
    ).first()
    if row is None:
        return None
    message_id, consultation_id, item_id, done_at = row
    waits = item_id is not None and done_at is None
    return Received(consultation_id, message_id, fresh=False, turn=waits)


def take_in(database: Database, clock: Clock, incoming: Incoming, house: House) -> Received | None:
    """Write a push down and commit, or find it written; ``None`` where nothing is to be said.

    A broken connection or a deadlock is no reason to let WeChat wait: trying again is harmless.
    Raises ``InvalidInputError`` and ``TooManyRequestsError``, whose words are for the citizen.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with database.read() as session:
                found = known(session, incoming)
            if found is not None:
                return found
            with database.write() as session:
                return service.receive(session, incoming, clock.now(), house)
        except IntegrityError:
            # The same push, or the citizen's first one, was written at the same moment.
            if attempt == ATTEMPTS:
                raise
        except DBAPIError as error:
            if attempt == ATTEMPTS:
                raise
            log.warning("wechat: a push is written down again after %s", type(error.orig).__name__)
            time.sleep(PAUSE_SECONDS)
    raise AssertionError("the last attempt returns or raises")
