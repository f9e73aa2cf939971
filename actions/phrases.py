"""What the bot says by itself 话术; answers come from the service word for word."""

HUMAN = {"title": "转人工", "payload": "转人工"}
LOOKUP = {"title": "查工单", "payload": "查工单"}

UNAVAILABLE = (
    "抱歉，系统暂时连不上，这一步没有办成。您说的话已经留存，请过几分钟再试；着急请直接拨打12348。"
)
NOT_SUBMITTED = (
    "抱歉，系统暂时连不上，登记还没有提交。您填的内容都留着，过几分钟回复“确认”再提交就行；"
    "着急请直接拨打12348。"
)
TAKEN_BACK = "请核对下面的内容，改好后回复“确认”再提交。"

OPENING = {
    "咨询": "好的，我为您登记，由律师联系您。随时可以说“取消”。",
    "投诉": "您的投诉我们认真对待。我为您登记，由专人处理并回复您。随时可以说“取消”。",
    "建议": "谢谢您的建议。我为您登记，由专人处理并回复您。随时可以说“取消”。",
    "求助": "好的，我为您登记，由专人联系您。随时可以说“取消”。",
}
PREFILLED = "您刚才问的“{question}”会作为描述，最后核对时可以改。"
RESUMED = "上次的登记还没有提交，填过的内容都在，我们接着填。"
ALREADY_OPENING = "正在为您转人工登记，填完这几项就由律师联系您。"
UNFINISHED = "您还有一份没提交的登记，要接着填，请说“转人工”。"

CANCELLED = "好的，登记已取消，没有生成工单。有需要随时说“转人工”，也可以拨打12348。"
LOOKUP_CANCELLED = "好的，不查了。有需要随时说“查工单”。"
NOTHING_TO_CANCEL = (
    "现在没有正在办理的登记，不用取消。已经提交的工单要撤回，请说“转人工”或拨打12348。"
)

IDENTITY_REFUSED = "请不要发身份证号码，我们不需要也没有保存。"
REFUSED: dict[str, str] = {
    "category": "没有认出是哪一类，请点下面的一类，说不准就选“综合咨询”。",
    "county": "没有认出地区，请只说区县的名字（2到20个字），如“海淀区”。",
    "citizen_name": "没有认出姓名，请只写姓名（2到30个字），如“王芳”。",
    "phone": "电话号码不对：手机号是11位数字，座机请带区号，如010-12345678。",
    "order_code": "没有认出工单编号。编号是FW加日期加6位字母数字，如FW20261121-4F7K9Q。",
    "phone_tail": "请只说电话的最后四位数字，如1234。",
}
DESCRIPTION_SHORT = "写得太短了，请多说几句（至少5个字），律师才好判断。"
DESCRIPTION_LONG = "写了{length}字，超过2000字了，请把要点压缩一下再发。"
REQUIRED: dict[str, str] = {
    "description": "经过是必填的，律师要据此判断，请简单说几句；不办了请回复“取消”。",
    "phone": "电话是必填的，律师要靠它联系您，只有承办律师和班长能看到；不办了请回复“取消”。",
    "order_code": "没有编号查不到工单；编号忘了可以说“转人工”或拨打12348。",
    "phone_tail": "为了保护您的隐私，要核对电话尾号才能查；不查了请回复“取消”。",
}
CORRECTING = "好的，改{field}。"
CORRECTED = "好的，{field}已改。"
UNCLEAR_CONFIRMATION = "没有听懂。内容没错请回复“确认”，要改请说改哪一项，不办了回复“取消”。"
WHAT_TO_CORRECT = "哪一项要改？请点下面的按钮，或者直接说，如“改电话”。"

FIELDS: dict[str, str] = {
    "category": "类别",
    "county": "地区",
    "description": "描述",
    "citizen_name": "姓名",
    "phone": "电话",
}

YES = "好的。"
FREE = "好的，请说说您遇到的法律问题，或者说“转人工”，由律师联系您。"
IDENTITY_OUTSIDE = IDENTITY_REFUSED + "请直接说您遇到的法律问题。"
NOT_HELPED = "很抱歉没有帮到您。要不要转人工，由律师联系您？"
LOOK_UP_AGAIN = [LOOKUP, HUMAN]


def choices(*words: str) -> list[dict[str, str]]:
    """Buttons whose payload is the word itself, as the citizen could have typed it."""
    return [{"title": word, "payload": word} for word in words]


CONFIRM_CHOICES = choices("确认", *(f"改{field}" for field in FIELDS.values()), "取消")
