"""Check a citation against the statute base: does it exist, is it in force, does it say so? Pure
but for the reads of the base."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from knowledge.statute import names, numerals
from knowledge.statute.mention import CitationMention
from knowledge.statute.repository import ArticleStatus, ArticleView, LawView, StatuteBase

_ITEM_LINE = re.compile(rf"\s*[\"“]?[（(]\s*({numerals.NUMERAL})\s*[)）]")
_ELLIPSIS = re.compile(r"[…⋯]+|\.{3,}")


class CheckStatus(StrEnum):
    """What a check says of a citation."""

    CONFIRMED = "confirmed"
    REPEALED = "repealed"
    AMENDED = "amended"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    NO_SUCH_ARTICLE = "no_such_article"
    NO_SUCH_PARAGRAPH = "no_such_paragraph"
    """The article exists, the 款 or 项 does not."""
    NO_SUCH_LAW = "no_such_law"
    TEXT_NOT_HELD = "text_not_held"
    """A regulation, an interpretation or a former law whose text the base lacks."""
    MISQUOTED = "misquoted"
    """The article exists, but the words in “” are not its words."""
    UNREADABLE = "unreadable"
    """A bare name that is no article's name."""

    @property
    def label(self) -> str:
        """The verdict in Chinese, for staff."""
        return _LABELS[self]


_LABELS = {
    CheckStatus.CONFIRMED: "已核对",
    CheckStatus.REPEALED: "法律已废止",
    CheckStatus.AMENDED: "条文已修改",
    CheckStatus.NOT_YET_IN_FORCE: "尚未施行",
    CheckStatus.NO_SUCH_ARTICLE: "没有这一条",
    CheckStatus.NO_SUCH_PARAGRAPH: "没有这一款或这一项",
    CheckStatus.NO_SUCH_LAW: "没有这部法律",
    CheckStatus.TEXT_NOT_HELD: "库中没有文本，无法核对",
    CheckStatus.MISQUOTED: "引文与条文不符",
    CheckStatus.UNREADABLE: "不是条文名称",
}


@dataclass(frozen=True, slots=True)
class CheckedCitation:
    """法条引用 with its verdict; ``message`` tells staff in Chinese what is wrong, or is empty."""

    mention: CitationMention
    status: CheckStatus
    law: str
    article_id: str | None = None
    successor: str | None = None
    misquoted: tuple[str, ...] = ()
    message: str = ""

    @property
    def confirmed(self) -> bool:
        """Whether the citation may stand as it is."""
        return self.status is CheckStatus.CONFIRMED

    @property
    def text(self) -> str:
        """The citation as it was written."""
        return self.mention.raw

    @property
    def name(self) -> str:
        """``民法典第一千零七十九条``."""
        return self.law + self.mention.number


def check(mention: CitationMention, base: StatuteBase) -> CheckedCitation:
    """The verdict on one citation as of the base's day."""
    law = base.law(mention.law)
    if law is None:
        return _unknown_law(mention)
    article = base.article(mention.law, mention.number)
    if article is None:
        return _no_article(mention, law)
    verdict = _by_status(mention, law, article)
    if verdict is not None:
        return verdict
    problem = _below(mention, article.text)
    if problem:
        return CheckedCitation(
            mention, CheckStatus.NO_SUCH_PARAGRAPH, law.name, article.id, message=problem
        )
    wrong = tuple(quote for quote in mention.quotes if not says(article.text, quote))
    if wrong:
        return CheckedCitation(
            mention, CheckStatus.MISQUOTED, law.name, article.id, misquoted=wrong,
            message=f"《{law.name}》{article.number}中没有“{wrong[0]}”这样的文字",
        )  # fmt: skip
    return CheckedCitation(mention, CheckStatus.CONFIRMED, law.name, article.id)


def check_all(mentions: Iterable[CitationMention], base: StatuteBase) -> list[CheckedCitation]:
    """The verdict on each citation, in order."""
    return [check(mention, base) for mention in mentions]


