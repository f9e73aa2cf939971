"""Verbs on consultations: begin, say, answer a question, rate.

All but ``ask`` flush and leave the commit to their caller.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from hotline.consultation import phrases, repository
from hotline.consultation.models import Consultation, Message, Sender, Turn
from hotline.consultation.schemas import (
    AttachmentOut,
    CandidateOut,
    Choice,
    CitationOut,
    QuestionOut,
    Reply,
    TriageOut,
)
from hotline.consultation.triage import Risk, Triage
from hotline.consultation.triager import Triager
from kit import outbox
from kit.auth import hash_token
from kit.db import Database
from knowledge.categories import Category
from knowledge.decision import Kind, Offered
from knowledge.retrieval import Consulted, Context, Retriever
from knowledge.standard_qa.schemas import SECTIONS, render

_ARTICLE = re.compile(r"^(.+?)(第[〇零一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?)$")
# A work order made this long after a danger was heard is urgent.
RISK_LASTS = timedelta(hours=24)
DELIVER_TOPIC = "message.deliver"
# Channels that fetch nothing: what is said there must be carried to the citizen.
PUSHED = frozenset({"wechat", "wecom"})
# The request that brought a question may answer it itself; the worker gives it this start.
REPLY_HEAD_START = timedelta(seconds=1)
# How many related articles are shown when no entry is good, and from which log-odds on that the
# question is one for the law at all (docs/retrieval.md).
RELATED = 3
RELATED_FROM = -3.0
# How many likely categories are offered, and what most people come with, offered to everybody.
LIKELY = 3
USUAL = (
    Category.FAMILY,
    Category.LABOUR,
    Category.DEBT,
    Category.TRAFFIC,
    Category.PROPERTY,
    Category.CONTRACT,
    Category.CONSUMER,
    Category.CRIMINAL,
    Category.LEGAL_AID,
    Category.GENERAL,
)
_NOT_SURE = Choice(title=phrases.NOT_SURE, payload=phrases.NOT_SURE)
_PERSON = Choice(title=phrases.ASK_PERSON, payload=phrases.ASK_PERSON)
_RATING = [
    Choice(title=phrases.HELPED, payload=phrases.HELPED),
    Choice(title=phrases.NOT_HELPED, payload=phrases.NOT_HELPED),
]


def begin(session: Session, *, channel: str, token: str, now: datetime) -> Consultation:
    """Begin a consultation for a session token."""
    consultation = Consultation(
        id=str(uuid.uuid4()),
        channel=channel,
        session_hash=hash_token(token),
        created_at=now,
        last_at=now,
        next_seq=1,
    )
    session.add(consultation)
    session.flush()
    return consultation


def say(
    session: Session,
    consultation: Consultation,
    sender: Sender,
    reply: Reply,
    *,
    now: datetime,
    client_message_id: str | None = None,
    reply_to: int | None = None,
) -> Message:
    """Write the next message. The consultation's row must be locked by the caller."""
    message = Message(
        consultation_id=consultation.id,
        seq=consultation.next_seq,
        sender=sender,
        text=reply.text,
        payload=reply.model_dump(mode="json", exclude={"text"}, exclude_defaults=True),
        client_message_id=client_message_id,
        reply_to=reply_to,
        created_at=now,
    )
    consultation.next_seq += 1
    consultation.last_at = now
    session.add(message)
    session.flush()
    if consultation.channel in PUSHED and sender is not Sender.CITIZEN:
        delay = REPLY_HEAD_START if reply_to is not None else timedelta(0)
        outbox.put(session, DELIVER_TOPIC, {"message_id": message.id}, now, delay)
    return message


def split_citation(name: str) -> CitationOut:
    """``民法典第一千零七十九条`` → law and article."""
    match = _ARTICLE.match(name)
    return (
        CitationOut(law=match[1], article=match[2]) if match else CitationOut(law=name, article="")
    )


def _answer_text(consulted: Consulted) -> str:
    version = consulted.answer
    assert version is not None
    if consulted.section is None:
        return f"关于“{version.question}”\n{render(version.answer)}"
    if consulted.section in version.answer:
        return render({consulted.section: version.answer[consulted.section]})
    return phrases.SECTION_MISSING.format(section=SECTIONS[consulted.section])


