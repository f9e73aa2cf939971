"""Throw-away environments: one for each system, with its package and nothing else, in `.bench/`."""

import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from kit.settings import ROOT

BENCH = ROOT / ".bench"
_READY = "ready"
_PATIENCE = ("--retries", "1", "--timeout", "30")


class NotThereError(Exception):
    """A system cannot be had or did not finish; one line says why."""


def interpreter(name: str, packages: Sequence[str], folder: Path = BENCH) -> Path:
    """The interpreter of an environment with just these packages, made where there is none.

    Raises NotThereError where the registry does not give them.
    """
    contents = "\n".join([sys.version, *packages])
    place = folder / f"{name}-{hashlib.sha256(contents.encode()).hexdigest()[:12]}"
    python = place / "bin" / "python"
    if (place / _READY).exists():
        return python
    shutil.rmtree(place, ignore_errors=True)
    venv.create(place, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-input", *_PATIENCE, *packages]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise NotThereError(f"pip install {' '.join(packages)}: {(lines or ['failed'])[-1]}")
    (place / _READY).touch()
    return python


def existing(python: Path) -> Path:
    """The interpreter of an environment that set-up makes. Raises NotThereError."""
    if not python.exists():
        raise NotThereError(f"{python.relative_to(ROOT)} is not there: run `make setup`")
    return python
