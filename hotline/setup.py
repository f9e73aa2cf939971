"""Set-up: everything between an empty data folder and a service that can answer. Idempotent."""

import json
import logging
import os
import secrets
import sys
from pathlib import Path
from typing import Any, TextIO

from alembic import command
from alembic.config import Config
from sqlalchemy import select
from tqdm import tqdm

from hotline.staff import service as staff
from hotline.staff.models import Role, Staff
from indexer import EmbeddingCache, IndexerError, load_encoder
from kit.clock import BEIJING, SystemClock
from kit.db import Database
from kit.settings import ROOT, Settings
from knowledge import indexing
from knowledge.retrieval import ARTICLES, ENTRIES
from knowledge.seed import vectors as seed_vectors
from knowledge.seed.loader import load
from knowledge.standard_qa.repository import count_live
from knowledge.statute.importer import import_package

log = logging.getLogger(__name__)

DEMO_STAFF: tuple[tuple[str, str, Role], ...] = (
    ("lawyer", "李明", Role.SEAT_LAWYER),
    ("lawyer2", "赵岚", Role.SEAT_LAWYER),
    ("editor", "王芳", Role.KNOWLEDGE_EDITOR),
    ("editor2", "陈静", Role.KNOWLEDGE_EDITOR),
    ("supervisor", "张伟", Role.SUPERVISOR),
)
# No characters that are taken for one another: these passwords are typed from a screen.
_PASSWORD_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def private_json(path: Path, data: dict[str, str]) -> None:
    """Write a file that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(data, file)
    os.replace(beside, path)


def migrate(database_url: str) -> None:
    """Bring the database to the newest schema."""
    config = Config(str(ROOT / "migrations" / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["database_url"] = database_url
    command.upgrade(config, "head")


def one_time_password() -> str:
    """A password that is good for one login: about 59 bits, easy to type from a screen."""
    return "".join(secrets.choice(_PASSWORD_ALPHABET) for _ in range(12))


def demo_file(settings: Settings) -> Path:
    """Where the demo staff's one-time passwords are kept until they are changed."""
    return settings.data_dir / "demo_staff.json"


def create_demo_staff(database: Database, settings: Settings) -> None:
    """Create the demo staff that do not exist yet, each with a one-time password."""
    path = demo_file(settings)
    passwords: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    with database.write() as session:
        for username, display_name, role in DEMO_STAFF:
            if staff.by_username(session, username) is not None:
                continue
            password = one_time_password()
            staff.create(
                session,
                username=username,
                display_name=display_name,
                role=role,
                password=password,
                now=SystemClock().now(),
            )
            passwords[username] = password
        # Written before the commit: an account without a known password would be of no use.
        private_json(path, passwords)


def one_time_passwords(database: Database, settings: Settings) -> list[tuple[str, str, str]]:
    """(name, role, password) of the demo staff who have not changed theirs yet."""
    path = demo_file(settings)
    passwords: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    with database.read() as session:
        rows = session.scalars(
            select(Staff).where(Staff.must_change_password.is_(True), Staff.active.is_(True))
        )
        known = {row.username: row for row in rows}
    return [
        (name, str(known[name].role), password)
        for name, password in passwords.items()
        if name in known
    ]


def set_up(settings: Settings, out: TextIO = sys.stderr) -> None:
    """Migrate, import, load, index; each step does only what is still to do."""

    def step(text: str) -> None:
        print(f"· {text}", file=out, flush=True)

    step("数据库：迁移到最新结构")
    migrate(settings.resolved_database_url)
    database = Database(settings.resolved_database_url)
    now = SystemClock().now()
    today = now.astimezone(BEIJING).date()
    try:
        with database.write() as session:
            report = import_package(session, today)
        step(f"法律法规：新导入条文 {report.articles} 条")
        with database.write() as session:
            seeded = load(session, now)
        step(str(seeded))
        if settings.demo_staff:
            create_demo_staff(database, settings)
        with database.read() as session:
            entries = count_live(session)
        rebuild = bool(seeded.new or seeded.changed)
        if rebuild or not _usable(settings, ENTRIES):
            step(f"问答索引：{entries} 个条目")
            encoder = load_encoder(settings.encoder)
            seed_vectors.take_in(EmbeddingCache(settings.cache_file), encoder)
            with tqdm(unit="问法", file=out, desc="  编码") as bar:
                indexing.build_entries(database, settings, encoder, _bar(bar))
        if report.changed or not _usable(settings, ARTICLES):
            step("法条索引：先建词面检索，向量由后台 worker 续建")
            indexing.build_articles_lexical(database, settings, today)
            indexing.tell_progress(settings, indexing.ArticleProgress())
    finally:
        database.dispose()


def _usable(settings: Settings, collection: str) -> bool:
    try:
        return indexing.has_index(settings, collection)
    except IndexerError as error:
        log.warning("index %s is rebuilt: %s", collection, error)
        return False


def _bar(bar: "tqdm[Any]") -> indexing.Progress:
    def progress(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return progress
