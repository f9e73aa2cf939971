"""Satisfaction 满意度: whether the answer helped."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import phrases
from actions.base import Event, HotlineAction
from actions.client import hotline


class ActionHelped(HotlineAction):
    """“有帮助”."""

    def name(self) -> str:
        return "action_helped"

    async def act(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        body = await hotline().satisfaction(tracker.sender_id, helped=True)
        say.utter_message(json_message=body["reply"])
        return []


class ActionNotHelped(HotlineAction):
    """“没帮助”: recorded, and a person is offered in the same turn."""

    def name(self) -> str:
        return "action_not_helped"

    async def act(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        body = await hotline().satisfaction(tracker.sender_id, helped=False)
        reply = body["reply"]
        say.utter_message(json_message=reply)
        offered = [choice.get("payload") for choice in reply.get("choices") or []]
        if phrases.HUMAN["payload"] not in offered:
            say.utter_message(text=phrases.NOT_HELPED, buttons=[phrases.HUMAN])
        return []
