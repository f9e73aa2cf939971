"""Reads Dockerfiles, compose files and .dockerignore for the tests."""

import fnmatch
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kit.settings import ROOT

COMPOSE = ROOT / "docker" / "compose.yaml"
POSTGRES = ROOT / "docker" / "compose.postgres.yaml"
EXAMPLE = ROOT / "docker" / ".env.example"
DOCKERFILES = (ROOT / "docker" / "bot.Dockerfile", ROOT / "docker" / "service.Dockerfile")

_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)(?::([-?])([^}]*))?\}")
_ASSIGNMENT = re.compile(r"^#? ?([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Instruction:
    """One line of a Dockerfile, continuation lines joined: ``COPY`` and what follows it."""

    keyword: str
    words: str


def instructions(path: Path) -> list[Instruction]:
    """Every instruction in order."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = (line.strip() for line in re.sub(r"\\\n\s*", " ", text).splitlines())
    return [Instruction(*line.split(maxsplit=1)) for line in lines if line]


def copied(path: Path) -> list[str]:
    """What the Dockerfile copies out of the repository."""
    rows = [row.words.split() for row in instructions(path) if row.keyword == "COPY"]
    return [source for row in rows if not row[0].startswith("--from") for source in row[:-1]]


def services(path: Path) -> dict[str, dict[str, Any]]:
    """The services of a compose file, aliases and merge keys resolved."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = document["services"]
    return found


def variables(text: str) -> list[tuple[str, str, str]]:
    """(name, ``-`` or ``?`` or nothing, default or message) of each ``${NAME…}``."""
    return _VARIABLE.findall(text)


def interpolated(value: object, given: dict[str, str]) -> str:
    """What Compose makes of a value: the variable, or its default."""
    return _VARIABLE.sub(lambda match: given.get(match[1]) or match[3] or "", str(value))


def example() -> dict[str, str]:
    """Every variable that .env.example names, commented or not."""
    return dict(_ASSIGNMENT.findall(EXAMPLE.read_text(encoding="utf-8")))


def source_text(room: str) -> str:
    """The Python and YAML sources of a room, one after the other."""
    paths = sorted(path for path in (ROOT / room).rglob("*") if path.suffix in (".py", ".yml"))
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def let_in(path: str) -> bool:
    """Whether .dockerignore lets a path into the build; the last rule that fits wins."""
    inside = True
    parts = path.split("/")
    ways = ["/".join(parts[: length + 1]) for length in range(len(parts))]
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        rule = line.removeprefix("!")
        if not rule or rule.startswith("#"):
            continue
        names = parts if rule.startswith("**/") else ways
        pattern = rule.removeprefix("**/")
        depth = pattern.count("/")
        if any(fnmatch.fnmatchcase(name, pattern) and name.count("/") == depth for name in names):
            inside = line.startswith("!")
    return inside
