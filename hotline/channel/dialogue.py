"""The turns: drains a consultation's inbox in order, whichever process is free.

A consultation is leased while its turns run, so that one citizen is answered in order and many in
parallel; when a process dies, its lease ends and another one takes the item up again.
"""

import logging
import time
from datetime import timedelta

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
        while True:
            item_id = self._take(consultation_id, owner)
            if item_id is None:
                return False
            if item_id == 0:
                return True
            self._run(consultation_id, owner, item_id)

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

    def _take(self, consultation_id: str, owner: str) -> int | None:
        """The next item's id; 0 when there is none; ``None`` when another owner has the lease."""
        now = self._clock.now()
        with self._database.write() as session:
            consultation = repository.get(session, consultation_id, lock=True)
            held = consultation.turn_until is not None and consultation.turn_until > now
            if held and consultation.turn_owner != owner:
                return None
            item = session.scalar(
                select(InboxItem)
                .where(InboxItem.consultation_id == consultation_id, InboxItem.done_at.is_(None))
                .order_by(InboxItem.id)
                .limit(1)
            )
            if item is None:
                consultation.turn_owner = consultation.turn_until = None
                return 0
            consultation.turn_owner = owner
            consultation.turn_until = now + LEASE
            item.attempts += 1
            return item.id

    def _run(self, consultation_id: str, owner: str, item_id: int) -> None:
        with self._database.read() as session:
            item = session.get_one(InboxItem, item_id)
            attempts = item.attempts
            text = session.get_one(Message, item.message_id).text
            lawyer = repository.get(session, consultation_id).serving_staff_id is not None
        back_to_bot = lawyer and text.strip("。.！! ") == phrases.BACK_TO_BOT
        if attempts > MAX_ATTEMPTS:
            log.error(
                "consultation %s: turn given up after %d tries", consultation_id, attempts - 1
            )
            said: list[Said] = [(Sender.SYSTEM, Reply(text=phrases.FAILED))]
        elif back_to_bot:
            said = [(Sender.SYSTEM, Reply(text=phrases.BOT_RESUMED))]
        elif lawyer:
            said = [(Sender.SYSTEM, Reply(text=phrases.WITH_LAWYER))]
        else:
            said = [(Sender.BOT, reply) for reply in self._ask_bot(consultation_id, text)]
        risk = self._triager.triage(text).risk
        with self._database.write() as session:
            self._deliver(
                session, consultation_id, owner, item_id, said, risk, back_to_bot=back_to_bot
            )

    def _deliver(
        self,
        session: Session,
        consultation_id: str,
        owner: str,
        item_id: int,
        said: list[Said],
        risk: Risk,
        *,
        back_to_bot: bool,
    ) -> None:
        consultation = repository.get(session, consultation_id, lock=True)
        item = session.get_one(InboxItem, item_id)
        if consultation.turn_owner != owner or item.done_at is not None:
            # The lease ran out and another process has answered: once is enough.
            return
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
            work_orders.raise_urgency(session, consultation_id, risk, due, now)
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
