"""Uploads 上传 of staff: bounded in size, kept under the data folder until they are confirmed."""

import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from hotline.dependencies import StaffDep
from kit.auth import new_token
from kit.errors import InvalidInputError, NotFoundError
from kit.settings import Settings

LIMIT = 10 * 1024 * 1024
KEPT_SECONDS = 24 * 3600
_NAME = re.compile(r"[A-Za-z0-9_-]{20,64}\.[a-z]{3,5}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    data: bytes


async def bounded(request: Request) -> AsyncIterator[None]:
    """Refuse a body that is too large or does not say how large it is, before reading it."""
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal():
        raise InvalidInputError("上传没有说明大小，请换一个浏览器再试")
    if int(length) > LIMIT:
        raise InvalidInputError(f"文件太大：最多 {LIMIT // 1024 // 1024} MB，请分成几个文件")
    try:
        yield
    finally:
        await request.close()


async def uploaded(request: Request, _: StaffDep) -> Upload:
    """The file of the form. Raises ``InvalidInputError`` where there is none."""
    found = (await request.form()).get("file")
    if not isinstance(found, UploadFile) or not found.filename:
        raise InvalidInputError("请先选择文件")
    return Upload(found.filename, await found.read())


UploadDep = Annotated[Upload, Depends(uploaded)]


def _folder(settings: Settings, staff_id: int) -> Path:
    return settings.data_dir / "uploads" / str(staff_id)


def keep(settings: Settings, staff_id: int, data: bytes, ending: str) -> str:
    """Keep a file for its owner until it is confirmed; returns the name to ask for it by."""
    folder = _folder(settings, staff_id)
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if time.time() - path.stat().st_mtime > KEPT_SECONDS:
            path.unlink(missing_ok=True)
    name = f"{new_token()}.{ending}"
    (folder / name).write_bytes(data)
    return name


def find(settings: Settings, staff_id: int, name: str) -> Path:
    """A file that this very person uploaded. Raises ``NotFoundError``."""
    path = _folder(settings, staff_id) / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise NotFoundError("这个文件已经导入或者过期了，请重新上传")
    return path
