"""The work order by dialogue 登记工单: open, fill, correct, confirm, submit, cancel."""

import uuid
from collections.abc import Callable

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import phrases, reading
from actions.base import (
    ORDER_LOOKUP_FORM,
    WORK_ORDER_FORM,
    Domain,
    Event,
    HotlineAction,
    active_form,
    cleared,
    intent,
    said,
)
from actions.client import HotlineRefusedError, hotline
from actions.forms import HotlineForm, Slots, is_answer

FIELDS = tuple(phrases.FIELDS)
OPTIONAL = ("county", "citizen_name")
WHOLE_ORDER = ("request_id", "kind", *FIELDS, "likely_category", "confirmed")
UNSURE_CATEGORY = "综合咨询"

READERS: dict[str, Callable[[str], str | None]] = {
    "category": reading.category_in,
    "county": reading.county_in,
    "description": reading.description_in,
    "citizen_name": reading.name_in,
    "phone": reading.phone_in,
    "confirmed": reading.confirmation_in,
}


def unfinished(tracker: Tracker) -> bool:
    """Whether an order was begun, holds something, and was neither submitted nor cancelled."""
    begun = tracker.get_slot("request_id")
    return bool(begun) and any(tracker.get_slot(slot) for slot in FIELDS)


def kind_of(tracker: Tracker) -> str:
    """The kind of order (咨询, 投诉, 建议, 求助) the last message asks for."""
    text = said(tracker)
    if intent(tracker) == "complaint":
        return "建议" if "建议" in text or "意见" in text else "投诉"
    return "求助" if "求助" in text else "咨询"


def last_question(tracker: Tracker, kind: str) -> str:
    """The last question, where an order of this kind is about it: a complaint is not."""
    return (tracker.get_slot("last_question") or "") if kind in ("咨询", "求助") else ""


