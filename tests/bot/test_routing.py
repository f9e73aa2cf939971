"""Where held-out utterances go. None of them is a training example."""

import pytest

# Written apart from the training data; the first word is where the message must end up.
HELD_OUT = """
answer: 我们家拆迁款被我叔叔领走了怎么办
answer: 超过退休年龄打工受伤算什么
answer: 孩子抚养费男方半年没给了
answer: 前妻把孩子带到外省不让见
answer: 公司年底裁员只给一个月工资合理不
answer: 店里试用期不发工资可以吗
answer: 住的小区电梯坏了半个月物业不修
answer: 隔壁工厂排的污水流到我家鱼塘
answer: 买的房子和宣传的不一样可以退房吗
answer: 房东把我的东西扔到楼道里
answer: 工伤赔偿谈不拢下一步怎么走
answer: 老人留下的存折密码不知道，银行不给取
answer: 弟弟未成年打伤同学会留下案底吗
answer: 电动车撞到行人要负全责吗
answer: 被追尾以后对方不肯修车
answer: 亲戚拿我身份证去办了贷款
answer: 借给同学一万，他把我拉黑了
answer: 高利贷可以不还利息吗
answer: 网上买手机收到的是砖头
answer: 美发店办的卡换老板后不认账
answer: 医院把我妈的片子弄错了
answer: 孩子出生时脑瘫是不是医院的责任
answer: 村主任把低保给了他亲戚
answer: 交警罚我两百我觉得没道理
answer: 申请行政复议的期限
answer: 商标注册下来要几个月
answer: 我拍的视频被别人搬运去卖钱
answer: 外国老公失踪了怎么离婚
answer: 出海打鱼船东不给工钱
answer: 房贷断供了银行会怎么做
answer: 替朋友担保，他人没了
answer: 养的狗把快递员咬了
answer: 学校食堂吃坏肚子住院了
answer: 朋友圈被人骂了能告吗
answer: 法院传票收到了但不想去
answer: 一审输了还有救吗
answer: 执行了两年一分钱没拿到
answer: 判决生效后对方把房子过户给了儿子
answer: 老婆怀孕期间可以离婚吗
answer: 二婚的继子女有没有赡养义务
answer: 儿媳妇改嫁了孙子谁养
answer: 没结婚生的小孩怎么上户口
answer: 合伙人偷偷拿钱开了另一家店
answer: 股东会决议没通知我有效吗
answer: 工地欠了民工钱，总包要管吗
answer: 消防检查没过，装修队要赔吗
answer: 公证遗嘱和手写遗嘱哪个优先
answer: 做个亲属关系的公证大概什么价
answer: 伤残鉴定等级低了想重做
answer: 社区调解签的字能不认吗
answer: 女朋友分手要青春损失费
answer: 微信里承认欠钱能不能当证据
answer: 去年五月我在厂里被机器压断两根手指，老板给了八千就不管了，现在厂子换了名字
answer: 我姐姐被她丈夫打得不敢回家，身上都是伤，报警他们说是家务事
answer: 儿子在网上赌博欠了十几万，催债的天天上门泼油漆
answer: 那要花多少钱
answer: 得多少天
answer: 还需要别的材料吗
answer: 那我该去哪个法院
answer: 不签字行吗
answer: 那对方要是跑了呢
answer: 费用谁承担
answer: 有期限吗
answer: 要是他不认账怎么办
answer: 律师费能让对方出吗
answer: 申请法援要收入证明吗
answer: 我是残疾人能免费打官司吗
answer: 农民工讨薪有免费律师吗
answer: 劳动仲裁的事
answer: 房产的事
answer: 孩子的抚养费
answer: how do I get my deposit back
answer: 阿斯蒂芬
answer: 二手车合同要怎么写才不吃亏
human: 帮我转一下人工吧
human: 人工人工
human: 我要找真人客服
human: 有没有活人
human: 让律师给我回电话
human: 可以给我安排律师通话吗
human: 我想跟真人律师聊
human: 别让机器人跟我说话
human: 机器人听不懂，换人工
human: 我要人工服务谢谢
human: 能接人工吗
human: 给我找个律师
human: 请帮我登记，让律师联系我
human: 我要和你们工作人员说
human: 叫个人来跟我讲
complaint: 我要投诉你们律师态度不好
complaint: 投诉一下公证处
complaint: 我想投诉工作人员
complaint: 给热线提个建议
complaint: 我有意见要提
status: 查一下工单
status: 工单办到哪一步了
status: 我的工单进展
status: 查进度 FW20260717-K3M8PX
status: fw20261111-zz23ab
status: 上周登记的有回复没有
status: 我想看看我提交的工单
institution: 西湖区法律援助中心在哪里
institution: 最近的公证处怎么走
institution: 查一下附近的律所
institution: 南山区司法所的电话
institution: 劳动仲裁委员会地址在哪
institution: 公共法律服务中心周六上班吗
greet: 你好你好
greet: 您好啊
greet: 下午好啊
greet: 有人在不
thanks: 谢谢你啊
thanks: 非常感谢您
thanks: 好的，谢谢您
thanks: 多谢律师
goodbye: 拜拜啦
goodbye: 那再见了
goodbye: 先这样，再见
affirm: 好的呀
affirm: 是的没错
affirm: 确认无误
affirm: 可以的可以的
deny: 不用不用
deny: 不需要了
deny: 不是这样的
cancel: 取消登记吧
cancel: 算了，不办了
cancel: 这个登记我不想要了
cancel: 退出吧
helpful: 很有用
helpful: 问题已经解决了
helpful: 对我有帮助
unhelpful: 没什么用
unhelpful: 完全没有帮助
unhelpful: 没解决我的问题
chat: 明天天气好吗
chat: 讲个笑话听
chat: 你是机器人还是人工智能
chat: 写一首关于春天的诗
chat: 今天几号
chat: 推荐一部好看的电影
"""

