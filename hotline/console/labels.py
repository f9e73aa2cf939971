"""Words and masks of the consoles. Pure."""

from hotline.consultation.triage import Risk
from knowledge.decision import Kind
from knowledge.standard_qa.models import VersionState
from knowledge.standard_qa.repository import Show
from knowledge.statute.repository import ArticleStatus

RISKS: dict[str, str] = {
    Risk.NONE: "",
    Risk.VIOLENCE: "暴力威胁",
    Risk.SELF_HARM: "轻生风险",
    Risk.MINOR: "未成年人",
    Risk.INJURY: "人身受伤",
    Risk.DETENTION: "羁押",
    Risk.DEADLINE: "期限将到",
}
DECISIONS: dict[str, str] = {
    Kind.ANSWER: "直接回答",
    Kind.CHOICES: "给出选项",
    Kind.ASK_BACK: "请补充情况",
    Kind.HANDOVER: "转人工",
}
VERSIONS: dict[str, str] = {
    VersionState.DRAFT: "草稿",
    VersionState.IN_REVIEW: "待审核",
    VersionState.SCHEDULED: "待上线",
    VersionState.PUBLISHED: "已发布",
    VersionState.REJECTED: "已退回",
    VersionState.WITHDRAWN: "已撤下",
}
SHOWN: dict[str, str] = {
    Show.ALL: "全部",
    Show.LIVE: "正在上线",
    Show.NOT_LIVE: "没有上线",
    Show.RECHECK: "待复核",
    Show.EXPIRING: "30 天内失效",
}
ARTICLES: dict[str, str] = {
    ArticleStatus.IN_FORCE: "现行有效",
    ArticleStatus.NOT_YET_IN_FORCE: "尚未施行",
    ArticleStatus.REPEALED: "已废止",
    ArticleStatus.AMENDED: "已修改",
}
PROGRESS: dict[str, str] = {
    "absent": "尚未开始",
    "building": "进行中",
    "ready": "已完成",
    "failed": "失败，见工作进程的日志",
}
ADOPTED: dict[str, str] = {"as_is": "采用原文", "edited": "修改后采用"}


def mask_phone(digits: str) -> str:
    """``138****5678``; landlines too."""
    return f"{digits[:3]}****{digits[-4:]}"


def mask_name(name: str) -> str:
    """``王小明`` → ``王**``."""
    return name[:1] + "*" * (len(name) - 1)


def percent(share: float) -> str:
    """``0.934`` → ``93%``."""
    return f"{share:.0%}"
