"""Commands of the editors: audit. Each prints for people first and one JSON object last."""

import argparse
import json
from typing import Any

from kit.clock import BEIJING, SystemClock
from kit.db import Database
from kit.errors import AppError
from kit.settings import Settings
from knowledge import audit

Commands = Any


class NotCleanError(AppError):
    """The command ran and found something wrong; what it found is already printed."""

    code = "not_clean"


def _told(report: dict[str, Any], problem: str) -> dict[str, Any]:
    """The report; with a problem it is printed at once, and the command ends with it."""
    if problem:
        print(json.dumps(report, ensure_ascii=False))
        raise NotCleanError(problem)
    return report


def _audit(settings: Settings, database: Database, arguments: argparse.Namespace) -> dict[str, Any]:
    today = SystemClock().now().astimezone(BEIJING).date()
    with database.read() as session:
        entries = audit.seed() if arguments.seed else audit.live(session)
        report = audit.examine(session, entries, today)
    print(audit.table(report))
    reasons = "，".join(f"{name} {count}" for name, count in report.counts.items() if count)
    return _told(report.as_json(), f"审计没有通过：{reasons}" if reasons else "")


def add(commands: Commands) -> None:
    """Add the commands to the parser of ``python -m knowledge``."""
    command = commands.add_parser("audit", help="check every live entry; 2 when one is wrong")
    command.add_argument("--seed", action="store_true", help="check the seed files instead")
    command.set_defaults(action=_audit)
