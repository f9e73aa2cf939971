"""Masking of personal data: what leaves the database for a log or a page without need is masked."""

import logging
import re

# Digits written with blanks or dashes between them count too: people type phones that way.
_ID = re.compile(r"(?<!\d)(\d{6})[\s-]?\d{8}[\s-]?(\d{3}[\dXx])(?!\d)")
_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)[\s-]?\d{4}[\s-]?(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0[1-9]\d{1,2})[\s-]?\d{3,4}[\s-]?(\d{4})(?!\d)")


def mask(text: str) -> str:
    """The text with phone numbers and ID numbers (身份证号) masked: ``138****1234``."""
    text = _ID.sub(r"\1********\2", text)
    text = _MOBILE.sub(r"\1****\2", text)
    return _LANDLINE.sub(r"\1****\2", text)


class MaskingFilter(logging.Filter):
    """Masks every log record before a handler sees it, arguments included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the message in place; nothing is ever dropped."""
        record.msg = mask(record.getMessage())
        record.args = ()
        if record.exc_info and record.exc_info[1] is not None and not record.exc_text:
            record.exc_text = mask(logging.Formatter().formatException(record.exc_info))
        return True


def set_up_logging(level: int = logging.INFO) -> None:
    """One line a record on standard error, every record masked."""
    handler = logging.StreamHandler()
    handler.addFilter(MaskingFilter())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # httpx logs every URL with its query; a session token may stand there.
    logging.getLogger("httpx").setLevel(logging.WARNING)
