"""The door under load, and under SIGKILL: ``python -m tests.hotline.wechat.load``.

Two real service processes and one worker on one database; the dialogue and WeChat's API are fakes
in this process. Without ``--kills`` every message comes three times, in random order. With it every
message comes until it is acknowledged, four times at most as WeChat does it, while services are
killed at random moments.
"""

import argparse
import http.client
import itertools
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import func, select

from hotline.channel.models import InboxItem
from hotline.channel.wechat.models import DeliveryState, WeChatContact, WeChatDelivery
from hotline.consultation.models import Message, Sender
from hotline.consultation.service import DELIVER_TOPIC
from kit.db import Database
from kit.outbox import OutboxRow
from tests.hotline.wechat import pushes
from tests.hotline.wechat.fake_bot import ANSWERED, ASKED
from tests.hotline.wechat.running_site import Service, Site
from tests.postgres import own_database
from tests.processes.product import until

CONNECTIONS = 20
DELIVERIES = 3
# WeChat waits five seconds and then delivers the same push again, three times.
TIMEOUT, RETRIES = 5.0, 3
SETTLE_SECONDS = 180.0


@dataclass(frozen=True)
class Asked:
    """A message that a citizen sent."""

    number: int
    openid: str

    def push(self) -> tuple[str, bytes]:
        """One delivery of it."""
        now = datetime.now(UTC)
        fields = pushes.text_fields(self.openid, f"问{self.number}号", 10_000 + self.number, now)
        made = pushes.sealed(fields, now)
        return "/wechat?" + urlencode(made.query), made.body


@dataclass(frozen=True)
class Delivered:
    """A delivery that was acknowledged, and the answers that came with the acknowledgement."""

    asked: Asked
    began: float
    ended: float
    answers: tuple[int, ...]


@dataclass
class WeChatSide:
    """Delivers pushes over kept connections, as WeChat's servers do."""

    services: Sequence[Service]
    rng: random.Random
    done: list[Delivered] = field(default_factory=list)
    lost: list[Asked] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _kept: list[http.client.HTTPConnection] = field(default_factory=list)
    _local: threading.local = field(default_factory=threading.local)

    def _connection(self, service: Service) -> http.client.HTTPConnection:
        kept: dict[int, http.client.HTTPConnection] = self._local.__dict__
        if service.port not in kept:
            made = http.client.HTTPConnection("127.0.0.1", service.port, timeout=TIMEOUT)
            kept[service.port] = made
            self._kept.append(made)
        return kept[service.port]

    def close(self) -> None:
        """Close every connection."""
        for connection in self._kept:
            connection.close()

    def deliver(self, asked: Asked, service: Service) -> bool:
        """One delivery; whether it was acknowledged."""
        path, body = asked.push()
        connection = self._connection(service)
        began = time.monotonic()
        try:
            connection.request("POST", path, body)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self.failures.append(repr(error))
            return False
        ended = time.monotonic()
        if answer.status != 200:
            # WeChat takes it for no answer.
            self.failures.append(f"{answer.status} {text[:200]!r}")
            return False
        shown = "" if text == b"success" else pushes.unsealed(text)["Content"]
        answers = tuple(int(number) for number in ANSWERED.findall(shown))
        self.done.append(Delivered(asked, began, ended, answers))
        return True

    def insist(self, asked: Asked) -> None:
        """Deliver until it is acknowledged; the proxy in front takes a service that answers."""
        for attempt in range(1 + RETRIES):
            if attempt:
                time.sleep(0.5)
            order = self.rng.sample(list(self.services), len(self.services))
            if any(self.deliver(asked, service) for service in order):
                return
        self.lost.append(asked)

    def deliver_all(self, wanted: Iterable[tuple[Asked, Service]], rate: float) -> None:
        """Deliver at so many a second, over several connections."""
        began = time.monotonic()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for number, (asked, service) in enumerate(wanted):
                pause = began + number / rate - time.monotonic()
                if pause > 0:
                    time.sleep(pause)
                pool.submit(self.deliver, asked, service)


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


def disorder(site: Site, database: Database, done: Sequence[Delivered]) -> int:
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
    for one in sorted(done, key=lambda one: one.ended):
        firsts.setdefault(one.asked.number, one)
    began: dict[int, float] = {}
    for one in done:
        began[one.asked.number] = min(one.began, began.get(one.asked.number, one.began))
    wrong = sum(
        firsts[later].ended < began[earlier]
        for numbers in came.values()
        for earlier, later in itertools.pairwise(numbers)
        if earlier in began and later in firsts
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
            out_of_order=disorder(site, database, side.done),
            not_acknowledged=len(side.lost),
            failures=dict(Counter(side.failures)),
            p50_ms=quantile(waits, 0.5),
            p99_ms=quantile(waits, 0.99),
            slowest_ms=quantile(waits, 1.0),
            deliveries_per_second=round(len(side.done) / seconds, 1),
            turns_during_deliveries=turns,
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


def run_kills(site: Site, *, kills: int, citizens: int, rate: float, seed: int) -> Outcome:
    """Messages for as long as services are being killed, now one, now the other."""
    rng = random.Random(seed)
    side = WeChatSide(site.services, rng)
    numbers = itertools.count()
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(rng.expovariate(rate / CONNECTIONS)):
            number = next(numbers)
            side.insist(Asked(number, _openid(number % citizens)))

    began = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        writers = [pool.submit(write) for _ in range(CONNECTIONS)]
        try:
            for number in range(1, kills + 1):
                # In its work, or in the middle of its start.
                time.sleep(rng.uniform(0.2, 3.0))
                victim = rng.choice(site.services)
                victim.kill()
                took = site.revive(victim)
                print(f"kill {number} of {kills}: back in {took:.1f} s", file=sys.stderr)
        finally:
            stop.set()
    for writer in writers:
        writer.result()
    seconds, turns = time.monotonic() - began, len(site.bot.heard)
    last_words(site, side, numbers)
    side.close()
    outcome = judge(site, side, next(numbers), seconds, turns)
    outcome.kills = kills
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
    """Run once and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--citizens", type=int, default=200)
    parser.add_argument("--rate", type=float, default=60.0, help="a second, in all")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--passive", type=float, default=0.0, help="seconds to wait for the reply")
    parser.add_argument("--postgres", action="store_true", help="instead of SQLite")
    parser.add_argument("--seed", type=int, default=12348)
    chosen = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(own_database()) if chosen.postgres else ""
        site = Site(folder, url, chosen.passive)
        stack.callback(site.stop)
        site.start()
        common = {"citizens": chosen.citizens, "rate": chosen.rate, "seed": chosen.seed}
        if chosen.kills:
            outcome = run_kills(site, kills=chosen.kills, **common)
        else:
            outcome = run_load(site, messages=chosen.messages, **common)
        print(json.dumps({"postgres": chosen.postgres, **asdict(outcome)}))


if __name__ == "__main__":
    main()
