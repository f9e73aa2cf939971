"""Tables of consultations: the conversation, its numbered messages, its turns."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, UtcDateTime


class Sender(StrEnum):
    """Who speaks."""

    CITIZEN = "citizen"
    BOT = "bot"
    LAWYER = "lawyer"
    SYSTEM = "system"


class Consultation(Base):
    """Consultation 咨询: a citizen's conversation on one channel; anonymous until they say more."""

    __tablename__ = "consultation"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    # The session token is never stored, only its hash.
    session_hash: Mapped[str] = mapped_column(String(64), unique=True)
    # The lawyer who serves the conversation in person; None: the bot does.
    serving_staff_id: Mapped[int | None]
    next_seq: Mapped[int] = mapped_column(default=1)
    last_entry_id: Mapped[str | None] = mapped_column(String(80))
    last_question: Mapped[str | None] = mapped_column(Text)
    # 追问: the required fact of the last entry that the citizen was just asked for.
    asked_fact: Mapped[str | None] = mapped_column(String(80))
    # The latest danger or running deadline that was heard, and when; "none" if never.
    risk: Mapped[str] = mapped_column(String(20), default="none")
    risk_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Which process is running this conversation's turns now, and until when it may.
    turn_owner: Mapped[str | None] = mapped_column(String(64))
    turn_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Message(Base):
    """Message 消息: numbered in its consultation, never changed after it is written."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("consultation_id", "seq"),
        UniqueConstraint("consultation_id", "client_message_id", name="uq_message_client"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultation.id"))
    seq: Mapped[int]
    sender: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    client_message_id: Mapped[str | None] = mapped_column(String(64))
    reply_to: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Turn(Base):
    """Turn 一问一答: a question with the decision, its confidence and the entry version used."""

    __tablename__ = "turn"
    __table_args__ = (Index("ix_turn_decision", "decision", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultation.id"), index=True)
    question: Mapped[str] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(String(20))
    confidence: Mapped[float]
    entry_id: Mapped[str | None] = mapped_column(String(80))
    entry_version_id: Mapped[int | None]
    reasons: Mapped[list[str]] = mapped_column(JSON)
    risk: Mapped[str] = mapped_column(String(20))
    urgency: Mapped[str] = mapped_column(String(10))
    helped: Mapped[bool | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
