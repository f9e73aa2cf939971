"""The base of every action: it never raises for the service's sake and never stays silent."""

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import phrases
from actions.client import HotlineRefusedError, HotlineUnavailableError

Event = dict[str, Any]
Domain = dict[str, Any]

WORK_ORDER_FORM = "work_order_form"
ORDER_LOOKUP_FORM = "order_lookup_form"


def said(tracker: Tracker) -> str:
    """What the citizen typed last."""
    return tracker.latest_message.get("text") or ""


def intent(tracker: Tracker) -> str:
    """The intent of what the citizen typed last; empty where there is none."""
    return (tracker.latest_message.get("intent") or {}).get("name") or ""


def active_form(tracker: Tracker) -> str | None:
    """The form being filled, if any."""
    return (tracker.active_loop or {}).get("name")


def cleared(*slots: str) -> list[Event]:
    """Events that empty these slots."""
    return [SlotSet(slot, None) for slot in slots]


class HotlineAction(Action, ABC):
    """An action that speaks with the service; abstract, so that only its children register."""

    @abstractmethod
    def name(self) -> str:
        """The action's name in the domain."""

    @abstractmethod
    async def act(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Does the work, speaks through ``say`` and returns events."""

    def when_unavailable(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """What is said, and kept, where the service gives no usable answer."""
        say.utter_message(text=phrases.UNAVAILABLE)
        return []

    def when_refused(
        self, say: CollectingDispatcher, tracker: Tracker, refusal: HotlineRefusedError
    ) -> list[Event]:
        """What is said where the service refuses with a message of its own."""
        say.utter_message(text=refusal.message, buttons=[phrases.HUMAN])
        return []

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> list[Event]:
        """Rasa's entry; a failure of the service becomes a sentence."""
        try:
            return await self.act(dispatcher, tracker)
        except HotlineUnavailableError:
            return self.when_unavailable(dispatcher, tracker)
        except HotlineRefusedError as refusal:
            return self.when_refused(dispatcher, tracker, refusal)
