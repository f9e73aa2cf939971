"""What a generation says about itself, and the check that it is what it says."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from indexer.errors import IndexCorrupt

FORMAT = 2
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`manifest.json` of a generation; written last, so that its presence means complete.

    `encoder` is the encoder's fingerprint (None: lexical only) and `dim` its dimension; `symmetric`
    says that rows are questions too and were encoded as such; `centred` that the mean was
    subtracted; `dictionary` which legal words cut the text; `files` the SHA-256 of each file.
    """

    format: int
    collection: str
    rows: int
    encoder: str | None
    dim: int | None
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
    for name, digest in manifest.files.items():
        try:
            actual = sha256(folder / name)
        except OSError as problem:
            raise IndexCorrupt(f"{folder.name}: {name} is missing or unreadable") from problem
        if actual != digest:
            raise IndexCorrupt(f"{folder.name}: {name} is not what was built")
    return manifest


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
