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
    """A new text of a statute: with vectors where the old ones are ready, else by words at once."""
    settings = parts.settings
    if settings.article_vectors and indexing.read_progress(settings).state == "ready":
        # Only the new articles are encoded: the vectors of the others are kept.
        build_article_vectors(parts, lambda: False)
        return
    today = parts.clock.now().astimezone(BEIJING).date()
    indexing.build_articles_lexical(parts.database, settings, today)
    # The next start of the worker sees that their vectors are to be built.
    indexing.tell_progress(settings, indexing.ArticleProgress())


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
    with database.write() as session:
        rows = outbox.claim(session, clock.now(), list(HANDLERS))
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


def build_article_vectors(parts: Parts, stop: Callable[[], bool]) -> None:
    """Encode all articles in the background, with progress on the board and in the log."""
    settings = parts.settings
    today = parts.clock.now().astimezone(BEIJING).date()
    rows = indexing.article_rows(parts.database, today)
    digest = indexing.digest(rows, parts.encoder)
    if indexing.read_progress(settings).is_ready(digest):
        log.info("article vectors: %d are up to date", len(rows))
        return
    told = 0

    def progress(done: int, total: int) -> None:
        nonlocal told
        indexing.tell_progress(settings, indexing.ArticleProgress(done, total, "building"))
        percent = done * 100 // total
        if percent >= told + 5:
            told = percent
            log.info("article vectors: %d of %d (%d %%)", done, total, percent)

    name = indexing.build_articles_dense(settings, parts.encoder, rows, progress, stop)
    if name is not None:
        ready = indexing.ArticleProgress(len(rows), len(rows), "ready", digest)
        indexing.tell_progress(settings, ready)
        log.info("article vectors: generation %s is live", name)


def _in_background(parts: Parts, stop: Callable[[], bool]) -> None:
    try:
        build_article_vectors(parts, stop)
    except Exception:
        log.exception("article vectors: given up until the next start; search stays lexical")
        indexing.tell_progress(parts.settings, indexing.ArticleProgress(0, 0, "failed"))


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
        house = wechat.House(
            parts.messages, parts.links, bool(parts.settings.speech_url), wecom.CHANNEL
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
    # Citizens come first on a small machine.
    os.nice(NICENESS)
    parts = build_parts(settings)
    background = threading.Thread(
        target=_in_background, args=(parts, stop.is_set), name="article-vectors"
    )
    if settings.article_vectors:
        background.start()
    doors = _doors(parts, stop)
    for thread in doors:
        thread.start()
    log.info("worker ready")
    looked = -CALENDAR_SECONDS
    gathered: date | None = None
    while not stop.is_set():
        try:
            if time.monotonic() - looked >= CALENDAR_SECONDS:
                looked = time.monotonic()
                keep_calendar(parts)
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
