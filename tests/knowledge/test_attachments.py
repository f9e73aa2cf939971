"""Attachments: known by what they hold, kept once under their hash, named by versions."""

import io
import zipfile
from pathlib import Path

import pytest

from kit.errors import InvalidInputError, NotFoundError
from knowledge.standard_qa import attachments
from knowledge.standard_qa.attachments import SIZE_LIMIT, Attachment, AttachmentFolder

PDF = b"%PDF-1.7\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
JPG = b"\xff\xd8\xff\xe0" + b"\0" * 20


def archive(*parts: str) -> bytes:
    """A zip of empty parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for part in parts:
            file.writestr(part, "")
    return out.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")


@pytest.fixture
def folder(tmp_path: Path) -> AttachmentFolder:
    return AttachmentFolder(tmp_path)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("起诉状.docx", DOCX), ("清单.XLSX", XLSX), ("告知书.pdf", PDF), ("流程图.png", PNG),
        ("样本.jpeg", JPG), ("C:\\模板\\申请书.docx", DOCX),
    ],
)  # fmt: skip
def test_a_file_on_the_list_is_kept_and_found_by_its_hash(
    folder: AttachmentFolder, name: str, data: bytes
) -> None:
    kept = folder.keep(name, data)
    assert folder.holds(kept)
    assert folder.path(kept).read_bytes() == data
    assert folder.path(kept).stat().st_mode & 0o777 == 0o600
    assert kept.size == len(data) and "\\" not in kept.name


def test_the_same_bytes_are_kept_once_whatever_they_are_called(
    folder: AttachmentFolder, tmp_path: Path
) -> None:
    first, second = folder.keep("甲的.pdf", PDF), folder.keep("乙的.pdf", PDF)
    assert first.sha256 == second.sha256
    assert len(list((tmp_path / "attachments").iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("假的.pdf", DOCX),
        ("假的.docx", XLSX),
        ("网页.html", b"<script>alert(1)</script>"),
        ("网页.pdf", b"<script>alert(1)</script>"),
        ("带宏.docx", archive("word/document.xml", "word/vbaProject.bin")),
        ("普通的包.docx", archive("a.txt")),
        ("断了的.docx", DOCX[: len(DOCX) // 2]),
        ("没有后缀", PDF),
        ("空的.pdf", b""),
        ("太大.pdf", PDF + b"\0" * SIZE_LIMIT),
        ("名" * 90 + ".pdf", PDF),
        ("a|b.pdf", PDF),
    ],
)
def test_what_is_not_what_it_is_called_or_not_on_the_list_is_refused(
    folder: AttachmentFolder, tmp_path: Path, name: str, data: bytes
) -> None:
    with pytest.raises(InvalidInputError):
        folder.keep(name, data)
    assert not (tmp_path / "attachments").exists()


def test_an_attachment_is_written_as_one_line_and_read_back(folder: AttachmentFolder) -> None:
    kept = folder.keep("起诉状.docx", DOCX)
    (read,) = attachments.of_lines([attachments.as_line(kept)])
    assert Attachment.model_validate(read) == kept
    with pytest.raises(InvalidInputError, match="请保持导出时的样子"):
        attachments.of_lines(["起诉状.docx"])


def test_a_file_that_is_not_here_is_named(folder: AttachmentFolder) -> None:
    gone = Attachment(name="起诉状.docx", sha256="0" * 64, size=9)
    assert folder.lacking([gone]) == ["起诉状.docx"]
    with pytest.raises(InvalidInputError, match="附件不在本站，请先上传：起诉状"):
        folder.require([gone])
    with pytest.raises(NotFoundError):
        folder.path(gone)
