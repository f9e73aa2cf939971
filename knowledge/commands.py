"""Commands of the editors: each prints for people first, and one JSON object last."""

import argparse
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from kit import outbox
from kit.clock import BEIJING, SystemClock
from kit.db import Database
from kit.errors import AppError
from kit.settings import Settings
from knowledge import affected, audit
from knowledge.exchange import files, importing
from knowledge.standard_qa.attachments import AttachmentFolder
from knowledge.statute import arrival, docx, importer

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


def _import(
    settings: Settings, database: Database, arguments: argparse.Namespace
) -> dict[str, Any]:
    now = SystemClock().now()
    with arguments.file.open("rb") as file:
        rows = files.read(file, files.format_of(arguments.file.name))
    with database.write() as session:
        plan = importing.plan(session, rows, now, AttachmentFolder(settings.data_dir))
        for row in plan.wrong:
            print(f"第 {row.number} 行：{row.problem}")
        stopped = bool(plan.wrong) and not arguments.skip_wrong
        written = 0
        if not stopped and not arguments.dry_run:
            written = importing.apply(
                session,
                plan,
                author=arguments.author,
                now=now,
                source=arguments.file.name,
                skip_wrong=arguments.skip_wrong,
            )
    problem = f"有 {len(plan.wrong)} 行有误，没有写入任何内容" if stopped else ""
    return _told(plan.as_json() | {"written": written}, problem)


def _export(
    settings: Settings, database: Database, arguments: argparse.Namespace
) -> dict[str, Any]:
    kind = files.format_of(arguments.file.name)
    with database.read() as session:
        rows = (
            [] if arguments.template else list(importing.exported(session, latest=arguments.latest))
        )
    arguments.file.write_bytes(files.write(rows, kind))
    return {"rows": len(rows), "file": arguments.file.name}


def _statutes(
    settings: Settings, database: Database, arguments: argparse.Namespace
) -> dict[str, Any]:
    now = SystemClock().now()
    if arguments.file.suffix.lower() == ".jsonl":
        with database.write() as session:
            report = importer.import_jsonl(session, arguments.file)
            if report.changed:
                outbox.put(session, arrival.INDEX_TOPIC, {}, now)
        return asdict(report)
    version = docx.read(
        arguments.file, published_on=arguments.published_on, effective_on=arguments.effective_on
    )
    with database.write() as session:
        arrived, found = affected.take_in(session, version, now, withdraw=settings.withdraw_amended)
    print(affected.table(arrived, found))
    return affected.as_json(arrived, found)


def add(commands: Commands) -> None:
    """Add the commands to the parser of ``python -m knowledge``."""
    command = commands.add_parser("audit", help="check every live entry; 2 when one is wrong")
    command.add_argument("--seed", action="store_true", help="check the seed files instead")
    command.set_defaults(action=_audit)
    command = commands.add_parser("import", help="entries from .xlsx, .csv or .jsonl, for review")
    command.add_argument("file", type=Path)
    command.add_argument("--author", required=True, help="who imports; somebody else publishes")
    command.add_argument("--skip-wrong", action="store_true", help="leave wrong rows out")
    command.add_argument("--dry-run", action="store_true", help="say what would change, no more")
    command.set_defaults(action=_import)
    command = commands.add_parser("export", help="entries to .xlsx, .csv or .jsonl")
    command.add_argument("file", type=Path)
    command.add_argument("--latest", action="store_true", help="latest versions, not the live ones")
    command.add_argument("--template", action="store_true", help="only the headings, to fill in")
    command.set_defaults(action=_export)
    command = commands.add_parser("statutes", help="import .docx of the national law database")
    command.add_argument("file", type=Path, help=".docx, or .jsonl with article and text")
    command.add_argument("--published-on", type=date.fromisoformat, metavar="YYYY-MM-DD")
    command.add_argument("--effective-on", type=date.fromisoformat, metavar="YYYY-MM-DD")
    command.set_defaults(action=_statutes)
