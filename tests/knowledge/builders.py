"""Builds entries for tests by saying only what matters."""

from typing import Any

from knowledge.standard_qa.schemas import EntryContent

ANSWER = {
    "conclusion": "用人单位应当按时足额支付工资。",
    "basis": "《劳动合同法》第三十条规定，用人单位应当及时足额支付劳动报酬。",
    "steps": "1. 先协商。2. 向劳动监察投诉。",
    "materials": "劳动合同、工资流水。",
    "deadline": "仲裁时效一年。",
    "where": "当地劳动监察大队。",
}


def content(**changes: Any) -> EntryContent:
    """An entry's content that is right, but for what the test changes."""
    return EntryContent.model_validate(
        {
            "category": "劳动纠纷",
            "question": "公司拖欠工资怎么办？",
            "similar": ["老板不发工资", "工资被拖着不给", "欠薪找谁", "干了活不给钱"],
            "answer": ANSWER,
            "citations": ["劳动合同法第三十条"],
        }
        | changes
    )
