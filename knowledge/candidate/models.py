"""Table of candidates."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, UtcDateTime


class CandidateState(StrEnum):
    """待处理 → 已并入 / 已起草 / 不采用."""

    OPEN = "open"
    MERGED = "merged"
    DRAFTED = "drafted"
    DISMISSED = "dismissed"


class Candidate(Base):
    """Candidate 候选知识: a citizen's question with the answer that a lawyer gave."""

    __tablename__ = "candidate"

    id: Mapped[int] = mapped_column(primary_key=True)
    # One answer proposes one candidate, however often the worker delivers it.
    source: Mapped[str] = mapped_column(String(80), unique=True)
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(20))
    nearest_entry_id: Mapped[str | None] = mapped_column(String(80))
    nearest_confidence: Mapped[float | None]
    state: Mapped[str] = mapped_column(String(20), index=True)
    entry_id: Mapped[str | None] = mapped_column(String(80))
    decided_by: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
