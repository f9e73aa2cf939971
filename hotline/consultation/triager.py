"""Triage 分诊 as the service does it: the rules, and a learned second opinion beside them.

An alarm of either is an alarm. The second opinion takes back a sign only where the sign is not
certain and the whole text is very unlike any danger.
"""

import logging
from collections.abc import Iterator, Sequence

from hotline.consultation.danger_model import DangerModel, Floats, danger, gravest
from hotline.consultation.danger_signs import Risk
from hotline.consultation.danger_text import passages
from hotline.consultation.triage import Triage, Urgency, findings
from indexer import Encoder
from indexer.encoder import SentenceEncoder
from indexer.maps import MappedEncoder
from indexer.text import ENCODED_LIMIT, cut, has_words, normalise

log = logging.getLogger(__name__)

_CALM = Triage(Risk.NONE, Urgency.NORMAL)
_BATCH = 64
# Characters that are read passage by passage: each costs some 15 ms.
_CLOSELY = 600


class Triager:
    """The rules and the model; shared by every thread of a process."""

    def __init__(self, model: DangerModel, encoder: Encoder | None = None) -> None:
        self.model = model
        # Maps turn vectors towards answers and change often; the model reads what lies before.
        base = encoder.base if isinstance(encoder, MappedEncoder) else encoder
        fits = base is not None and base.fingerprint == model.card.encoder
        if base is not None and not fits:
            log.warning("triage: encoder %s is not the model's: words alone count", base.name)
        self._encoder: Encoder | SentenceEncoder | None = base if fits else None

    @classmethod
    def load(cls, encoder: Encoder | None = None) -> "Triager":
        """With the model in the box. Raises ``DangerModelError``."""
        return cls(DangerModel.load(), encoder)

    def triage(self, text: str, vector: Floats | None = None) -> Triage:
        """What is dangerous in the text; ``vector`` (dim,) where it is already known.

        The encoder still remembers a question that was just searched for.
        """
        return self._judge(text, self._vectors([text])[0] if vector is None else vector)

    def triage_all(self, texts: Sequence[str]) -> Iterator[Triage]:
        """The same for many texts, encoded in batches; in their order."""
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            yield from map(self._judge, batch, self._vectors(batch))

    def _vectors(self, texts: Sequence[str]) -> Sequence[Floats | None]:
        if self._encoder is None:
            return [None] * len(texts)
        # The same words as the search encodes.
        return list(self._encoder.encode_queries([cut(normalise(x), ENCODED_LIMIT) for x in texts]))

    def _judge(self, text: str, vector: Floats | None) -> Triage:
        if not has_words(normalise(text)):
            return _CALM
        shares, card = self.model.shares(text, vector), self.model.card
        likely = danger(shares)
        found = next(findings(text), None)
        # Words alone are too little to take a sign back.
        if found and (found.certain or vector is None or likely >= card.doubt):
            return Triage(found.risk, Urgency.URGENT)
        if likely >= (card.alarm_without_vector if vector is None else card.alarm):
            return Triage(gravest(shares), Urgency.URGENT)
        return _CALM if vector is None else self._read_closely(text)

    def _read_closely(self, text: str) -> Triage:
        """A danger told in passing drowns in a long text: read each passage by itself."""
        pieces = passages(text[:_CLOSELY])
        if not pieces:
            return _CALM
        vectors = self._vectors(pieces)
        judged = [
            self.model.shares(piece, vector)
            for piece, vector in zip(pieces, vectors, strict=True)
            if vector is not None
        ]
        worst = max(judged, key=danger, default=None)
        if worst is None or danger(worst) < self.model.card.passage_alarm:
            return _CALM
        return Triage(gravest(worst), Urgency.URGENT)
