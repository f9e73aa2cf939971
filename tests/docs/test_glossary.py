"""Every noun, state and action of the field stands in the glossary, and where it says."""

import enum
import importlib
import re

import hotline.tables
from hotline.staff.models import Role
from hotline.work_order.lifecycle import ACTION_LABELS, STATE_LABELS, Action, State
from kit.db import Base
from kit.settings import ROOT
from tests.docs import pages


def table() -> list[tuple[str, str, str]]:
    """(中文, name in code, file) of each row."""
    rows = [row for row in pages.rows(pages.GLOSSARY) if row[0] != "中文"]
    return [(row[0], row[1].strip("`"), row[2].strip("`")) for row in rows]


def model_names() -> set[str]:
    """Every class that the models of the service define."""
    modules = [*ROOT.glob("hotline/*/models.py"), *ROOT.glob("knowledge/*/models.py")]
    names = set()
    for path in modules:
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        names |= {
            name
            for name, value in vars(module).items()
            if isinstance(value, type)
            and value.__module__ == module.__name__
            and issubclass(value, Base | enum.Enum)
        }
    return names


def test_every_table_and_every_enumeration_of_the_models_stands_in_the_glossary() -> None:
    named = {name for _, name, _ in table()}
    assert len(model_names()) > 10
    assert model_names() - named == set()


def test_every_table_of_the_database_stands_in_the_glossary() -> None:
    assert hotline.tables
    named = {name for _, name, _ in table()}
    assert {mapper.class_.__name__ for mapper in Base.registry.mappers} - named == set()


def test_every_action_and_state_of_a_work_order_stands_with_its_chinese_name() -> None:
    pairs = {(name, chinese) for chinese, name, _ in table()}
    assert {(action.value, ACTION_LABELS[action]) for action in Action} <= pairs
    assert {(state.name, STATE_LABELS[state]) for state in State} <= pairs


def test_every_role_stands_in_the_glossary() -> None:
    assert {role.name for role in Role} <= {name for _, name, _ in table()}


def test_every_name_of_the_glossary_exists_where_it_says() -> None:
    for chinese, name, path in table():
        source = ROOT / path
        assert source.is_file(), path
        text = source.read_text(encoding="utf-8")
        assert source.stem == name or re.search(rf"\b{name}\b", text), f"{chinese}: {name}"


def test_no_two_rows_say_the_same() -> None:
    rows = [(name, path) for _, name, path in table()]
    assert len(rows) == len(set(rows))
