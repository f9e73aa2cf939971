"""The table of danger signs that triage reads: per risk a TOML file, and the words they share.

Patterns read text as ``danger_text.plain`` leaves it: ``,`` is a pause, ``。`` ends a sentence.
The group ``core`` in a pattern is what a negation before it would take back.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

import tomllib


class Risk(StrEnum):
    """What may be wrong."""

    NONE = "none"
    VIOLENCE = "violence"
    SELF_HARM = "self_harm"
    MINOR = "minor"
    INJURY = "injury"
    DETENTION = "detention"
    DEADLINE = "deadline"


GRAVEST_FIRST = (
    Risk.SELF_HARM,
    Risk.MINOR,
    Risk.VIOLENCE,
    Risk.INJURY,
    Risk.DETENTION,
    Risk.DEADLINE,
)


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of danger.

    ``pattern`` is found in the text, and so is ``also``, and ``unless`` is not. A ``certain``
    sign speaks for itself; others are not believed in a question about the law in general, in
    something seen on the news, or in a danger that is past and settled.
    """

    risk: Risk
    reason: str
    pattern: re.Pattern[str]
    also: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    certain: bool


@dataclass(frozen=True, slots=True)
class Guards:
    """What takes a sign back; ``guards.toml`` says of each what it means."""

    innocent: re.Pattern[str]
    negated: re.Pattern[str]
    hypothetical: re.Pattern[str]
    reported: re.Pattern[str]
    general: re.Pattern[str]
    personal: re.Pattern[str]
    past: re.Pattern[str]
    settled: re.Pattern[str]
    still: re.Pattern[str]


_NAME = re.compile(r"<([A-Z]+)>")


def _read(name: str) -> dict[str, object]:
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def _texts(value: object) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"not a list of patterns: {value!r}")
    return value


def _expand(pattern: str, words: Mapping[str, str]) -> str:
    return _NAME.sub(lambda match: words[match[1]], pattern)


def _words() -> dict[str, str]:
    words: dict[str, str] = {}
    for name, patterns in _read("words").items():
        words[name] = "(?:" + _expand("|".join(_texts(patterns)), words) + ")"
    return words


def _compiled(value: object, words: Mapping[str, str]) -> re.Pattern[str] | None:
    return None if value is None else re.compile(_expand("|".join(_texts(value)), words))


def _load() -> tuple[Sign, ...]:
    words = _words()
    signs: list[Sign] = []
    for risk in GRAVEST_FIRST:
        rows = _read(risk)["sign"]
        assert isinstance(rows, list)
        for row in rows:
            pattern = _compiled(row["any"], words)
            assert pattern is not None
            signs.append(
                Sign(
                    risk=risk,
                    reason=str(row["reason"]),
                    pattern=pattern,
                    also=_compiled(row.get("also"), words),
                    unless=_compiled(row.get("unless"), words),
                    certain=bool(row.get("certain", False)),
                )
            )
    return tuple(signs)


def _guards() -> Guards:
    lists = _read("guards").items()
    return Guards(**{name: re.compile("|".join(_texts(value))) for name, value in lists})


GUARDS = _guards()
SIGNS = _load()