def _attachments(consulted: Consulted) -> list[AttachmentOut]:
    """What is to be filled in or handed in; it belongs to the steps and the materials."""
    version = consulted.answer
    if version is None or consulted.section not in (None, "steps", "materials"):
        return []
    path = f"/attachments/{version.entry_id}"
    return [
        AttachmentOut(name=item["name"], url=f"{path}/{item['sha256']}", size=item["size"])
        for item in version.attachments
    ]


def _titles(
    consulted: Consulted, offered: Sequence[Offered], *, near: bool = False
) -> list[Choice]:
    """Entries as their questions, which asked word for word find them again."""
    questions = [consulted.versions[item.entry_id].question for item in offered]
    return [Choice(title=text, payload=text, near=near) for text in questions]


def compose(consulted: Consulted, outcome: Triage, related: list[CitationOut]) -> Reply:
    """The words for a decision: safety first, then the published answer word for word."""
    kind, decision = consulted.kind, consulted.decision
    parts: list[str] = []
    choices: list[Choice] = []
    citations: list[CitationOut] = []
    if outcome.risk is not Risk.NONE:
        parts.append(phrases.SAFETY[outcome.risk])
        parts.append(phrases.URGENT_OFFER)
        choices.append(_PERSON)
    match kind:
        case Kind.ANSWER:
            version = consulted.answer
            assert version is not None
            if consulted.joined and consulted.section:
                parts.append(phrases.FACT_HEARD)
            parts.append(_answer_text(consulted))
            parts.append(phrases.DISCLAIMER)
            citations = [split_citation(name) for name in version.citations]
            choices += [*_RATING]
            if consulted.asks:
                parts.append(phrases.ASK_FACT.format(question=consulted.asks.question))
            # One thing at a time: whoever is in danger, or is asked something, is led no further.
            elif decision.offered[1:] and outcome.risk is Risk.NONE:
                choices += _titles(consulted, decision.offered[1:], near=True)
        case Kind.CHOICES:
            parts.append(phrases.CHOICES)
            choices += _titles(consulted, decision.offered)
        case Kind.ASK_BACK if consulted.asks:
            parts.append(phrases.ASK_FIRST.format(question=consulted.asks.question))
            choices.append(_NOT_SURE)
        case Kind.ASK_BACK:
            parts.append(phrases.ASK_BACK)
        case Kind.HANDOVER:
            parts.append(phrases.HANDOVER)
            if related:
                parts.append(phrases.RELATED)
    if kind is not Kind.ANSWER and _PERSON not in choices:
        choices.append(_PERSON)
    return Reply(
        text="\n\n".join(parts),
        citations=citations,
        choices=choices,
        related=related if kind is Kind.HANDOVER else [],
        decision=kind,
        ask_back=consulted.asks.question if consulted.asks else None,
        attachments=_attachments(consulted) if kind is Kind.ANSWER else [],
    )


def _related(
    session: Session, retriever: Retriever, question: str, kind: Kind
) -> list[CitationOut]:
    if kind is not Kind.HANDOVER or retriever.within(question) < RELATED_FROM:
        return []
    hits = retriever.related_articles(session, question, RELATED)
    return [split_citation(hit.owner) for hit in hits]


def likely_categories(session: Session, retriever: Retriever, text: str) -> list[Category]:
    """The categories that a text is most likely about; none where it is hardly about the law."""
    if retriever.within(text) < RELATED_FROM:
        return []
    return retriever.categories(session, text)[:LIKELY]


def ask_category(likely: Sequence[Category]) -> Reply:
    """The question for the category of a work order: the likely ones first, then the usual."""
    text = phrases.LIKELY_CATEGORY.format(likely=likely[0]) if likely else phrases.WHICH_CATEGORY
    offered = dict.fromkeys([*likely, *USUAL])
    return Reply(text=text, choices=[Choice(title=name, payload=name) for name in offered])


@dataclass(frozen=True, slots=True)
class Prepared:
    """A decided question, before it is recorded."""

    question: str
    triage: Triage
    consulted: Consulted
    reply: Reply

    @property
    def dangerous(self) -> bool:
        """Whether triage found something that comes before any answer."""
        return self.triage.risk is not Risk.NONE


