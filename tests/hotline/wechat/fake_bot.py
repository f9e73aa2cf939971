"""A dialogue of our own on a port of this machine: it thinks for a moment and answers by number."""

import re
import time
from dataclasses import dataclass, field

from tests.hotline.wechat.fake_server import Asked, FakeServer, Said, said

ASKED = re.compile(r"问(\d+)号")
ANSWERED = re.compile(r"答(\d+)号")


@dataclass
class FakeRasa(FakeServer):
    """What was heard, by consultation and in order."""

    think_seconds: float = 0.05
    heard: list[tuple[str, int]] = field(default_factory=list)

    def turn(self, consultation_id: str, text: str) -> list[dict[str, str]]:
        """One turn: ``问7号`` is answered with ``答7号``."""
        found = ASKED.search(text)
        assert found is not None, text
        time.sleep(self.think_seconds)
        with self.lock:
            self.heard.append((consultation_id, int(found[1])))
        return [{"text": f"答{found[1]}号：请先书面催要。"}]

    def post(self, asked: Asked) -> Said:
        """A message to the dialogue."""
        body = asked.json()
        return said(self.turn(body["sender"], body["message"]))

    def get(self, asked: Asked) -> Said:
        """Whether it is there."""
        return said([])
