"""Triage 分诊: danger and deadlines come before any standard answer. Pure.

The signs are data (``danger_signs``); here is how they are read. One false alarm is better than
one danger missed: a sign is taken back only by a clear reason — negated, asked in general, seen
on the news, or past and settled.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from hotline.consultation.danger_signs import GUARDS, SIGNS, Risk, Sign
from hotline.consultation.danger_text import plain

__all__ = ["Finding", "Risk", "Triage", "Urgency", "findings", "triage"]


class Urgency(StrEnum):
    """How fast a person must look at it."""

    NORMAL = "normal"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Triage:
    """The outcome of triage."""

    risk: Risk
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Finding:
    """A sign that was found and believed: the risk, why, the words, and whether they are enough."""

    risk: Risk
    reason: str
    words: str
    certain: bool


# “会被拘留吗”: nobody is detained yet.
_NOT_YET = frozenset({Risk.DETENTION})
# “我还没起诉，时效只剩三天”: what was not done does not take a deadline back.
_NEGATABLE = frozenset(Risk) - {Risk.DEADLINE}


def _negated(text: str, start: int) -> bool:
    return GUARDS.negated.search(text, max(0, start - 10), start) is not None


def _believed(sign: Sign, text: str) -> re.Match[str] | None:
    """The first place where the sign stands and is not taken back."""
    for match in sign.pattern.finditer(text):
        core = match.start("core") if match.groupdict().get("core") else match.start()
        if sign.risk in _NEGATABLE and _negated(text, core):
            continue
        if sign.risk in _NOT_YET and GUARDS.hypothetical.search(text, max(0, core - 8), core):
            continue
        return match
    return None


def _not_now(text: str) -> bool:
    """Whether the text as a whole asks in general, or tells of what is past and settled."""
    if GUARDS.general.search(text) and not GUARDS.personal.search(text):
        return True
    past = GUARDS.past.search(text) and GUARDS.settled.search(text)
    return bool(past) and not GUARDS.still.search(text)


def findings(text: str) -> Iterator[Finding]:
    """Every danger sign in the text, gravest risk first."""
    text = GUARDS.innocent.sub("〇", plain(text))
    if GUARDS.reported.search(text):
        return
    not_now = _not_now(text)
    # “我想自 杀”: despair is often written broken up.
    unbroken = text.replace(",", "")
    for sign in SIGNS:
        if not_now and not sign.certain:
            continue
        match = _believed(sign, text)
        if match is None and sign.risk is Risk.SELF_HARM:
            match = _believed(sign, unbroken)
        if match is None:
            continue
        if sign.also is not None and not sign.also.search(text):
            continue
        if sign.unless is not None and sign.unless.search(text):
            continue
        yield Finding(sign.risk, sign.reason, match[0], sign.certain)


def triage(text: str) -> Triage:
    """What is dangerous in the text, if anything; the gravest risk counts."""
    finding = next(findings(text), None)
    if finding is None:
        return Triage(Risk.NONE, Urgency.NORMAL)
    return Triage(finding.risk, Urgency.URGENT)
