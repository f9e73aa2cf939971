"""Doors of work orders: for the action server (token) and for citizens (session; code and tail)."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request, Response, status

from hotline.consultation import repository as consultations
from hotline.dependencies import Parts, PartsDep, client_address, require_service
from hotline.work_order import service
from hotline.work_order.schemas import LookupIn, OrderProgress, WorkOrderIn, WorkOrderMade

service_router = APIRouter(prefix="/v1", tags=["service"], dependencies=[Depends(require_service)])
citizen_router = APIRouter(prefix="/api", tags=["citizen"])


class CitizenOrderIn(WorkOrderIn):
    """The form on the page, filled without the dialogue."""

    session: str


def _look_up(parts: Parts, request: LookupIn, *, who: str) -> OrderProgress:
    # By code, so that the four digits cannot be tried out; by address, so that codes cannot.
    parts.lookups.hit("code", request.code)
    parts.lookups_by_day.hit("code", request.code)
    parts.lookups.hit("from", who)
    with parts.database.read() as session:
        return service.look_up(session, request)


@service_router.post("/consultations/{consultation_id}/work-orders", status_code=201)
def register(
    consultation_id: str, form: WorkOrderIn, parts: PartsDep, response: Response
) -> WorkOrderMade:
    """登记 by dialogue; the same ``request_id`` again answers 200 with the same order."""
    now = parts.clock.now()
    # Before the transaction: reading the form must not hold the database's write lock.
    told = parts.triager.triage(form.description)
    with parts.database.write() as session:
        made, new = service.register(
            session, consultation_id, form, told, parts.deadline_rules, now
        )
    if not new:
        response.status_code = status.HTTP_200_OK
    return made


@service_router.post("/work-orders/lookup")
def look_up(request: LookupIn, parts: PartsDep) -> OrderProgress:
    """查工单 by dialogue."""
    return _look_up(parts, request, who=f"code:{request.code}")


@citizen_router.post("/work-orders", status_code=201)
def register_on_page(
    form: Annotated[CitizenOrderIn, Body()], parts: PartsDep, response: Response
) -> WorkOrderMade:
    """登记 on the page, for when the dialogue is down or a form is liked better."""
    with parts.database.read() as session:
        consultation_id = consultations.by_session(session, form.session).id
    parts.messages.hit(consultation_id)
    now = parts.clock.now()
    # Before the transaction: reading the form must not hold the database's write lock.
    told = parts.triager.triage(form.description)
    with parts.database.write() as session:
        made, new = service.register(
            session, consultation_id, form, told, parts.deadline_rules, now
        )
        if new:
            service.confirm_to_citizen(session, consultation_id, made, now)
    if not new:
        response.status_code = status.HTTP_200_OK
    return made


@citizen_router.post("/work-orders/lookup")
def look_up_on_page(body: LookupIn, parts: PartsDep, request: Request) -> OrderProgress:
    """查工单 on the page."""
    return _look_up(parts, body, who=client_address(request))
