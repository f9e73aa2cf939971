"""Real processes on one database for the load: services, a worker, and fakes around them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

import hotline.tables
from kit.db import Base, Database
from kit.settings import ROOT
from tests.hotline.wechat import light_hotline, pushes
from tests.hotline.wechat.fake_bot import FakeRasa
from tests.hotline.wechat.fake_wechat import FakeWeChat
from tests.processes.product import free_port, until

# Importing it completes the metadata.
assert hotline.tables
# A machine with much else to do takes minutes.
START_SECONDS = 600.0


@dataclass
class Service:
    """One process that can be killed and started again."""

    arguments: list[str]
    environment: dict[str, str]
    log: Path
    port: int = 0
    module: str = "hotline"
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it is ready some seconds later."""
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", self.module, *self.arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def ready(self) -> bool:
        """Whether it answers."""
        assert self.running is not None
        assert self.running.poll() is None, self.log.read_text()[-3000:]
        with contextlib.suppress(httpx.HTTPError):
            address = f"http://127.0.0.1:{self.port}/wechat"
            return httpx.get(address, timeout=2, trust_env=False).status_code == 403
        return False

    def kill(self) -> None:
        """SIGKILL."""
        assert self.running is not None
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()

    def stop(self) -> None:
        """Politely."""
        if self.running is not None and self.running.poll() is None:
            self.running.terminate()
            try:
                self.running.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass
class Site:
    """Two services, one worker, one database, a dialogue and a WeChat of our own."""

    folder: Path
    database_url: str = ""
    passive_seconds: float = 0.0
    # Without the real encoder, whose import takes most of a start.
    light: bool = False
    bot: FakeRasa = field(default_factory=FakeRasa)
    fake: FakeWeChat = field(default_factory=FakeWeChat)
    services: list[Service] = field(default_factory=list)
    worker: Service | None = None

    def open_database(self) -> Database:
        """The database that the processes share."""
        return Database(self.database_url)

    def start(self) -> None:
        """Start everything and wait until it answers."""
        self.bot.start()
        self.fake.start()
        self.database_url = self.database_url or f"sqlite:///{self.folder / 'hotline.db'}"
        database = self.open_database()
        Base.metadata.create_all(database.engine)
        database.dispose()
        for number in (1, 2):
            port = free_port()
            log = self.folder / f"service-{number}.log"
            self.services.append(
                Service(["serve"], self._environment(port), log, port, self._module)
            )
        log = self.folder / "worker.log"
        self.worker = Service(["worker"], self._environment(1), log, module=self._module)
        for process in (*self.services, self.worker):
            process.start()
        for service in self.services:
            until(service.ready, START_SECONDS, f"{service.log.stem} getting ready")
        until((self.folder / "worker.alive").exists, START_SECONDS, "the worker getting ready")

    @property
    def _module(self) -> str:
        return light_hotline.__name__ if self.light else "hotline"

    def _environment(self, port: int) -> dict[str, str]:
        settings = {
            "data_dir": str(self.folder),
            "database_url": self.database_url,
            "port": str(port),
            "bot_url": self.bot.url,
            "actions_url": self.bot.url,
            "bot_token": "b" * 32,
            "service_token": "t" * 32,
            "article_vectors": "false",
            "messages_per_minute": "100000",
            "public_url": "https://12348.example",
            "wechat_mode": "safe",
            "wechat_app_id": pushes.APP_ID,
            "wechat_app_secret": pushes.SECRET,
            "wechat_token": pushes.TOKEN,
            "wechat_aes_key": pushes.AES_KEY,
            "wechat_api_url": self.fake.url,
            "wechat_passive_seconds": str(self.passive_seconds),
        }
        kept = {name: value for name, value in os.environ.items() if "HOTLINE_" not in name}
        wanted = {f"HOTLINE_{name.upper()}": value for name, value in settings.items()}
        # One thread of arithmetic for each process: the machine has two cores for three of them.
        return {**kept, **wanted, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}

    def revive(self, service: Service) -> float:
        """Start a killed service again; returns how long that took."""
        began = time.monotonic()
        service.start()
        until(service.ready, START_SECONDS, f"{service.log.stem} getting ready again")
        return time.monotonic() - began

    def stop(self) -> None:
        """Stop everything."""
        for process in (*self.services, self.worker):
            if process is not None:
                process.stop()
        self.bot.stop()
        self.fake.stop()
