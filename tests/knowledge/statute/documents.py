"""Writes .docx files as the national law database lays them out."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
)


def write(path: Path, paragraphs: Sequence[str]) -> Path:
    """A document with these paragraphs; each is cut into two runs, as Word likes to."""
    body = "".join(
        f"<w:p><w:pPr/><w:r><w:t>{escape(text[:3])}</w:t></w:r>"
        f'<w:r><w:t xml:space="preserve">{escape(text[3:])}</w:t></w:r></w:p>'
        for text in paragraphs
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"{_HEAD}{body}</w:body></w:document>")
    return path


def statute(
    title: str, note: str, articles: dict[str, str], *, chapters: dict[str, str] | None = None
) -> list[str]:
    """The paragraphs of a statute: title, note, contents, then chapters and articles."""
    chapters = chapters or {}
    lines = [title, note]
    if chapters:
        lines += ["目\u3000\u3000录", *chapters.values()]
    for number, text in articles.items():
        lines += [chapters[number]] if number in chapters else []
        first, *others = text.split("\n")
        lines += [f"{number}\u3000{first}", *others]
    return lines
