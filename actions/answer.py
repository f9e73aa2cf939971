"""Answering 解答: a question goes to the service, its reply goes back unchanged."""

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import phrases, reading
from actions.base import WORK_ORDER_FORM, Event, HotlineAction, active_form, said
from actions.client import hotline
from actions.institution import LAST_INSTITUTION, tell_institutions
from actions.work_order import open_work_order, unfinished

# “多久” or “那要多少钱呢” makes sense only with the question before it, so it does not take
# that question's place as the description of a later work order.
SHORTEST_QUESTION_TO_KEEP = 8


async def answer(say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
    """Asks the service what the citizen just said and remembers question and decision."""
    text = said(tracker)
    body = await hotline().ask(tracker.sender_id, text)
    say.utter_message(json_message=body["reply"])
    events = [SlotSet("last_decision", body["decision"])]
    stands_alone = len(reading.tidy(text)) >= SHORTEST_QUESTION_TO_KEEP
    if stands_alone or not tracker.get_slot("last_question"):
        events.append(SlotSet("last_question", text))
    return events


def _said_last(tracker: Tracker) -> list[Event]:
    """What the bot said since the citizen's last message but one, the latest first."""
    turns = [e for e in tracker.events if e["event"] in ("user", "bot")]
    spoken = []
    for event in reversed(turns[:-1] if turns and turns[-1]["event"] == "user" else turns):
        if event["event"] == "user":
            break
        spoken.append(event)
    return spoken


def person_was_offered(tracker: Tracker) -> bool:
    """Whether what the bot said last offered a person, in words or by a button."""
    for event in _said_last(tracker):
        data = event.get("data") or {}
        custom = data.get("custom") or {}
        offered = (data.get("buttons") or []) + (custom.get("choices") or [])
        text = f"{event.get('text') or ''}{custom.get('text') or ''}"
        if custom.get("decision") == "handover" or "转人工" in text:
            return True
        if any(choice.get("payload") == "转人工" for choice in offered):
            return True
    return False


def fact_was_asked(tracker: Tracker) -> bool:
    """Whether the service's last answer ended with a question about a required fact 追问."""
    return any(
        ((event.get("data") or {}).get("custom") or {}).get("ask_back")
        for event in _said_last(tracker)
    )


class ActionAnswerLegal(HotlineAction):
    """Any legal question, and whatever the classifier is not sure of."""

    def name(self) -> str:
        return "action_answer_legal"

    async def act(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        return await answer(say, tracker)


class ActionInform(HotlineAction):
    """A bare fact outside a form: it belongs to the institutions, a left order, or a question."""

    def name(self) -> str:
        return "action_inform"

    async def act(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        text = said(tracker)
        if reading.holds_identity_number(text):
            say.utter_message(text=phrases.IDENTITY_OUTSIDE)
            return []
        if fact_was_asked(tracker):
            return await answer(say, tracker)
        if tracker.get_slot("last_decision") == LAST_INSTITUTION and reading.county_in(text):
            return await tell_institutions(say, reading.county_in(text), None)
        if unfinished(tracker) and not reading.category_in(text):
            # The answer to a form that a pause of an hour has closed.
            return [*open_work_order(say, tracker), FollowupAction(WORK_ORDER_FORM)]
        return await answer(say, tracker)


class ActionAffirm(HotlineAction):
    """“好的”: yes to a person where one was offered, otherwise a friendly word."""

    def name(self) -> str:
        return "action_affirm"

    async def act(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        if active_form(tracker):
            say.utter_message(text=phrases.YES)
            return []
        if fact_was_asked(tracker):
            return await answer(say, tracker)
        if person_was_offered(tracker):
            return [*open_work_order(say, tracker), FollowupAction(WORK_ORDER_FORM)]
        say.utter_message(text=phrases.FREE, buttons=[phrases.HUMAN])
        return []


class ActionDeny(HotlineAction):
    """“没有”: the reply to a fact that was asked back, otherwise no to what was offered."""

    def name(self) -> str:
        return "action_deny"

    async def act(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        if fact_was_asked(tracker):
            return await answer(say, tracker)
        say.utter_message(response="utter_deny")
        return []


class ActionOutOfScope(HotlineAction):
    """Small talk; but after a fact was asked back, what sounds so may be the reply."""

    def name(self) -> str:
        return "action_out_of_scope"

    async def act(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        if fact_was_asked(tracker):
            return await answer(say, tracker)
        say.utter_message(response="utter_out_of_scope")
        return []
