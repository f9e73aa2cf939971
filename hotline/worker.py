"""The worker: what happens after the commit. Outbox, forsaken turns, index builds."""

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import article_index
from hotline.app import build_parts
from hotline.channel.speech import transcriber_of
from hotline.channel.wechat import service as wechat
from hotline.channel.wechat.client import ApiClient
from hotline.channel.wechat.delivery import Carrier, Outlet
from hotline.channel.wechat.door import TURNS
from hotline.channel.wechat.media_keeper import MediaKeeper
from hotline.channel.wecom import door as wecom
from hotline.channel.wecom.puller import Puller
from hotline.console import editor_gaps
from hotline.consultation.models import Turn
from hotline.dependencies import Parts
from hotline.work_order.models import WorkOrder, WorkOrderEvent
from hotline.work_order.service import CANDIDATE_TOPIC
from kit import outbox
from kit.clock import BEIJING
from kit.masking import mask
from kit.settings import Settings
from knowledge import indexing
from knowledge.candidate import service as candidates
from knowledge.standard_qa import calendar
from knowledge.standard_qa.service import INDEX_TOPIC
from knowledge.statute import arrival

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.5
NICENESS = 10
CALENDAR_SECONDS = 60.0


def rebuild_entries(parts: Parts, payloads: list[dict[str, Any]]) -> None:
    """Publication or withdrawal: one new generation for however many of them came."""
    name = indexing.build_entries(parts.database, parts.settings, parts.encoder)
    log.info("entries: generation %s for %d changes", name, len(payloads))


def rebuild_articles(parts: Parts, payloads: list[dict[str, Any]]) -> None:
    """A new text of a statute: one new generation for however many of them came."""
    article_index.follow(parts)


def propose_candidates(parts: Parts, payloads: list[dict[str, Any]]) -> None:
    """Each lawyer's answer proposes knowledge, with the entry that comes nearest."""
    for payload in payloads:
        with parts.database.read() as session:
            event = session.get_one(WorkOrderEvent, payload["event_id"])
            order = session.get_one(WorkOrder, payload["order_id"])
            question = _question(session, order)
            consulted = parts.retriever.consult(session, question)
        nearest = consulted.decision.offered[0] if consulted.decision.offered else None
        with parts.database.write() as session:
            candidates.propose(
                session,
                source=f"answer:{event.id}",
                # Candidates are read by editors, who need no telephone numbers.
                question=mask(question),
                answer=mask(event.note),
                category=order.category,
                nearest=nearest,
                now=parts.clock.now(),
            )


def _question(session: Session, order: WorkOrder) -> str:
    """What was asked: the order's description, which starts as the citizen's question."""
    turn = session.scalar(
        select(Turn)
        .where(Turn.consultation_id == order.consultation_id, Turn.created_at <= order.created_at)
        .order_by(Turn.id.desc())
        .limit(1)
    )
    if turn is not None and turn.question in order.description:
        return turn.question
    return order.description


def deliver(parts: Parts) -> int:
    """Claim due rows and hand them to their handlers; returns how many were done."""
    database, clock = parts.database, parts.clock
    rows = outbox.take(database, clock.now(), list(HANDLERS))
    finished = 0
    for topic, handler in HANDLERS.items():
        mine = [row for row in rows if row.topic == topic]
        if not mine:
            continue
        try:
            handler(parts, [row.payload for row in mine])
        except Exception as error:
            # The row keeps the error and is tried again.
            log.exception("outbox %s failed", topic)
            with database.write() as session:
                for row in mine:
                    outbox.failed(session, row, clock.now(), mask(repr(error)))
            continue
        with database.write() as session:
            for row in mine:
                outbox.done(session, row.id, clock.now())
        finished += len(mine)
    return finished


def take_up_forsaken(parts: Parts) -> int:
    """Answer messages whose process died before it could."""
    waiting = parts.dialogue.forsaken()
    for consultation_id in waiting:
        log.warning("consultation %s: taking up a turn that was left", consultation_id)
        parts.dialogue.drain(consultation_id)
    return len(waiting)


