"""Doors of the action server: question, category, rating. Closed without the service token."""

from fastapi import APIRouter, Depends

from hotline.attachments import with_whole_links
from hotline.consultation import service
from hotline.consultation.schemas import (
    CategoryAskedOut,
    QuestionIn,
    QuestionOut,
    ReplyOut,
    SatisfactionIn,
)
from hotline.dependencies import PartsDep, require_service
from hotline.institution import find
from hotline.work_order import service as work_orders

router = APIRouter(prefix="/v1", tags=["service"], dependencies=[Depends(require_service)])


@router.post("/consultations/{consultation_id}/questions")
def ask_question(consultation_id: str, question: QuestionIn, parts: PartsDep) -> QuestionOut:
    """Triage and decide on a question; the turn is recorded."""
    answered = service.ask(
        parts.database,
        parts.retriever,
        parts.triager,
        consultation_id,
        question.text,
        parts.clock.now(),
    )
    answered.reply = with_whole_links(answered.reply, parts.settings.public_url)
    return answered


@router.post("/consultations/{consultation_id}/satisfaction")
def rate_answer(consultation_id: str, rating: SatisfactionIn, parts: PartsDep) -> ReplyOut:
    """满意度 of what was said last: a lawyer's answer that is closed, or the bot's."""
    with parts.database.write() as session:
        reply = work_orders.rate(session, consultation_id, rating.helped)
        return ReplyOut(reply=reply or service.rate(session, consultation_id, rating.helped))


@router.post("/categories")
def ask_category(told: QuestionIn, parts: PartsDep) -> CategoryAskedOut:
    """How to ask for the 类别 of a work order, for what the citizen told; nothing is recorded."""
    with parts.database.read() as session:
        likely = service.likely_categories(session, parts.retriever, told.text)
    return CategoryAskedOut(reply=service.ask_category(likely), likely=likely)


@router.get("/institutions")
def find_institutions(parts: PartsDep, county: str = "", kind: str = "") -> ReplyOut:
    """机构查询 in the operator's list."""
    return ReplyOut(reply=find(parts.institutions, county.strip(), kind.strip()))
