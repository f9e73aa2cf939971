"""The dialogue: the only file that knows Rasa's address. Every failure is a ``BotUnavailable``."""

import logging

import httpx
from pydantic import ValidationError

from hotline.consultation.schemas import Choice, Reply

log = logging.getLogger(__name__)


class BotUnavailable(Exception):  # noqa: N818 - it is a state of the world, not a mistake
    """Rasa gave no usable answer; the reason is in the message."""


class BotSilent(BotUnavailable):
    """Rasa lives, but an action failed; ``message`` is what the bot itself says of it."""

    def __init__(self, message: str) -> None:
        super().__init__("an action failed")
        self.message = message


class BotClient:
    """Talks to Rasa's own REST-like channel (``bot/channel.py``)."""

    def __init__(self, url: str, token: str, timeout: float) -> None:
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(timeout, connect=1.0),
            trust_env=False,
        )

    def send(self, consultation_id: str, text: str) -> list[Reply]:
        """One dialogue turn. Raises ``BotUnavailable``; silence counts as a failure too."""
        try:
            answer = self._http.post(
                "/webhooks/gateway/webhook", json={"sender": consultation_id, "message": text}
            )
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                raise BotSilent(str(answer.json()["error"]["message"]))
            answer.raise_for_status()
            replies = [_reply(message) for message in answer.json()]
        except (httpx.HTTPError, ValueError, ValidationError, LookupError, TypeError) as error:
            raise BotUnavailable(f"{type(error).__name__}") from error
        if not replies:
            # Rasa answers 200 with an empty list after an exception of its own.
            raise BotUnavailable("empty reply")
        return replies

    def healthy(self) -> bool:
        """Whether Rasa answers and has a model."""
        try:
            return self._http.get("/webhooks/gateway/", timeout=1.0).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _reply(message: object) -> Reply:
    """A Rasa message: our own reply under ``custom``, or text with buttons from the domain."""
    if not isinstance(message, dict):
        raise ValueError("a message must be an object")
    custom = message.get("custom")
    if isinstance(custom, dict):
        return Reply.model_validate(custom)
    buttons = message.get("buttons") or []
    if not isinstance(buttons, list):
        raise ValueError("buttons must be a list")
    return Reply(
        text=str(message["text"]) if "text" in message else "",
        choices=[Choice.model_validate(button) for button in buttons],
    )
