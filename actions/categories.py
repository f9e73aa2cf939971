"""Categories 纠纷类别: the 24 names the service knows and the wordings people use for them."""

CATEGORIES: tuple[str, ...] = (
    "婚姻家庭", "劳动纠纷", "交通事故", "债权债务", "刑事辩护", "合同纠纷",
    "房产纠纷", "侵权", "公司法", "医疗纠纷", "拆迁安置", "行政诉讼",
    "建设工程", "知识产权", "综合咨询", "人身损害", "涉外法律", "海事海商",
    "消费权益", "抵押担保", "法律援助", "公证", "司法鉴定", "人民调解",
)  # fmt: skip

_WORDINGS: dict[str, str] = {
    "婚姻家庭": "婚姻 离婚 结婚 夫妻 出轨 家暴 抚养 赡养 彩礼 继承 遗产 遗嘱 家庭",
    "劳动纠纷": "劳动 工资 欠薪 讨薪 工伤 社保 加班 辞退 开除 裁员 仲裁 农民工 上班",
    "交通事故": "交通 车祸 撞车 肇事 酒驾 醉驾 被车撞 撞了",
    "债权债务": "债务 债权 借钱 欠钱 欠款 借款 借贷 借条 欠条 网贷 信用卡 还钱",
    "刑事辩护": "刑事 犯罪 坐牢 拘留 逮捕 取保 判刑 诈骗 被抓",
    "合同纠纷": "合同 违约 定金 租赁 退费 装修",
    "房产纠纷": "房产 房子 买房 卖房 租房 物业 房东 漏水 宅基地 房屋",
    "侵权": "名誉 隐私 肖像 造谣 诽谤 噪音 邻居",
    "公司法": "公司 股东 股权 法人 企业",
    "医疗纠纷": "医疗 医院 手术 误诊 医生 病历 医疗事故",
    "拆迁安置": "拆迁 征地 强拆 征收 安置",
    "行政诉讼": "行政 复议 民告官 罚款 处罚 政府 信息公开",
    "建设工程": "工程 工程款 施工 建筑 包工",
    "知识产权": "专利 商标 著作权 版权 抄袭 盗版",
    "人身损害": "人身 受伤 打伤 摔伤 被打 狗咬 伤残",
    "涉外法律": "涉外 外国 国外 跨国 外籍",
    "海事海商": "海事 海商 船 船员 海运",
    "消费权益": "消费 消费者 假货 退货 网购 退款 食品 买到",
    "抵押担保": "抵押 担保 保证人 质押",
    "法律援助": "法援 免费律师 请不起律师",
    "公证": "公证处 公证书",
    "司法鉴定": "鉴定",
    "人民调解": "调解",
    "综合咨询": "综合 其他 其它 不知道 不清楚 不确定 说不准 不想说 都不是 别的 随便 不懂",
}

# The longest wording is tried first, so that 医疗事故 is not caught by a shorter word in it.
_BY_LENGTH: tuple[tuple[str, str], ...] = tuple(
    sorted(
        [(name, name) for name in CATEGORIES]
        + [(word, name) for name, words in _WORDINGS.items() for word in words.split()],
        key=lambda pair: -len(pair[0]),
    )
)


def category_of(text: str) -> str | None:
    """The category a short answer names, or None; the longest wording wins."""
    return next((name for word, name in _BY_LENGTH if word in text), None)
