"""Verbs on gaps: gather them anew each day, merge as a 相似问, draft, leave. Never commits."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from hotline.consultation.models import Turn
from hotline.consultation.triage import Risk
from hotline.gaps.models import Gap, GapState
from kit.errors import ConflictError, InvalidInputError, NotFoundError
from kit.masking import mask
from knowledge.clustering import clusters
from knowledge.decision import Kind, Offered
from knowledge.similarity import normalised
from knowledge.standard_qa import service as standard_qa
from knowledge.standard_qa.models import EntryVersion
from knowledge.standard_qa.schemas import PHRASING_LIMIT, EntryContent

WINDOW = timedelta(days=30)
WORDINGS = 20
# So many different questions are clustered at once, the most frequent ones.
LIMIT = 5000
KEPT = 300
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

# From a question to the live entry that comes nearest, if any does.
Nearest = Callable[[str], Offered | None]


@dataclass(slots=True)
class _Asked:
    """One wording with what happened to it."""

    text: str
    first_at: datetime
    last_at: datetime
    happened: Counter[str] = field(default_factory=Counter)


def collect(session: Session, nearest: Nearest, now: datetime) -> list[Gap]:
    """The gaps of the last weeks, unwritten: unanswered, disliked and handed-over questions.

    A question of a gap that an editor has decided on counts again only when it is asked after
    that. This takes a while and only reads; ``replace`` writes.
    """
    settled = _settled(session)
    asked: dict[str, _Asked] = {}
    for turn, last in session.execute(_missed(now)):
        text = " ".join(mask(turn.question).split())[:PHRASING_LIMIT]
        key = normalised(text)
        if len(key) < 2 or turn.created_at <= settled.get(key, _LONG_AGO):
            continue
        kind = _kind(turn, last)
        if kind:
            row = asked.setdefault(key, _Asked(text, turn.created_at, turn.created_at))
            row.happened[kind] += 1
            row.first_at, row.last_at = (
                min(row.first_at, turn.created_at),
                max(row.last_at, turn.created_at),
            )
    rows = sorted(asked.values(), key=lambda row: -row.happened.total())[:LIMIT]
    found = clusters([row.text for row in rows], [row.happened.total() for row in rows])
    # A search for each: the worker has other things to do besides.
    return [_gap([rows[place] for place in places], nearest) for places in found[:KEPT]]


def replace(session: Session, found: Sequence[Gap]) -> int:
    """Put these in the place of all open gaps; how many. What was decided meanwhile stays so."""
    settled = _settled(session)
    kept = [gap for gap in found if gap.last_at > settled.get(normalised(gap.question), _LONG_AGO)]
    session.execute(delete(Gap).where(Gap.state == GapState.OPEN))
    session.add_all(kept)
    session.flush()
    return len(kept)


def _missed(now: datetime) -> Select[Turn, bool]:
    """Turns that may be gaps, each with whether it was the last one of its consultation."""
    last = (
        select(Turn.consultation_id, func.max(Turn.id).label("id"))
        .group_by(Turn.consultation_id)
        .subquery()
    )
    return (
        select(Turn, last.c.id.is_not(None))
        .outerjoin(last, last.c.id == Turn.id)
        .where(
            Turn.created_at > now - WINDOW,
            # Danger is answered by people on purpose.
            Turn.risk == Risk.NONE,
            or_(
                Turn.decision.in_([Kind.HANDOVER, Kind.CHOICES]),
                # Where an entry asks for a required fact first, the base has the answer.
                and_(Turn.decision == Kind.ASK_BACK, Turn.entry_id.is_(None)),
                Turn.helped.is_(False),
            ),
        )
        .order_by(Turn.id)
    )


def _kind(turn: Turn, last: bool) -> str:
    if turn.helped is False:
        return "disliked"
    if turn.decision == Kind.HANDOVER:
        return "handed_over"
    # Choices and questions back that somebody followed up led on to an answer.
    return "unanswered" if last else ""


def _settled(session: Session) -> dict[str, datetime]:
    """When each wording of a decided gap was decided on."""
    found: dict[str, datetime] = {}
    for gap in session.scalars(select(Gap).where(Gap.state != GapState.OPEN).order_by(Gap.id)):
        for text in gap.wordings:
            if gap.decided_at is not None:
                found[normalised(text)] = gap.decided_at
    return found


def _gap(rows: Sequence[_Asked], nearest: Nearest) -> Gap:
    happened = sum((row.happened for row in rows), Counter[str]())
    offered = nearest(rows[0].text)
    return Gap(
        question=rows[0].text,
        wordings=[row.text for row in rows][:WORDINGS],
        count=happened.total(),
        unanswered=happened["unanswered"],
        disliked=happened["disliked"],
        handed_over=happened["handed_over"],
        nearest_entry_id=offered.entry_id if offered else None,
        nearest_confidence=offered.confidence if offered else None,
        state=GapState.OPEN,
        first_at=min(row.first_at for row in rows),
        last_at=max(row.last_at for row in rows),
    )


def get(session: Session, gap_id: int, *, lock: bool = False) -> Gap:
    """One gap. Raises ``NotFoundError``."""
    found = session.get(Gap, gap_id, with_for_update=lock)
    if found is None:
        raise NotFoundError("没有这个缺口，可能已经重新汇总，请刷新")
    return found


def _decide(session: Session, gap_id: int, state: GapState, actor: str, now: datetime) -> Gap:
    gap = get(session, gap_id, lock=True)
    if gap.state != GapState.OPEN:
        raise ConflictError("这个缺口已经有人处理过了")
    gap.state, gap.decided_by, gap.decided_at = state, actor, now
    return gap


def merge(
    session: Session, gap_id: int, entry_id: str, text: str, *, actor: str, now: datetime
) -> EntryVersion:
    """并入 an entry as a 相似问, for review."""
    gap = _decide(session, gap_id, GapState.MERGED, actor, now)
    wording = " ".join(text.split())
    if not 2 <= len(wording) <= PHRASING_LIMIT:
        raise InvalidInputError(f"相似问要有 2 到 {PHRASING_LIMIT} 字")
    gap.entry_id = entry_id
    return standard_qa.add_similar(session, entry_id, wording, author=actor, now=now)


def draft(
    session: Session, gap_id: int, content: EntryContent, *, actor: str, now: datetime
) -> EntryVersion:
    """起草 a new entry that closes the gap; it goes to review."""
    gap = _decide(session, gap_id, GapState.DRAFTED, actor, now)
    version = standard_qa.create_draft(
        session, content, author=actor, now=now, note=f"补缺口：{gap.question}"[:200]
    )
    gap.entry_id = version.entry_id
    return standard_qa.submit(session, version.id)


def dismiss(session: Session, gap_id: int, reason: str, *, actor: str, now: datetime) -> Gap:
    """不处理, with a reason."""
    if not reason.strip():
        raise InvalidInputError("请写明不处理的原因")
    gap = _decide(session, gap_id, GapState.DISMISSED, actor, now)
    gap.note = reason.strip()
    return gap
