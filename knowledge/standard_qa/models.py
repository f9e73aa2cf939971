"""Tables of the standard Q&A: an entry points to its live and to its latest version."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, UtcDateTime


class VersionState(StrEnum):
    """草稿 → 待审核 → (待上线 →) 已发布; or 已退回, 已撤下."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


def _searched(context: DefaultExecutionContext) -> str:
    values: dict[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return "\n".join([values["question"], *values["similar"]])


class Entry(Base):
    """StandardQA 标准问答: one matter; what citizens see is its live version, if it has one."""

    __tablename__ = "entry"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    category: Mapped[str] = mapped_column(String(20), index=True)
    live_version_id: Mapped[int | None] = mapped_column(index=True)
    latest_version_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # 待复核: why somebody has to look at the entry again, and since when.
    recheck: Mapped[str | None] = mapped_column(Text)
    recheck_since: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    # The day on which the live version is withdrawn, because the law that it states ends.
    withdraw_on: Mapped[date | None] = mapped_column(index=True)


class EntryVersion(Base):
    """A version 版本: its content never changes after it is written, only its state does."""

    __tablename__ = "entry_version"
    __table_args__ = (
        UniqueConstraint("entry_id", "number"),
        Index("ix_entry_version_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(20))
    question: Mapped[str] = mapped_column(Text)
    similar: Mapped[list[str]] = mapped_column(JSON)
    answer: Mapped[dict[str, str]] = mapped_column(JSON)
    citations: Mapped[list[str]] = mapped_column(JSON)
    mentions: Mapped[list[str]] = mapped_column(JSON)
    region: Mapped[str] = mapped_column(String(80), default="")
    audience: Mapped[str] = mapped_column(String(20), default="所有人")
    valid_from: Mapped[date | None]
    expires_on: Mapped[date | None]
    # 必要事实, as ``facts.RequiredFact`` writes them.
    facts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    ask_first: Mapped[bool] = mapped_column(default=False)
    # 附件, as ``attachments.Attachment`` writes them; the files lie in the data folder.
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    review: Mapped[dict[str, Any]] = mapped_column(JSON)
    # What the list of entries is searched by: JSON columns hold Chinese as escapes.
    searched: Mapped[str] = mapped_column(Text, default=_searched)
    change_note: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str] = mapped_column(String(64))
    reviewer: Mapped[str | None] = mapped_column(String(64))
    review_note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LabelledQuestion(Base):
    """标注问法: a question that the entry must answer; asked when a version is published."""

    __tablename__ = "entry_question"
    __table_args__ = (UniqueConstraint("entry_id", "text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"))
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VersionArticle(Base):
    """引用关系: an article that a version cites, by its bare name, without 款 and 项."""

    __tablename__ = "entry_version_article"

    version_id: Mapped[int] = mapped_column(ForeignKey("entry_version.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), primary_key=True, index=True)
