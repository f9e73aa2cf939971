"""The turns: drains a consultation's inbox in order, whichever process is free.

A consultation is leased while its turns run, so that one citizen is answered in order and many in
parallel; when a process dies, its lease ends and another one takes the item up again.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.bot_client import BotClient, BotSilent, BotUnavailable
from hotline.channel.models import InboxItem
from hotline.channel.text import for_bot
from hotline.consultation import phrases, repository, service
from hotline.consultation.models import Consultation, Message, Sender
from hotline.consultation.schemas import Choice, Reply
from hotline.consultation.triage import Risk
from hotline.consultation.triager import Triager
from hotline.work_order import service as work_orders
from hotline.work_order.assignment import DeadlineRules
from kit.auth import new_token
from kit.clock import Clock
from kit.db import Database
from knowledge.decision import Kind
from knowledge.retrieval import Retriever

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
MAX_ATTEMPTS = 3
POLL_SECONDS = 0.05

Said = tuple[Sender, Reply]


@dataclass(frozen=True, slots=True)
class _Leased:
    """The next item of a conversation that is ours; ``served``: by a lawyer, when it was taken."""

    item_id: int
    attempts: int
    text: str
    served: bool


def _safety_first(risk: Risk, said: list[Said], *, served: bool) -> list[Said]:
    """Danger is met whoever serves, and whatever the dialogue took the words for.

    “我不想活了” may sound like a cancellation to the classifier, or be an answer inside a form:
    then nothing behind the bot has triaged it.
    """
    if risk is Risk.NONE or any(
        safety in reply.text for _, reply in said for safety in phrases.SAFETY.values()
    ):
        return said
    reply = Reply(text=phrases.SAFETY[risk])
    if not served:
        reply.text += f"\n\n{phrases.URGENT_OFFER}"
        reply.choices = [Choice(title=phrases.ASK_PERSON, payload=phrases.ASK_PERSON)]
    return [(Sender.SYSTEM, reply), *said]


class Dialogue:
    """Runs turns; shared by the service's threads and by the worker."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bot: BotClient,
        retriever: Retriever,
        triager: Triager,
        deadline_rules: DeadlineRules,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bot = bot
        self._retriever = retriever
        self._triager = triager
        self._deadline_rules = deadline_rules

    def answered(self, message_id: int) -> bool:
        """Whether a citizen's message had its turn."""
        with self._database.read() as session:
            return (
                session.scalar(select(InboxItem.done_at).where(InboxItem.message_id == message_id))
                is not None
            )

    def wait_for(self, consultation_id: str, message_id: int, seconds: float) -> bool:
        """Run or await the turns up to a message; ``False`` when that took longer than allowed."""
        end = time.monotonic() + seconds
        while not self.answered(message_id):
            if not self.drain(consultation_id):
                if time.monotonic() >= end:
                    return False
                time.sleep(POLL_SECONDS)
        return True

    def drain(self, consultation_id: str) -> bool:
        """Run the waiting turns of one consultation; ``False`` if another process is at it."""
        owner = new_token()
        with self._database.write() as session:
            consultation = repository.get(session, consultation_id, lock=True)
            now = self._clock.now()
            held = consultation.turn_until is not None and consultation.turn_until > now
            if held and consultation.turn_owner != owner:
                return False
            item = self._next(session, consultation, owner, now)
        while item is not None:
            said, risk, back_to_bot = self._think(consultation_id, item)
            with self._database.write() as session:
                consultation = repository.get(session, consultation_id, lock=True)
                open_item = session.get_one(InboxItem, item.item_id)
                if consultation.turn_owner != owner or open_item.done_at is not None:
                    # The lease ran out and another process has answered: once is enough.
                    return False
                self._deliver(session, consultation, open_item, said, risk, back_to_bot=back_to_bot)
                # In the same transaction: a turn costs no more than two of them.
                item = self._next(session, consultation, owner, self._clock.now())
        return True

    def forsaken(self) -> list[str]:
        """Consultations with waiting items whose process seems to be gone."""
        now = self._clock.now()
        with self._database.read() as session:
            return list(
                session.scalars(
                    select(InboxItem.consultation_id)
                    .join(Consultation, Consultation.id == InboxItem.consultation_id)
                    .where(
                        InboxItem.done_at.is_(None),
                        # A fresh item belongs to the request that brought it.
                        InboxItem.created_at < now - timedelta(seconds=3),
                        (Consultation.turn_until.is_(None)) | (Consultation.turn_until < now),
                    )
                    .distinct()
                )
            )

    def _next(
        self, session: Session, consultation: Consultation, owner: str, now: datetime
    ) -> _Leased | None:
        """Lease the next item of a locked conversation; let go of it when there is none."""
        row = session.execute(
            select(InboxItem, Message.text)
            .join(Message, Message.id == InboxItem.message_id)
            .where(InboxItem.consultation_id == consultation.id, InboxItem.done_at.is_(None))
            .order_by(InboxItem.id)
            .limit(1)
        ).first()
        if row is None:
            consultation.turn_owner = consultation.turn_until = None
            return None
        item, text = row
        consultation.turn_owner, consultation.turn_until = owner, now + LEASE
        item.attempts += 1
        served = consultation.serving_staff_id is not None
        return _Leased(item.id, item.attempts, text, served)

    def _think(self, consultation_id: str, item: _Leased) -> tuple[list[Said], Risk, bool]:
        """What to say, how dangerous the words are, and whether they lead back to the bot."""
        back_to_bot = item.served and item.text.strip("。.！! ") == phrases.BACK_TO_BOT
        if item.attempts > MAX_ATTEMPTS:
            tries = item.attempts - 1
            log.error("consultation %s: turn given up after %d tries", consultation_id, tries)
            said: list[Said] = [(Sender.SYSTEM, Reply(text=phrases.FAILED))]
        elif back_to_bot:
            said = [(Sender.SYSTEM, Reply(text=phrases.BOT_RESUMED))]
        elif item.served:
            said = [(Sender.SYSTEM, Reply(text=phrases.WITH_LAWYER))]
        else:
            said = [(Sender.BOT, reply) for reply in self._ask_bot(consultation_id, item.text)]
        return said, self._triager.triage(item.text).risk, back_to_bot

    def _deliver(
        self,
        session: Session,
        consultation: Consultation,
        item: InboxItem,
        said: list[Said],
        risk: Risk,
        *,
        back_to_bot: bool,
    ) -> None:
        now = self._clock.now()
        if back_to_bot:
            consultation.serving_staff_id = None
        served = consultation.serving_staff_id is not None
        if served and any(sender is Sender.BOT for sender, _ in said):
            # A lawyer took over while the bot was thinking: the bot keeps silent.
            said = [(Sender.SYSTEM, Reply(text=phrases.WITH_LAWYER))]
        said = _safety_first(risk, said, served=served)
        if risk is not Risk.NONE:
            service.note_risk(consultation, risk, now)
            due = self._deadline_rules.due(now, urgent=True)
            work_orders.raise_urgency(session, consultation.id, risk, due, now)
        for sender, reply in said:
            service.say(session, consultation, sender, reply, now=now, reply_to=item.message_id)
        item.done_at = now

    def _ask_bot(self, consultation_id: str, text: str) -> list[Reply]:
        try:
            return self._bot.send(consultation_id, for_bot(text))
        except BotUnavailable as error:
            log.warning("consultation %s: answered without Rasa: %s", consultation_id, error)
            told = error.message if isinstance(error, BotSilent) else phrases.BOT_DOWN
        return self._without_bot(consultation_id, text, told)

    def _without_bot(self, consultation_id: str, text: str, told: str) -> list[Reply]:
        """The truth about the dialogue, and the base's answer where the text is a question."""
        form = Choice(title="填写工单", payload=phrases.ASK_PERSON)
        with self._database.read() as session:
            prepared = service.prepare(
                session, self._retriever, self._triager, consultation_id, text
            )
        if prepared.consulted.decision.kind is Kind.ASK_BACK and not prepared.dangerous:
            # A phone number or a name, perhaps: the form that asked for it goes on later.
            return [Reply(text=told, choices=[form])]
        with self._database.write() as session:
            outcome = service.record(session, consultation_id, prepared, self._clock.now())
        return [Reply(text=f"{told}\n{phrases.FROM_BASE}", choices=[form]), outcome.reply]
