"""Table of gaps."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, UtcDateTime


class GapState(StrEnum):
    """待处理 → 已起草 / 已并入 / 不处理."""

    OPEN = "open"
    DRAFTED = "drafted"
    MERGED = "merged"
    DISMISSED = "dismissed"


class Gap(Base):
    """Gap 缺口: like questions that were not answered, with how often each thing happened."""

    __tablename__ = "gap"
    __table_args__ = (Index("ix_gap_state_count", "state", "count"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # The one that was asked most often; telephone numbers are masked.
    question: Mapped[str] = mapped_column(Text)
    # All of its wordings, most frequent first.
    wordings: Mapped[list[str]] = mapped_column(JSON)
    count: Mapped[int]
    unanswered: Mapped[int]
    disliked: Mapped[int]
    handed_over: Mapped[int]
    nearest_entry_id: Mapped[str | None] = mapped_column(String(80))
    nearest_confidence: Mapped[float | None]
    state: Mapped[str] = mapped_column(String(20))
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    entry_id: Mapped[str | None] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text, default="")
