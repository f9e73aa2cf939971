"""What is wrong with an entry's content, in Chinese, for editors and for rows of an import."""

from pydantic import ValidationError

from knowledge.standard_qa.attachments import PER_ENTRY
from knowledge.standard_qa.facts import CUES_LIMIT, FACT_LIMIT, NAME_LIMIT, QUESTION_LIMIT
from knowledge.standard_qa.schemas import LABELLED_LENGTH, LABELLED_LIMIT, PHRASING_LIMIT

LABELS = {
    "id": "编号",
    "category": "类别",
    "question": "标准问",
    "similar": "相似问",
    "labelled": "标注问法",
    "citations": "法条引用",
    "mentions": "只提到的规定",
    "answer": "答案",
    "region": "适用地区",
    "audience": "适用对象",
    "valid_from": "生效日期",
    "expires_on": "失效日期",
    "facts": "必要事实",
    "ask_first": "先问后答",
    "attachments": "附件",
    "review": "审读记录",
}
# What is wrong inside a fact, by its part.
_FACT = {
    "name": f"名称要有 2 到 {NAME_LIMIT} 字",
    "question": f"反问的话要有 4 到 {QUESTION_LIMIT} 字",
    "cues": f"提示词要有 1 到 {CUES_LIMIT} 个",
}
_DATE = "日期要写成 2026-01-31 这样"
_PROBLEMS = {
    "enum": "请从列表里选择",
    "missing": "没有填写",
    "string_too_short": "太短",
    "string_too_long": f"太长，最多 {PHRASING_LIMIT} 字",
    "too_short": "太短",
    "too_long": f"太长，最多 {PHRASING_LIMIT} 字",
    "date_from_datetime_parsing": _DATE,
    "date_parsing": _DATE,
    "date_type": _DATE,
    "date_from_datetime_inexact": _DATE,
}
_BY_FIELD = {
    ("region", "string_pattern_mismatch"): "要写成 省、省/市 或 省/市/县，全国留空",
    ("labelled", "too_long"): f"太长，最多 {LABELLED_LENGTH} 字",
    ("id", "string_pattern_mismatch"): "只能用小写字母、数字和连字符，3 到 80 个",
}


def told(error: ValidationError) -> str:
    """The first thing that is wrong, with the field that it is in."""
    first = error.errors()[0]
    if first["type"] == "value_error":
        return first["msg"].removeprefix("Value error, ")
    name = str(first["loc"][0]) if first["loc"] else ""
    field = LABELS.get(name, name)
    if first["type"] == "extra_forbidden":
        return f"不认识的字段：{field}"
    place = first["loc"][1] if len(first["loc"]) > 1 else None
    if first["loc"] == ("citations",):
        return f"{field}：至少写一条"
    if first["loc"] == ("labelled",):
        return f"{field}：最多 {LABELLED_LIMIT} 条"
    if first["loc"] == ("attachments",):
        return f"{field}：最多 {PER_ENTRY} 个"
    if first["loc"] == ("facts",):
        return f"{field}：最多 {FACT_LIMIT} 条"
    where = f"{field}第 {place + 1} 条" if isinstance(place, int) else field
    if name == "facts" and len(first["loc"]) > 2:
        return f"{where}：{_FACT.get(str(first['loc'][2]), '填写有误')}"
    problem = _BY_FIELD.get((name, first["type"])) or _PROBLEMS.get(first["type"], "填写有误")
    return f"{where}：{problem}"
