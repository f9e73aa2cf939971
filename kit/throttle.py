"""Throttling by key, in this process's memory (``limits``: moving window)."""

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from kit.errors import TooManyRequestsError


class Throttle:
    """At most ``per_minute`` events a minute for each key."""

    def __init__(self, per_minute: int, message: str) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._message = message

    def hit(self, *key: str) -> None:
        """Count one event. Raises ``TooManyRequestsError`` when there were too many."""
        if not self._limiter.hit(self._item, *key):
            raise TooManyRequestsError(self._message)
