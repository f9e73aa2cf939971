"""Looking a work order up 查工单: by its code and the last four digits of the phone."""

from collections.abc import Callable

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import phrases, reading
from actions.base import ORDER_LOOKUP_FORM, Domain, Event, HotlineAction, cleared, said
from actions.client import HotlineRefusedError, hotline
from actions.forms import HotlineForm, Slots
from actions.work_order import unfinished

READERS: dict[str, Callable[[str], str | None]] = {
    "order_code": reading.order_code_in,
    "phone_tail": reading.phone_tail_in,
}


class ActionOpenLookup(Action):
    """“查工单”: takes code and tail from the message where they are there already."""

    def name(self) -> str:
        return "action_open_lookup"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> list[Event]:
        text = said(tracker)
        found = [SlotSet(slot, read(text)) for slot, read in READERS.items()]
        return [SlotSet("requested_slot", None), *found]


class ValidateOrderLookupForm(HotlineForm):
    """Checks the shape only; whether code and tail belong together the service says."""

    form = ORDER_LOOKUP_FORM
    readers = READERS
    certain = frozenset(READERS)

    def validate_order_code(
        self, value: str | None, say: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> Slots:
        """A case code in its one form; a tail said along with it is kept too."""
        if not value:
            # The form was just opened without it: that is no wrong answer.
            return {"order_code": None}
        slots = self.checked("order_code", value, say)
        tail = reading.phone_tail_in(value)
        if slots["order_code"] and tail and not tracker.get_slot("phone_tail"):
            slots["phone_tail"] = tail
        return slots

    def validate_phone_tail(
        self, value: str | None, say: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> Slots:
        """Four digits."""
        if not value:
            return {"phone_tail": None}
        return self.checked("phone_tail", value, say)

    def checked(self, slot: str, text: str, say: CollectingDispatcher) -> Slots:
        value = READERS[slot](text)
        if value is None:
            why = phrases.REQUIRED if reading.declines(text) else phrases.REFUSED
            refused = phrases.IDENTITY_REFUSED if reading.holds_identity_number(text) else ""
            say.utter_message(text=refused + why[slot])
        return {slot: value}


class ActionLookUp(HotlineAction):
    """Asks the service; a wrong code or tail is said in the service's words."""

    def name(self) -> str:
        return "action_look_up"

    async def act(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        body = await hotline().look_up(
            tracker.get_slot("order_code"), tracker.get_slot("phone_tail")
        )
        say.utter_message(json_message=body["reply"])
        return self.done(say, tracker)

    def when_unavailable(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        say.utter_message(text=phrases.UNAVAILABLE, buttons=[phrases.LOOKUP])
        return self.done(say, tracker)

    def when_refused(
        self, say: CollectingDispatcher, tracker: Tracker, refusal: HotlineRefusedError
    ) -> list[Event]:
        say.utter_message(text=refusal.message, buttons=phrases.LOOK_UP_AGAIN)
        return self.done(say, tracker)

    @staticmethod
    def done(say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Forgets code and tail; reminds of an order that was left half filled."""
        if unfinished(tracker):
            say.utter_message(text=phrases.UNFINISHED, buttons=[phrases.HUMAN])
        return cleared("order_code", "phone_tail")
