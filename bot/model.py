"""The trained model 对话模型: made from these sources, found again by their hash.

A model directory holds ``bot-<hash>.tar.gz`` files; the hash is of everything that goes into
training, so a name says which sources a model is from and no other model is ever served.
"""

import contextlib
import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOT = ROOT / "bot"
DICTIONARY = ROOT / "indexer" / "dictionary"
MODELS = BOT / "models"


class ModelError(Exception):
    """No model can be trained or served; one line says why."""


def sources() -> list[Path]:
    """Every file that training reads."""
    folders = (BOT / "domain", BOT / "data", DICTIONARY)
    found = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    return sorted([BOT / "config.yml", *found])


def sources_hash() -> str:
    """16 hexadecimal digits over names and contents of the sources and Rasa's version."""
    from rasa.version import __version__

    digest = hashlib.sha256(__version__.encode())
    for path in sources():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:16]


def model_path(models: Path) -> Path:
    """Where the model of the present sources lies, or will."""
    return models / f"bot-{sources_hash()}.tar.gz"


def find_model(models: Path) -> Path:
    """The model to serve: the named file itself, or the one in the directory of our sources."""
    if models.is_file():
        return models
    if not models.is_dir():
        raise ModelError(f"no such model or directory: {models}")
    path = model_path(models)
    if not path.is_file():
        raise ModelError(f"no model of the present sources in {models}: run python -m bot train")
    return path


def train_model(models: Path) -> tuple[Path, bool]:
    """The model of the present sources, and whether it had to be trained now."""
    path = model_path(models)
    if path.is_file():
        return path, False
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"  # one model, made whole: no half-trained parts kept
    from rasa.model_training import train

    models.mkdir(parents=True, exist_ok=True)
    unfinished = f"unfinished-{os.getpid()}"
    # config.yml names the dictionary relative to the root; Rasa prints a line of its own.
    with _in(ROOT), contextlib.redirect_stdout(io.StringIO()):
        result = train(
            domain=str(BOT / "domain"),
            config=str(BOT / "config.yml"),
            training_files=[str(BOT / "data")],
            output=str(models.resolve()),
            fixed_model_name=unfinished,
        )
    if result.code != 0 or not result.model:
        raise ModelError(f"training failed with code {result.code}")
    os.replace(result.model, path)
    return path, True


@contextlib.contextmanager
def _in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
