"""What we say by ourselves reaches WeChat: in order, once, and truthfully where it may not."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.channel.wechat import phrases, service
from hotline.channel.wechat.delivery import Carrier
from hotline.channel.wechat.door import WeChat
from hotline.channel.wechat.models import DeliveryState, WeChatDelivery
from hotline.consultation import repository
from hotline.consultation import service as consultations
from hotline.consultation.models import Consultation, Sender
from hotline.consultation.schemas import Reply
from hotline.dependencies import Parts
from kit import outbox
from kit.clock import FixedClock
from kit.settings import Settings
from tests.hotline.builders import FakeBot
from tests.hotline.wechat.conftest import Citizen
from tests.hotline.wechat.fake_wechat import FakeWeChat

Rounds = Callable[..., None]


@pytest.fixture
def lawyer_says(parts: Parts) -> Callable[[str], None]:
    """A lawyer's message in the only conversation."""

    def say(text: str) -> None:
        with parts.database.write() as session:
            row = session.scalars(select(Consultation)).one()
            row = repository.get(session, row.id, lock=True)
            reply = Reply(text=text)
            consultations.say(session, row, Sender.LAWYER, reply, now=parts.clock.now())

    return say


def states(parts: Parts) -> list[tuple[str, str]]:
    """(state, reason) of each delivery, in the order of the messages."""
    with parts.database.read() as session:
        rows = session.scalars(select(WeChatDelivery).order_by(WeChatDelivery.message_id))
        return [(row.state, row.reason) for row in rows]


def open_rows(parts: Parts) -> int:
    """What the outbox still holds."""
    with parts.database.read() as session:
        return outbox.waiting(session)


def test_a_lawyers_answer_comes_once(
    citizen: Citizen, lawyer_says: Callable[[str], None], fake: FakeWeChat, carrier: Rounds
) -> None:
    citizen.says("在吗")
    lawyer_says("请先书面催要。")
    carrier(6)
    assert fake.texts(citizen.openid) == ["【律师答复】\n请先书面催要。"]


def test_a_passive_reply_is_not_sent_again(
    citizen: Citizen, fake: FakeWeChat, carrier: Rounds, parts: Parts
) -> None:
    assert citizen.says("在吗") == "您好"
    carrier(6)
    assert fake.sent == []
    assert states(parts) == [(DeliveryState.PASSIVE, "")]
    assert open_rows(parts) == 0


def test_messages_come_in_their_order(
    citizen: Citizen, lawyer_says: Callable[[str], None], fake: FakeWeChat, carrier: Rounds
) -> None:
    citizen.says("在吗")
    for text in ("一", "二", "三"):
        lawyer_says(text)
    fake.down = True
    carrier(2)
    fake.down = False
    lawyer_says("四")
    carrier(20)
    assert fake.texts(citizen.openid) == [f"【律师答复】\n{text}" for text in "一二三四"]


def test_what_is_on_its_way_goes_along_with_the_next_passive_reply(
    citizen: Citizen, lawyer_says: Callable[[str], None], fake: FakeWeChat, carrier: Rounds
) -> None:
    citizen.says("在吗")
    fake.down = True
    lawyer_says("请先催要。")
    carrier(2)
    assert citizen.says("还在吗") == "【律师答复】\n请先催要。\n\n您好"
    fake.down = False
    carrier(30)
    assert fake.sent == []


def test_the_five_are_counted_and_the_sixth_waits_for_the_next_word(
    citizen: Citizen,
    lawyer_says: Callable[[str], None],
    fake: FakeWeChat,
    carrier: Rounds,
    parts: Parts,
) -> None:
    citizen.says("在吗")
    for n in range(1, 7):
        lawyer_says(f"第{n}条")
        carrier(2)
    assert len(fake.sent) == 5
    assert states(parts)[-1] == (DeliveryState.WAITING, phrases.QUOTA_SPENT)
    assert open_rows(parts) == 0
    with parts.database.read() as session:
        row = session.scalars(select(Consultation)).one()
        line = service.line(session, row.id, parts.clock.now())
    assert line is not None
    assert (line.left, line.waiting, line.reason) == (0, 1, phrases.QUOTA_SPENT)
    assert citizen.says("好的") == "【律师答复】\n第6条\n\n您好"
    carrier(8)
    assert len(fake.sent) == 5


