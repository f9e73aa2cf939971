"""Commands of the service: ``python -m hotline …``. Errors are one line."""

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import uvicorn
from pydantic import ValidationError
from starlette.types import ASGIApp

from hotline import institution, setup, supervisor, worker
from hotline.app import create_app
from hotline.channel.wechat import commands as wechat
from hotline.channel.wecom import commands as wecom
from hotline.consultation import danger_training
from hotline.consultation.danger_model import CARD, FOLDER, DangerModelError
from hotline.consultation.triager import Triager
from hotline.staff import service as staff
from hotline.staff.models import Role
from indexer import EmbeddingCache, IndexerError, load_encoder
from indexer.encoder import load_base
from kit.auth import hash_password
from kit.clock import BEIJING, SystemClock
from kit.db import Database
from kit.errors import AppError
from kit.masking import set_up_logging
from kit.settings import Settings
from knowledge.questions import QuestionFileError, read_questions
from knowledge.seed.loader import SeedError

# Longer than any proxy keeps an idle connection (nginx: 60): the side that sends the next request
# must be the one that closes, or a request now and then runs into a closing connection and is lost.
KEEP_ALIVE_SECONDS = 75
# A thread that waits for Python's lock gets it after this; the default is 0.005, which a push pays
# for each of its statements while turns are at work.
SWITCH_SECONDS = 0.001


