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


def paragraphs(path: Path) -> list[str]:
    """The text of each paragraph. Raises ``InvalidInputError``."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("word/document.xml").file_size > UNPACKED_LIMIT:
                raise InvalidInputError(f"{path.name}：文件展开后太大")
            data = archive.read("word/document.xml")
        if b"<!DOCTYPE" in data[:2000]:
            raise InvalidInputError(f"{path.name}：不是可以读的 .docx")
        root = ElementTree.fromstring(data)
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise InvalidInputError(f"{path.name}：不是可以读的 .docx") from error
    found = ["".join(_runs(paragraph)) for paragraph in root.iter(f"{_W}p")]
    return [text.strip(" \t\n\u3000\xa0") for text in found if text.strip(" \t\n\u3000\xa0")]


def _runs(paragraph: ElementTree.Element) -> Iterator[str]:
    for node in paragraph.iter():
        if node.tag == f"{_W}t":
            yield node.text or ""
        elif node.tag in (f"{_W}tab", f"{_W}br"):
            yield " "


def read(
    path: Path, *, published_on: date | None = None, effective_on: date | None = None
) -> SourceVersion:
    """The version that a file holds; days that are given win over days that the text states.

    Raises ``InvalidInputError`` where the text has no title, no articles or no day.
    """
    lines = paragraphs(path)
    first = next((place for place, line in enumerate(lines) if _ARTICLE.match(line)), None)
    if first is None:
        raise InvalidInputError(f"{path.name}：没有找到“第一条”")
    title = re.sub(rf"{_BLANK}+", "", lines[0])
    note = " ".join(line for line in lines[1:first] if line.startswith(("（", "(")))
    articles = tuple(_articles(lines, first))
    published = published_on or _last_day(note)
    effective = effective_on or _starts(articles) or published
    if published is None or effective is None:
        raise InvalidInputError(f"{path.name}：没有找到公布日期，请用 --published-on 写明")
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
