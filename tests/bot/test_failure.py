"""Silence is an error: whatever is down, something true is said and 12348 is named."""

import asyncio

import pytest

CODE = "FW20261121-4F7K9Q"
BROKEN = ["refused", "timeout", "500", "malformed", "mute", "forbidden"]
SAID = [
    "我想离婚怎么办",
    "多久",
    "海淀区公证处在哪",
    "有帮助",
    "没帮助",
    "怎么申请法律援助",
    "劳动纠纷",
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("said", SAID)
def test_with_the_service_down_every_action_still_speaks(citizen, hotline, broken, said):
    hotline.broken = broken
    turn = citizen.says(said)
    assert "12348" in turn.text
    assert "暂时" in turn.text


@pytest.mark.parametrize("broken", BROKEN)
def test_a_look_up_with_the_service_down_says_so(citizen, hotline, broken):
    hotline.broken = broken
    turn = citizen.says(f"查工单 {CODE} 尾号1234")
    assert "12348" in turn.text
    assert "查工单" in turn.choices


def test_a_question_in_a_form_with_the_service_down_keeps_the_form(in_form, hotline):
    hotline.broken = "refused"
    turn = in_form.says("劳动纠纷", "离婚要什么手续")
    assert "12348" in turn.text
    assert "区县" in turn.text


def test_the_service_coming_back_is_noticed_at_once(citizen, hotline):
    hotline.broken = "refused"
    citizen.says("我想离婚怎么办")
    hotline.broken = ""
    assert "协议离婚" in citizen.says("我想离婚怎么办").text


def test_with_the_action_server_down_small_talk_works_and_the_rest_is_marked_silent(
    citizen, action_server
):
    action_server.down = True
    assert "12348" in citizen.says("你好").text
    assert citizen.tries("我想离婚怎么办") == []


def test_a_form_survives_the_action_server(in_form, action_server):
    in_form.says("劳动纠纷", "海淀区")
    action_server.down = True
    assert in_form.tries("老板拖欠我四个月工资") == []
    action_server.down = False
    assert "怎么称呼" in in_form.says("老板拖欠我四个月工资").text
    assert in_form.slots()["county"] == "海淀区"


@pytest.mark.parametrize("said", ["转人工", "13812341234"])
def test_a_pause_of_more_than_an_hour_keeps_what_was_filled(in_form, agent, loop, said):
    from rasa.core.actions.action import ActionSessionStart
    from rasa.core.channels.channel import CollectingOutputChannel
    from rasa.core.nlg import TemplatedNaturalLanguageGenerator

    in_form.says("劳动纠纷", "海淀区")
    tracker = loop.run_until_complete(agent.tracker_store.retrieve(in_form.sender))
    domain = agent.domain
    assert domain.session_config.session_expiration_time == 60
    events = loop.run_until_complete(
        ActionSessionStart().run(
            CollectingOutputChannel(), TemplatedNaturalLanguageGenerator({}), tracker, domain
        )
    )
    tracker.update_with_events(events, domain)
    loop.run_until_complete(agent.tracker_store.save(tracker))
    turn = in_form.says(said)
    assert "接着填" in turn.text
    assert "经过" in turn.text
    assert in_form.slots()["county"] == "海淀区"


def test_many_messages_of_one_citizen_at_once_are_all_answered(citizen):
    turns = citizen.says_at_once(*["我想离婚怎么办"] * 10)
    assert all("协议离婚" in turn.text for turn in turns)


def test_a_turn_that_raises_is_silent_to_the_door_and_logs_no_text(citizen, caplog, loop):
    async def raises(message):
        raise RuntimeError(f"failed on {message.text}")

    async def turn():
        return await citizen.door.converse(raises, "c1", "我的电话是13812341234")

    assert loop.run_until_complete(asyncio.wait_for(turn(), 5)) == []
    assert "13812341234" not in caplog.text
    assert "RuntimeError" in caplog.text
