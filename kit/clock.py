"""The clock: the only place where the time is read, so that tests can set it."""

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock for tests: it stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """The moment that was set."""
        return self.moment

    def advance(self, by: timedelta) -> None:
        """Move the clock forward."""
        self.moment += by


def beijing(moment: datetime) -> str:
    """``2026-11-21 15:04`` in Beijing time, for people to read."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def until(moment: datetime) -> str:
    """A deadline in Beijing time; the end of a day is 24:00 of that day, not 00:00 of the next."""
    local = moment.astimezone(BEIJING)
    if (local.hour, local.minute) == (0, 0):
        return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
    return beijing(moment)
