"""Verbs of the WeChat door: receive a push once, and claim its reply for the open connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hotline.channel import linking
from hotline.channel import service as channel
from hotline.channel.wechat import delivery_repository as deliveries
from hotline.channel.wechat import phrases
from hotline.channel.wechat.incoming import Grant, Incoming, Kind
from hotline.channel.wechat.models import (
    DeliveryState,
    MediaState,
    WeChatContact,
    WeChatDelivery,
    WeChatMedia,
)
from hotline.channel.wechat.text import choices_of, chosen, fits, last_group, render
from hotline.consultation import phrases as consultation_phrases
from hotline.consultation import repository, service
from hotline.consultation.models import Consultation, Message, Sender
from hotline.consultation.schemas import Reply
from hotline.consultation.service import DELIVER_TOPIC
from kit import outbox
from kit.auth import new_token
from kit.errors import InvalidInputError

CHANNEL = "wechat"
# How the ids of messages begin that came in here; others were written on the page.
OURS = ("wx:", "wxe:", "kf:")
MEDIA_TOPIC = "media.fetch"
# What stands in the conversation for a code: nobody else needs it.
LINKING = "[连接网页]"
# Kinds whose file is fetched; of others WeChat hands out nothing, or an address elsewhere.
FETCHED = frozenset({"image", "voice", "video", "shortvideo", "file"})
# WeChat delivers at most four times within about 20 seconds; a later one is no retry.
RETRIES_END = timedelta(seconds=30)


class Links(Protocol):
    """Makes the address under which a citizen reads a message in full."""

    def link(self, message_id: int) -> str:
        """The address."""
        ...


class Counter(Protocol):
    """Counts a citizen's messages."""

    def hit(self, *key: str) -> None:
        """Count one. Raises ``TooManyRequestsError``."""
        ...


@dataclass(frozen=True, slots=True)
class House:
    """What holds for whoever comes in: how often they may write, or try a code in a day.

    ``hears``: voices are made into words, so that nobody is asked to type.
    """

    messages: Counter
    link_tries: int
    hears: bool = False
    channel: str = CHANNEL


@dataclass(frozen=True, slots=True)
class Received:
    """A push that is written down. ``turn``: its reply is still to be made by the dialogue.

    ``fresh``: by this delivery, so whoever holds it sees to the turn.
    """

    consultation_id: str
    message_id: int
    fresh: bool
    turn: bool


def _contact(
    session: Session, openid: str, channel_name: str, now: datetime
) -> tuple[WeChatContact, Consultation]:
    found = session.execute(
        select(WeChatContact, Consultation)
        .join(Consultation, Consultation.id == WeChatContact.consultation_id)
        .where(WeChatContact.openid == openid)
        .with_for_update()
    ).first()
    if found is not None:
        return found[0], found[1]
    # The openid is no secret; the token that opens the conversation on the page must be one.
    row = service.begin(session, channel=channel_name, token=new_token(), now=now)
    contact = WeChatContact(openid=openid, consultation_id=row.id, quota_until=now, created_at=now)
    session.add(contact)
    session.flush()
    return contact, row


def _allow(contact: WeChatContact, grant: Grant | None, now: datetime) -> None:
    """A message renews the quota; a click only fills one that is used up."""
    if grant is None:
        return
    left = contact.quota if contact.quota_until > now else 0
    if left == 0 or now + grant.lasting > contact.quota_until:
        contact.quota, contact.quota_until = grant.messages, now + grant.lasting


def _release(session: Session, consultation_id: str, now: datetime) -> None:
    """What had to wait for the citizen's next word goes on its way again, in its order."""
    waiting = [row.message_id for row in deliveries.waiting(session, consultation_id)]
    if not waiting:
        return
    session.execute(delete(WeChatDelivery).where(WeChatDelivery.message_id.in_(waiting)))
    for message_id in waiting:
        outbox.put(
            session, DELIVER_TOPIC, {"message_id": message_id}, now, service.REPLY_HEAD_START
        )