def prepare(
    session: Session,
    retriever: Retriever,
    triager: Triager,
    consultation_id: str,
    question: str,
) -> Prepared:
    """Triage and decide. Only reads: the search must not hold the database's write lock."""
    consultation = repository.get(session, consultation_id)
    context = Context(
        consultation.last_entry_id, consultation.last_question, consultation.asked_fact
    )
    consulted = retriever.consult(session, question, context)
    # After the search, whose vector the encoder still remembers.
    outcome = triager.triage(question)
    if outcome.risk is not Risk.NONE:
        # Whoever is in danger is answered and offered a person, not questioned.
        consulted = replace(consulted, asks=None)
    related = _related(session, retriever, question, consulted.decision.kind)
    return Prepared(question, outcome, consulted, compose(consulted, outcome, related))


def record(
    session: Session, consultation_id: str, prepared: Prepared, now: datetime
) -> QuestionOut:
    """Record the turn, with the entry version used; returns the decision and the words to say."""
    consulted, outcome, reply = prepared.consulted, prepared.triage, prepared.reply
    decision, version = consulted.decision, consulted.answer
    turn = Turn(
        consultation_id=consultation_id,
        question=prepared.question,
        decision=consulted.kind,
        confidence=decision.confidence,
        entry_id=version.entry_id if version else None,
        entry_version_id=version.id if version else None,
        reasons=list(consulted.reasons),
        risk=outcome.risk,
        urgency=outcome.urgency,
        created_at=now,
    )
    session.add(turn)
    consultation = repository.get(session, consultation_id, lock=True)
    consultation.asked_fact = consulted.asks.name if consulted.asks else None
    if consulted.section is None:
        consultation.last_question = consulted.joined or prepared.question
        # Without an answer there is nothing that a follow-up could ask a part of.
        consultation.last_entry_id = version.entry_id if version else None
    note_risk(consultation, outcome.risk, now)
    session.flush()
    reply.turn_id = turn.id
    return QuestionOut(
        decision=consulted.kind,
        confidence=round(decision.confidence, 4),
        answer=_answer_text(consulted) if consulted.kind is Kind.ANSWER else None,
        citations=reply.citations,
        candidates=[
            CandidateOut(
                entry_id=offered.entry_id,
                question=consulted.versions[offered.entry_id].question,
                confidence=round(offered.confidence, 4),
            )
            for offered in decision.offered
        ],
        triage=TriageOut(risk=outcome.risk, urgency=outcome.urgency),
        turn_id=turn.id,
        reply=reply,
    )


def ask(
    database: Database,
    retriever: Retriever,
    triager: Triager,
    consultation_id: str,
    question: str,
    now: datetime,
) -> QuestionOut:
    """Answer a question and record the turn: one reading and one writing transaction."""
    with database.read() as session:
        prepared = prepare(session, retriever, triager, consultation_id, question)
    with database.write() as session:
        return record(session, consultation_id, prepared, now)


def rate(session: Session, consultation_id: str, helped: bool) -> Reply:
    """满意度: note whether the last answer helped; a second time changes the first."""
    turn = repository.last_turn(session, consultation_id)
    if turn is None:
        return Reply(text=phrases.NO_TURN)
    turn.helped = helped
    return thank(helped, _near(repository.reply_of(session, turn)))


def _near(reply: Message | None) -> list[Choice]:
    """The near questions of an answer, to be asked about: in WeChat there was no room for them."""
    offered = reply.payload.get("choices", []) if reply else []
    choices = [Choice.model_validate(item) for item in offered]
    return [Choice(title=one.title, payload=one.payload) for one in choices if one.near]


def thank(helped: bool, near: Sequence[Choice] = ()) -> Reply:
    """What is said to a rating; ``near`` are questions that may have been meant."""
    if helped:
        return Reply(text=phrases.THANKS_HELPED)
    text = phrases.SORRY_WITH_NEAR if near else phrases.SORRY_NOT_HELPED
    return Reply(text=text, choices=[_PERSON, *near])


def note_risk(consultation: Consultation, risk: Risk, now: datetime) -> None:
    """Keep a danger that was heard with the consultation; nothing else ends it but time."""
    if risk is not Risk.NONE:
        consultation.risk = risk
        consultation.risk_at = now


def recent_risk(consultation: Consultation, now: datetime) -> Risk:
    """The danger heard in this consultation of late, for the work order made in it."""
    if consultation.risk_at is None or now - consultation.risk_at > RISK_LASTS:
        return Risk.NONE
    return Risk(consultation.risk)
