"""Runs the four processes of the product on one machine, and stops them all.

A process that dies is started again after a pause; citizens are told the truth meanwhile by the
others. Secrets between the processes are made once and kept in the data folder.
"""

import ctypes
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from hotline import setup
from hotline.staff.models import ROLE_LABELS, Role
from kit.db import Database
from kit.settings import ROOT, Settings

BOT_PYTHON = ROOT / ".venv-bot" / "bin" / "python"
START_SECONDS = 180.0
STOP_SECONDS = 10.0
RESTART_SECONDS = 2.0
# What a shell reports for a command that Ctrl-C ended.
INTERRUPTED = 130
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class StartError(Exception):
    """A process did not start: one line that says which and where its log is."""


@dataclass(frozen=True, slots=True)
class Process:
    """One of the four: its command, its environment and how to see that it answers."""

    name: str
    command: list[str]
    environment: dict[str, str]
    healthy: Callable[[], bool]


def _die_with_parent() -> None:
    # Nothing may be left running, even when the supervisor itself is killed.
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _answers(url: str, headers: Mapping[str, str] | None = None) -> Callable[[], bool]:
    def check() -> bool:
        try:
            answer = httpx.get(url, headers=headers, timeout=2.0, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    return check


def load_secrets(data_dir: Path) -> dict[str, str]:
    """The secrets between the processes, made at the first start."""
    path = data_dir / "secrets.json"
    if path.exists():
        return dict(json.loads(path.read_text(encoding="utf-8")))
    made = {name: secrets.token_urlsafe(32) for name in ("bot_token", "service_token")}
    setup.private_json(path, made)
    return made


def processes(settings: Settings, tokens: Mapping[str, str]) -> list[Process]:
    """The four processes, in the order in which they start."""
    base = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
    data_dir = settings.data_dir.resolve()
    service = {
        **base,
        "HOTLINE_DATA_DIR": str(data_dir),
        "HOTLINE_BOT_TOKEN": tokens["bot_token"],
        "HOTLINE_SERVICE_TOKEN": tokens["service_token"],
    }
    port = settings.port
    bot_port = httpx.URL(settings.bot_url).port or 80
    actions_port = httpx.URL(settings.actions_url).port or 80
    bot = {
        **base,
        "BOT_TOKEN": tokens["bot_token"],
        "BOT_TRACKER_URL": f"sqlite:///{data_dir / 'dialogue.db'}",
        "ACTIONS_URL": f"{settings.actions_url}/webhook",
        "HOTLINE_URL": f"http://127.0.0.1:{port}",
        "HOTLINE_SERVICE_TOKEN": tokens["service_token"],
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SANIC_HOST": "127.0.0.1",
    }
    alive = data_dir / "worker.alive"

    def worker_alive() -> bool:
        return alive.exists() and time.time() - alive.stat().st_mtime < 30

    python = sys.executable
    return [
        Process(
            "hotline",
            [python, "-m", "hotline", "serve"],
            service,
            _answers(f"http://127.0.0.1:{port}/healthz"),
        ),
        Process(
            "worker",
            [python, "-m", "hotline", "worker"],
            # One core is left to the citizens while article vectors are built.
            {**service, "OMP_NUM_THREADS": "1"},
            worker_alive,
        ),
        Process(
            "actions",
            [str(BOT_PYTHON), "-m", "actions", "--port", str(actions_port)],
            bot,
            _answers(f"{settings.actions_url}/health"),
        ),
        Process(
            "bot",
            [str(BOT_PYTHON), "-m", "bot", "run", "--port", str(bot_port)],
            bot,
            _answers(f"{settings.bot_url}/webhooks/gateway/"),
        ),
    ]


class Supervisor:
    """Starts, watches and stops processes; each writes to its own log file."""

    def __init__(self, wanted: list[Process], log_dir: Path) -> None:
        self._wanted = wanted
        self._log_dir = log_dir
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        log_dir.mkdir(parents=True, exist_ok=True)

    def start_all(self) -> None:
        """Start every process."""
        for process in self._wanted:
            self.start(process)

    def start(self, process: Process) -> None:
        """Start one process."""
        with self.log_file(process.name).open("ab") as log:
            self._running[process.name] = subprocess.Popen(
                process.command,
                cwd=ROOT,
                env=process.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for the supervisor, which then stops the others in order.
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self._tell_pids()

    def _tell_pids(self) -> None:
        pids = {name: running.pid for name, running in self._running.items()}
        beside = self._log_dir.parent / "processes.tmp"
        beside.write_text(json.dumps(pids), encoding="utf-8")
        beside.replace(self._log_dir.parent / "processes.json")

    def log_file(self, name: str) -> Path:
        """Where a process writes."""
        return self._log_dir / f"{name}.log"

    def wait_healthy(self, stop: threading.Event, told: Callable[[str], None]) -> None:
        """Wait until every process answers. Raises ``StartError``."""
        end = time.monotonic() + START_SECONDS
        waiting = list(self._wanted)
        while waiting and not stop.is_set():
            for process in list(waiting):
                code = self._running[process.name].poll()
                if code is not None:
                    raise StartError(
                        f"{process.name} ended with {code}; see {self.log_file(process.name)}"
                    )
                if process.healthy():
                    waiting.remove(process)
                    told(process.name)
            if time.monotonic() > end:
                names = ", ".join(process.name for process in waiting)
                raise StartError(f"{names} did not answer; see {self._log_dir}")
            stop.wait(0.3)

    def watch(self, stop: threading.Event, told: Callable[[str], None]) -> None:
        """Start again what dies, until told to stop."""
        while not stop.wait(0.5):
            for process in self._wanted:
                code = self._running[process.name].poll()
                if code is not None:
                    told(f"{process.name} 退出（{code}），{RESTART_SECONDS:.0f} 秒后重启")
                    if stop.wait(RESTART_SECONDS):
                        return
                    self.start(process)

    def stop(self) -> None:
        """Stop everything: politely, then by force."""
        for running in reversed(self._running.values()):
            if running.poll() is None:
                running.terminate()
        end = time.monotonic() + STOP_SECONDS
        for running in self._running.values():
            try:
                running.wait(timeout=max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def _say(text: str) -> None:
    print(text, flush=True)


def run(settings: Settings) -> int:
    """Set up and run everything until Ctrl-C or SIGTERM."""
    if not BOT_PYTHON.exists():
        raise StartError(f"{BOT_PYTHON} is missing: run `make run`, which creates it")
    try:
        setup.set_up(settings)
    except KeyboardInterrupt:
        _say("· 准备工作已中断；已经做完的步骤，下次不再重做")
        return INTERRUPTED
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    (settings.data_dir / "worker.alive").unlink(missing_ok=True)
    supervisor = Supervisor(
        processes(settings, load_secrets(settings.data_dir)), settings.data_dir / "logs"
    )
    try:
        supervisor.start_all()
        supervisor.wait_healthy(stop, lambda name: _say(f"· {name} 已就绪"))
        if not stop.is_set():
            _announce(settings)
        supervisor.watch(stop, _say)
    finally:
        _say("· 正在停止")
        supervisor.stop()
    _say("· 已全部停止")
    return 0


def _announce(settings: Settings) -> None:
    address = settings.public_url or f"http://127.0.0.1:{settings.port}"
    _say(f"\n群众咨询   {address}/\n工作人员   {address}/staff/login")
    database = Database(settings.resolved_database_url)
    try:
        rows = setup.one_time_passwords(database, settings)
    finally:
        database.dispose()
    for username, role, password in rows:
        _say(f"  {ROLE_LABELS[Role(role)]}　{username:<11} 一次性密码 {password}（首次登录须修改）")
    _say(f"日志在 {settings.data_dir / 'logs'}；按 Ctrl-C 停止。\n")
