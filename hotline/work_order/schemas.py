"""The wire shapes of a work order, and what is checked of a citizen's form."""

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from hotline.channel.text import PRINTABLE, clean
from hotline.consultation.schemas import Reply
from knowledge.categories import Category

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}")
_CODE = re.compile(r"FW(\d{8})-?([0-9A-Z]{6})")


def phone(text: str) -> str:
    """The digits of a mobile or a landline with area code. Raises ``ValueError`` in Chinese."""
    digits = re.sub(r"[\s()()-]", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^(\+?86)(?=1)", "", digits)
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return digits
    raise ValueError("电话号码不对：请写11位手机号，或带区号的座机号")


def order_code(text: str) -> str:
    """``fw20261121 4f7k9q`` → ``FW20261121-4F7K9Q``. Raises ``ValueError`` in Chinese."""
    compact = re.sub(r"[\s—–-]", "", unicodedata.normalize("NFKC", text)).upper()
    match = _CODE.fullmatch(compact)
    if match is None:
        raise ValueError("工单编号不对：编号像 FW20261121-4F7K9Q")
    return f"FW{match[1]}-{match[2]}"


def _line(text: str) -> str:
    return " ".join(clean(text).split())


class WorkOrderIn(BaseModel):
    """A filled form 登记表; name and county may be left out (不想说)."""

    request_id: Annotated[str, Field(min_length=8, max_length=64, pattern=PRINTABLE)]
    kind: Literal["咨询", "投诉", "建议", "求助"] = "咨询"
    category: Category
    county: Annotated[str, AfterValidator(_line), Field(max_length=40)] | None = None
    description: Annotated[str, AfterValidator(clean), Field(min_length=5, max_length=5000)]
    name: Annotated[str, AfterValidator(_line), Field(max_length=60)] | None = None
    phone: Annotated[str, AfterValidator(phone)]


class WorkOrderMade(BaseModel):
    """A registered order and what to say about it."""

    code: str
    reply: Reply


class LookupIn(BaseModel):
    """查工单: the case code with the last four digits of the phone."""

    code: Annotated[str, AfterValidator(order_code)]
    phone_tail: Annotated[str, Field(pattern=r"^\d{4}$")]


class OrderProgress(BaseModel):
    """What a citizen sees of their order."""

    code: str
    state: str
    state_label: str
    category: str
    created_at: str
    due_at: str
    answers: list[str]
    reply: Reply
