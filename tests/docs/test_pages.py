"""Whatever a page names is there: links, files, functions, make targets, commands."""

import ast
import re
from pathlib import Path

import pytest

from hotline import cli
from kit.settings import ROOT
from tests.docs import pages

EACH = pytest.mark.parametrize("page", pages.PAGES, ids=pages.name)
README_LINES = 80
_MACHINE = re.compile(r"(?<![\w.:/])/(?:root|work|home|Users|farm|tmp|opt)/\w")


def names_in(path: Path) -> set[str]:
    """Functions, classes and constants of a module, and the members of its classes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


@EACH
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in pages.links(page):
        target, _, anchor = link.partition("#")
        file = (page.parent / target) if target else page
        assert file.exists(), link
        assert not anchor or anchor in pages.anchors(file), link


@EACH
def test_every_file_and_folder_that_a_page_names_exists(page: Path) -> None:
    for path, symbol in pages.paths(pages.code(page.read_text(encoding="utf-8"))):
        assert pages.exists(path), path
        if symbol:
            assert symbol in names_in(ROOT / path), f"{path}:{symbol}"


@EACH
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = re.findall(r"\bmake ([a-z-]+)", pages.code(page.read_text(encoding="utf-8")))
    assert set(named) <= targets


@EACH
def test_every_command_that_a_page_names_can_be_run(page: Path) -> None:
    named = re.findall(r"python -m ([\w.]+)", pages.code(page.read_text(encoding="utf-8")))
    for module in named:
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), module
    ours = re.findall(r"python -m hotline ([\w-]+)", pages.code(page.read_text(encoding="utf-8")))
    source = Path(cli.__file__).read_text(encoding="utf-8")
    assert set(ours) <= set(re.findall(r'"([\w-]+)"', source))


@EACH
def test_no_page_names_a_path_of_one_machine(page: Path) -> None:
    assert not _MACHINE.search(page.read_text(encoding="utf-8"))


def test_no_docker_file_names_a_path_of_one_machine() -> None:
    for path in (path for path in (ROOT / "docker").iterdir() if path.is_file()):
        assert not _MACHINE.search(path.read_text(encoding="utf-8")), path.name


def test_the_readme_stays_short() -> None:
    for page in ROOT.glob("README.md"):
        assert len(page.read_text(encoding="utf-8").splitlines()) <= README_LINES


def test_the_tests_of_pages_would_see_what_is_wrong(tmp_path: Path) -> None:
    page = tmp_path / "wrong.md"
    page.write_text("See [it](gone.md), `kit/gone.py`, `kit/db.py:Gone`.\n", encoding="utf-8")
    assert pages.links(page) == ["gone.md"]
    named = list(pages.paths(pages.code(page.read_text(encoding="utf-8"))))
    assert named == [("kit/gone.py", ""), ("kit/db.py", "Gone")]
    assert not pages.exists("kit/gone.py")
    assert "Gone" not in names_in(ROOT / "kit" / "db.py")
    assert _MACHINE.search("see " + "/" + "home/somebody")


def test_decisions_are_numbered_without_a_gap() -> None:
    found = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    for number, path in enumerate(found, start=1):
        assert path.name.startswith(f"{number:04d}-")
        head = path.read_text(encoding="utf-8").splitlines()[0]
        assert head.startswith(f"# {number:04d} ")
