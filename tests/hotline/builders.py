"""Builds the nouns that the hotline's tests speak of: statutes, entries, staff, orders."""

from datetime import date, datetime
from functools import cache

from sqlalchemy.orm import Session

from hotline.bot_client import BotUnavailable
from hotline.consultation import service as consultations
from hotline.consultation.models import Consultation, Sender
from hotline.consultation.schemas import Reply
from hotline.dependencies import Parts
from hotline.staff.models import Role, Staff
from hotline.work_order import service as work_orders
from hotline.work_order.schemas import WorkOrderIn
from kit.auth import hash_password, new_token
from knowledge.standard_qa.models import Entry, EntryVersion, VersionArticle, VersionState
from knowledge.statute.models import Article, Law, LawVersion

SERVICE = {"Authorization": f"Bearer {'t' * 32}"}
"""What the actions send with every request."""
PASSWORD = "一个足够长的口令-2026"
PHONE = "13812345678"
ANSWER = {
    "conclusion": "可以要回来。",
    "basis": "《民法典》第六百七十五条规定借款人应当按期还款。",
    "steps": "先书面催要，再到法院起诉。",
    "materials": "借条、转账记录、身份证。",
    "deadline": "诉讼时效一般三年。",
    "where": "对方住所地的基层法院。",
}
ENTRIES = {
    "debt-no-iou": ("借钱给别人没有写借条，还能要回来吗？", "债权债务", "只有微信转账记录告得赢吗"),
    "labour-wages": ("公司拖欠工资怎么办？", "劳动纠纷", "老板不发工资咋办"),
    "family-divorce": ("协议离婚需要带哪些材料？", "婚姻家庭", "夫妻和平分手怎么办手续"),
    "property-deposit": ("房东不退押金怎么办？", "房产纠纷", "退租了押金拿不回来"),
}


class FakeBot:
    """A dialogue that says what it was told to, or is down."""

    def __init__(self) -> None:
        self.replies: list[Reply] = [Reply(text="您好")]
        self.down = False
        self.heard: list[str] = []

    def send(self, consultation_id: str, text: str) -> list[Reply]:
        """The scripted replies."""
        self.heard.append(text)
        if self.down:
            raise BotUnavailable("down")
        return [reply.model_copy(deep=True) for reply in self.replies]

    def healthy(self) -> bool:
        """Whether it is up."""
        return not self.down

    def close(self) -> None:
        """Nothing to close."""


@cache
def hashed(password: str = PASSWORD) -> str:
    """One real hash for every account: argon2id is slow on purpose."""
    return hash_password(password)


def add_statutes(session: Session) -> None:
    """民法典 with two articles, and a law that is no longer in force."""
    session.add(_law("mfd", "民法典", None))
    session.add(_law("htf", "合同法", date(2021, 1, 1)))
    session.flush()
    session.add(_version("mfd", date(2021, 1, 1)))
    session.add(_version("htf", date(1999, 10, 1)))
    session.flush()
    session.add(
        _article("mfd", "民法典", 675, "第六百七十五条", "借款人应当按照约定的期限返还借款。")
    )
    session.add(
        _article(
            "mfd",
            "民法典",
            676,
            "第六百七十六条",
            "借款人未按照约定的期限返还借款的，应当支付逾期利息。",
        )
    )
    session.add(
        _article("htf", "合同法", 206, "第二百零六条", "借款人应当按照约定的期限返还借款。")
    )
    session.flush()


def _law(law_id: str, name: str, repealed_on: date | None) -> Law:
    return Law(
        id=law_id,
        name=name,
        full_name=f"中华人民共和国{name}",
        level="法律",
        kind="法律",
        repealed_on=repealed_on,
        successor="民法典" if repealed_on else None,
    )


def _version(law_id: str, effective_on: date) -> LawVersion:
    return LawVersion(
        id=f"{law_id}-1",
        law_id=law_id,
        published_on=effective_on,
        effective_on=effective_on,
        expires_on=None,
        source_status="现行有效",
        complete=True,
        incorporated=False,
        fingerprint=law_id,
    )


def _article(law_id: str, law: str, ordinal: int, number: str, text: str) -> Article:
    return Article(
        id=f"{law}{number}@{law_id}-1",
        version_id=f"{law_id}-1",
        law_name=law,
        number=number,
        ordinal=ordinal,
        suffix=0,
        position=ordinal,
        chapter=None,
        text=text,
    )


def add_entry(session: Session, entry_id: str, now: datetime) -> EntryVersion:
    """A published entry, as the seed brings it."""
    question, category, similar = ENTRIES[entry_id]
    entry = Entry(id=entry_id, category=category, created_at=now)
    session.add(entry)
    session.flush()
    version = EntryVersion(
        entry_id=entry_id,
        number=1,
        state=VersionState.PUBLISHED,
        category=category,
        question=question,
        similar=[similar, f"{similar}呀", f"请问{similar}", f"想问一下{similar}"],
        answer=ANSWER,
        citations=["民法典第六百七十五条"],
        mentions=[],
        review={},
        author="seed",
        reviewer="seed-reader",
        created_at=now,
        decided_at=now,
    )
    session.add(version)
    session.flush()
    session.add(VersionArticle(version_id=version.id, name="民法典第六百七十五条"))
    entry.live_version_id = entry.latest_version_id = version.id
    return version


def add_staff(
    session: Session, username: str, role: Role, now: datetime, *, one_time: bool = False
) -> Staff:
    """An account whose password is ``PASSWORD``; its display name is the user name + 同志."""
    staff = Staff(
        username=username,
        display_name=f"{username}同志",
        role=role,
        password_hash=hashed(),
        must_change_password=one_time,
        created_at=now,
    )
    session.add(staff)
    session.flush()
    return staff


def begin_consultation(session: Session, now: datetime) -> Consultation:
    """A citizen's conversation: a question, and the bot's answer with its citation."""
    row = consultations.begin(session, channel="web", token=new_token(), now=now)
    consultations.say(session, row, Sender.CITIZEN, Reply(text="朋友借钱不还"), now=now)
    answer = Reply.model_validate(
        {
            "text": "可以先书面催要。",
            "citations": [{"law": "民法典", "article": "第六百七十五条"}],
            "decision": "answer",
        }
    )
    consultations.say(session, row, Sender.BOT, answer, now=now)
    return row


def register_order(
    parts: Parts,
    description: str = "借钱给别人没有写借条，还能要回来吗？",
    *,
    phone: str = PHONE,
    request_id: str | None = None,
) -> str:
    """A work order that waits in the queue; returns its code."""
    now = parts.clock.now()
    form = WorkOrderIn.model_validate(
        {
            "request_id": request_id or new_token()[:32],
            "category": "债权债务",
            "county": "东湖区",
            "description": description,
            "name": "王小明",
            "phone": phone,
        }
    )
    with parts.database.write() as session:
        consultation = begin_consultation(session, now)
        told = parts.triager.triage(form.description)
        made, _ = work_orders.register(
            session, consultation.id, form, told, parts.deadline_rules, now
        )
    return made.code
