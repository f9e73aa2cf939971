"""Joining 连接: a citizen who uses the page and WeChat makes one conversation of the two.

The page shows a code; the citizen types it in WeChat, is told what the page's conversation is about
and confirms. The code proves that they hold the page's session, the push that they hold the openid.
It lives ten minutes, works once, and belongs to the first WeChat user who types it; with 30 signs
in eight places and ten tries a day nobody guesses one. Asking before joining is for the other
direction: whoever is talked into typing a stranger's code must see that it is not theirs.

The page's conversation stays; what was said in WeChat is put behind it, with its orders, files and
turns. So both doors lead to the same messages, and the page's session token stays as it is.
"""

import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from hotline.channel import service as channel
from hotline.channel.models import InboxItem, LinkCode, LinkTry
from hotline.channel.wechat.models import DeliveryState, WeChatContact, WeChatDelivery
from hotline.consultation import repository, service
from hotline.consultation.models import Consultation, Message, Sender, Turn
from hotline.consultation.schemas import Choice, Reply
from hotline.consultation.triage import Risk
from hotline.work_order.models import WorkOrder
from kit.auth import hash_token
from kit.errors import InvalidInputError, TooManyRequestsError
from kit.masking import mask

LASTING = timedelta(minutes=10)
TRIES_KEPT = timedelta(days=1)
# Without 0/O, 1/I/L and U, as in case codes.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
CONFIRM = "确认连接"
SHOWN = 20
_TYPED = re.compile(rf"(?:连接码?[:：]?\s*)?LJ\s*-?\s*([{ALPHABET}]{{{LENGTH}}})", re.IGNORECASE)

NOT_VALID = "这个连接码不对、已经用过，或者超过了10分钟。请在网页上点“在微信里继续”，取一个新的。"
TOO_MANY = "今天输错连接码的次数太多，请明天再试。"
ASK = (
    "连接后，您在微信和网页上看到的是同一个对话和同样的工单。"
    "请先核对：网页对话里最近一句话是“{last}”。\n"
    "是您本人的网页，请回复“确认连接”；连接码如果是别人发给您的，请不要确认，"
    "否则对方能看到您的对话。"
)
EMPTY = "（还没有说过话）"
BUSY = "刚才的话还在处理，请等答复到了，再回复“确认连接”。"
TAKEN = "这个网页对话已经连接过另一个微信，不能再连接。"
MOVED = "以下是您在微信里说过的："
JOINED = "已连接：微信和网页现在是同一个对话，工单也在一起。"


def new_code(session: Session, consultation_id: str, now: datetime) -> str:
    """A code for the page's conversation; the one before it is void."""
    session.execute(
        delete(LinkCode).where(
            (LinkCode.consultation_id == consultation_id) | (LinkCode.expires_at < now)
        )
    )
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    session.add(
        LinkCode(
            code_hash=hash_token(code), consultation_id=consultation_id, expires_at=now + LASTING
        )
    )
    session.flush()
    return f"LJ-{code}"


def typed(text: str) -> str | None:
    """The code in a citizen's words, if that is what they are."""
    found = _TYPED.fullmatch(text.strip())
    return found[1].upper() if found else None


def count_try(session: Session, contact: WeChatContact, limit: int, now: datetime) -> None:
    """Count a try at a code, in the transaction that makes it; the contact must be locked.

    So it counts in every process, and a push that comes again is one try. Raises
    ``TooManyRequestsError`` when there were as many as that within a day.
    """
    session.execute(delete(LinkTry).where(LinkTry.at <= now - TRIES_KEPT))
    mine = select(func.count()).select_from(LinkTry).where(LinkTry.openid == contact.openid)
    if (session.scalar(mine) or 0) >= limit:
        raise TooManyRequestsError(TOO_MANY)
    session.add(LinkTry(openid=contact.openid, at=now))


