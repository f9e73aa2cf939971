"""The one picture of the road has every step and names only files that exist."""

import re
import xml.etree.ElementTree as ElementTree

from tests.docs import pages

STEPS = ["1", "2", "3", "4", "5", "6", "7a", "7b", "8", "9", "10", "11", "12"]
_SVG = "{http://www.w3.org/2000/svg}"


def texts() -> list[str]:
    """Every line of text in the picture."""
    root = ElementTree.parse(pages.PICTURE).getroot()
    return ["".join(node.itertext()) for node in root.iter(f"{_SVG}text")]


def test_the_picture_has_every_step_once() -> None:
    root = ElementTree.parse(pages.PICTURE).getroot()
    numbers = [node.text for node in root.iter(f"{_SVG}tspan") if node.get("class") == "n"]
    assert sorted(map(str, numbers)) == sorted(STEPS)


def test_the_page_has_every_step_in_order() -> None:
    table = [row[0] for row in pages.rows(pages.FLOW) if re.match(r"\d", row[0])]
    assert [cell.split()[0] for cell in table] == STEPS


def test_every_file_in_the_picture_exists() -> None:
    named = [path for line in texts() for path, _ in pages.paths(line)]
    assert len(named) > len(STEPS)
    assert [path for path in named if not pages.exists(path)] == []


def test_the_picture_and_the_page_name_the_same_files_for_a_step() -> None:
    page = pages.FLOW.read_text(encoding="utf-8")
    drawn = {path for line in texts() for path, _ in pages.paths(line) if path.endswith(".py")}
    assert {path for path in drawn if path not in page} == set()
