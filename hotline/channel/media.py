"""What citizens send besides text: which files are kept, and under which name. Pure but for disk.

A file is known by its first bytes, never by what its sender calls it; what is not on the list is
not kept. Names are random: nobody guesses one, and nothing of the sender's gets into a path.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kit.auth import new_token
from kit.errors import NotFoundError

MB = 1024 * 1024
# What one conversation may take of the disk in a day.
DAY_LIMIT = 200 * MB
_NAME = re.compile(r"[A-Za-z0-9_-]{20,64}\.[a-z0-9]{2,4}")


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file that is kept: its ending and its media type."""

    ending: str
    mime: str


_STARTS: Mapping[bytes, FileType] = {
    b"\xff\xd8\xff": FileType("jpg", "image/jpeg"),
    b"\x89PNG\r\n\x1a\n": FileType("png", "image/png"),
    b"GIF87a": FileType("gif", "image/gif"),
    b"GIF89a": FileType("gif", "image/gif"),
    b"%PDF-": FileType("pdf", "application/pdf"),
    b"#!AMR": FileType("amr", "audio/amr"),
    b"ID3": FileType("mp3", "audio/mpeg"),
    b"\xff\xfb": FileType("mp3", "audio/mpeg"),
    b"\xff\xf3": FileType("mp3", "audio/mpeg"),
}
_WEBP = FileType("webp", "image/webp")
_MP4 = FileType("mp4", "video/mp4")
# ISO base media files by their major brand: what telephones film. Others are sound or still images.
_FILMS: Mapping[bytes, FileType] = {
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6"), _MP4),
    **dict.fromkeys((b"mp41", b"mp42", b"avc1", b"MSNV", b"M4V "), _MP4),
    b"qt  ": FileType("mov", "video/quicktime"),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6"), FileType("3gp", "video/3gpp")),
}
_OFFICE = {
    b"word/": FileType(
        "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
    b"xl/": FileType("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_KINDS = (*_STARTS.values(), *_OFFICE.values(), *_FILMS.values(), _WEBP)
MIMES = {kind.ending: kind.mime for kind in _KINDS}


def type_of(data: bytes) -> FileType | None:
    """The type by the first bytes; ``None`` if such a file is not kept."""
    for start, kind in _STARTS.items():
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _WEBP
    if data[4:8] == b"ftyp":
        return _FILMS.get(data[8:12])
    if data.startswith(b"PK\x03\x04"):
        # Word and Excel are archives; what kind stands in the names of their parts.
        return next((kind for part, kind in _OFFICE.items() if part in data), None)
    return None


class MediaFolder:
    """Where the files lie: ``media`` in the data folder, readable by the service alone."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir / "media"

    def keep(self, data: bytes, kind: FileType) -> str:
        """Write a file; returns the name to ask for it by."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{new_token()}.{kind.ending}"
        beside = self._root / f"{name}.part"
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        beside.replace(self._root / name)
        return name

    def path(self, name: str) -> Path:
        """A kept file. Raises ``NotFoundError``."""
        path = self._root / name
        if not _NAME.fullmatch(name) or not path.is_file():
            raise NotFoundError("这个文件已不在")
        return path
