"""The door under load, and under SIGKILL: ``python -m tests.hotline.wechat.load``.

Two real service processes and one worker on one database; the dialogue and WeChat's API are fakes
in this process. Without ``--kills`` every message comes three times, in random order. With it every
message comes until it is acknowledged, four times at most as WeChat does it, while services are
killed at random moments.
"""

import argparse
import itertools
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from hotline.channel.models import InboxItem
from hotline.channel.wechat.models import DeliveryState, WeChatContact, WeChatDelivery
from hotline.consultation.models import Message, Sender
from hotline.consultation.service import DELIVER_TOPIC
from kit.db import Database
from kit.outbox import OutboxRow
from tests.hotline.wechat.fake_bot import ANSWERED, ASKED
from tests.hotline.wechat.running_site import Site
from tests.hotline.wechat.wechat_side import CONNECTIONS, Asked, Delivered, WeChatSide
from tests.postgres import own_database
from tests.processes.product import until

DELIVERIES = 3
SETTLE_SECONDS = 180.0


@dataclass
class Outcome:
    """What was seen."""

    messages: int = 0
    acknowledged_deliveries: int = 0
    stored: int = 0
    duplicates_dropped: int = 0
    turns: int = 0
    unanswered: int = 0
    answered_twice: int = 0
    out_of_order: int = 0
    not_acknowledged: int = 0
    kills: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    slowest_ms: float = 0.0
    deliveries_per_second: float = 0.0
    turns_during_deliveries: int = 0
    # Of the machine, over the minute that ends with the deliveries.
    load_average: float = 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest-rank quantile, in milliseconds."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 1)


def settled(database: Database) -> bool:
    """Whether nothing waits any more: no turn, and nothing to carry."""
    with database.read() as session:
        turns = session.scalar(
            select(func.count()).select_from(InboxItem).where(InboxItem.done_at.is_(None))
        )
        carried = session.scalar(
            select(func.count())
            .select_from(OutboxRow)
            .where(OutboxRow.topic == DELIVER_TOPIC, OutboxRow.done_at.is_(None))
        )
    return turns == carried == 0


def answered(site: Site, done: Sequence[Delivered]) -> Counter[int]:
    """How often each message was answered in its citizen's eyes.

    WeChat shows one reply to one message, however often it was delivered: equal ones count once.
    """
    shown: dict[int, set[tuple[int, ...]]] = defaultdict(set)
    for one in done:
        if one.answers:
            shown[one.asked.number].add(one.answers)
    counted = Counter(number for texts in shown.values() for answers in texts for number in answers)
    for _, text in site.fake.sent:
        counted.update(int(number) for number in ANSWERED.findall(text))
    return counted


def disorder(site: Site, database: Database, side: WeChatSide) -> int:
    """How many pairs of neighbours were heard, or answered, in another order than they came in."""
    with database.read() as session:
        rows = session.execute(
            select(WeChatContact.openid, Message.text)
            .join(Message, Message.consultation_id == WeChatContact.consultation_id)
            .where(Message.sender == Sender.CITIZEN.value)
            .order_by(Message.seq)
        ).all()
    came: dict[str, list[int]] = defaultdict(list)
    for openid, text in rows:
        came[openid].extend(int(number) for number in ASKED.findall(text))
    place = {number: at for numbers in came.values() for at, number in enumerate(numbers)}
    # Nobody's message may come in after one that was sent when it was acknowledged already.
    firsts: dict[int, Delivered] = {}
    for one in sorted(side.done, key=lambda one: one.ended):
        firsts.setdefault(one.asked.number, one)
    wrong = sum(
        firsts[later].ended < side.first_sent[earlier]
        for numbers in came.values()
        for earlier, later in itertools.pairwise(numbers)
        if later in firsts
    )
    heard: dict[str, list[int]] = defaultdict(list)
    for consultation_id, number in site.bot.heard:
        # A turn whose process was killed is asked again: the first time counts.
        if number not in heard[consultation_id]:
            heard[consultation_id].append(number)
    sent: dict[str, list[int]] = defaultdict(list)
    for openid, text in site.fake.sent:
        sent[openid].extend(int(number) for number in ANSWERED.findall(text))
    for numbers in (*heard.values(), *sent.values()):
        wrong += sum(place[one] > place[two] for one, two in itertools.pairwise(numbers))
    return wrong


