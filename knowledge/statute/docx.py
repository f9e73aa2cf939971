"""A statute as the national law database exports it (.docx): title, note, contents, articles."""

import hashlib
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

from kit.errors import InvalidInputError
from knowledge.statute import names, numerals
from knowledge.statute.source import SourceArticle, SourceVersion

UNPACKED_LIMIT = 50 * 1024 * 1024
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BLANK = r"[\s\u3000\xa0]"
_ARTICLE = re.compile(
    rf"(第{numerals.NUMERAL}条(?:之{numerals.NUMERAL})?)(?:{_BLANK}+(.*)|$)", re.DOTALL
)
_PLACE = re.compile(rf"第{numerals.NUMERAL}(分编|编|章|节){_BLANK}*(.*)")
_LEVELS = ("编", "分编", "章", "节")
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_PUBLISHED = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日[^，。；）]*?(?:通过|修订|修正|公布|发布)")
_STARTS = re.compile(r"自\s*(\d{4}年\d{1,2}月\d{1,2}日)起(?:施行|实施|生效)")
_END = re.compile(r"附件|附录|附表|附[：:]")

_OLD_WORD = "这是旧版 Word 文件，请用 Word 或 WPS 另存为 .docx"
_OTHER = {
    "doc": _OLD_WORD,
    "wps": "这是 WPS 文件，请另存为 .docx",
    "pdf": "这是 PDF 文件",
    "xls": "这是 Excel 文件",
    "xlsx": "这是 Excel 文件",
    "txt": "这是纯文本文件",
    "htm": "这是网页文件",
    "html": "这是网页文件",
    "zip": "这是压缩包，请先解压",
    "rar": "这是压缩包，请先解压",
}
# What a file begins with, whatever its name says.
_HEADS = {
    b"\xd0\xcf\x11\xe0": _OLD_WORD,
    b"%PDF": "内容是 PDF",
    b"{\\rtf": "内容是 RTF，请另存为 .docx",
}


def refuse_other(name: str, head: bytes) -> None:
    """Raise ``InvalidInputError`` that says what a file is, where it is no .docx."""
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    told = _OTHER.get(ending)
    if told is None and ending == "docx":
        told = next((words for start, words in _HEADS.items() if head.startswith(start)), None)
    elif told is None:
        told = f"这是 .{ending} 文件" if ending else "文件名没有结尾"
    if told:
        raise InvalidInputError(
            f"{name}：{told}。只能导入国家法律法规数据库下载的 Word 文本（.docx）"
        )


def paragraphs(path: Path, name: str = "") -> list[str]:
    """The text of each paragraph; ``name`` is what people call the file.

    Raises ``InvalidInputError``.
    """
    name = name or path.name
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("word/document.xml").file_size > UNPACKED_LIMIT:
                raise InvalidInputError(f"{name}：文件展开后太大")
            data = archive.read("word/document.xml")
        if b"<!DOCTYPE" in data[:2000]:
            raise InvalidInputError(f"{name}：不是可以读的 .docx")
        root = ElementTree.fromstring(data)
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise InvalidInputError(f"{name}：不是可以读的 .docx") from error
    found = ["".join(_runs(paragraph)) for paragraph in root.iter(f"{_W}p")]
    return [text.strip(" \t\n\u3000\xa0") for text in found if text.strip(" \t\n\u3000\xa0")]


def _runs(paragraph: ElementTree.Element) -> Iterator[str]:
    for node in paragraph.iter():
        if node.tag == f"{_W}t":
            yield node.text or ""
        elif node.tag in (f"{_W}tab", f"{_W}br"):
            yield " "


def read(
    path: Path,
    *,
    name: str = "",
    published_on: date | None = None,
    effective_on: date | None = None,
) -> SourceVersion:
    """The version that a file holds; days that are given win over days that the text states.

    Raises ``InvalidInputError`` where the text has no title, no articles or no day.
    """
    name = name or path.name
    lines = paragraphs(path, name)
    first = next((place for place, line in enumerate(lines) if _ARTICLE.match(line)), None)
    if first is None:
        raise InvalidInputError(f"{name}：没有找到“第一条”")
    title = re.sub(rf"{_BLANK}+", "", lines[0])
    note = " ".join(line for line in lines[1:first] if line.startswith(("（", "(")))
    articles = tuple(_articles(lines, first))
    published = published_on or _last_day(note)
    effective = effective_on or _starts(articles) or published
    if published is None or effective is None:
        raise InvalidInputError(f"{name}：没有找到公布日期，请写明（命令用 --published-on）")
    level = names.level_of(title)
    key = f"{names.normalise(title)}|{published}"
    return SourceVersion(
        id=f"docx-{hashlib.sha256(key.encode()).hexdigest()[:20]}",
        full_name=title,
        level=level,
        kind=level,
        published_on=published,
        effective_on=effective,
        status="",
        articles=articles,
    )


def _articles(lines: list[str], first: int) -> Iterator[SourceArticle]:
    place: dict[str, str] = {}
    # Headings right above the first article belong to it; those of the contents come earlier.
    start = first
    while start > 0 and _PLACE.match(lines[start - 1]):
        start -= 1
    number, body, where = "", [""], ""
    seen: set[str] = set()
    for line in lines[start:]:
        heading, article = _PLACE.match(line), _ARTICLE.match(line)
        if heading and not article:
            kind = heading[1]
            name = re.sub(rf"{_BLANK}+", "", heading[2])
            order = _LEVELS.index(kind)
            place = {key: text for key, text in place.items() if _LEVELS.index(key) < order}
            place[kind] = f"{line[: heading.start(2)].strip()} {name}".strip()
        elif article:
            if number:
                yield _made(number, body, where)
            parsed = numerals.parse_article(article[1])
            number = numerals.article_number(*parsed) if parsed else article[1]
            if number in seen:
                raise InvalidInputError(f"{number}出现了两次")
            seen.add(number)
            body, where = [(article[2] or "").strip()], " ".join(place.values())
        elif _END.match(line):
            break
        else:
            body.append(line)
    yield _made(number, body, where)


def _made(number: str, body: list[str], where: str) -> SourceArticle:
    ordinal, suffix = numerals.parse_article(number) or (0, 0)
    text = "\n".join(line for line in body if line)
    return SourceArticle(number, ordinal, suffix, where or None, text)


def _day(text: str) -> date | None:
    match = _DAY.search(text)
    return date(int(match[1]), int(match[2]), int(match[3])) if match else None


def _last_day(note: str) -> date | None:
    days = [day for part in _PUBLISHED.findall(note) if (day := _day(part))]
    return max(days) if days else None


def _starts(articles: tuple[SourceArticle, ...]) -> date | None:
    for article in reversed(articles):
        match = _STARTS.search(article.text)
        if match:
            return _day(match[1])
    return None
