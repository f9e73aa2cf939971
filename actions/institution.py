"""Institutions 法律服务机构: where to go, by county and kind."""

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import reading
from actions.base import Event, HotlineAction, said
from actions.client import hotline

LAST_INSTITUTION = "institution"
"""``last_decision`` after institutions were told: a bare county then asks for them again."""

_KINDS: dict[str, str] = {
    "法律援助": "法律援助",
    "法援": "法律援助",
    "公证": "公证",
    "律所": "律师事务所",
    "律师事务所": "律师事务所",
    "司法鉴定": "司法鉴定",
    "鉴定": "司法鉴定",
    "调解": "人民调解",
    "司法所": "司法所",
    "仲裁": "仲裁",
    "公共法律服务中心": "公共法律服务中心",
}


def kind_in(text: str) -> str | None:
    """The kind of institution a text names."""
    return next((kind for word, kind in _KINDS.items() if word in text), None)


async def tell_institutions(
    say: CollectingDispatcher, county: str | None, kind: str | None
) -> list[Event]:
    """Asks the service and speaks its reply."""
    body = await hotline().institutions(county, kind)
    say.utter_message(json_message=body["reply"])
    return [SlotSet("last_decision", LAST_INSTITUTION)]


class ActionFindInstitution(HotlineAction):
    """“海淀区公证处在哪”: the county of the message, else the one the citizen gave before."""

    def name(self) -> str:
        return "action_find_institution"

    async def act(self, say: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        text = said(tracker)
        known = tracker.get_slot("county")
        county = reading.county_mentioned(text) or (known if known != reading.DECLINED else None)
        return await tell_institutions(say, county, kind_in(text))
