"""Health checks of the containers: ``health.py URL`` or ``health.py FILE SECONDS``.

Exit 0 when the address answers 200, or when the file was written within the last seconds. Runs on
both interpreters and needs only the standard library: the images have no curl.
"""

import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

TIMEOUT_SECONDS = 4.0


def answers(url: str) -> bool:
    """Whether the address answers 200, asked directly: proxies of the environment stay out."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=TIMEOUT_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def fresh(path: Path, seconds: float) -> bool:
    """Whether the file was written within the last ``seconds``."""
    try:
        return time.time() - path.stat().st_mtime < seconds
    except FileNotFoundError:
        return False


def main(arguments: list[str]) -> int:
    """0 healthy, 1 not, 2 when it was called wrongly."""
    if len(arguments) == 1:
        return 0 if answers(arguments[0]) else 1
    if len(arguments) == 2:
        return 0 if fresh(Path(arguments[0]), float(arguments[1])) else 1
    print("usage: health.py URL | health.py FILE SECONDS", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
