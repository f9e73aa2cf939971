"""Finds what the pages name: links, files, functions, make targets, commands."""

import re
from collections.abc import Iterator
from pathlib import Path

from kit.settings import ROOT

FLOW, GLOSSARY, OPERATIONS, SETTINGS = (
    ROOT / "docs" / name for name in ("flow.md", "glossary.md", "operations.md", "settings.md")
)
PICTURE = ROOT / "docs" / "flow.svg"
CONTRACT = ROOT / "docs" / "openapi.json"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

# Made by set-up or kept out of the repository, and so named without being there.
MADE = ("docker/.env", "hotline/static/vendor", "bot/models", "bot/tracker.db")
_FOLDERS = "actions|bot|docker|docs|hotline|indexer|kit|knowledge|migrations|requirements|tests"
_PATH = re.compile(rf"(?<![\w/.])((?:{_FOLDERS}|\.ci)/[\w./*-]*)(?::(\w+))?")
_CODE = re.compile(r"`([^`\n]+)`|^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def name(path: Path) -> str:
    """A page's name in the output of the tests."""
    return path.relative_to(ROOT).as_posix()


def code(text: str) -> str:
    """Everything that stands in backticks or in a fenced block, line by line."""
    return "\n".join(inline or block for inline, block in _CODE.findall(text))


def paths(text: str) -> Iterator[tuple[str, str]]:
    """(path, symbol or nothing) of each file and folder of the repository that a text names."""
    for path, symbol in _PATH.findall(text):
        if not path.startswith(MADE):
            yield path.rstrip("."), symbol


def exists(path: str) -> bool:
    """Whether a path, which may hold ``*``, leads to something."""
    return any(ROOT.glob(path.rstrip("/")))


def links(page: Path) -> list[str]:
    """The links of a page that lead into the repository."""
    found = _LINK.findall(page.read_text(encoding="utf-8"))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the forges make them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def rows(page: Path) -> list[list[str]]:
    """The cells of every table row of a page, heads left out."""
    found = []
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            found.append([cell.strip() for cell in cells])
    return found


def block(page: Path, language: str, containing: str) -> str:
    """The fenced block of a language that holds a text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    (found,) = [text for text in blocks if containing in text]
    return str(found)
