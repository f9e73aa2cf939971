"""Signatures of WeChat's push: SHA-1 over the sorted parts, compared in constant time. Pure."""

import hashlib
import hmac
from datetime import datetime, timedelta

# A signature can be replayed as long as its timestamp is believed.
FRESH = timedelta(minutes=5)


def sign(*parts: str) -> str:
    """The signature of token, timestamp, nonce (and ciphertext), whatever their order; hex."""
    # WeChat's protocol fixes SHA-1; it authenticates, it does not hash secrets for storage.
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def matches(shown: str, *parts: str) -> bool:
    """Whether a signature belongs to the parts; takes the same time either way."""
    return hmac.compare_digest(sign(*parts).encode(), shown.encode())


def is_fresh(timestamp: str, now: datetime) -> bool:
    """Whether a timestamp (seconds since 1970) is within five minutes of now."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= FRESH.total_seconds()
