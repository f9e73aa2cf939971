"""The flat route table: every door of the service, in one place."""

from fastapi import FastAPI

from hotline import attachments, health
from hotline.channel import web
from hotline.channel.wechat import endpoints as wechat
from hotline.channel.wecom import endpoints as wecom
from hotline.console import board, citizen, desk, editor
from hotline.consultation import endpoints as consultation
from hotline.staff import endpoints as staff
from hotline.work_order import endpoints as work_order
from knowledge.statute import endpoints as statute


def include_routes(app: FastAPI) -> None:
    """Add every router to the application."""
    # Citizens: open, throttled, by session token.
    app.include_router(citizen.router)
    app.include_router(web.router)
    app.include_router(attachments.router)
    app.include_router(work_order.citizen_router)
    # WeChat and WeCom: closed without their signature.
    app.include_router(wechat.router)
    app.include_router(wecom.router)
    app.include_router(statute.router)
    app.include_router(health.router)
    # The action server: closed without the service token.
    app.include_router(consultation.router)
    app.include_router(work_order.service_router)
    # Staff: closed without a login; each route names the roles it lets in.
    app.include_router(staff.router)
    app.include_router(desk.router)
    app.include_router(editor.router)
    app.include_router(board.router)
