"""Gold lines: questions and sentences with what is right, written by hand for this project."""

from hashlib import sha256


def held_out(id: str) -> bool:
    """Whether a gold line is kept out of tuning: a random third, fixed by the line's id."""
    return int(sha256(id.encode()).hexdigest(), 16) % 3 == 0