def open_work_order(say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
    """Speaks the first sentence and returns the events that begin, or resume, an order.

    The last question becomes the description. ``request_id`` is made here, once an order, so
    that a repeated submission never makes a second one.
    """
    events = [SlotSet("requested_slot", None), SlotSet("confirmed", None)]
    kind = kind_of(tracker)
    if unfinished(tracker):
        say.utter_message(text=phrases.RESUMED)
        return events + ([SlotSet("kind", kind)] if kind != "咨询" else [])
    lines = [phrases.OPENING[kind]]
    events += cleared(*FIELDS)
    events += [SlotSet("request_id", str(uuid.uuid4())), SlotSet("kind", kind)]
    question = reading.description_in(last_question(tracker, kind))
    if question:
        lines.append(phrases.PREFILLED.format(question=shortened(question, 40)))
        events.append(SlotSet("description", question))
    say.utter_message(text="\n".join(lines))
    return events


def shortened(text: str, longest: int) -> str:
    """At most ``longest`` characters, with an ellipsis where something was cut."""
    return text if len(text) <= longest else f"{text[:longest]}……"


def summary(tracker: Tracker) -> str:
    """What will be submitted, the phone masked."""
    shown = {slot: tracker.get_slot(slot) or "" for slot in FIELDS}
    shown["phone"] = reading.mask_phone(shown["phone"])
    shown["description"] = shortened(shown["description"], 100)
    lines = [f"{label}：{shown[slot]}" for slot, label in phrases.FIELDS.items()]
    return "\n".join([f"请核对（{tracker.get_slot('kind')}）：", *lines, "没错请回复“确认”。"])


class ActionOpenWorkOrder(Action):
    """“转人工” or “投诉”: opens the form, or says that we are doing just that."""

    def name(self) -> str:
        return "action_open_work_order"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> list[Event]:
        if active_form(tracker) != WORK_ORDER_FORM:
            return open_work_order(dispatcher, tracker)
        dispatcher.utter_message(text=phrases.ALREADY_OPENING)
        kind = kind_of(tracker)
        return [SlotSet("kind", kind)] if kind != "咨询" else []


class ValidateWorkOrderForm(HotlineForm):
    """Reads and checks each field; a correction of any field is taken at any moment."""

    form = WORK_ORDER_FORM
    readers = READERS
    certain = frozenset({"category", "phone", "confirmed"})
    free = "description"

    def extracted(self, slot: str, tracker: Tracker) -> Slots:
        text, name = said(tracker), intent(tracker)
        likely = tracker.get_slot("likely_category")
        if slot == "category" and likely and name == "affirm" and self.asks_for(slot, tracker):
            return {slot: reading.category_in(text) or likely}
        if slot != "confirmed" or not self.asks_for(slot, tracker):
            return super().extracted(slot, tracker)
        # The answer is kept out of the boolean slot until it is understood as a yes.
        yes_or_no = name in ("affirm", "deny") or reading.phone_in(text)
        answers = yes_or_no or is_answer(text, name, self.readers[slot], certain=True)
        return {"confirmed": False} if answers else {}

    def validate_category(
        self, value: str, say: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> Slots:
        """One of the 24 names; “不想说” is 综合咨询."""
        return self.checked("category", value, say)

    def validate_county(
        self, value: str, say: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> Slots:
        """A place, or “不想说”."""
        return self.checked("county", value, say)

    def validate_description(
        self, value: str, say: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> Slots:
        """5 to 2000 characters."""
        return self.checked("description", value, say)

    def validate_citizen_name(
        self, value: str, say: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> Slots:
        """A name, or “不想说”."""
        return self.checked("citizen_name", value, say)

    def validate_phone(
        self, value: str, say: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> Slots:
        """A mobile, or a landline with its area code."""
        return self.checked("phone", value, say)

    def validate_confirmed(
        self, value: bool | None, say: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> Slots:
        """Yes submits; a correction, or a new phone, changes the field; no asks which one."""
        if value is not False:
            return {"confirmed": value}
        text = said(tracker)
        if correction := reading.correction_in(text):
            return {"confirmed": None, **self.corrected(correction, say)}
        if phone := reading.phone_in(text):
            say.utter_message(text=phrases.CORRECTED.format(field=phrases.FIELDS["phone"]))
            return {"confirmed": None, "phone": phone}
        if intent(tracker) == "deny" and not reading.confirmation_in(text):
            say.utter_message(text=phrases.WHAT_TO_CORRECT)
            return {"confirmed": None}
        if intent(tracker) == "affirm" or reading.confirmation_in(text):
            return {"confirmed": True}
        say.utter_message(text=phrases.UNCLEAR_CONFIRMATION)
        return {"confirmed": None}

    def checked(self, slot: str, text: str, say: CollectingDispatcher) -> Slots:
        correction = reading.correction_in(text)
        if correction and (slot != self.free or len(text) <= 30):
            return {slot: None, **self.corrected(correction, say)}
        if reading.declines(text):
            return {slot: self.declined(slot, say)}
        value = READERS[slot](text)
        if value is None:
            say.utter_message(text=self.refusal(slot, text))
        return {slot: value}

    def corrected(self, correction: reading.Correction, say: CollectingDispatcher) -> Slots:
        """Empties the field, or fills it at once where the new value was said with it."""
        slot, label = correction.slot, phrases.FIELDS[correction.slot]
        if not correction.value:
            say.utter_message(text=phrases.CORRECTING.format(field=label))
            return {slot: None}
        if reading.declines(correction.value):
            return {slot: self.declined(slot, say)}
        value = READERS[slot](correction.value)
        sentence = phrases.CORRECTED.format(field=label)
        say.utter_message(text=sentence if value else self.refusal(slot, correction.value))
        return {slot: value}

    @staticmethod
    def declined(slot: str, say: CollectingDispatcher) -> str | None:
        """“不想说”: kept where the field is optional, explained where it is not."""
        if slot in OPTIONAL:
            return reading.DECLINED
        if slot == "category":
            return UNSURE_CATEGORY
        say.utter_message(text=phrases.REQUIRED[slot])
        return None

    @staticmethod
    def refusal(slot: str, text: str) -> str:
        """Why a text is not a value of this field."""
        if reading.holds_identity_number(text) and slot != "description":
            return phrases.IDENTITY_REFUSED + phrases.REFUSED[slot]
        if slot != "description":
            return phrases.REFUSED[slot]
        length = len(reading.tidy(text))
        if length > reading.DESCRIPTION_LENGTH[1]:
            return phrases.DESCRIPTION_LONG.format(length=length)
        return phrases.DESCRIPTION_SHORT


class ActionAskCategory(HotlineAction):
    """Which category: the likely ones first, where the citizen told something."""

    def name(self) -> str:
        return "action_ask_category"

    async def act(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        told = tracker.get_slot("description") or last_question(tracker, tracker.get_slot("kind"))
        if not told or intent(tracker) == "deny":
            # Whoever just said no to the likely one is not offered it in the same breath.
            return self.ask_plainly(say)
        body = await hotline().ask_category(told)
        say.utter_message(json_message=body["reply"])
        return [SlotSet("likely_category", next(iter(body["likely"]), None))]

    def when_unavailable(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        return self.ask_plainly(say)

    def when_refused(
        self, say: CollectingDispatcher, tracker: Tracker, refusal: HotlineRefusedError
    ) -> list[Event]:
        return self.ask_plainly(say)

    @staticmethod
    def ask_plainly(say: CollectingDispatcher) -> list[Event]:
        """The question in the words that suit everybody; a yes answers nothing here."""
        say.utter_message(response="utter_which_category")
        return cleared("likely_category")


class ActionAskConfirmed(Action):
    """The summary, to be confirmed or corrected."""

    def name(self) -> str:
        return "action_ask_confirmed"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> list[Event]:
        dispatcher.utter_message(text=summary(tracker), buttons=phrases.CONFIRM_CHOICES)
        return []


class ActionSubmitWorkOrder(HotlineAction):
    """Hands the order in. Whatever goes wrong, the fields stay and the form comes back."""

    def name(self) -> str:
        return "action_submit_work_order"

    async def act(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        order = {slot: tracker.get_slot(slot) for slot in FIELDS}
        order = {k: None if v == reading.DECLINED else v for k, v in order.items()}
        order["name"] = order.pop("citizen_name")
        order["request_id"] = tracker.get_slot("request_id")
        order["kind"] = tracker.get_slot("kind")
        body = await hotline().open_work_order(tracker.sender_id, order)
        say.utter_message(json_message=body["reply"])
        # The county stays, for “附近的公证处”.
        gone = [slot for slot in WHOLE_ORDER if slot != "county"]
        return [*cleared(*gone, "last_question"), SlotSet("last_decision", "work_order")]

    def when_unavailable(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        say.utter_message(text=phrases.NOT_SUBMITTED)
        return self.back_to_the_form()

    def when_refused(
        self, say: CollectingDispatcher, tracker: Tracker, refusal: HotlineRefusedError
    ) -> list[Event]:
        say.utter_message(text=f"{refusal.message}\n{phrases.TAKEN_BACK}")
        return self.back_to_the_form()

    @staticmethod
    def back_to_the_form() -> list[Event]:
        """The form opens again at its summary, with everything in it."""
        return [SlotSet("confirmed", None), FollowupAction(WORK_ORDER_FORM)]


class ActionCancel(Action):
    """“取消”: ends whichever form is open, with a sentence that is true."""

    def name(self) -> str:
        return "action_cancel"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> list[Event]:
        form = active_form(tracker)
        if form == ORDER_LOOKUP_FORM:
            dispatcher.utter_message(text=phrases.LOOKUP_CANCELLED)
            return cleared("order_code", "phone_tail")
        if form == WORK_ORDER_FORM or unfinished(tracker):
            dispatcher.utter_message(text=phrases.CANCELLED, buttons=[phrases.HUMAN])
            return cleared(*WHOLE_ORDER)
        dispatcher.utter_message(text=phrases.NOTHING_TO_CANCEL, buttons=[phrases.HUMAN])
        return []
