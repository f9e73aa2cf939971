"""Tables of the doors: what citizens said and nobody has answered yet; codes that join doors."""

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


class LinkTry(Base):
    """A try 尝试 at a link code: counted for a day, by whoever typed it."""

    __tablename__ = "link_try"
    __table_args__ = (Index("ix_link_try_openid", "openid", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    openid: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class LinkCode(Base):
    """Link code 连接码: shown on the page, typed in WeChat; short-lived, single use, hashed."""

    __tablename__ = "link_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultation.id"))
    # Who typed it first; nobody else can use it any more.
    openid: Mapped[str | None] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
