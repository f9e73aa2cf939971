"""Auth primitives: passwords (argon2id), opaque tokens kept as hashes, constant-time comparison."""

import hashlib
import hmac
import secrets
import threading

from pwdlib import PasswordHash

_HASHER = PasswordHash.recommended()
# One argon2id hash takes 64 MiB: a burst of logins must not take the machine's memory.
_SLOTS = threading.BoundedSemaphore(2)
_DUMMY_LOCK = threading.Lock()
_dummy: list[str] = []


def hash_password(password: str) -> str:
    """An argon2id hash with its parameters and salt."""
    with _SLOTS:
        return _HASHER.hash(password)


def verify_password(password: str, hashed: str | None) -> bool:
    """Whether the password fits; without a hash the same time is spent (no probing of names)."""
    if hashed is None:
        with _DUMMY_LOCK:
            if not _dummy:
                _dummy.append(hash_password(new_token()))
        hashed, password = _dummy[0], password + "\0"
    with _SLOTS:
        return _HASHER.verify(password, hashed)


def new_token() -> str:
    """An unguessable token: 256 bits, URL-safe."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What the database keeps of a token: SHA-256 in hex; the token itself is never stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