DOORS = {
    "ask_legal_question": "answer",
    "legal_aid_apply": "answer",
    "nlu_fallback": "answer",
    "inform": "answer",
    "ask_human": "human",
    "work_order_status": "status",
    "find_institution": "institution",
    "out_of_scope": "chat",
}

CASES = [tuple(line.split(": ", 1)) for line in HELD_OUT.strip().splitlines()]

LEAST_RIGHT = 0.95
"""Measured 0.979 when this was written; what misses goes to retrieval, never to silence."""

MOST_LEGAL_LOST = 0.02
"""Legal questions that anything but retrieval would answer."""


@pytest.fixture(scope="session")
def routed(agent, loop):
    from bot.reading import read

    def door(text):
        name = loop.run_until_complete(agent.parse_message(read(text).text))["intent"]["name"]
        return DOORS.get(name, name)

    return [(expected, door(text), text) for expected, text in CASES]


@pytest.fixture(scope="session")
def examples():
    from rasa.shared.nlu.training_data.loading import load_data

    from bot.model import BOT

    return [e.get("text") for e in load_data(str(BOT / "data" / "nlu")).intent_examples]


def test_there_are_enough_held_out_utterances_and_none_was_trained_on(examples):
    texts = [text for _, text in CASES]
    assert len(texts) >= 120
    assert len(set(texts)) == len(texts)
    assert not set(texts) & set(examples)


def test_held_out_utterances_go_where_they_belong(routed):
    wrong = [case for case in routed if case[0] != case[1]]
    assert 1 - len(wrong) / len(routed) >= LEAST_RIGHT, wrong


def test_legal_questions_reach_retrieval(routed):
    legal = [case for case in routed if case[0] == "answer"]
    lost = [case for case in legal if case[1] != "answer"]
    assert len(lost) / len(legal) <= MOST_LEGAL_LOST, lost


def test_asking_for_a_person_in_plain_words_is_always_heard(routed):
    assert [c for c in routed if c[0] == "human" and c[1] != "human"] == []


@pytest.mark.parametrize(
    ("word", "door"),
    [("转人工", "human"), ("查工单", "status"), ("投诉", "complaint"), ("确认", "affirm"),
     ("取消", "cancel"), ("有帮助", "helpful"), ("没帮助", "unhelpful"), ("多久", "answer"),
     ("那要多少钱呢", "answer"), ("附近的法律服务机构", "institution"),
     ("怎么申请法律援助", "answer"), ("法律援助", "answer")],
)  # fmt: skip
def test_the_words_on_the_buttons_are_understood(agent, loop, word, door):
    name = loop.run_until_complete(agent.parse_message(word))["intent"]["name"]
    assert DOORS.get(name, name) == door
