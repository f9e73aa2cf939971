"""Verbs on entries: draft, submit, publish by a second person, reject, withdraw. Never commits."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kit import outbox
from kit.auth import new_token
from kit.clock import BEIJING
from kit.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from knowledge.standard_qa import repository
from knowledge.standard_qa.attachments import PER_ENTRY, Attachment
from knowledge.standard_qa.models import Entry, EntryVersion, VersionArticle, VersionState
from knowledge.standard_qa.schemas import EntryContent
from knowledge.statute import citation
from knowledge.statute import service as statutes

INDEX_TOPIC = "index.entries"


def content_of(version: EntryVersion) -> EntryContent:
    """The content of a version, to start the next one from."""
    return EntryContent.model_validate(
        {name: getattr(version, name) for name in EntryContent.model_fields}
    )


def require_confirmed(session: Session, citations: list[str], now: datetime) -> None:
    """Raise ``InvalidInputError`` naming every citation that the statute text does not confirm."""
    today = now.astimezone(BEIJING).date()
    checked = statutes.check_names(session, citations, today)
    wrong = [f"{item.text}（{item.status.label}）" for item in checked if not item.confirmed]
    if wrong:
        raise InvalidInputError(f"法条引用没有通过核验：{'；'.join(wrong)}")


def new_entry_id() -> str:
    """An id for an entry to which nobody gave one."""
    return f"q-{new_token()[:10].lower().replace('_', '-')}"


def cited_names(citations: Iterable[str]) -> list[str]:
    """The bare names of the articles that are cited, without 款 and 项, each once."""
    mentions = [citation.parse_name(name) for name in citations]
    return list(dict.fromkeys(mention.name for mention in mentions if mention))


def cited_rows(version_id: int, citations: Iterable[str]) -> list[dict[str, Any]]:
    """The rows that link a version with the articles that it cites."""
    return [{"version_id": version_id, "name": name} for name in cited_names(citations)]


def create_draft(
    session: Session,
    content: EntryContent,
    *,
    author: str,
    now: datetime,
    entry_id: str | None = None,
    new_id: str | None = None,
    note: str = "",
) -> EntryVersion:
    """Write a new version of an entry, or the first of a new one (``new_id`` or a made-up id)."""
    require_confirmed(session, content.citations, now)
    if entry_id is None:
        entry = Entry(
            id=new_id or new_entry_id(),
            category=content.category,
            created_at=now,
        )
        session.add(entry)
        number = 1
    else:
        entry = repository.entry(session, entry_id, lock=True)
        highest = select(func.max(EntryVersion.number)).where(EntryVersion.entry_id == entry_id)
        number = (session.scalar(highest) or 0) + 1
    session.flush()
    version = EntryVersion(
        entry_id=entry.id,
        number=number,
        state=VersionState.DRAFT,
        author=author,
        created_at=now,
        change_note=note,
        **content.columns(),
    )
    session.add(version)
    session.flush()
    session.add_all(VersionArticle(**row) for row in cited_rows(version.id, content.citations))
    entry.latest_version_id = version.id
    return version


def submit(session: Session, version_id: int) -> EntryVersion:
    """Hand a draft to review 提交审核."""
    version = repository.version(session, version_id)
    if version.state != VersionState.DRAFT:
        raise ConflictError("只有草稿可以提交审核")
    version.state = VersionState.IN_REVIEW
    return version


def add_similar(
    session: Session, entry_id: str, text: str, *, author: str, now: datetime
) -> EntryVersion:
    """A new version in review that has one more 相似问."""
    entry = repository.entry(session, entry_id, lock=True)
    content = content_of(_basis(session, entry))
    if text in [content.question, *content.similar]:
        raise ConflictError("这个条目已经有这条相似问")
    content = EntryContent.model_validate(
        content.model_dump() | {"similar": [*content.similar, text]}
    )
    version = create_draft(
        session, content, author=author, now=now, entry_id=entry_id, note=f"增加相似问：{text}"
    )
    return submit(session, version.id)


def attach(
    session: Session, entry_id: str, attachment: Attachment, *, author: str, now: datetime
) -> EntryVersion:
    """A new draft that has one more 附件, or another one of the same name."""
    entry = repository.entry(session, entry_id, lock=True)
    content = content_of(_basis(session, entry))
    kept = [item for item in content.attachments if item.name != attachment.name]
    if attachment in content.attachments:
        raise ConflictError("这个条目已经有这个附件")
    if len(kept) >= PER_ENTRY:
        raise InvalidInputError(f"附件：最多 {PER_ENTRY} 个")
    content = content.model_copy(update={"attachments": [*kept, attachment]})
    note = f"增加附件：{attachment.name}"
    return create_draft(session, content, author=author, now=now, entry_id=entry_id, note=note)


def attachment_of(version: EntryVersion | None, sha256: str) -> Attachment:
    """An attachment that a version names. Raises ``NotFoundError``."""
    for item in version.attachments if version else ():
        if item["sha256"] == sha256:
            return Attachment.model_validate(item)
    raise NotFoundError("没有这个附件")


def _basis(session: Session, entry: Entry) -> EntryVersion:
    """What a change starts from: the latest version, unless it was rejected or withdrawn."""
    for version_id in (entry.latest_version_id, entry.live_version_id):
        if version_id is None:
            continue
        version = repository.version(session, version_id)
        if version.state not in (VersionState.REJECTED, VersionState.WITHDRAWN):
            return version
    raise ConflictError("这个条目没有可以在上面修改的版本")


def publish(session: Session, version_id: int, *, reviewer: str, now: datetime) -> EntryVersion:
    """Make a reviewed version live; the index follows through the outbox.

    A version that is valid from a later day waits for it 待上线; see ``calendar.keep``.
    Raises ``ForbiddenError`` for the author (two-person rule), ``ConflictError`` in another state
    or when a newer version is live, ``InvalidInputError`` when a citation is no longer confirmed.
    """
    version = repository.version(session, version_id)
    entry = repository.entry(session, version.entry_id, lock=True)
    if version.state != VersionState.IN_REVIEW:
        raise ConflictError("只有待审核的版本可以发布")
    if version.author == reviewer:
        raise ForbiddenError("自己写的内容要由另一位编辑审核发布")
    if entry.live_version_id is not None:
        live = repository.version(session, entry.live_version_id)
        if live.number > version.number:
            raise ConflictError("已经有更新的版本上线，请在它的基础上修改")
    require_confirmed(session, version.citations, now)
    today = now.astimezone(BEIJING).date()
    if version.expires_on is not None and version.expires_on <= today:
        raise InvalidInputError(f"失效日期 {version.expires_on} 已经过了，请先修改")
    version.reviewer = reviewer
    version.decided_at = now
    if version.valid_from is not None and version.valid_from > today:
        version.state = VersionState.SCHEDULED
    else:
        go_live(session, entry, version, now)
    return version


def go_live(session: Session, entry: Entry, version: EntryVersion, now: datetime) -> None:
    """上线: citizens get this version from now on; nothing is left to look at again."""
    version.state = VersionState.PUBLISHED
    entry.live_version_id = version.id
    entry.category = version.category
    entry.recheck = entry.recheck_since = entry.withdraw_on = None
    outbox.put(session, INDEX_TOPIC, {"entry_id": entry.id}, now)


def reject(
    session: Session, version_id: int, *, reviewer: str, reason: str, now: datetime
) -> EntryVersion:
    """Send a version back to its author 退回, with a reason; one that waits for its day too."""
    version = repository.version(session, version_id)
    if version.state not in (VersionState.IN_REVIEW, VersionState.SCHEDULED):
        raise ConflictError("只有待审核或待上线的版本可以退回")
    if not reason.strip():
        raise InvalidInputError("请写明退回的原因")
    version.state = VersionState.REJECTED
    version.reviewer = reviewer
    version.review_note = reason.strip()
    version.decided_at = now
    return version


def withdraw(session: Session, entry_id: str, *, actor: str, reason: str, now: datetime) -> Entry:
    """Take the live version off 撤下; citizens no longer get it, from this moment on."""
    entry = repository.entry(session, entry_id, lock=True)
    if entry.live_version_id is None:
        raise ConflictError("这个条目没有上线")
    if not reason.strip():
        raise InvalidInputError("请写明撤下的原因")
    version = repository.version(session, entry.live_version_id)
    version.state = VersionState.WITHDRAWN
    version.review_note = f"{actor} 撤下：{reason.strip()}"
    entry.live_version_id = None
    entry.withdraw_on = None
    outbox.put(session, INDEX_TOPIC, {"entry_id": entry.id}, now)
    return entry


def restore(
    session: Session, entry_id: str, version_id: int, *, author: str, now: datetime
) -> EntryVersion:
    """恢复 an older version: a new draft that says the same, for review like any other."""
    old = repository.version(session, version_id)
    if old.entry_id != entry_id:
        raise ConflictError("这个条目没有这个版本")
    return create_draft(
        session,
        content_of(old),
        author=author,
        now=now,
        entry_id=entry_id,
        note=f"恢复第 {old.number} 版的内容",
    )


def flag(session: Session, entry_id: str, reason: str, *, now: datetime) -> Entry:
    """标为待复核: somebody has to look at the entry again; it stays live."""
    entry = repository.entry(session, entry_id, lock=True)
    if not reason.strip():
        raise InvalidInputError("请写明要复核什么")
    entry.recheck = reason.strip()
    entry.recheck_since = entry.recheck_since or now
    return entry


def unflag(session: Session, entry_id: str) -> Entry:
    """复核无误: the entry stands as it is, and is not withdrawn on the day that was set."""
    entry = repository.entry(session, entry_id, lock=True)
    if entry.recheck is None:
        raise ConflictError("这个条目没有待复核的事项")
    entry.recheck = entry.recheck_since = entry.withdraw_on = None
    return entry
