"""What is wrong with an input, in Chinese: pydantic's findings in words for citizens and staff."""

from collections.abc import Mapping
from typing import Any

FIELDS: dict[str, str] = {
    "text": "内容",
    "client_message_id": "消息编号",
    "session": "会话",
    "category": "类别",
    "kind": "事项",
    "county": "地区",
    "description": "事情经过",
    "name": "姓名",
    "phone": "联系电话",
    "request_id": "表单编号",
    "code": "工单编号",
    "phone_tail": "电话后四位",
    "helped": "评价",
    "law": "法律名称",
    "number": "条文编号",
}
_PROBLEMS: dict[str, str] = {
    "missing": "没有填写",
    "string_too_short": "太短，至少{min_length}个字",
    "too_short": "太短，至少{min_length}个字",
    "string_too_long": "太长，最多{max_length}个字",
    "too_long": "太长，最多{max_length}个字",
    "enum": "请从给出的选项里选一个",
    "literal_error": "请从给出的选项里选一个",
    "string_pattern_mismatch": "格式不对",
}


def in_words(error: Mapping[str, Any]) -> tuple[str, str]:
    """(field, message) of one of pydantic's findings."""
    field = str(error["loc"][-1]) if len(error["loc"]) > 1 else ""
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "value_error" and any("一" <= char <= "鿿" for char in message):
        # Our own validators speak Chinese already.
        return field, message
    label = FIELDS.get(field, "输入")
    problem = _PROBLEMS.get(str(error["type"]), "填写有误").format(**error.get("ctx") or {})
    return field, f"{label}{problem}"
