"""Imports every module with tables, so that ``Base.metadata`` is complete."""

from hotline.channel import models as channel
from hotline.channel.wechat import models as wechat
from hotline.channel.wecom import models as wecom
from hotline.consultation import models as consultation
from hotline.gaps import models as gaps
from hotline.staff import models as staff
from hotline.work_order import models as work_order
from kit import outbox
from knowledge.candidate import models as candidate
from knowledge.standard_qa import models as standard_qa
from knowledge.statute import models as statute

__all__ = [
    "candidate",
    "channel",
    "consultation",
    "gaps",
    "outbox",
    "staff",
    "standard_qa",
    "statute",
    "wechat",
    "wecom",
    "work_order",
]
