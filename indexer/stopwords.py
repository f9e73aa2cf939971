"""Words that carry no legal meaning and so never count as a lexical match.

Kept as a module and not in `dictionary/`, because Rasa loads every file there as jieba words.
"""

_LISTED = """
不 没 没有 的 了 着 过 吗 呢 吧 啊 呀 啦 嘛 哦 哈 么 地 得 之 其 而 且 以 于 与 及 或 和 跟 同 则 即
若 我 你 您 他 她 它 我们 你们 您们 他们 她们 咱 咱们 自己 人家 大家 别人 某 某某
这 那 哪 这个 那个 哪个 这些 那些 这样 那样 这么 那么 这里 那里 哪里 这种 那种 这时 那时
是 有 在 到 从 把 被 给 让 叫 对 向 往 为 为了 由 由于 因为 因此 因 所以 但 但是 可是 不过 然后
还 还有 还是 也 又 再 就 才 都 很 太 更 最 挺 非常 比较 已经 已 曾 曾经 正在 刚 刚刚 一直 总是
什么 怎么 怎样 怎么样 如何 咋 咋办 怎么办 为什么 为何 啥 谁 多少 几 几个 何 如果 要是 假如 的话
请问 请 问 问问 想问 想问下 咨询 咨询一下 想 想要 要 能 能够 可以 可 会 应 应该 应当 需要
一个 一下 一些 一 二 个 些 种 等 等等 等情况 情况 时候 时 后 前 里 上 下 中 内 外 间
现在 目前 今天 昨天 明天 去年 今年 说 说是 知道 觉得 谢谢 你好 您好 麻烦 求助 急 律师
a an the of to in is are i you my me it and or for
"""

STOP_WORDS = frozenset(_LISTED.split())
