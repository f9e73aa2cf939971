"""Text as the fields of an entry take it: what no spreadsheet can hold is taken out. Pure."""

import re
from typing import Annotated

from pydantic import AfterValidator

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def _clean(text: str) -> str:
    text = _CONTROL.sub("", re.sub(r"\r\n?", "\n", text))
    return re.sub(r"[ \t]+\n", "\n", text).strip()


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split())


Text = Annotated[str, AfterValidator(_clean)]
Line = Annotated[str, AfterValidator(_one_line)]
