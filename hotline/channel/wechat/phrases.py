"""What the WeChat door says to citizens and to lawyers."""

GREETING_AGAIN = "欢迎回来。"
MEDIA_TO_LAWYER = (
    "已收到，保存在对话里。正在为您服务的律师能看到您发了这项内容；要点请再用文字写一下。"
)
NOT_HANDED_OUT = (
    "已收到您发的消息，但里面的文件微信没有提供给公众号，律师也看不到。"
    "请用文字说说，或者截图、拍照发来；需要人工，请说“转人工”，或拨打12348。"
)
NOT_KEPT = (
    "您刚才发的{what}没有保存：{reason}。律师看不到它。"
    "请把要点用文字写一下，或者截图、换小一些的再发；不方便的话，请拨打12348。"
)
MEDIA_TO_BOT = (
    "已收到，保存在对话里。智能助手看不了图片、视频、语音和文件，请用文字说说您遇到的事；"
    "需要人工，请说“转人工”，或拨打12348。"
)
VOICE = "语音已收到，但没有转成文字。请把要问的打成文字再发一次；不方便打字，请直接拨打12348。"
FOLLOWED = "[关注公众号]"
NOTICE = "您的法律咨询有新答复"

UNFOLLOWED = "群众已取消关注，等重新关注或来信后再送达"
WINDOW_CLOSED = "已超过48小时没有来信，微信不允许主动发送；群众下次来信时送达"
QUOTA_SPENT = "群众最近一次来信后的5条已发完；群众下次来信时送达"
REFUSED = "微信拒收（错误 {code}）；群众下次来信时再送"
CLOSED = "这个渠道现在没有启用，启用后群众来信时送达"
NOTICED = "；已发订阅通知"

TOO_LARGE = "超过 {limit} MB"
UNKNOWN_TYPE = "不是图片、视频、录音、PDF、Word 或 Excel"
MEDIA_GONE = "微信已不提供这个文件（错误 {code}）"
DAY_FULL = "今天发来的文件太多"
