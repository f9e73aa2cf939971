"""Labelled questions 标注问法 of entries: what citizens ask that an entry must answer.

They are no phrasings: nothing is searched by them. They are asked when a version is published, and
belong to the entry, whatever its versions. Never commits.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from knowledge.standard_qa.models import Entry, LabelledQuestion

_CHUNK = 500


def of(session: Session, entry_ids: Sequence[str]) -> dict[str, list[str]]:
    """The labelled questions of these entries, in the order in which they were written."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(entry_ids), _CHUNK):
        rows = session.execute(
            select(LabelledQuestion.entry_id, LabelledQuestion.text)
            .where(LabelledQuestion.entry_id.in_(entry_ids[start : start + _CHUNK]))
            .order_by(LabelledQuestion.id)
        )
        for entry_id, text in rows:
            found.setdefault(entry_id, []).append(text)
    return found


def of_live(session: Session) -> list[tuple[str, str]]:
    """(entry id, question) of every entry that is live."""
    rows = session.execute(
        select(LabelledQuestion.entry_id, LabelledQuestion.text)
        .join(Entry, Entry.id == LabelledQuestion.entry_id)
        .where(Entry.live_version_id.is_not(None))
        .order_by(LabelledQuestion.id)
    )
    return [(entry_id, text) for entry_id, text in rows]


def replace(
    session: Session, entry_id: str, texts: Iterable[str], *, author: str, now: datetime
) -> bool:
    """Put these in the place of an entry's labelled questions; whether anything changed.

    What stays keeps its author.
    """
    wanted = list(dict.fromkeys(texts))
    held = of(session, [entry_id]).get(entry_id, [])
    gone = [text for text in held if text not in wanted]
    new = [text for text in wanted if text not in held]
    if gone:
        session.execute(
            delete(LabelledQuestion).where(
                LabelledQuestion.entry_id == entry_id, LabelledQuestion.text.in_(gone)
            )
        )
    if new:
        session.execute(
            insert(LabelledQuestion),
            [
                {"entry_id": entry_id, "text": text, "author": author, "created_at": now}
                for text in new
            ],
        )
    return bool(gone or new)