def keep_calendar(parts: Parts) -> None:
    """Entries go live and are withdrawn on their day."""
    with parts.database.write() as session:
        kept = calendar.keep(session, parts.clock.now())
    if kept:
        log.info("calendar: %s", kept)


def gather_gaps(parts: Parts, last: date | None) -> date:
    """Once a day what the base lacks is gathered anew; returns the day that it was done for."""
    today = parts.clock.now().astimezone(BEIJING).date()
    if today != last:
        log.info("gaps: %d", editor_gaps.gather(parts))
    return today


def keep_at(act: Callable[[], int], what: str, stop: threading.Event) -> None:
    """Do rounds of something until told to stop; beside the rest, which may take minutes."""
    while not stop.is_set():
        try:
            busy = act()
        except Exception:
            log.exception("%s: a round failed", what)
            busy = 0
        if not busy:
            stop.wait(IDLE_SECONDS)


def _doors(parts: Parts, stop: threading.Event) -> list[threading.Thread]:
    """The threads that carry messages out to WeChat and WeCom, and fetch what is there."""
    outlets: dict[str, Outlet] = {}
    clients: dict[str, ApiClient] = {}
    acts: list[tuple[str, Callable[[], int]]] = []
    if parts.wechat is not None:
        outlets[wechat.CHANNEL], clients[wechat.CHANNEL] = parts.wechat, parts.wechat.client
    if parts.wecom is not None:
        outlets[wecom.CHANNEL], clients[wecom.CHANNEL] = parts.wecom, parts.wecom.client
        settings = parts.settings
        house = wechat.House(
            parts.messages, settings.link_codes_per_day, bool(settings.speech_url), wecom.CHANNEL
        )
        turns = ThreadPoolExecutor(TURNS, thread_name_prefix="wecom-turn")
        puller = Puller(
            parts.database, parts.clock, parts.wecom, parts.dialogue, house, turns.submit
        )
        acts.append(("wecom", puller.pull))
    if outlets:
        carrier = Carrier(parts.database, parts.clock, outlets)
        keeper = MediaKeeper(
            parts.settings,
            parts.database,
            parts.clock,
            parts.dialogue,
            clients,
            transcriber_of(parts.settings),
        )
        acts += [("delivery", carrier.deliver), ("media", keeper.keep)]
    return [
        threading.Thread(target=keep_at, args=(act, name, stop), name=name) for name, act in acts
    ]


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until told to stop."""
    parts = build_parts(settings)
    doors = _doors(parts, stop)
    for thread in doors:
        thread.start()
    # Citizens come first on a small machine. On Linux this holds for the calling thread and those
    # that it starts: the doors, above, stay as they are, for a writer that must wait for a core
    # makes all other writers wait.
    os.nice(NICENESS)
    background = threading.Thread(
        target=article_index.in_background, args=(parts, stop.is_set), name="article-vectors"
    )
    if settings.article_vectors:
        background.start()
    log.info("worker ready")
    looked = -CALENDAR_SECONDS
    gathered: date | None = None
    followed: date | None = None
    while not stop.is_set():
        try:
            if time.monotonic() - looked >= CALENDAR_SECONDS:
                looked = time.monotonic()
                keep_calendar(parts)
                followed = article_index.follow_day(parts, followed)
                gathered = gather_gaps(parts, gathered)
            busy = deliver(parts) + take_up_forsaken(parts)
        except Exception:
            log.exception("worker: a round failed")
            busy = 0
        (settings.data_dir / "worker.alive").write_text(str(time.time()))
        if not busy:
            stop.wait(IDLE_SECONDS)
    if background.ident is not None:
        background.join()
    for thread in doors:
        thread.join()
    for door in (parts.wechat, parts.wecom):
        if door is not None:
            door.close()
    parts.database.dispose()


HANDLERS: dict[str, Callable[[Parts, list[dict[str, Any]]], None]] = {
    INDEX_TOPIC: rebuild_entries,
    arrival.INDEX_TOPIC: rebuild_articles,
    CANDIDATE_TOPIC: propose_candidates,
}