def judge(site: Site, side: WeChatSide, messages: int, seconds: float, turns: int) -> Outcome:
    """Wait until all is done, then count."""
    load_average = round(os.getloadavg()[0], 1)
    database = site.open_database()
    try:
        until(lambda: settled(database), SETTLE_SECONDS, "the end of all turns and deliveries")
        with database.read() as session:
            stored = session.scalar(
                select(func.count())
                .select_from(Message)
                .where(Message.sender == Sender.CITIZEN.value)
            )
        counted = answered(site, side.done)
        acknowledged = {one.asked.number for one in side.done}
        waits = [one.ended - one.began for one in side.done]
        return Outcome(
            messages=messages,
            acknowledged_deliveries=len(side.done),
            stored=stored or 0,
            duplicates_dropped=len(side.done) - (stored or 0),
            turns=len(site.bot.heard),
            unanswered=sum(counted[number] == 0 for number in acknowledged),
            answered_twice=sum(times > 1 for times in counted.values()),
            out_of_order=disorder(site, database, side),
            not_acknowledged=len(side.lost),
            failures=dict(Counter(side.failures)),
            p50_ms=quantile(waits, 0.5),
            p99_ms=quantile(waits, 0.99),
            slowest_ms=quantile(waits, 1.0),
            deliveries_per_second=round(len(side.done) / seconds, 1),
            turns_during_deliveries=turns,
            load_average=load_average,
        )
    finally:
        database.dispose()


def _openid(number: int) -> str:
    return f"oLoad{number:04d}"


def run_load(site: Site, *, messages: int, citizens: int, rate: float, seed: int) -> Outcome:
    """Every message three times, in random order, to either service."""
    rng = random.Random(seed)
    side = WeChatSide(site.services, rng)
    wanted = [
        (Asked(number, _openid(number % citizens)), rng.choice(site.services))
        for number in range(messages)
        for _ in range(DELIVERIES)
    ]
    rng.shuffle(wanted)
    began = time.monotonic()
    side.deliver_all(wanted, rate)
    side.close()
    seconds, turns = time.monotonic() - began, len(site.bot.heard)
    return judge(site, side, messages, seconds, turns)


def run_kills(
    site: Site, *, kills: int, citizens: int, rate: float, seed: int, minutes: float = 600.0
) -> Outcome:
    """Messages for as long as services are being killed, now one, now the other.

    After so many minutes there are no more kills: a slow machine has fewer of them.
    """
    rng = random.Random(seed)
    side = WeChatSide(site.services, rng)
    numbers = itertools.count()
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(rng.expovariate(rate / CONNECTIONS)):
            number = next(numbers)
            side.insist(Asked(number, _openid(number % citizens)))

    began, killed = time.monotonic(), 0
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        writers = [pool.submit(write) for _ in range(CONNECTIONS)]
        try:
            for number in range(1, kills + 1):
                if time.monotonic() - began > minutes * 60:
                    break
                # In its work, or in the middle of its start.
                time.sleep(rng.uniform(0.2, 3.0))
                victim = rng.choice(site.services)
                victim.kill()
                took = site.revive(victim)
                killed = number
                print(f"kill {number} of {kills}: back in {took:.1f} s", file=sys.stderr)
        finally:
            stop.set()
    for writer in writers:
        writer.result()
    seconds, turns = time.monotonic() - began, len(site.bot.heard)
    last_words(site, side, numbers)
    side.close()
    outcome = judge(site, side, next(numbers), seconds, turns)
    outcome.kills = killed
    return outcome


def last_words(site: Site, side: WeChatSide, numbers: "itertools.count[int]") -> None:
    """Who wrote so much without an answer that WeChat's five were spent writes once more."""
    database = site.open_database()
    try:
        until(lambda: settled(database), SETTLE_SECONDS, "the end of all turns and deliveries")
        with database.read() as session:
            waiting = session.scalars(
                select(WeChatContact.openid)
                .join(
                    WeChatDelivery,
                    WeChatDelivery.consultation_id == WeChatContact.consultation_id,
                )
                .where(WeChatDelivery.state == DeliveryState.WAITING.value)
                .distinct()
            ).all()
    finally:
        database.dispose()
    for openid in waiting:
        side.insist(Asked(next(numbers), openid))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run once for each rate and print what was seen, a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--citizens", type=int, default=200)
    parser.add_argument(
        "--rate", type=float, nargs="+", default=[60.0], help="deliveries a second, in all"
    )
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=600.0, help="no kills after these")
    parser.add_argument("--light", action="store_true", help="no real encoder: quicker starts")
    parser.add_argument("--passive", type=float, default=0.0, help="seconds to wait for the reply")
    parser.add_argument("--postgres", action="store_true", help="instead of SQLite")
    parser.add_argument("--seed", type=int, default=12348)
    chosen = parser.parse_args(arguments)
    for rate in chosen.rate:
        print(json.dumps(_run_once(chosen, rate)), flush=True)


def _run_once(chosen: argparse.Namespace, rate: float) -> dict[str, object]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(own_database()) if chosen.postgres else ""
        site = Site(folder, url, chosen.passive, light=chosen.light)
        stack.callback(site.stop)
        site.start()
        citizens, seed = chosen.citizens, chosen.seed
        if chosen.kills:
            outcome = run_kills(
                site,
                kills=chosen.kills,
                citizens=citizens,
                rate=rate,
                seed=seed,
                minutes=chosen.minutes,
            )
        else:
            outcome = run_load(
                site, messages=chosen.messages, citizens=citizens, rate=rate, seed=seed
            )
        return {"postgres": chosen.postgres, "rate": rate, **asdict(outcome)}


if __name__ == "__main__":
    main()