def claim(session: Session, contact: WeChatContact, code: str, now: datetime) -> Reply:
    """Bind a code to whoever typed it first. Raises ``InvalidInputError``."""
    row = session.get(LinkCode, hash_token(code), with_for_update=True)
    if row is None or row.expires_at <= now or row.openid not in (None, contact.openid):
        raise InvalidInputError(NOT_VALID)
    if row.consultation_id == contact.consultation_id:
        session.delete(row)
        return Reply(text=JOINED)
    row.openid = contact.openid
    last = session.scalar(
        select(Message.text)
        .where(Message.consultation_id == row.consultation_id, Message.sender == Sender.CITIZEN)
        .order_by(Message.seq.desc())
        .limit(1)
    )
    about = EMPTY if last is None else mask(last)[:SHOWN]
    choice = Choice(title=CONFIRM, payload=CONFIRM)
    return Reply(text=ASK.format(last=about), choices=[choice])


def waiting_for(session: Session, contact: WeChatContact, now: datetime) -> LinkCode | None:
    """The code that this WeChat user typed and has not confirmed yet."""
    return session.scalar(
        select(LinkCode)
        .where(LinkCode.openid == contact.openid, LinkCode.expires_at > now)
        .order_by(LinkCode.expires_at.desc())
        .limit(1)
        .with_for_update()
    )


def join(
    session: Session, contact: WeChatContact, code: LinkCode, now: datetime
) -> tuple[Consultation, Reply]:
    """Make one of two conversations; the conversation to go on in, and what to say there."""
    ours = repository.get(session, contact.consultation_id, lock=True)
    page = repository.get(session, code.consultation_id, lock=True)
    if _being_answered(session, ours, now) or _being_answered(session, page, now):
        return ours, Reply(text=BUSY, choices=[Choice(title=CONFIRM, payload=CONFIRM)])
    session.delete(code)
    if session.scalar(select(WeChatContact).where(WeChatContact.consultation_id == page.id)):
        return ours, Reply(text=TAKEN)
    _mark_as_seen(session, page, now)
    service.say(session, page, Sender.SYSTEM, Reply(text=MOVED), now=now)
    _mark_as_seen(session, page, now)
    _move(session, ours, page)
    contact.consultation_id = page.id
    page.channel, ours.channel = ours.channel, page.channel
    session.flush()
    return page, Reply(text=JOINED)


def _being_answered(session: Session, row: Consultation, now: datetime) -> bool:
    leased = row.turn_until is not None and row.turn_until > now
    return leased or channel.waiting(session, row.id)


def _mark_as_seen(session: Session, page: Consultation, now: datetime) -> None:
    """What was said on the page needs no carrying."""
    for message in repository.messages(session, page.id):
        if message.sender != Sender.CITIZEN:
            session.merge(
                WeChatDelivery(
                    message_id=message.id,
                    consultation_id=page.id,
                    state=DeliveryState.SEEN,
                    carrier_id=None,
                    reason="",
                    at=now,
                )
            )


def _move(session: Session, ours: Consultation, page: Consultation) -> None:
    """Put everything of one conversation behind the other one."""
    taken = {message.client_message_id for message in repository.messages(session, page.id)}
    for message in repository.messages(session, ours.id):
        message.consultation_id, message.seq = page.id, page.next_seq
        page.next_seq += 1
        if message.client_message_id is not None and message.client_message_id in taken:
            # Clients make these ids: two pages may have made the same one.
            message.client_message_id = f"moved:{message.id}"
    session.flush()
    for table in (InboxItem, WeChatDelivery, Turn, WorkOrder):
        session.execute(
            update(table).where(table.consultation_id == ours.id).values(consultation_id=page.id)
        )
    page.serving_staff_id = page.serving_staff_id or ours.serving_staff_id
    ours.serving_staff_id = None
    later = ours.risk_at is not None and (page.risk_at is None or ours.risk_at > page.risk_at)
    if later and Risk(ours.risk) is not Risk.NONE:
        page.risk, page.risk_at = ours.risk, ours.risk_at