def server(settings: Settings, app: ASGIApp) -> uvicorn.Server:
    """The web server; not started."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        # URLs hold session tokens.
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def _serve(settings: Settings, _: argparse.Namespace) -> int:
    sys.setswitchinterval(SWITCH_SECONDS)
    server(settings, create_app(settings)).run()
    return 0


def _work(settings: Settings, _: argparse.Namespace) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.run(settings, stop)
    return 0


def _set_up(settings: Settings, _: argparse.Namespace) -> int:
    setup.set_up(settings)
    return 0


def _up(settings: Settings, _: argparse.Namespace) -> int:
    return supervisor.run(settings)


def _staff(settings: Settings, arguments: argparse.Namespace) -> int:
    database, now = Database(settings.resolved_database_url), SystemClock().now()
    password = setup.one_time_password()
    name = arguments.username
    try:
        with database.write() as session:
            match arguments.verb:
                case "add":
                    staff.create(
                        session,
                        username=name,
                        display_name=arguments.display_name,
                        role=Role(arguments.role),
                        password=password,
                        now=now,
                    )
                case "reset":
                    staff.reset_password(session, name, hash_password(password), now)
                case _:
                    staff.close_account(session, name, now)
    finally:
        database.dispose()
    if arguments.verb == "close":
        print(f"{name}: closed; its sessions have ended")
    else:
        print(f"{name}: one-time password {password}, to be changed at the first login")
    return 0


def _triage(settings: Settings, arguments: argparse.Namespace) -> int:
    texts = _asked(arguments.questions)
    triager = Triager.load(load_encoder(settings.encoder))
    for text, outcome in zip(texts, triager.triage_all(texts), strict=True):
        line = {"text": text, "risk": outcome.risk, "urgency": outcome.urgency}
        print(json.dumps(line, ensure_ascii=False))
    return 0


def _wechat_menu(settings: Settings, arguments: argparse.Namespace) -> int:
    wechat.create_menu(settings, arguments.file)
    print("菜单已创建；手机上最迟五分钟后可见，重新关注可立即看到")
    return 0


def _check(steps: Iterable[tuple[bool, str]]) -> int:
    """Tell each step; 1 if one of them is wrong."""
    good = True
    for right, words in steps:
        print(f"{'✓' if right else '✗'} {words}")
        good = good and right
    return 0 if good else 1


def _wechat_check(settings: Settings, _: argparse.Namespace) -> int:
    return _check(wechat.check(settings))


def _wecom_check(settings: Settings, _: argparse.Namespace) -> int:
    return _check(wecom.check(settings))


def _train_triage(settings: Settings, arguments: argparse.Namespace) -> int:
    lines = [
        *_labelled(arguments.gold, gold=True),
        *_labelled(arguments.written, gold=False),
        *danger_training.harmless(danger_training.seed_questions(), "seed"),
    ]
    for path in arguments.harmless:
        lines += danger_training.harmless(_asked(path), path.stem)
    encoder = load_base(settings.encoder)
    today = SystemClock().now().astimezone(BEIJING).date()
    cache = EmbeddingCache(settings.cache_file)
    corpus = danger_training.ready(lines, partial(cache.encode, encoder, "query"))
    model = danger_training.train(corpus, encoder.fingerprint, today)
    model.save(arguments.out)
    print((arguments.out / CARD).read_text(encoding="utf-8"), end="")
    return 0


def _labelled(paths: Sequence[Path], *, gold: bool) -> list[danger_training.Line]:
    return [
        line
        for path in paths
        for line in danger_training.labelled(read_questions(path), path.stem, gold=gold)
    ]


def _asked(path: Path) -> list[str]:
    return [str(row.get("text") or row.get("question") or "") for row in read_questions(path)]


def _openapi(settings: Settings, _: argparse.Namespace) -> int:
    document = create_app(settings).openapi()
    print(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True))
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m hotline", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for name, action, about in (
        ("serve", _serve, "the web service"),
        ("worker", _work, "the worker"),
        ("setup", _set_up, "migrate, load statutes and seed entries, build the index"),
        ("up", _up, "set up, then run the four processes until Ctrl-C"),
        ("openapi", _openapi, "print the OpenAPI document"),
    ):
        commands.add_parser(name, help=about).set_defaults(action=action)
    command = commands.add_parser("triage", help="triage each question of a JSONL file")
    command.add_argument("--questions", type=Path, required=True)
    command.set_defaults(action=_triage)
    command = commands.add_parser("triage-train", help="train the model beside the triage rules")
    for name, about in (
        ("gold", "lines with id, text, risk; a third by id is never trained on"),
        ("written", "lines with text and risk that are wholly for training"),
        ("harmless", "real questions, taken as harmless where nothing looks dangerous"),
    ):
        command.add_argument(f"--{name}", type=Path, nargs="*", default=[], help=about)
    command.add_argument("--out", type=Path, default=FOLDER)
    command.set_defaults(action=_train_triage)
    verbs = commands.add_parser("staff", help="accounts: add, reset, close").add_subparsers(
        required=True, dest="verb", metavar="VERB"
    )
    for verb, about in (
        ("add", "create an account; prints its one-time password"),
        ("reset", "a new one-time password for an account; its sessions end"),
        ("close", "close an account; its sessions end"),
    ):
        command = verbs.add_parser(verb, help=about)
        command.add_argument("username")
        if verb == "add":
            command.add_argument("display_name")
            command.add_argument("role", choices=[role.value for role in Role])
        command.set_defaults(action=_staff)
    inner = commands.add_parser("wechat", help="the WeChat door").add_subparsers(
        required=True, metavar="COMMAND"
    )
    command = inner.add_parser("menu", help="create the account's menu from a YAML or JSON file")
    command.add_argument("file", type=Path)
    command.set_defaults(action=_wechat_menu)
    command = inner.add_parser(
        "check", help="say which setting is wrong, and what to set in WeChat"
    )
    command.set_defaults(action=_wechat_check)
    inner = commands.add_parser("wecom", help="the WeCom door").add_subparsers(
        required=True, metavar="COMMAND"
    )
    command = inner.add_parser("check", help="say which setting is wrong, and what to set in WeCom")
    command.set_defaults(action=_wecom_check)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 2 with one line on standard error when something is wrong."""
    chosen = parser().parse_args(arguments)
    # Set-up tells its steps itself; the four processes write logs.
    quiet = chosen.action in (_set_up, _up)
    set_up_logging(logging.WARNING if quiet else logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        return int(chosen.action(Settings(), chosen))
    except ValidationError as error:
        first = error.errors()[0]
        name = "HOTLINE_" + "_".join(map(str, first["loc"])).upper() if first["loc"] else ""
        print(f"hotline: {name} {first['msg']}".replace("  ", " "), file=sys.stderr)
    except (
        AppError,
        IndexerError,
        DangerModelError,
        SeedError,
        QuestionFileError,
        institution.InstitutionFileError,
        supervisor.StartError,
        OSError,
    ) as error:
        print(f"hotline: {error}", file=sys.stderr)
    return 2
