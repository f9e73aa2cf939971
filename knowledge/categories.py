"""Categories (类别) of consultations: the 20 topics of the field and four services of 12348."""

from enum import StrEnum


class Category(StrEnum):
    """What a consultation, a work order or an entry is about."""

    FAMILY = "婚姻家庭"
    LABOUR = "劳动纠纷"
    TRAFFIC = "交通事故"
    DEBT = "债权债务"
    CRIMINAL = "刑事辩护"
    CONTRACT = "合同纠纷"
    PROPERTY = "房产纠纷"
    TORT = "侵权"
    COMPANY = "公司法"
    MEDICAL = "医疗纠纷"
    DEMOLITION = "拆迁安置"
    ADMINISTRATIVE = "行政诉讼"
    CONSTRUCTION = "建设工程"
    INTELLECTUAL_PROPERTY = "知识产权"
    GENERAL = "综合咨询"
    INJURY = "人身损害"
    FOREIGN = "涉外法律"
    MARITIME = "海事海商"
    CONSUMER = "消费权益"
    GUARANTEE = "抵押担保"
    LEGAL_AID = "法律援助"
    NOTARY = "公证"
    APPRAISAL = "司法鉴定"
    MEDIATION = "人民调解"


class Audience(StrEnum):
    """Whom an entry is written for 适用对象; everybody unless it says otherwise."""

    EVERYBODY = "所有人"
    MINORS = "未成年人"
    ELDERLY = "老年人"
    WOMEN = "妇女"
    DISABLED = "残疾人"
    MIGRANT_WORKERS = "农民工"
    SOLDIERS = "军人军属"
    COMPANIES = "企业"
