"""Table of the WeCom door: up to where messages were read."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base


class WeComCursor(Base):
    """游标: the place in the messages of one 客服账号; what lies before it is in the inbox."""

    __tablename__ = "wecom_cursor"

    kf_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    cursor: Mapped[str] = mapped_column(Text, default="")
