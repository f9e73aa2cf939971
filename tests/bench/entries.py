"""Measure the base at 10,000 entries: ``python -m tests.bench.entries DATABASE_URL``.

The database must be new: it is migrated, given the statutes and filled. Prints one JSON object.
"""

import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from fastapi.testclient import TestClient

from hotline.app import create_app
from hotline.dependencies import SESSION_COOKIE
from hotline.setup import migrate
from hotline.staff import service as staff
from hotline.staff.models import Role
from kit.clock import BEIJING, SystemClock
from kit.db import Database
from kit.settings import Settings
from knowledge.exchange import files, importing
from knowledge.exchange.rows import EntryRow
from knowledge.seed import loader
from knowledge.standard_qa.attachments import AttachmentFolder
from knowledge.statute.importer import import_package

ENTRIES = 10_000
PAGES = {
    "list": "/editor",
    "list_page_300": "/editor?page=300",
    "search": "/editor?words=工资",
    "search_nothing": "/editor?words=没有这样的字",
    "category": "/editor?category=劳动纠纷",
    "search_in_category": "/editor?category=劳动纠纷&words=公司",
    "list_recheck": "/editor?show=recheck",
    "list_region": "/editor?region=江西省",
    "review": "/editor/review",
    "gaps": "/editor/gaps",
    "statutes": "/editor/statutes",
    "statutes_search": "/editor/statutes?words=借款人",
    "draft_page": "/editor/entries/made-77",
}


def many(count: int) -> list[EntryRow]:
    """So many different entries, made of the seed's."""
    seed = list(loader.read())
    rows = []
    for number in range(count):
        entry = seed[number % len(seed)]
        turn = number // len(seed)
        fields = entry.model_dump() | {
            "id": f"made-{number}",
            "question": f"{entry.question}（第{turn}种情形）",
            "similar": [f"{text}，情形{turn}" for text in entry.similar],
        }
        rows.append(EntryRow.model_validate(fields))
    return rows


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(url: str, count: int = ENTRIES) -> dict[str, object]:
    """Import, publish and read."""
    migrate(url)
    database = Database(url)
    now = SystemClock().now()
    result: dict[str, object] = {"entries": count, "database": url.split(":")[0]}
    with database.write() as session:
        import_package(session, now.astimezone(BEIJING).date())
        account = staff.create(
            session,
            username="bench",
            display_name="测量",
            role=Role.KNOWLEDGE_EDITOR,
            password="一个足够长的口令-2026",
            now=now,
        )
        account.must_change_password = False
        token = staff.open_session(session, account, now)
    for kind in files.FORMATS:
        data = files.write(many(count), kind)
        rows: list[files.ReadRow] = []
        read = timed(lambda data=data, rows=rows, kind=kind: rows.extend(  # type: ignore[misc]
            files.read(io.BytesIO(data), kind)))  # fmt: skip
        result[f"read_{kind}_s"] = round(read, 1)

    def load() -> None:
        with database.write() as session:
            plan = importing.plan(session, rows, now, AttachmentFolder(Path()))
            importing.apply(session, plan, author="somebody", now=now, source="bench")

    result["plan_and_write_s"] = round(timed(load), 1)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data_dir=Path(folder), database_url=url))
        client = TestClient(app)
        client.cookies.set(SESSION_COOKIE, token)
        for name, path in PAGES.items():
            took = []
            for _ in range(9):
                took.append(timed(lambda path=path: client.get(path).raise_for_status()))  # type: ignore[misc]
            result[f"{name}_ms"] = round(statistics.median(took) * 1000)
            result[f"{name}_worst_ms"] = round(max(took[1:]) * 1000)
        app.state.parts.database.dispose()
    database.dispose()
    return result


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1]), ensure_ascii=False))
