"""Tables of the WeChat door: contacts, deliveries, media, and the one access token."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, UtcDateTime


class WeChatContact(Base):
    """微信联系人: a citizen's openid, their consultation and how often we may still write."""

    __tablename__ = "wechat_contact"

    openid: Mapped[str] = mapped_column(String(64), primary_key=True)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultation.id"), unique=True)
    following: Mapped[bool] = mapped_column(default=True)
    # 客服消息额度: messages that we may send by ourselves, and until when.
    quota: Mapped[int] = mapped_column(default=0)
    quota_until: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DeliveryState(StrEnum):
    """投递状态: how a message went to WeChat, or why it did not."""

    PASSIVE = "passive"
    SENDING = "sending"
    SENT = "sent"
    WAITING = "waiting"
    # Said on the page to somebody who uses both.
    SEEN = "seen"


class WeChatDelivery(Base):
    """投递: one message on its way to WeChat; the key makes it go once."""

    __tablename__ = "wechat_delivery"
    __table_args__ = (
        Index("ix_wechat_delivery_carrier", "carrier_id"),
        Index("ix_wechat_delivery_consultation", "consultation_id", "state"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultation.id"))
    state: Mapped[str] = mapped_column(String(10))
    # The citizen's message whose passive reply carried this one.
    carrier_id: Mapped[int | None]
    # Why it waits, in Chinese, for the lawyer to read.
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class MediaState(StrEnum):
    """多媒体状态: whether a citizen's file is with us."""

    # Nothing to fetch: a place, a link, or what the platform does not hand out.
    NONE = "none"
    WANTED = "wanted"
    KEPT = "kept"
    REFUSED = "refused"


class WeChatMedia(Base):
    """多媒体: what a citizen sent besides text, by its media id, and the file once fetched."""

    __tablename__ = "wechat_media"

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    media_id: Mapped[str] = mapped_column(String(255), default="")
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), default=MediaState.NONE)
    # Why it was refused, in Chinese, for the lawyer to read.
    reason: Mapped[str] = mapped_column(Text, default="")
    # The name in the media folder.
    file: Mapped[str] = mapped_column(String(80), default="")
    size: Mapped[int] = mapped_column(default=0)


class WeChatToken(Base):
    """调用凭据: the account's access token, shared by all processes; one of them refreshes it."""

    __tablename__ = "wechat_token"

    app_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(512), default="")
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When it was fetched in the last minute, and by force in the last day; seconds since 1970.
    fetched: Mapped[list[float]] = mapped_column(JSON, default=list)
    forced: Mapped[list[float]] = mapped_column(JSON, default=list)
