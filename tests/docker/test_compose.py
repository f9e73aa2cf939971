"""The compose files hold to the Compose specification and name only what exists."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from sqlalchemy.engine import make_url

from hotline.cli import parser
from kit.settings import ROOT, Settings
from tests.docker import files

BASE = files.services(files.COMPOSE)
OVERLAY = files.services(files.POSTGRES)
SERVICE_SIDE = ("setup", "hotline", "worker")
SECRETS = {
    "HOTLINE_BOT_TOKEN": "b" * 32,
    "HOTLINE_SERVICE_TOKEN": "s" * 32,
    "POSTGRES_PASSWORD": "p4ssw0rd",
}
SETTINGS = {f"HOTLINE_{name.upper()}" for name in Settings.model_fields}
# Read by what we build on: OpenMP, uvicorn, sanic.
FOREIGN = {"OMP_NUM_THREADS", "FORWARDED_ALLOW_IPS", "SANIC_HOST"}
BOTH = pytest.mark.parametrize("path", [files.COMPOSE, files.POSTGRES], ids=lambda path: path.name)


def environment(name: str, *, postgres: bool = False) -> dict[str, str]:
    """What a container gets, secrets filled in."""
    given = dict(BASE[name].get("environment", {}))
    if postgres:
        given |= OVERLAY.get(name, {}).get("environment", {})
    return {key: files.interpolated(value, SECRETS) for key, value in given.items()}


def named_in(room: str) -> set[str]:
    """Every environment variable that the sources of a room of the Rasa side name."""
    return set(re.findall(r"\b(?:BOT|ACTIONS|HOTLINE|SANIC)_[A-Z_]+\b", files.source_text(room)))


def settings_in(container: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings that a process in this container would read."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in container.items():
        monkeypatch.setenv(name, value)
    return Settings()


@BOTH
def test_the_file_is_valid_against_the_compose_specification(path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema"]
    checked = subprocess.run(
        [*command, "--builtin-schema", "vendor.compose-spec", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_four_processes_and_the_set_up_are_there() -> None:
    assert set(BASE) == {"setup", "hotline", "worker", "actions", "bot"}
    assert set(OVERLAY) - set(BASE) == {"postgres"}


def test_only_the_port_of_the_page_is_published_and_only_to_this_machine_by_default() -> None:
    rows = [*BASE.items(), *OVERLAY.items()]
    published = {name: row["ports"] for name, row in rows if row.get("ports")}
    port = Settings.model_fields["port"].default
    assert set(published) == {"hotline"}
    assert [files.interpolated(row, {}) for row in published["hotline"]] == [
        f"127.0.0.1:{port}:{port}"
    ]


@pytest.mark.parametrize("name", [*BASE, "postgres"])
def test_each_process_has_a_health_check_and_the_set_up_runs_once(name: str) -> None:
    row = (OVERLAY | BASE)[name]
    if name == "setup":
        assert row["restart"] == "no"
    else:
        assert row["restart"] == "unless-stopped"
        assert row["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", ["hotline", "worker", "actions", "bot"])
def test_a_health_check_asks_what_the_supervisor_asks(name: str) -> None:
    supervisor = (ROOT / "hotline" / "supervisor.py").read_text(encoding="utf-8")
    _, _, script, *asked = BASE[name]["healthcheck"]["test"]
    assert (ROOT / script).is_file()
    if name == "worker":
        path, seconds = asked
        assert path == f"{environment(name)['HOTLINE_DATA_DIR']}/worker.alive"
        assert Path(path).name in supervisor
        assert f"< {seconds}" in supervisor
    else:
        match = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(/.+)", asked[0])
        assert match
        assert f'{match[2]}"' in supervisor
        assert int(match[1]) == ports()[name]


def ports() -> dict[str, int]:
    """The port on which each process listens when nobody says otherwise."""
    defaults = Settings.model_fields
    urls = {"bot": defaults["bot_url"].default, "actions": defaults["actions_url"].default}
    return {name: int(url.rsplit(":", 1)[1]) for name, url in urls.items()} | {
        "hotline": defaults["port"].default
    }


@pytest.mark.parametrize("name", SERVICE_SIDE)
def test_the_commands_of_the_service_exist(name: str) -> None:
    python, flag, module, *arguments = BASE[name]["command"]
    assert (python, flag, module) == ("python", "-m", "hotline")
    assert parser().parse_args(arguments).action


@pytest.mark.parametrize("name", ["bot", "actions"])
def test_the_commands_of_the_rasa_side_exist(name: str) -> None:
    python, flag, module, *arguments = BASE[name]["command"]
    source = (ROOT / module / "__main__.py").read_text(encoding="utf-8")
    assert (python, flag, module) == ("python", "-m", name)
    words = [word for word in arguments if re.match(r"--|[a-z]", word)]
    assert all(f'"{word}"' in source for word in words)
    assert str(ports()[name]) in arguments


@pytest.mark.parametrize("name", SERVICE_SIDE)
def test_every_variable_of_the_service_side_is_a_setting(name: str) -> None:
    assert set(environment(name, postgres=True)) - FOREIGN <= SETTINGS


@pytest.mark.parametrize("name", ["bot", "actions"])
def test_every_variable_of_the_rasa_side_is_read_by_its_code(name: str) -> None:
    assert set(environment(name, postgres=True)) <= named_in(name)


def test_the_foreign_variables_are_read_where_we_say() -> None:
    import uvicorn.config

    assert "FORWARDED_ALLOW_IPS" in Path(uvicorn.config.__file__).read_text(encoding="utf-8")
    assert "SANIC_HOST" in named_in("actions")


@pytest.mark.parametrize("postgres", [False, True])
@pytest.mark.parametrize("name", SERVICE_SIDE)
def test_the_settings_take_the_containers_environment_for_production(
    name: str, postgres: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(environment(name, postgres=postgres), monkeypatch)
    assert settings.environment == "production"
    assert settings.secure_cookies
    scheme = make_url(settings.resolved_database_url).drivername
    assert scheme == ("postgresql+psycopg" if postgres else "sqlite")


def test_a_weak_secret_stops_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    container = environment("hotline") | {"HOTLINE_BOT_TOKEN": "short"}
    with pytest.raises(ValidationError, match="HOTLINE_BOT_TOKEN must have at least 32"):
        settings_in(container, monkeypatch)


def test_the_processes_find_one_another() -> None:
    hotline, actions, bot = map(environment, ("hotline", "actions", "bot"))
    at = ports()
    assert hotline["HOTLINE_BOT_URL"] == f"http://bot:{at['bot']}"
    assert hotline["HOTLINE_ACTIONS_URL"] == f"http://actions:{at['actions']}"
    assert actions["HOTLINE_URL"] == f"http://hotline:{hotline['HOTLINE_PORT']}"
    assert bot["ACTIONS_URL"] == f"http://actions:{at['actions']}/webhook"
    assert bot["BOT_TOKEN"] == hotline["HOTLINE_BOT_TOKEN"]
    assert actions["HOTLINE_SERVICE_TOKEN"] == hotline["HOTLINE_SERVICE_TOKEN"]


def test_they_listen_on_the_containers_address_not_on_loopback() -> None:
    assert environment("hotline")["HOTLINE_HOST"] == "0.0.0.0"
    assert environment("actions")["SANIC_HOST"] == "0.0.0.0"
    assert "--host 0.0.0.0" in " ".join(BASE["bot"]["command"])


def test_nothing_answers_before_the_set_up_is_done() -> None:
    for name in ("hotline", "worker"):
        assert BASE[name]["depends_on"]["setup"]["condition"] == "service_completed_successfully"
    for name in (*SERVICE_SIDE, "bot"):
        assert OVERLAY[name]["depends_on"]["postgres"]["condition"] == "service_healthy"
    known = set(BASE) | set(OVERLAY)
    rows = [*BASE.values(), *OVERLAY.values()]
    assert {name for row in rows for name in row.get("depends_on", {})} <= known


def test_the_service_and_the_worker_share_one_volume_and_the_rasa_side_has_no_part_in_it() -> None:
    for name in SERVICE_SIDE:
        assert BASE[name]["volumes"] == ["data:/data"]
        assert environment(name)["HOTLINE_DATA_DIR"] == "/data"
    assert BASE["bot"]["volumes"] == ["dialogue:/dialogue"]
    assert environment("bot")["BOT_TRACKER_URL"].startswith("sqlite:////dialogue/")
    assert "volumes" not in BASE["actions"]


@BOTH
def test_every_mount_is_a_declared_volume_or_a_file_that_exists(path: Path) -> None:
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))["volumes"]
    mounts = [mount for row in files.services(path).values() for mount in row.get("volumes", [])]
    sources = {mount.split(":")[0] for mount in mounts}
    assert {source for source in sources if not source.startswith(".")} == set(declared)
    assert all((path.parent / source).is_file() for source in sources if source.startswith("."))


def test_the_images_are_built_from_files_that_exist() -> None:
    for row in BASE.values():
        context = (files.COMPOSE.parent / row["build"]["context"]).resolve()
        assert context == ROOT
        assert (context / row["build"]["dockerfile"]) in files.DOCKERFILES


@BOTH
def test_secrets_have_no_default_and_an_empty_one_stops_the_start(path: Path) -> None:
    found = files.variables(path.read_text(encoding="utf-8"))
    secret = [(name, kind) for name, kind, _ in found if re.search("TOKEN|PASSWORD", name)]
    assert secret
    assert {kind for _, kind in secret} == {"?"}


def test_the_example_names_every_secret_and_gives_away_none() -> None:
    text = files.COMPOSE.read_text(encoding="utf-8") + files.POSTGRES.read_text(encoding="utf-8")
    needed = {name for name, kind, _ in files.variables(text) if kind == "?"}
    example = files.example()
    assert needed <= set(example)
    assert all(example[name] == "" for name in needed)
    assert set(example) <= SETTINGS | {name for name, _, _ in files.variables(text)}


def test_the_trial_in_the_example_is_one_that_the_settings_accept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trial = {name: value for name, value in files.example().items() if value}
    settings = settings_in(environment("hotline") | trial, monkeypatch)
    assert settings.demo_staff
    assert not settings.secure_cookies


def test_postgres_makes_the_two_databases_that_the_processes_ask_for() -> None:
    postgres: dict[str, Any] = OVERLAY["postgres"]["environment"]
    service = make_url(environment("hotline", postgres=True)["HOTLINE_DATABASE_URL"])
    dialogue = make_url(environment("bot", postgres=True)["BOT_TRACKER_URL"])
    script = (ROOT / "docker" / "postgres.sql").read_text(encoding="utf-8")
    assert service.database == postgres["POSTGRES_DB"]
    assert f"CREATE DATABASE {dialogue.database};" in script
    for url in (service, dialogue):
        assert (url.username, url.host, url.port) == (postgres["POSTGRES_USER"], "postgres", 5432)
        assert url.password == SECRETS["POSTGRES_PASSWORD"]


def test_each_side_has_the_driver_for_its_database_address() -> None:
    service = (ROOT / "requirements" / "service.txt").read_text(encoding="utf-8")
    bot = (ROOT / "requirements" / "bot.txt").read_text(encoding="utf-8")
    assert re.search(r"^psycopg==", service, re.MULTILINE)
    assert re.search(r"^psycopg2-binary==", bot, re.MULTILINE)


@pytest.mark.parametrize("name", [*BASE, "postgres"])
def test_no_container_can_gain_privileges(name: str) -> None:
    row = (OVERLAY | BASE)[name]
    assert row["cap_drop"] == ["ALL"]
    assert row["security_opt"] == ["no-new-privileges:true"]
    assert not row.get("privileged")
