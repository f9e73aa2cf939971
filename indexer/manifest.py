"""What a generation says about itself, and the check that it is what it says."""

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import UnionType
from typing import get_origin, get_type_hints

from indexer.errors import IndexCorrupt

FORMAT = 3
MANIFEST = "manifest.json"
_SETTLED_NS = 1_000_000_000
"""A file may change twice within one tick of its clock: only one that rested is remembered."""
_KNOWN: dict[tuple[int, int, int, int], str] = {}


@dataclass(frozen=True, slots=True)
class Manifest:
    """`manifest.json` of a segment; written last, so that its presence means complete.

    `base` names the segment beneath, which this one amends (None: it is whole by itself); `store`
    says where its vectors are kept, `structure` how they are searched. `encoder` is the encoder's
    fingerprint (None: lexical only) and `dim` its dimension; `symmetric` says that rows are
    questions too and were encoded as such; `centred` that the mean was subtracted; `dictionary`
    which legal words cut the text; `files` the SHA-256 of each file.
    """

    format: int
    collection: str
    name: str
    base: str | None
    rows: int
    encoder: str | None
    dim: int | None
    store: str | None
    structure: str | None
    symmetric: bool
    centred: bool
    mean_length: float
    owner_mean_length: float
    dictionary: str
    built_at: str
    files: dict[str, str]

    def write(self, folder: Path) -> None:
        """Write it as the last file of the generation."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2, sort_keys=True)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def base_of(folder: Path) -> str | None:
    """The segment beneath a generation's own; None where there is none, or nothing to read."""
    try:
        stated = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return str(stated["base"]) if stated["base"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_manifest(folder: Path) -> Manifest:
    """The verified manifest of a generation: every file is there and unchanged, or IndexCorrupt."""
    try:
        stated = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise IndexCorrupt(f"{folder.name}: no {MANIFEST}, the build was not finished") from None
    except (OSError, ValueError) as problem:
        raise IndexCorrupt(f"{folder.name}: {MANIFEST} is unreadable: {problem}") from problem
    found = stated.get("format") if isinstance(stated, dict) else None
    if found != FORMAT:
        raise IndexCorrupt(f"{folder.name}: format {found!r}, this program reads {FORMAT}")
    try:
        manifest = Manifest(**stated)
    except TypeError as problem:
        raise IndexCorrupt(f"{folder.name}: {MANIFEST} does not fit: {problem}") from problem
    for field, kind in get_type_hints(Manifest).items():
        plain = kind if isinstance(kind, UnionType) else get_origin(kind) or kind
        if not isinstance(getattr(manifest, field), plain):
            raise IndexCorrupt(
                f"{folder.name}: {MANIFEST} does not fit: {field} is of another type"
            )
    for name, digest in manifest.files.items():
        try:
            actual = sha256(folder / name)
        except OSError as problem:
            raise IndexCorrupt(f"{folder.name}: {name} is missing or unreadable") from problem
        if actual != digest:
            raise IndexCorrupt(f"{folder.name}: {name} is not what was built")
    return manifest


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hex; one that did not change since it was read is not read again."""
    found = path.stat()
    stamp = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
    if stamp in _KNOWN:
        return _KNOWN[stamp]
    begun = time.time_ns()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if begun - found.st_mtime_ns > _SETTLED_NS:
        _KNOWN[stamp] = digest
    return digest
