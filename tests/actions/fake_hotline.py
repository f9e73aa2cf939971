"""A hotline service that keeps the contract and remembers what it was told."""

import json
import re
from dataclasses import dataclass, field

import httpx

from actions.categories import CATEGORIES
from actions.client import Hotline

TOKEN = "service-token"
CODE = "FW20261121-4F7K9Q"
DISCLAIMER = "以上内容仅供参考。"
KINDS = ("咨询", "投诉", "建议", "求助")

HUMAN = {"title": "转人工", "payload": "转人工"}

ENTRIES = {
    "离婚": (
        "离婚有两条路：协议离婚和诉讼离婚。",
        [{"law": "民法典", "article": "第一千零七十六条"}],
    ),
    "工资": (
        "可以向劳动监察投诉，也可以申请劳动仲裁。",
        [{"law": "劳动合同法", "article": "第三十条"}],
    ),
    "法律援助": (
        "经济困难的公民可以申请法律援助。",
        [{"law": "法律援助法", "article": "第三十一条"}],
    ),
    "辞退": (
        "按在本单位工作的年限支付经济补偿。",
        [{"law": "劳动合同法", "article": "第四十七条"}],
    ),
}
LIKELY = {"离婚": "婚姻家庭", "工资": "劳动纠纷", "垃圾": "侵权"}
ASKED_BACK = {"辞退": "您在这家单位干了多久？"}
FOLLOW_UPS = re.compile(r"多少钱|多久|材料|去哪里办")


@dataclass
class FakeHotline:
    """``broken`` is one of: "", refused, timeout, 500, malformed, mute, forbidden."""

    broken: str = ""
    questions: list[tuple[str, str]] = field(default_factory=list)
    orders: dict[str, dict] = field(default_factory=dict)
    attempts: list[dict] = field(default_factory=list)
    satisfaction: list[tuple[str, bool]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    lookups: list[dict] = field(default_factory=list)
    asked_institutions: list[dict] = field(default_factory=list)
    last_entry: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def client(self) -> Hotline:
        return Hotline("http://hotline.test", TOKEN, transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.broken == "refused":
            raise httpx.ConnectError("refused", request=request)
        if self.broken == "timeout":
            raise httpx.ReadTimeout("timeout", request=request)
        if self.broken == "500":
            return _error(500, "internal", "内部错误")
        if self.broken == "malformed":
            return httpx.Response(200, text="<html>not json</html>")
        if self.broken == "mute":
            return httpx.Response(200, json={"decision": "answer", "reply": {"text": " "}})
        if self.broken == "forbidden" or request.headers["Authorization"] != f"Bearer {TOKEN}":
            return _error(401, "unauthorized", "没有权限。")
        body = json.loads(request.content) if request.content else {}
        parts = request.url.path.strip("/").split("/")
        match (request.method, parts):
            case ("POST", ["v1", "consultations", who, "questions"]):
                return self._question(who, body["text"])
            case ("POST", ["v1", "consultations", _, "work-orders"]):
                return self._work_order(body)
            case ("POST", ["v1", "categories"]):
                return self._category(body["text"])
            case ("POST", ["v1", "work-orders", "lookup"]):
                return self._lookup(body)
            case ("GET", ["v1", "institutions"]):
                return self._institutions(dict(request.url.params))
            case ("POST", ["v1", "consultations", who, "satisfaction"]):
                self.satisfaction.append((who, body["helped"]))
                return _spoken("谢谢您的评价。" if body["helped"] else "抱歉没有帮到您。")
        return _error(404, "not_found", "没有这个地址。")

    def _question(self, who: str, text: str) -> httpx.Response:
        self.questions.append((who, text))
        entry = next((e for e in ENTRIES if e in text), None)
        replies = who in self.asked
        self.asked.discard(who)
        if entry is None and replies:
            entry = self.last_entry[who]
        elif entry is None and FOLLOW_UPS.search(text):
            entry = self.last_entry.get(who)
        if entry:
            self.last_entry[who] = entry
            answer, citations = ENTRIES[entry]
            decision, said, offered = "answer", f"{answer}\n{DISCLAIMER}", []
        elif "合同" in text:
            decision, said, citations = "choices", "您问的是哪一个？", []
            offered = [{"title": q, "payload": q} for q in ("合同没盖章有效吗", "违约金怎么算")]
            offered.append(HUMAN)
        else:
            decision, said, citations = "handover", "这个问题要请律师回答，要转人工吗？", []
            offered = [HUMAN]
        reply = {"text": said, "citations": citations, "choices": offered, "decision": decision}
        if not replies and (asked := ASKED_BACK.get(entry or "")):
            self.asked.add(who)
            reply |= {"text": f"{said}\n{asked}", "ask_back": asked}
        return httpx.Response(
            200,
            json={
                "decision": decision,
                "confidence": 0.9,
                "answer": said,
                "citations": citations,
                "candidates": [],
                "triage": {"risk": "none", "urgency": "normal"},
                "reply": reply | {"turn_id": len(self.questions)},
            },
        )

    def _category(self, told: str) -> httpx.Response:
        self.told.append(told)
        likely = [category for word, category in LIKELY.items() if word in told]
        words = "您的问题属于哪一类？" + (f"像是“{likely[0]}”。" if likely else "")
        offered = dict.fromkeys([*likely, "婚姻家庭", "综合咨询"])
        choices = [{"title": name, "payload": name} for name in offered]
        reply = {"text": words, "citations": [], "choices": choices}
        return httpx.Response(200, json={"likely": likely, "reply": reply})

    def _work_order(self, body: dict) -> httpx.Response:
        self.attempts.append(body)
        fields = {"request_id", "kind", "category", "county", "description", "name", "phone"}
        phone = re.fullmatch(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}", body.get("phone") or "")
        good = set(body) == fields and body["kind"] in KINDS and body["category"] in CATEGORIES
        if not good or not phone or not 5 <= len(body["description"]) <= 2000:
            return _error(422, "invalid", "工单内容不完整。")
        self.orders.setdefault(body["request_id"], body)
        reply = {
            "text": f"已登记，编号 {CODE}。律师会打 {body['phone'][:3]}**** 联系您。",
            "citations": [],
            "choices": [],
            "work_order": {"code": CODE},
        }
        return httpx.Response(201, json={"code": CODE, "reply": reply})

    def _lookup(self, body: dict) -> httpx.Response:
        self.lookups.append(body)
        if len(self.lookups) > 5:
            return _error(429, "too_many_tries", "查询太频繁，请十分钟后再试。")
        if body != {"code": CODE, "phone_tail": "1234"}:
            return _error(404, "not_found", "编号或电话尾号不对，请核对后再查。")
        return _spoken("您的工单正在由律师办理。")

    def _institutions(self, asked: dict) -> httpx.Response:
        self.asked_institutions.append(asked)
        where = asked.get("county", "")
        if not where:
            return _spoken("您在哪个区县？")
        return _spoken(f"{where}{asked.get('kind', '')}：电话 010-12348。")


def _spoken(text: str) -> httpx.Response:
    return httpx.Response(200, json={"reply": {"text": text, "citations": [], "choices": []}})


def _error(status: int, code: str, message: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": message}})
