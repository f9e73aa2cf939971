"""One citizen on the page and in WeChat: a code joins the two, and nobody else gets in by it."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from hotline.app import create_app
from hotline.channel import linking
from hotline.channel.models import LinkCode, LinkTry
from hotline.consultation.models import Consultation, Message
from hotline.consultation.schemas import Reply
from hotline.dependencies import Parts
from hotline.work_order.models import WorkOrder
from kit.clock import FixedClock
from kit.db import Base, Database
from tests.hotline.builders import FakeBot, register_order
from tests.hotline.conftest import Seat
from tests.hotline.test_messages import send
from tests.hotline.wechat import pushes
from tests.hotline.wechat.conftest import LINKS_PER_DAY, Citizen, shown
from tests.hotline.wechat.fake_wechat import FakeWeChat

Rounds = Callable[..., None]


@pytest.fixture
def session(client: TestClient) -> str:
    """Somebody's conversation on the page."""
    return str(send(client, "房东不退押金怎么办")["session"])


def code_for(client: TestClient, session: str) -> str:
    answer = client.post("/api/link-codes", json={"session": session})
    assert answer.status_code == 201, answer.text
    assert answer.json()["minutes"] == 10
    return str(answer.json()["code"])


def on_page(client: TestClient, session: str) -> list[str]:
    answer = client.get("/api/messages", params={"session": session})
    return [item["text"] for item in answer.json()["messages"]]


def join(citizen: Citizen, client: TestClient, session: str) -> str:
    citizen.says(code_for(client, session))
    return citizen.says("确认连接")


def test_after_joining_both_doors_lead_to_one_conversation(
    citizen: Citizen,
    client: TestClient,
    session: str,
    bot: FakeBot,
    fake: FakeWeChat,
    carrier: Rounds,
) -> None:
    citizen.says("在微信里说的")
    asked = citizen.says(code_for(client, session))
    assert "房东不退押金" in asked and "1. 确认连接" in asked
    assert citizen.says("1") == linking.JOINED
    bot.replies = [Reply(text="微信里的答复")]
    assert citizen.says("再问一句") == "微信里的答复"
    seen = on_page(client, session)
    order = ["房东不退押金怎么办", linking.MOVED, "在微信里说的", linking.JOINED, "再问一句"]
    assert [text for text in seen if text in order] == order
    assert seen[-1] == "微信里的答复"
    # What is asked on the page is answered there, and not carried to WeChat besides.
    bot.replies = [Reply(text="网页上的答复")]
    assert (
        send(client, "网页上问", session=session, message_id="p-2")["messages"][-1]["text"]
        == "网页上的答复"
    )
    carrier(6)
    assert fake.sent == []
    assert citizen.says("在吗").endswith("网页上的答复")


def test_a_lawyers_answer_reaches_both(
    citizen: Citizen,
    client: TestClient,
    session: str,
    parts: Parts,
    seat: Callable[[str], Seat],
    fake: FakeWeChat,
    carrier: Rounds,
) -> None:
    citizen.says("在吗")
    code = register_order(parts)
    with parts.database.write() as writing:
        mine = writing.scalars(select(Consultation).where(Consultation.channel == "wechat")).one()
        writing.scalars(select(WorkOrder)).one().consultation_id = mine.id
    assert join(citizen, client, session) == linking.JOINED
    zhang = seat("zhang")
    zhang.post(f"/desk/orders/{code}/claim")
    answer = {"text": "请先书面催要。", "request_id": "once-and-only"}
    assert zhang.post(f"/desk/orders/{code}/answer", **answer).status_code == 303
    assert "房东不退押金" in zhang.get(f"/desk/orders/{code}").text
    carrier(4)
    assert fake.texts(citizen.openid)[-1] == "【律师答复】\n请先书面催要。"
    assert on_page(client, session)[-1] == "请先书面催要。"


