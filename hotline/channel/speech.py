"""Speech to text 语音识别: a port, and the way to a site's own service over HTTP.

No voice leaves the machine unless the operator names a service; it takes what OpenAI's
``/v1/audio/transcriptions`` takes, as self-hosted recognisers commonly do.
"""

import logging
from typing import Protocol

import httpx

from kit.settings import Settings

log = logging.getLogger(__name__)
TIMEOUT = httpx.Timeout(60.0, connect=3.0)


class Transcriber(Protocol):
    """Turns a voice message into words."""

    def transcribe(self, audio: bytes, name: str, mime: str) -> str:
        """The words; empty when they could not be made out."""
        ...


class HttpTranscriber:
    """A service on the site's own address (``HOTLINE_SPEECH_URL``)."""

    def __init__(self, url: str, key: str, model: str) -> None:
        self._url = url
        self._model = model
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(timeout=TIMEOUT, headers=headers, trust_env=False)

    def transcribe(self, audio: bytes, name: str, mime: str) -> str:
        """The words; empty when the service fails: the citizen is then asked to type."""
        try:
            answer = self._http.post(
                self._url,
                data={"model": self._model, "language": "zh", "response_format": "json"},
                files={"file": (name, audio, mime)},
            )
            answer.raise_for_status()
            text = answer.json()["text"]
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            # Not the error itself: it would show the address with whatever stands in it.
            log.warning("speech: no transcript: %s", type(error).__name__)
            return ""
        return text.strip() if isinstance(text, str) else ""

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def transcriber_of(settings: Settings) -> Transcriber | None:
    """The site's service; ``None`` where there is none."""
    if not settings.speech_url:
        return None
    return HttpTranscriber(
        settings.speech_url, settings.speech_key.get_secret_value(), settings.speech_model
    )
