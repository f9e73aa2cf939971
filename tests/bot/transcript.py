"""A dialogue test is a transcript, and silence is a failure."""

import asyncio
from typing import Any


class Turn:
    """What the bot said in one turn."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.messages = messages

    @property
    def customs(self) -> list[dict[str, Any]]:
        return [m["custom"] for m in self.messages if "custom" in m]

    @property
    def text(self) -> str:
        return "\n".join(m.get("text") or m["custom"]["text"] for m in self.messages)

    @property
    def choices(self) -> list[str]:
        offered = []
        for message in self.messages:
            offered += message.get("buttons") or []
            offered += message.get("custom", {}).get("choices") or []
        return [choice["payload"] for choice in offered]


class Citizen:
    """Types through the bot's own door; every turn must be answered, in Chinese."""

    def __init__(self, agent: Any, loop: Any, door: Any, sender: str) -> None:
        self.agent, self.loop, self.door, self.sender = agent, loop, door, sender

    def tries(self, text: str) -> list[dict[str, Any]]:
        turn = self.door.converse(self.agent.handle_message, self.sender, text)
        return self.loop.run_until_complete(turn)

    def says(self, *texts: str) -> Turn:
        """Types each text in turn; returns what was said to the last."""
        turn = Turn([])
        for text in texts:
            turn = Turn(self.tries(text))
            assert turn.messages, f"silence after {text!r}"
            assert any("\u4e00" <= c <= "\u9fff" for c in turn.text), turn.text
            assert not any(payload.startswith("/") for payload in turn.choices)
        return turn

    def says_at_once(self, *texts: str) -> list[Turn]:
        async def all_of_them() -> list[Any]:
            door, handle = self.door, self.agent.handle_message
            return await asyncio.gather(*(door.converse(handle, self.sender, t) for t in texts))

        return [Turn(messages) for messages in self.loop.run_until_complete(all_of_them())]

    def slots(self) -> dict[str, Any]:
        tracker = self.loop.run_until_complete(self.agent.tracker_store.retrieve(self.sender))
        return tracker.current_slot_values()

    def form(self) -> str | None:
        tracker = self.loop.run_until_complete(self.agent.tracker_store.retrieve(self.sender))
        return tracker.active_loop_name

    def everything_stored(self) -> str:
        tracker = self.loop.run_until_complete(self.agent.tracker_store.retrieve(self.sender))
        return str([event.as_dict() for event in tracker.events])
