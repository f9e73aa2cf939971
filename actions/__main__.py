"""``python -m actions``: the action server, on loopback unless SANIC_HOST says otherwise.

Environment: ``HOTLINE_URL`` and ``HOTLINE_SERVICE_TOKEN`` (see :mod:`actions.client`),
``SANIC_HOST`` (default 127.0.0.1), ``ACTIONS_PORT`` (default 5055).
"""

import argparse
import importlib
import logging
import os
import sys
import warnings

from actions.client import hotline

DEFAULT_PORT = 5055


def main(argv: list[str] | None = None) -> int:
    """Serve ``/webhook`` for Rasa and ``/health`` for probes until stopped."""
    parser = argparse.ArgumentParser(prog="python -m actions", description="动作服务器")
    parser.add_argument("--port", type=int, default=os.environ.get("ACTIONS_PORT", DEFAULT_PORT))
    arguments = parser.parse_args(argv)

    # The SDK listens on every address unless this is set.
    os.environ.setdefault("SANIC_HOST", "127.0.0.1")
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    for chatty in ("httpx", "httpcore", "rasa_sdk.executor", "sanic.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        hotline()
    except ValueError as error:
        print(f"actions: {error}", file=sys.stderr)
        return 2

    # Sanic puts a filter of its own in front when it is imported; then the pinned packages
    # deprecate one another.
    importlib.import_module("sanic.app")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from rasa_sdk.endpoint import run

    run("actions", port=arguments.port, cors_origins="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
