"""Brings a citizen's words to one form before triage: width, typos, homophones, dialect. Pure."""

import re
import unicodedata

from indexer.text import simplified

# A syllable typed in Latin letters among Chinese characters stands for the character beside it.
_SYLLABLES = {
    "si": "死", "sha": "杀", "da": "打", "zou": "揍", "kan": "砍", "dao": "刀", "bi": "逼",
    "xie": "亵", "wei": "猥", "lin": "凌", "jing": "警", "cha": "察", "ting": "庭", "xue": "血",
    "hun": "婚", "le": "了", "zi": "自", "bao": "暴", "ju": "拘", "liu": "留", "zhua": "抓",
    "nong": "弄", "lou": "楼", "tiao": "跳", "yao": "药", "huo": "活", "jia": "家", "qiang": "强",
    "jian": "奸", "mo": "摸", "du": "毒", "wan": "腕", "ge": "割", "shu": "书", "su": "诉",
    "zisha": "自杀", "jiabao": "家暴", "kaiting": "开庭", "shangsu": "上诉", "qj": "强奸",
    "juliu": "拘留", "jingcha": "警察", "qiangjian": "强奸", "weixie": "猥亵", "tiaolou": "跳楼",
}  # fmt: skip
_SYLLABLE = re.compile(
    "(?<![a-z])(" + "|".join(sorted(_SYLLABLES, key=len, reverse=True)) + ")(?![a-z])"
)

# Homophones, dialect and slang, each with the plain word.
_WORDS = {
    "自沙": "自杀", "自鲨": "自杀", "想紫砂": "想自杀", "轻身的念头": "轻生的念头",
    "家爆": "家暴", "加暴": "家暴", "家报力": "家暴", "家庭报力": "家庭暴力",
    "家庭爆力": "家庭暴力",
    "砍四": "砍死", "弄四": "弄死", "打四": "打死", "霸陵": "霸凌", "霸零": "霸凌",
    "猥琐了": "猥亵了", "刑居": "刑拘", "行居": "行拘", "居留了": "拘留了",
    "巨留": "拘留", "上述期": "上诉期", "上素": "上诉", "开廷": "开庭", "开停庭": "开庭",
    "中裁": "仲裁", "传漂": "传票",
    "打官思": "打官司", "唔想": "不想", "佢": "他", "听日": "明天", "差佬": "警察", "咗": "了",
    "咧": "了", "咯": "了", "细佬": "弟弟", "老豆": "爸爸", "斩死": "砍死", "帽子叔叔": "警察",
    "警察叔叔": "警察", "条子": "警察", "后儿个": "后天", "后儿": "后天", "明儿个": "明天",
    "明儿": "明天", "明早": "明天", "明晚": "明天", "明日": "明天", "次日": "明天",
    "今儿个": "今天", "今儿": "今天", "今日": "今天", "夜里头": "夜里", "礼拜": "周",
    "星期": "周", "娃儿": "娃", "幺妹": "妹妹", "妹儿": "女儿", "妮儿": "女儿", "妮子": "女儿",
    "丫头": "女儿", "闺女": "女儿", "囡囡": "女儿", "崽": "儿子", "小子": "儿子", "伢": "孩子",
    "老汉儿": "爸爸", "阿爸": "爸爸", "俺": "我", "偶": "我", "捶": "打", "挨揍": "挨打",
    "遭打": "被打", "嘎了": "死了", "噶了": "死了",
    "听朝": "明天", "琴晚": "昨晚", "而家": "现在", "屋企": "家里", "畀": "被", "俾": "被",
    "喺": "在", "攞": "拿", "冇": "没有", "嘅": "的", "昨儿": "昨天", "昨日": "昨天",
    "后晌": "今天下午", "过堂": "开庭",
}  # fmt: skip
# A lone “s” after a verb of killing stands for 死; “开挺”, “开停” for 开庭.
_SLIPS = (
    (re.compile("(?<=[弄砍杀打整搞烧掐捅])s(?![a-z])"), "死"),
    (re.compile("开[挺停亭厅](?=了|[,。]|怎)"), "开庭"),
)
_WORD = re.compile("|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True)))

_HAN = "一-鿿"
# “自 杀”, “自.杀”, “自*杀”: a lone character spaced out to slip past a filter.
_SPACED = re.compile(rf"(?<![{_HAN}])([{_HAN}])[\s.*_\-|/]+(?=[{_HAN}](?![{_HAN}]))")
_PAUSE = re.compile(r"(?:[\s,;:、…~—·*_|/-]|(?<!\d)\.)+")
_STOP = re.compile(r"[。!?\n\r]+")


def plain(text: str) -> str:
    """The text in one form: half width, typos mended, pauses as ``,``, stops as ``。``."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = simplified(text)
    text = _STOP.sub("。", text)
    text = _SPACED.sub(r"\1", text)
    text = _SYLLABLE.sub(lambda match: _SYLLABLES[match[0]], text)
    for slip, meant in _SLIPS:
        text = slip.sub(meant, text)
    text = _WORD.sub(lambda match: _WORDS[match[0]], text)
    return _PAUSE.sub(",", text)


_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")
_CLAUSE = re.compile(r"[^，,、\s]+[，,、\s]*")
_PASSAGE = 40
_TOO_SHORT = 5


def passages(text: str) -> list[str]:
    """The sentences of a long text, long ones cut at commas; none where it is a single passage."""
    pieces: list[str] = []
    for sentence in _SENTENCE.findall(text):
        whole = len(sentence) <= _PASSAGE
        begun = ""
        for clause in [sentence] if whole else _CLAUSE.findall(sentence):
            if begun and len(begun) + len(clause) > _PASSAGE:
                pieces.append(begun)
                begun = ""
            begun += clause
        if begun.strip() and len(begun) < _TOO_SHORT and pieces:
            pieces[-1] += begun
        elif begun.strip():
            pieces.append(begun)
    return pieces if len(pieces) > 1 else []
