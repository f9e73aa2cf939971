"""What both forms share 表单: does a message answer the form's question, or interrupt it?

Rasa runs an active form before any rule. A form that extracts nothing steps back, the rule of
the message's intent answers, and the form asks again. So every slot is extracted here, where
the shape of the answer and the intent are weighed together.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import reading
from actions.base import Domain, active_form, intent, said

Slots = dict[str, Any]

COMMANDS = {"cancel", "ask_human"}
"""Heard at any moment, whatever the form is asking."""

CHATTER = {"goodbye", "greet", "thanks", "work_order_status"}
"""What is not a description, even where it is long enough for one."""

UNSURE = {"inform", "nlu_fallback", ""}
"""Intents that leave it to the shape of the text whether it is an answer."""

LONGEST_UNSURE_ANSWER = 20
LONGEST_COMMAND = 20

Reader = Callable[[str], str | None]


def is_answer(text: str, intent_name: str, reader: Reader, certain: bool) -> bool:
    """Whether ``text`` is meant as the answer to the question for one slot.

    ``certain``: what the reader finds (a phone, a category) cannot be small talk, whatever the
    intent; a name or a county can ("好的" has the shape of a name), so there the intent counts.
    """
    if reading.correction_in(text) or reading.declines(text) or reading.holds_identity_number(text):
        return True
    if intent_name in COMMANDS:
        return False
    if certain and reader(text) is not None:
        return True
    short = len(reading.tidy(text)) <= LONGEST_UNSURE_ANSWER
    unsure = intent_name in UNSURE and short and not reading.asks(text)
    return unsure or reading.names_itself(text)


def is_description(text: str, intent_name: str) -> bool:
    """Whether ``text`` tells what happened: a question or a story is the answer itself here."""
    if reading.declines(text) or reading.correction_in(text):
        return True
    short = len(reading.tidy(text)) <= LONGEST_COMMAND
    if short and intent_name in COMMANDS | CHATTER:
        return False
    return reading.description_in(text) is not None or intent_name in UNSURE or not short


class HotlineForm(FormValidationAction, ABC):
    """A form whose slots are read by :mod:`actions.reading`."""

    form: str
    readers: dict[str, Reader]
    certain: frozenset[str]
    """Slots whose readers find nothing in small talk."""
    free: str = ""
    """The slot that takes any text."""

    def name(self) -> str:
        """The validation action's name in the domain."""
        return f"validate_{self.form}"

    def extracted(self, slot: str, tracker: Tracker) -> Slots:
        """The text for the slot the form is asking for; nothing where it interrupts."""
        if not self.asks_for(slot, tracker):
            return {}
        text, name = said(tracker), intent(tracker)
        if slot == self.free:
            return {slot: text} if is_description(text, name) else {}
        answers = is_answer(text, name, self.readers[slot], slot in self.certain)
        return {slot: text} if answers else {}

    @abstractmethod
    def checked(self, slot: str, text: str, say: CollectingDispatcher) -> Slots:
        """The value of one field; where there is none, the reason is said and it stays empty."""

    def asks_for(self, slot: str, tracker: Tracker) -> bool:
        """Whether the form's last question was for this slot."""
        return active_form(tracker) == self.form and tracker.get_slot("requested_slot") == slot

    async def _extract_slot(
        self, slot_name: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> Slots:
        # The SDK looks for one extract_<slot> method a slot; ours differ by the reader only.
        return self.extracted(slot_name, tracker)