def test_nothing_of_the_page_is_sent_to_wechat_anew(
    citizen: Citizen, client: TestClient, session: str, fake: FakeWeChat, carrier: Rounds
) -> None:
    assert join(citizen, client, session) == linking.JOINED
    carrier(10)
    assert fake.sent == []


def test_a_code_works_once_and_for_the_first_who_types_it(
    client: TestClient, session: str, clock: FixedClock
) -> None:
    owner, thief = Citizen(client, clock, "oOwner"), Citizen(client, clock, "oThief")
    code = code_for(client, session)
    assert "确认连接" in owner.says(code)
    assert thief.says(code) == linking.NOT_VALID
    assert thief.says("确认连接") == linking.NOT_VALID
    assert owner.says("确认连接") == linking.JOINED
    assert owner.says(code) == linking.NOT_VALID
    assert thief.says(code) == linking.NOT_VALID
    assert "房东" not in thief.says("我说过什么")


def test_a_code_ends_after_ten_minutes_also_between_typing_and_confirming(
    citizen: Citizen, client: TestClient, session: str, clock: FixedClock
) -> None:
    code = code_for(client, session)
    citizen.says(code)
    clock.advance(timedelta(minutes=10))
    assert citizen.says("确认连接") == linking.NOT_VALID
    assert citizen.says(code) == linking.NOT_VALID


def test_a_new_code_makes_the_old_one_void(
    citizen: Citizen, client: TestClient, session: str
) -> None:
    old = code_for(client, session)
    code_for(client, session)
    assert citizen.says(old) == linking.NOT_VALID


def test_codes_cannot_be_tried_out(citizen: Citizen, client: TestClient, session: str) -> None:
    for n in range(LINKS_PER_DAY):
        assert citizen.says(f"LJ-2222222{n + 2}") == linking.NOT_VALID
    assert citizen.says(code_for(client, session)) == linking.TOO_MANY


def test_tries_at_codes_are_counted_over_all_processes_and_for_a_day(
    open_parts: Parts, clock: FixedClock
) -> None:
    other = replace(open_parts, database=Database(open_parts.database.url))
    doors = [TestClient(create_app(parts.settings, parts)) for parts in (open_parts, other)]
    citizens = [
        Citizen(door, clock, "oTrier", number=1000 * number)
        for number, door in enumerate(doors, start=1)
    ]
    for n in range(LINKS_PER_DAY):
        assert citizens[n % 2].says(f"LJ-2222222{n + 2}") == linking.NOT_VALID
    assert [citizen.says("LJ-22222222") for citizen in citizens] == [linking.TOO_MANY] * 2
    assert Citizen(doors[1], clock, "oOther").says("LJ-22222222") == linking.NOT_VALID
    clock.advance(timedelta(days=1))
    assert [citizen.says("LJ-22222222") for citizen in citizens] == [linking.NOT_VALID] * 2
    with open_parts.database.read() as session:
        # What has expired is gone.
        assert session.scalar(select(func.count()).select_from(LinkTry)) == 2
    other.database.dispose()


def test_a_code_that_is_delivered_three_times_is_one_try(
    citizen: Citizen, open_parts: Parts
) -> None:
    fields = pushes.text_fields(citizen.openid, "LJ-22222222", 7, citizen.clock.now())
    answers = {shown(citizen.push(fields)) for _ in range(3)}
    assert answers == {linking.NOT_VALID}
    with open_parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LinkTry)) == 1


@pytest.mark.postgres
def test_two_tries_at_once_in_two_processes_are_two_on_postgresql(
    open_parts: Parts, clock: FixedClock, postgres_url: str
) -> None:
    databases = [Database(postgres_url) for _ in range(2)]
    Base.metadata.create_all(databases[0].engine)
    doors = [
        TestClient(create_app(open_parts.settings, replace(open_parts, database=database)))
        for database in databases
    ]
    Citizen(doors[0], clock, "oTrier").says("LJ-22222222")

    def tries(number: int) -> str:
        return Citizen(doors[number % 2], clock, "oTrier", number=9000 + 10 * number).says(
            "LJ-A2345678"
        )

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(tries, range(8)))
    left = LINKS_PER_DAY - 1
    assert answers == {linking.NOT_VALID: left, linking.TOO_MANY: 8 - left}
    for database in databases:
        database.dispose()


