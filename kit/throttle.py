"""Throttling by key, in this process's memory (``limits``: moving window)."""

from typing import Literal

from limits import RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from kit.errors import TooManyRequestsError


class Throttle:
    """At most ``amount`` events a minute (or a day) for each key."""

    def __init__(self, amount: int, message: str, per: Literal["minute", "day"] = "minute") -> None:
        item = RateLimitItemPerMinute if per == "minute" else RateLimitItemPerDay
        self._item = item(amount)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._message = message

    def hit(self, *key: str) -> None:
        """Count one event. Raises ``TooManyRequestsError`` when there were too many."""
        if not self._limiter.hit(self._item, *key):
            raise TooManyRequestsError(self._message)
