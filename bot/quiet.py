"""Quiet logs 安静的日志: third-party noise off, long numbers masked, texts never at all."""

import importlib
import logging
import os
import warnings
from typing import Any

from bot.reading import mask


class Masking(logging.Filter):
    """Masks phones and card numbers in whatever a library chose to log."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask(record.getMessage()), None
        if record.exc_info:
            # A traceback's last line is the error's message, which may hold what was typed.
            text = logging.Formatter().formatException(record.exc_info)
            record.exc_info, record.exc_text = None, mask(text)
        return True


def quieten(level: int = logging.WARNING) -> None:
    """Sets up warnings, logging and structlog; to be called before Rasa does any work."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ["LOG_LEVEL"] = logging.getLevelName(level)
    warnings.filterwarnings("ignore")
    # These put filters and levels of their own in front of ours when they are imported.
    for module in ("jieba", "sanic.app", "sqlalchemy"):
        importlib.import_module(module)
    warnings.filterwarnings("ignore")

    import structlog
    from rasa.utils.common import configure_library_logging
    from rasa.utils.log_utils import configure_structlog

    logging.basicConfig(level=level, format="%(levelname)s %(name)s %(message)s", force=True)
    for handler in logging.getLogger().handlers:
        handler.addFilter(Masking())
    for name in ("rasa", "jieba", "apscheduler", "asyncio"):
        logging.getLogger(name).setLevel(level)
    configure_library_logging()
    configure_structlog(level)
    structlog.configure(processors=[_mask_event, *structlog.get_config()["processors"]])


_TEXT_KEYS = {"text", "user_text", "parse_data_text", "response_text", "slot_values", "message"}


def _mask_event(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in event.items() if key not in _TEXT_KEYS}
    return {k: mask(v) if isinstance(v, str) else v for k, v in kept.items()}
