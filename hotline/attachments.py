"""Attachments 附件 as citizens get them: links in a reply; files to be saved, never to be run."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from hotline.consultation.schemas import Reply
from hotline.dependencies import PartsDep
from kit.settings import Settings
from knowledge.standard_qa import service
from knowledge.standard_qa.attachments import Attachment, AttachmentFolder

router = APIRouter(prefix="/attachments", include_in_schema=False)


@router.get("/{entry_id}/{sha256}")
def open_attachment(parts: PartsDep, entry_id: str, sha256: str) -> FileResponse:
    """An attachment of an entry, as long as the version that citizens get names it."""
    with parts.database.read() as session:
        live = parts.retriever.live(session, [entry_id]).get(entry_id)
        found = service.attachment_of(live, sha256)
    return download(parts.settings, found)


def download(settings: Settings, attachment: Attachment) -> FileResponse:
    """The file under its name. Raises ``NotFoundError``."""
    return FileResponse(
        AttachmentFolder(settings.data_dir).path(attachment),
        media_type=attachment.media_type,
        filename=attachment.name,
        content_disposition_type="attachment",
        headers={"Content-Security-Policy": "sandbox; default-src 'none'"},
    )


def with_whole_links(reply: Reply, public_url: str) -> Reply:
    """The reply with links that can be opened from WeChat, where the site's address is set."""
    base = public_url.rstrip("/")
    if not base:
        return reply
    whole = [item.model_copy(update={"url": f"{base}{item.url}"}) for item in reply.attachments]
    return reply.model_copy(update={"attachments": whole})