def paragraphs(text: str) -> list[tuple[str, frozenset[int]]]:
    """Each 款 of an article with the numbers of its 项."""
    found: list[tuple[str, set[int]]] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        item = _ITEM_LINE.match(line)
        if item and found:
            number = numerals.to_int(item[1])
            body, items = found[-1]
            found[-1] = (f"{body}\n{line}", items | ({number} if number else set()))
        else:
            found.append((line, set()))
    return [(body, frozenset(items)) for body, items in found]


def says(text: str, quote: str) -> bool:
    """Whether ``text`` has the words of ``quote``: punctuation aside, … may leave words out."""
    place, body = 0, _plain(text)
    for piece in _ELLIPSIS.split(quote):
        words = _plain(piece)
        at = body.find(words, place)
        if at < 0:
            return False
        place = at + len(words)
    return True


def _plain(text: str) -> str:
    return "".join(
        sign
        for sign in unicodedata.normalize("NFKC", text)
        if unicodedata.category(sign)[0] not in "PZCS"
    )


def _unknown_law(mention: CitationMention) -> CheckedCitation:
    name = mention.law
    if names.REGULATION.search(names.normalise(name)):
        return CheckedCitation(
            mention, CheckStatus.TEXT_NOT_HELD, name,
            message=f"库中没有《{name}》的文本，无法核对，请以官方文本为准",
        )  # fmt: skip
    return CheckedCitation(
        mention, CheckStatus.NO_SUCH_LAW, name, message=f"没有找到《{name}》这部法律"
    )


def _no_article(mention: CitationMention, law: LawView) -> CheckedCitation:
    if law.status is ArticleStatus.REPEALED:
        return _repealed(mention, law, None)
    if not law.complete:
        return CheckedCitation(
            mention, CheckStatus.TEXT_NOT_HELD, law.name,
            message=f"库中没有《{law.name}》{mention.number}的文本，无法核对，请以官方文本为准",
        )  # fmt: skip
    return CheckedCitation(
        mention, CheckStatus.NO_SUCH_ARTICLE, law.name,
        message=f"《{law.name}》没有{mention.number}",
    )  # fmt: skip


def _repealed(mention: CitationMention, law: LawView, article_id: str | None) -> CheckedCitation:
    when = f"自{law.repealed_on:%Y-%m-%d}起" if law.repealed_on else ""
    instead = f"，由《{law.successor}》取代" if law.successor else ""
    return CheckedCitation(
        mention, CheckStatus.REPEALED, law.name, article_id, law.successor,
        message=f"《{law.name}》{when}已经废止{instead}",
    )  # fmt: skip


def _by_status(
    mention: CitationMention, law: LawView, article: ArticleView
) -> CheckedCitation | None:
    if article.status is ArticleStatus.REPEALED:
        return _repealed(mention, law, article.id)
    if article.status is ArticleStatus.NOT_YET_IN_FORCE:
        return CheckedCitation(
            mention, CheckStatus.NOT_YET_IN_FORCE, law.name, article.id,
            message=f"《{law.name}》{article.number}自{article.effective_on}起施行，现在还没有生效",
        )  # fmt: skip
    if article.status is ArticleStatus.AMENDED:
        by = (
            f"已被《{article.changed_by}》修改"
            if article.changed_by
            else "现行文本中已经没有这一条"
        )
        return CheckedCitation(
            mention, CheckStatus.AMENDED, law.name, article.id, article.changed_by,
            message=f"《{law.name}》{article.number}{by}，请核对现行规定",
        )  # fmt: skip
    return None


def _below(mention: CitationMention, text: str) -> str:
    """What is wrong with the 款 and 项 of a citation; empty when nothing is."""
    held = paragraphs(text)
    if mention.paragraph is not None:
        if not 1 <= mention.paragraph <= len(held):
            return f"{mention.name}只有{len(held)}款，没有第{mention.paragraph}款"
        held = [held[mention.paragraph - 1]]
    if mention.item is not None and not any(mention.item in items for _body, items in held):
        return f"{mention.name}的这一款没有第{mention.item}项"
    return ""