def test_many_at_once_are_put_together_rather_than_kept_waiting(
    citizen: Citizen, lawyer_says: Callable[[str], None], fake: FakeWeChat, carrier: Rounds
) -> None:
    citizen.says("在吗")
    long = "这一条写得很长。" * 60
    for text in ("一", long, "三", "四", long, "六"):
        lawyer_says(text)
    carrier(4)
    sent = fake.texts(citizen.openid)
    assert len(sent) == 2
    assert "\n\n".join(sent).replace("【律师答复】\n", "").split("\n\n") == [
        "一", long, "三", "四", long, "六",
    ]  # fmt: skip


@pytest.mark.parametrize("switch", ["window", "quota"])
def test_what_wechat_does_not_allow_waits_with_the_reason(
    citizen: Citizen,
    lawyer_says: Callable[[str], None],
    fake: FakeWeChat,
    carrier: Rounds,
    parts: Parts,
    switch: str,
) -> None:
    citizen.says("在吗")
    if switch == "window":
        fake.window_closed.add(citizen.openid)
    else:
        fake.quota[citizen.openid] = 0
    lawyer_says("答复")
    carrier(5)
    reason = phrases.WINDOW_CLOSED if switch == "window" else phrases.QUOTA_SPENT
    assert states(parts)[-1] == (DeliveryState.WAITING, reason)
    assert fake.calls["/cgi-bin/message/custom/send"] == 1
    assert citizen.says("在") == "【律师答复】\n答复\n\n您好"


def test_after_48_hours_wechat_is_not_even_asked(
    citizen: Citizen,
    lawyer_says: Callable[[str], None],
    fake: FakeWeChat,
    carrier: Rounds,
    clock: FixedClock,
    parts: Parts,
) -> None:
    citizen.says("在吗")
    clock.advance(timedelta(hours=48))
    lawyer_says("答复")
    carrier(3)
    assert fake.calls["/cgi-bin/message/custom/send"] == 0
    assert states(parts)[-1] == (DeliveryState.WAITING, phrases.WINDOW_CLOSED)


@pytest.fixture
def with_notice(parts: Parts, settings: Settings, clock: FixedClock) -> Iterator[Carrier]:
    """A worker with a template for notices."""
    told = settings.model_copy(update={"wechat_notice_template": "tpl-1"})
    door = WeChat(told, parts.database, clock)
    yield Carrier(parts.database, clock, {"wechat": door})
    door.close()


def test_a_notice_tells_of_the_first_answer_that_waits(
    citizen: Citizen,
    lawyer_says: Callable[[str], None],
    fake: FakeWeChat,
    clock: FixedClock,
    parts: Parts,
    with_notice: Carrier,
) -> None:
    citizen.says("在吗")
    clock.advance(timedelta(hours=49))
    for text in ("一", "二"):
        lawyer_says(text)
        with_notice.deliver()
    (notice,) = fake.notices
    assert (notice["touser"], notice["template_id"]) == (citizen.openid, "tpl-1")
    assert notice["data"] == {"thing1": {"value": phrases.NOTICE}}
    assert notice["page"].startswith("https://12348.example/wechat/messages/")
    assert states(parts)[-2:] == [
        (DeliveryState.WAITING, phrases.WINDOW_CLOSED + phrases.NOTICED),
        (DeliveryState.WAITING, phrases.WINDOW_CLOSED),
    ]


def test_a_refused_notice_leaves_the_message_waiting(
    citizen: Citizen,
    lawyer_says: Callable[[str], None],
    fake: FakeWeChat,
    clock: FixedClock,
    parts: Parts,
    with_notice: Carrier,
) -> None:
    citizen.says("在吗")
    fake.notice_refused = True
    clock.advance(timedelta(hours=49))
    lawyer_says("答复")
    with_notice.deliver()
    assert states(parts)[-1] == (DeliveryState.WAITING, phrases.WINDOW_CLOSED)


