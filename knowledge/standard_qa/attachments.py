"""Attachments 附件 of procedures: templates and forms that citizens may save, kept by their hash.

A file is known by what it holds, never by its name; what is not on the list is not kept. Nothing
here opens a file for more than looking at its kind, and nobody's name gets into a path.
"""

import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from kit.errors import InvalidInputError, NotFoundError
from knowledge.standard_qa.lines import Line

MB = 1024 * 1024
SIZE_LIMIT = 5 * MB
PER_ENTRY = 5
NAME_LIMIT = 80
PART = "｜"
# By the ending of a name: the ending under which it is kept, and its media type.
_OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES: Mapping[str, tuple[str, str]] = {
    "docx": ("docx", f"{_OFFICE}.wordprocessingml.document"),
    "xlsx": ("xlsx", f"{_OFFICE}.spreadsheetml.sheet"),
    "pdf": ("pdf", "application/pdf"),
    "jpg": ("jpg", "image/jpeg"),
    "jpeg": ("jpg", "image/jpeg"),
    "png": ("png", "image/png"),
}
_STARTS = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
_BODIES = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_MACROS = "vbaproject.bin"
_HASH = r"^[0-9a-f]{64}$"
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|｜]')


class Attachment(BaseModel):
    """附件: the name that people read, the SHA-256 of its bytes, and how many they are."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=5, max_length=NAME_LIMIT)]
    sha256: Annotated[str, Field(pattern=_HASH)]
    size: Annotated[int, Field(ge=1, le=SIZE_LIMIT)]

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if _NOT_IN_NAMES.search(name) or name.startswith(".") or ending(name) is None:
            raise ValueError(f"附件的名称不对：{name}")
        return name

    @property
    def media_type(self) -> str:
        """What browsers are told that it is."""
        return TYPES[self.name.rsplit(".", 1)[-1].lower()][1]


def ending(name: str) -> str | None:
    """The ending under which a file of this name is kept; ``None`` if such files are not."""
    kind = TYPES.get(name.rsplit(".", 1)[-1].lower()) if "." in name else None
    return kind[0] if kind else None


def kind_of(data: bytes) -> str | None:
    """The ending that fits what a file holds; ``None`` for what is not kept."""
    for start, kind in _STARTS.items():
        if data.startswith(start):
            return kind
    return _kind_of_archive(data) if data.startswith(b"PK\x03\x04") else None


def _kind_of_archive(data: bytes) -> str | None:
    """Word and Excel are archives: a whole one, with the body of its kind and without macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if any(part.endswith(_MACROS) for part in parts):
        return None
    return next((kind for body, kind in _BODIES.items() if body in parts), None)


def as_line(attachment: Attachment) -> str:
    """An attachment as one line of a form or of a cell."""
    return PART.join((attachment.name, attachment.sha256, str(attachment.size)))


def of_lines(lines: Iterable[str]) -> list[dict[str, object]]:
    """The attachments that lines name. Raises ``InvalidInputError``."""
    found: list[dict[str, object]] = []
    for line in lines:
        parts = [part.strip() for part in line.split(PART)]
        if len(parts) != 3 or not parts[2].isdecimal():
            raise InvalidInputError(f"附件：请保持导出时的样子，或者留空：{line[:40]}")
        found.append({"name": parts[0], "sha256": parts[1], "size": int(parts[2])})
    return found


class AttachmentFolder:
    """Where the files lie: ``attachments`` in the data folder, each once, under its hash."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir / "attachments"

    def keep(self, name: str, data: bytes) -> Attachment:
        """Keep a file. Raises ``InvalidInputError`` for what is too large or not on the list."""
        name = Path(name.replace("\\", "/")).name
        if len(data) > SIZE_LIMIT:
            raise InvalidInputError(f"文件太大：附件最多 {SIZE_LIMIT // MB} MB")
        kind = kind_of(data)
        if kind is None or kind != ending(name):
            raise InvalidInputError(
                "附件只能是 docx、xlsx、pdf、jpg、png 文件，内容要和后缀一致，不能带宏"
            )
        digest = hashlib.sha256(data).hexdigest()
        try:
            made = Attachment(name=name, sha256=digest, size=len(data))
        except ValueError as error:
            raise InvalidInputError(f"附件的名称不对（最多 {NAME_LIMIT} 字）：{name}") from error
        path = self._path(made)
        if not path.is_file():
            self._write(path, data)
        return made

    def _write(self, path: Path, data: bytes) -> None:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}.part")
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
        beside.replace(path)

    def _path(self, attachment: Attachment) -> Path:
        return self._root / f"{attachment.sha256}.{ending(attachment.name)}"

    def holds(self, attachment: Attachment) -> bool:
        """Whether the file is here."""
        return self._path(attachment).is_file()

    def path(self, attachment: Attachment) -> Path:
        """The file. Raises ``NotFoundError``."""
        path = self._path(attachment)
        if not path.is_file():
            raise NotFoundError("这个附件已不在")
        return path

    def lacking(self, attachments: Iterable[Attachment]) -> list[str]:
        """The names of those whose files are not here."""
        return [item.name for item in attachments if not self.holds(item)]

    def require(self, attachments: Iterable[Attachment]) -> None:
        """Raise ``InvalidInputError`` naming what is not here."""
        if lacking := self.lacking(attachments):
            raise InvalidInputError(f"附件不在本站，请先上传：{'、'.join(lacking)}")
