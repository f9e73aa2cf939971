"""Writes docs/settings.md: ``python -m tests.docs.settings_page > docs/settings.md``."""

import sys
from typing import Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from kit.settings import MIN_SECRET_LENGTH, Settings

HEAD = f"""\
# Settings

Written by `python -m tests.docs.settings_page`; change `kit/settings.py` instead. Everything is
read from the environment, once, when a process starts; a wrong value stops it with one line.

## The service: hotline, worker, set-up

With `HOTLINE_ENVIRONMENT=production` the two tokens must have at least {MIN_SECRET_LENGTH}
characters, `HOTLINE_SECURE_COOKIES` must be true and `HOTLINE_DEMO_STAFF` false. Under `make run`
the supervisor makes the tokens itself and hands them to the four processes.

| Variable | Default | Values | Meaning |
|---|---|---|---|
"""

RASA = """\

## The Rasa side: bot and actions

Under `make run` the supervisor sets all of them.

| Variable | Read by | Default | Meaning |
|---|---|---|---|
| `BOT_TOKEN` | bot | (needed) | secret that the service shows: the value of `HOTLINE_BOT_TOKEN` |
| `BOT_TRACKER_URL` | bot | SQLite beside the sources | where dialogues are kept: any SQLAlchemy 1.4 address, a database of its own |
| `ACTIONS_URL` | bot | `http://127.0.0.1:5055/webhook` | address of the action server |
| `HOTLINE_URL` | actions | `http://127.0.0.1:8000` | address of the service |
| `HOTLINE_SERVICE_TOKEN` | actions | (needed) | secret that the action server shows to the service |
| `SANIC_HOST` | actions | `127.0.0.1` | address the action server listens on |
| `ACTIONS_PORT` | actions | `5055` | port the action server listens on |

## The containers

Besides the settings above, the compose files read these:

| Variable | Default | Meaning |
|---|---|---|
| `POSTGRES_PASSWORD` | (needed with the overlay) | password of PostgreSQL; letters and digits, for it stands in an address |
| `PUBLISH_ADDRESS` | `127.0.0.1` | address of the machine on which port 8000 is published |
| `FORWARDED_ALLOW_IPS` | `172.16.0.0/12` | whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed (uvicorn; 127.0.0.1 outside of containers) |
"""  # noqa: E501


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value == "":
        return "(empty)"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _values(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(field.annotation))
    if field.annotation is bool:
        return "`true`, `false`"
    bounds = []
    for bound in field.metadata:
        if isinstance(bound, Gt):
            bounds.append(f"above {bound.gt}")
        elif isinstance(bound, Ge):
            bounds.append(f"from {bound.ge}")
        elif isinstance(bound, Le):
            bounds.append(f"to {bound.le}")
    return " ".join(bounds)


def render() -> str:
    """The whole page."""
    lines = []
    for name, field in Settings.model_fields.items():
        cells = (f"`HOTLINE_{name.upper()}`", _default(field), _values(field), field.description)
        lines.append(f"| {' | '.join(map(str, cells))} |\n")
    return HEAD + "".join(lines) + RASA


if __name__ == "__main__":
    sys.stdout.write(render())