def _meant(session: Session, consultation_id: str, text: str) -> str:
    """The words behind a number, if the last thing that was said offers choices."""
    latest = list(
        session.scalars(
            select(Message)
            .where(Message.consultation_id == consultation_id, Message.sender != Sender.CITIZEN)
            .order_by(Message.seq.desc())
            .limit(5)
        )
    )[::-1]
    return chosen(text, choices_of(last_group(latest)))


def _keep_media(
    session: Session, row: Consultation, incoming: Incoming, now: datetime, *, hears: bool
) -> Message:
    said = service.say(
        session,
        row,
        Sender.CITIZEN,
        Reply(text=incoming.text),
        now=now,
        client_message_id=incoming.key,
    )
    fetched = incoming.media in FETCHED and bool(incoming.media_id)
    session.add(
        WeChatMedia(
            message_id=said.id,
            kind=incoming.media,
            media_id=incoming.media_id,
            fields=incoming.fields,
            state=MediaState.WANTED if fetched else MediaState.NONE,
        )
    )
    if fetched:
        outbox.put(session, MEDIA_TOPIC, {"message_id": said.id}, now)
    if incoming.media == "voice":
        if fetched and hears:
            # Whoever fetches it says what became of it.
            return said
        text = phrases.VOICE
    elif incoming.media in FETCHED and not fetched:
        text = phrases.NOT_HANDED_OUT
    elif row.serving_staff_id is not None:
        text = phrases.MEDIA_TO_LAWYER
    else:
        text = phrases.MEDIA_TO_BOT
    service.say(session, row, Sender.SYSTEM, Reply(text=text), now=now, reply_to=said.id)
    return said


def _greet(
    session: Session, row: Consultation, incoming: Incoming, now: datetime, *, again: bool
) -> Message:
    said = service.say(
        session,
        row,
        Sender.CITIZEN,
        Reply(text=phrases.FOLLOWED),
        now=now,
        client_message_id=incoming.key,
    )
    text = consultation_phrases.GREETING
    if again:
        text = phrases.GREETING_AGAIN + text
    service.say(session, row, Sender.BOT, Reply(text=text), now=now, reply_to=said.id)
    return said


def receive(session: Session, incoming: Incoming, now: datetime, house: House) -> Received | None:
    """Write a new push down; ``None`` where nothing is to be said.

    Raises ``InvalidInputError`` and ``TooManyRequestsError``, whose words are for the citizen, and
    ``IntegrityError`` if it is not new.
    """
    if incoming.kind is Kind.OTHER:
        return None
    if incoming.kind in (Kind.LEFT, Kind.SEEN):
        known = session.get(WeChatContact, incoming.openid, with_for_update=True)
        if known is not None and incoming.kind is Kind.LEFT:
            known.following = False
        elif known is not None:
            _allow(known, incoming.grant, now)
        return None
    contact, row = _contact(session, incoming.openid, house.channel, now)
    turn = incoming.kind is Kind.WORDS
    words = channel.accept(incoming.text) if turn else ""
    if incoming.kind is not Kind.FOLLOWED:
        house.messages.hit(row.id)
    again = row.next_seq > 1
    contact.following = True
    _allow(contact, incoming.grant, now)
    _release(session, row.id, now)
    meant = _meant(session, row.id, words) if turn else ""
    if turn and (told := _linked(session, contact, row, words, meant, now, house)) is not None:
        turn, (row, reply) = False, told
        said = _exchange(session, row, LINKING, incoming.key, reply, now)
    elif turn:
        said = channel.write_down(session, row, meant, incoming.key, now)
    elif incoming.kind is Kind.MEDIA:
        said = _keep_media(session, row, incoming, now, hears=house.hears)
    else:
        said = _greet(session, row, incoming, now, again=again)
    return Received(row.id, said.id, fresh=True, turn=turn)


