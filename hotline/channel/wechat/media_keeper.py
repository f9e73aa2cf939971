"""The worker's way of fetching what citizens sent: images, films, voices, files.

A voice becomes words where the site has a service for it.
WeChat hands a file out for three days. A failed fetch is tried again through the outbox; what may
not be kept is refused once, with the reason for the lawyer.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.channel import service as channel
from hotline.channel.dialogue import Dialogue
from hotline.channel.media import DAY_LIMIT, MB, FileType, MediaFolder, type_of
from hotline.channel.speech import Transcriber
from hotline.channel.wechat import phrases
from hotline.channel.wechat.errors import ApiRefused, ApiUnavailable, MediaTooLarge
from hotline.channel.wechat.models import MediaState, WeChatMedia
from hotline.channel.wechat.service import MEDIA_TOPIC
from hotline.consultation import repository, service
from hotline.consultation.models import Consultation, Message, Sender
from hotline.consultation.schemas import Reply
from kit import outbox
from kit.clock import Clock
from kit.db import Database
from kit.errors import InvalidInputError
from kit.outbox import OutboxRow
from kit.settings import Settings

log = logging.getLogger(__name__)
BATCH = 5
DAY = timedelta(days=1)


class Fetches(Protocol):
    """Gets a file by its media id."""

    def fetch_media(self, media_id: str, limit: int) -> bytes:
        """The file. Raises ``MediaTooLarge``, ``ApiRefused``, ``ApiUnavailable``."""
        ...


class MediaKeeper:
    """Fetches and keeps files; one per worker. ``clients`` by the name of the channel."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        dialogue: Dialogue,
        clients: Mapping[str, Fetches],
        transcriber: Transcriber | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._dialogue = dialogue
        self._clients = clients
        self._transcriber = transcriber
        self._folder = MediaFolder(settings.data_dir)
        self._limit = settings.media_max_mb * MB

    def keep(self) -> int:
        """Fetch what is due; returns how many rows were looked at."""
        rows = outbox.take(self._database, self._clock.now(), [MEDIA_TOPIC], BATCH)
        for row in rows:
            try:
                self._keep_one(row)
            except ApiUnavailable as error:
                log.warning("media: %s", error.message)
                with self._database.write() as session:
                    outbox.failed(session, row, self._clock.now(), error.message)
        return len(rows)

    def _keep_one(self, row: OutboxRow) -> None:
        with self._database.read() as session:
            media = session.get_one(WeChatMedia, row.payload["message_id"])
            message = session.get_one(Message, media.message_id)
            channel_name = repository.get(session, message.consultation_id).channel
            full = self._full(session, message.consultation_id)
        data, reason = b"", phrases.DAY_FULL if full else ""
        if media.state == MediaState.WANTED and not full:
            data, reason = self._fetch(channel_name, media.media_id)
        kind = type_of(data)
        if data and kind is None:
            reason = phrases.UNKNOWN_TYPE
        words = self._words(media, data, kind)
        name = self._folder.keep(data, kind) if kind is not None else ""
        with self._database.write() as session:
            now = self._clock.now()
            outbox.done(session, row.id, now)
            media = session.get_one(WeChatMedia, message.id, with_for_update=True)
            if media.state != MediaState.WANTED:
                return
            media.state = MediaState.KEPT if name else MediaState.REFUSED
            media.reason, media.file, media.size = reason, name, len(data) if name else 0
            consultation = repository.get(session, message.consultation_id, lock=True)
            if media.kind == "voice" and self._transcriber is not None:
                self._hear(session, consultation, message, words, now)
            elif reason:
                # They were told that it is kept.
                what = message.text.strip("[]").partition("]")[0]
                reply = Reply(text=phrases.NOT_KEPT.format(what=what, reason=reason))
                service.say(
                    session, consultation, Sender.SYSTEM, reply, now=now, reply_to=message.id
                )
        if words:
            self._dialogue.drain(message.consultation_id)

    def _full(self, session: Session, consultation_id: str) -> bool:
        taken = session.scalar(
            select(func.sum(WeChatMedia.size))
            .join(Message, Message.id == WeChatMedia.message_id)
            .where(
                Message.consultation_id == consultation_id,
                Message.created_at > self._clock.now() - DAY,
            )
        )
        return (taken or 0) >= DAY_LIMIT

    def _fetch(self, channel_name: str, media_id: str) -> tuple[bytes, str]:
        """The file, or nothing and the reason."""
        try:
            return self._clients[channel_name].fetch_media(media_id, self._limit), ""
        except MediaTooLarge:
            return b"", phrases.TOO_LARGE.format(limit=self._limit // MB)
        except ApiRefused as error:
            return b"", phrases.MEDIA_GONE.format(code=error.errcode)

    def _words(self, media: WeChatMedia, data: bytes, kind: FileType | None) -> str:
        """What was said in a voice message; empty where that cannot be known."""
        if media.kind != "voice" or self._transcriber is None or kind is None:
            return ""
        if not kind.mime.startswith("audio/"):
            return ""
        said = self._transcriber.transcribe(data, f"voice.{kind.ending}", kind.mime)
        try:
            return channel.accept(said)
        except InvalidInputError:
            return ""

    def _hear(
        self, session: Session, row: Consultation, message: Message, words: str, now: datetime
    ) -> None:
        """The words of a voice are said as the citizen's; without any, the citizen is asked."""
        if words:
            channel.receive(session, row, words, f"{message.client_message_id}:words", now)
        else:
            reply = Reply(text=phrases.VOICE)
            service.say(session, row, Sender.SYSTEM, reply, now=now, reply_to=message.id)
