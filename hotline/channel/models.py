"""Table of the inbox: what citizens said and the bot has not answered yet."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, UtcDateTime


class InboxItem(Base):
    """Inbox 收件: one citizen message that waits for its turn, or had it (``done_at``)."""

    __tablename__ = "inbox"
    __table_args__ = (Index("ix_inbox_open", "done_at", "consultation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultation.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), unique=True)
    channel: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