def test_a_joined_page_takes_no_second_wechat(
    client: TestClient, session: str, clock: FixedClock
) -> None:
    first, second = Citizen(client, clock, "oFirst"), Citizen(client, clock, "oSecond")
    assert join(first, client, session) == linking.JOINED
    assert join(second, client, session) == linking.TAKEN
    assert first.says(code_for(client, session)) == linking.JOINED


def test_joining_a_second_page_takes_everything_along_and_leaves_the_first_one_empty(
    citizen: Citizen, client: TestClient, session: str
) -> None:
    assert join(citizen, client, session) == linking.JOINED
    other = str(send(client, "公司欠薪")["session"])
    assert join(citizen, client, other) == linking.JOINED
    assert "房东不退押金怎么办" in on_page(client, other)
    assert on_page(client, session) == []
    # The first page goes on alone.
    assert (
        send(client, "还在吗", session=session, message_id="p-2")["messages"][-1]["text"] == "您好"
    )


def test_the_same_push_again_joins_once(
    citizen: Citizen, client: TestClient, session: str, parts: Parts
) -> None:
    citizen.says(code_for(client, session))
    citizen.says("确认连接", MsgId=77)
    assert citizen.says("确认连接", MsgId=77) == linking.JOINED
    with parts.database.read() as reading:
        assert reading.scalar(select(func.count()).select_from(LinkCode)) == 0
        numbers = reading.scalars(
            select(Message.seq)
            .join(Consultation, Consultation.id == Message.consultation_id)
            .where(Consultation.channel == "wechat")
            .order_by(Message.seq)
        ).all()
    assert numbers == list(range(1, len(numbers) + 1))


def test_while_an_answer_is_being_made_nothing_is_joined(
    citizen: Citizen, client: TestClient, session: str, parts: Parts, clock: FixedClock
) -> None:
    citizen.says(code_for(client, session))
    with parts.database.write() as writing:
        for row in writing.scalars(select(Consultation).where(Consultation.channel == "web")):
            row.turn_owner, row.turn_until = "p", clock.now() + timedelta(seconds=9)
    assert citizen.says("确认连接").startswith(linking.BUSY)
    clock.advance(timedelta(seconds=10))
    assert citizen.says("确认连接") == linking.JOINED


def test_a_code_is_not_kept_in_clear_and_does_not_stand_in_the_conversation(
    citizen: Citizen, client: TestClient, session: str, parts: Parts
) -> None:
    code = code_for(client, session)
    citizen.says(code)
    with parts.database.read() as reading:
        (kept,) = reading.scalars(select(LinkCode.code_hash))
        texts = reading.scalars(select(Message.text)).all()
    assert code[3:] not in kept
    assert all(code[3:] not in text for text in texts)


def test_without_wechat_there_is_no_code_and_no_button(parts: Parts) -> None:
    client = TestClient(create_app(parts.settings, parts))
    token = client.post("/api/sessions").json()["session"]
    assert client.post("/api/link-codes", json={"session": token}).status_code == 403
    assert "在微信里继续" not in client.get("/").text


def test_a_strangers_session_gets_no_code(client: TestClient) -> None:
    assert client.post("/api/link-codes", json={"session": "guess"}).status_code == 404


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("LJ-23456789", "23456789"),
        ("lj23456789", "23456789"),
        ("连接码：LJ-ABCD2345", "ABCD2345"),
        ("连接 lj - abcd2345", "ABCD2345"),
        ("23456789", None),
        ("LJ-2345678", None),
        ("LJ-23456780", None),
        ("我的码是LJ-23456789", None),
    ],
)
def test_a_code_is_known_by_its_form(text: str, code: str | None) -> None:
    assert linking.typed(text) == code