def _exchange(
    session: Session, row: Consultation, words: str, key: str, reply: Reply, now: datetime
) -> Message:
    """Something of the citizen's that the door itself answers."""
    said = service.say(
        session, row, Sender.CITIZEN, Reply(text=words), now=now, client_message_id=key
    )
    service.say(session, row, Sender.SYSTEM, reply, now=now, reply_to=said.id)
    return said


def _linked(
    session: Session,
    contact: WeChatContact,
    row: Consultation,
    words: str,
    meant: str,
    now: datetime,
    house: House,
) -> tuple[Consultation, Reply] | None:
    """What a code, or its confirmation, leads to; ``None`` if these are other words."""
    code = linking.typed(words)
    if code is not None:
        # Counted apart from messages, and before looking: codes must not be tried out.
        linking.count_try(session, contact, house.link_tries, now)
        try:
            return row, linking.claim(session, contact, code, now)
        except InvalidInputError as error:
            return row, Reply(text=error.message)
    if meant.strip("。.！! “”") != linking.CONFIRM:
        return None
    waiting = linking.waiting_for(session, contact, now)
    if waiting is None:
        return row, Reply(text=linking.NOT_VALID)
    return linking.join(session, contact, waiting, now)


def repeated(
    carried: Sequence[tuple[Message, WeChatDelivery]], now: datetime, links: Links
) -> str | None:
    """What a push was answered with, for its next delivery; ``None`` after WeChat's retries."""
    first = min(row.at for _, row in carried)
    if now - first > RETRIES_END:
        return None
    messages = [message for message, _ in carried]
    return render(messages, links.link(messages[-1].id))


def claim_passive(
    session: Session, openid: str, message_id: int, now: datetime, links: Links
) -> str | None:
    """Take the reply to a message for the connection that is open; ``None``: it goes another way.

    The same push again, within WeChat's retries, gets the same text: WeChat shows one of them.
    Messages that are still on their way go along, so that nothing overtakes them.
    """
    contact = session.get_one(WeChatContact, openid, with_for_update=True)
    carried = deliveries.carried_by(session, message_id)
    if carried:
        return repeated(carried, now, links)
    replies = repository.replies(session, message_id)
    if not replies or deliveries.being_sent(session, contact.consultation_id):
        return None
    pending = deliveries.undelivered(session, contact.consultation_id, up_to=replies[-1].seq)
    if not {reply.id for reply in replies} <= {message.id for message in pending}:
        return None
    if len(pending) > len(replies) and not fits(pending):
        # In order, one after the other, by the worker.
        return None
    text = render(pending, links.link(replies[-1].id))
    for message in pending:
        session.add(
            WeChatDelivery(
                message_id=message.id,
                consultation_id=message.consultation_id,
                state=DeliveryState.PASSIVE,
                carrier_id=message_id,
                at=now,
            )
        )
    session.flush()
    return text


@dataclass(frozen=True, slots=True)
class Line:
    """What a lawyer is told of the way to a citizen: the quota, and what waits with the reason."""

    left: int
    until: datetime
    waiting: int
    reason: str


def line(session: Session, consultation_id: str, now: datetime) -> Line | None:
    """The state of a WeChat conversation; ``None`` on other channels."""
    contact = session.scalar(
        select(WeChatContact).where(WeChatContact.consultation_id == consultation_id)
    )
    if contact is None:
        return None
    waiting = deliveries.waiting(session, consultation_id)
    open_still = contact.following and contact.quota_until > now
    return Line(
        left=contact.quota if open_still else 0,
        until=contact.quota_until,
        waiting=len(waiting),
        reason=waiting[-1].reason if waiting else "",
    )


def media_of(session: Session, consultation_id: str) -> dict[int, WeChatMedia]:
    """What a citizen sent besides text, by the id of its message."""
    rows = session.scalars(
        select(WeChatMedia)
        .join(Message, Message.id == WeChatMedia.message_id)
        .where(Message.consultation_id == consultation_id)
    )
    return {row.message_id: row for row in rows}