def test_who_does_not_follow_any_more_is_not_written_to(
    citizen: Citizen,
    lawyer_says: Callable[[str], None],
    fake: FakeWeChat,
    carrier: Rounds,
    parts: Parts,
) -> None:
    citizen.says("在吗")
    citizen.does("unsubscribe")
    lawyer_says("答复")
    carrier(3)
    assert fake.sent == []
    assert states(parts)[-1] == (DeliveryState.WAITING, phrases.UNFOLLOWED)
    assert "答复" in citizen.does("subscribe")


def test_the_daily_limit_is_waited_out(
    citizen: Citizen,
    lawyer_says: Callable[[str], None],
    fake: FakeWeChat,
    carrier: Rounds,
    parts: Parts,
) -> None:
    citizen.says("在吗")
    fake.daily_limit = True
    lawyer_says("答复")
    carrier(60)
    # 2 + 4 + 8 + 16 + 32 seconds between the tries.
    assert fake.calls["/cgi-bin/message/custom/send"] <= 6
    fake.daily_limit = False
    carrier(70)
    assert fake.texts(citizen.openid) == ["【律师答复】\n答复"]
    with parts.database.read() as session:
        row = session.scalars(select(Consultation)).one()
        line = service.line(session, row.id, parts.clock.now())
    assert line is not None
    assert line.left == 4


def test_what_a_dead_worker_was_sending_is_sent_after_its_lease(
    citizen: Citizen,
    lawyer_says: Callable[[str], None],
    fake: FakeWeChat,
    carrier: Rounds,
    clock: FixedClock,
    open_parts: Parts,
    wechat: WeChat,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    citizen.says("在吗")
    lawyer_says("一")
    with monkeypatch.context() as patched:

        def die(openid: str, text: str) -> None:
            raise SystemExit

        patched.setattr(wechat.client, "send_text", die)
        with pytest.raises(SystemExit):
            Carrier(open_parts.database, clock, {"wechat": wechat}).deliver()
    lawyer_says("二")
    carrier(5)
    assert fake.sent == []
    clock.advance(outbox.LEASE)
    carrier(3)
    assert fake.texts(citizen.openid) == ["【律师答复】\n一", "【律师答复】\n二"]


def test_a_revoked_token_is_renewed_once(
    citizen: Citizen, lawyer_says: Callable[[str], None], fake: FakeWeChat, carrier: Rounds
) -> None:
    citizen.says("在吗")
    lawyer_says("一")
    carrier()
    fake.revoke()
    lawyer_says("二")
    carrier()
    assert len(fake.texts(citizen.openid)) == 2
    assert len(fake.fetches) == 2


def test_40001_for_ever_costs_three_fetches_a_minute_and_loses_nothing(
    citizen: Citizen,
    lawyer_says: Callable[[str], None],
    fake: FakeWeChat,
    carrier: Rounds,
    clock: FixedClock,
) -> None:
    citizen.says("在吗")
    fake.always_bad = True
    for n in range(4):
        lawyer_says(f"第{n}条")
    minutes = []
    for _ in range(10):
        before = len(fake.fetches)
        carrier(60)
        minutes.append(len(fake.fetches) - before)
    assert max(minutes) <= 3
    assert sum(minutes) >= 5
    fake.always_bad = False
    clock.advance(timedelta(minutes=10))
    carrier(5)
    assert fake.texts(citizen.openid) == [f"【律师答复】\n第{n}条" for n in range(4)]


def test_a_slow_api_is_waited_for(
    citizen: Citizen, lawyer_says: Callable[[str], None], fake: FakeWeChat, carrier: Rounds
) -> None:
    citizen.says("在吗")
    fake.slow_seconds = 0.5
    lawyer_says("答复")
    carrier(4)
    assert len(fake.texts(citizen.openid)) == 1


def test_citizens_on_the_page_are_not_carried_to(parts: Parts, bot: FakeBot) -> None:
    with parts.database.write() as session:
        row = consultations.begin(session, channel="web", token="t", now=parts.clock.now())
        consultations.say(session, row, Sender.BOT, Reply(text="您好"), now=parts.clock.now())
    assert open_rows(parts) == 0
