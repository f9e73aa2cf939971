"""What the code makes is what the repository holds: the settings page and the contract."""

import json
import re
from pathlib import Path

from hotline.app import create_app
from kit.settings import Settings
from tests.docker.files import COMPOSE, POSTGRES, source_text, variables
from tests.docs import pages, settings_page

_READ = re.compile(r"""environ(?:\.get|\.setdefault)?[\[(]\s*"([A-Z_]+)"|\$\{([A-Z_]+)\}""")


def test_the_settings_page_is_what_the_settings_make() -> None:
    assert pages.SETTINGS.read_text(encoding="utf-8") == settings_page.render()


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_settings_page_names_what_the_rasa_side_reads() -> None:
    text = source_text("bot") + source_text("actions")
    read = {left or right for left, right in _READ.findall(text)}
    ours = {name for name in read if re.match("BOT_|ACTIONS_|HOTLINE_|SANIC_", name)}
    section = settings_page.RASA.split("## The containers")[0]
    assert set(re.findall(r"^\| `([A-Z_]+)`", section, re.MULTILINE)) == ours


def test_the_settings_page_names_what_the_compose_files_read() -> None:
    text = COMPOSE.read_text(encoding="utf-8") + POSTGRES.read_text(encoding="utf-8")
    read = {name for name, _, _ in variables(text)}
    others = {name for name in read if not name.startswith("HOTLINE_")}
    section = settings_page.RASA.split("## The containers")[1]
    assert set(re.findall(r"^\| `([A-Z_]+)`", section, re.MULTILINE)) == others


def test_the_contract_is_what_the_application_says(tmp_path: Path) -> None:
    document = create_app(Settings(data_dir=tmp_path)).openapi()
    held = pages.CONTRACT.read_text(encoding="utf-8")
    assert json.loads(held) == document, "run `make openapi`"
    # As `python -m hotline openapi` prints it, so that a diff shows what changed and no more.
    assert held == json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
