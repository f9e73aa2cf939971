"""Tables of the statute base: works, their versions, and the articles of each version."""

from datetime import date

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base


class Law(Base):
    """法律法规: one work, whatever its versions; also a repealed work whose text is not held."""

    __tablename__ = "law"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    """Without 中华人民共和国 in front."""
    full_name: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(16))
    """宪法, 法律, 行政法规, 司法解释, 部门规章 or 地方性法规."""
    kind: Mapped[str] = mapped_column(String(16))
    """What sort of text: 法律, 宪法, 修正案, 修改决定, 立法解释 …"""
    repealed_on: Mapped[date | None]
    """失效日期 of the work as the act that repealed it states it; may lie in the future."""
    successor: Mapped[str | None] = mapped_column(String(200))
    """Name of the work that took its place, where an act says so (同时废止)."""


class LawVersion(Base):
    """版本: the text of a work as published on one day."""

    __tablename__ = "law_version"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    law_id: Mapped[str] = mapped_column(ForeignKey("law.id"), index=True)
    published_on: Mapped[date | None]
    effective_on: Mapped[date | None]
    """施行日期 as the source gives it: for an amended text often that of the first version."""
    expires_on: Mapped[date | None]
    """失效日期: the day on which it was repealed or its next version takes effect."""
    source_status: Mapped[str] = mapped_column(String(16))
    """The source's word, kept as it came; status today is always computed from the dates."""
    complete: Mapped[bool]
    """Whether every article is held; if not, a missing article proves nothing."""
    incorporated: Mapped[bool]
    """An amending act whose changes the held text of its work already contains."""
    fingerprint: Mapped[str] = mapped_column(String(64))


class Article(Base):
    """条文: one article of one version."""

    __tablename__ = "article"
    __table_args__ = (
        UniqueConstraint("version_id", "number"),
        Index("ix_article_law_name_number", "law_name", "number"),
    )

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    """``民法典第一千零七十九条@<version>``."""
    version_id: Mapped[str] = mapped_column(ForeignKey("law_version.id"), index=True)
    law_name: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(32))
    ordinal: Mapped[int]
    suffix: Mapped[int]
    position: Mapped[int]
    """Place within its version, from 0."""
    chapter: Mapped[str | None] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    superseded_on: Mapped[date | None]
    """From this day an amending act has changed it and the new wording is not held here."""
    superseded_by: Mapped[str | None] = mapped_column(String(200))
