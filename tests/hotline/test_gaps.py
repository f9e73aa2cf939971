"""缺口: what was not answered well is gathered, ranked and mended in one step."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from hotline import worker
from hotline.console import editor_gaps
from hotline.consultation import service as consultations
from hotline.consultation.models import Turn
from hotline.dependencies import Parts
from hotline.gaps import queries
from hotline.gaps.models import Gap, GapState
from hotline.work_order.lifecycle import Action, State
from hotline.work_order.models import WorkOrder, WorkOrderEvent
from kit.auth import new_token
from kit.clock import FixedClock
from knowledge.decision import Kind
from knowledge.standard_qa import repository
from tests.hotline.builders import register_order
from tests.hotline.conftest import Seat
from tests.hotline.test_editor import audited, form, latest

AnyOne = Callable[[str], Seat]


def asked(
    parts: Parts,
    question: str,
    decision: Kind = Kind.HANDOVER,
    *,
    helped: bool | None = None,
    entry_id: str | None = None,
    risk: str = "none",
    then: str = "",
) -> None:
    """A citizen asks; ``then`` they ask something else in the same conversation."""
    now = parts.clock.now()
    with parts.database.write() as session:
        row = consultations.begin(session, channel="web", token=new_token(), now=now)
        for text, kind in ((question, decision), (then, Kind.ANSWER)):
            if text:
                session.add(
                    Turn(
                        consultation_id=row.id, question=text, decision=kind, confidence=0.5,
                        entry_id=entry_id, reasons=[], risk=risk, urgency="normal",
                        helped=helped, created_at=now,
                    )
                )  # fmt: skip
                session.flush()


def gaps(parts: Parts) -> list[Gap]:
    with parts.database.read() as session:
        return queries.open_gaps(session, 0, 50)[0]


def test_like_questions_are_one_gap_ranked_by_how_often_they_were_asked(parts: Parts) -> None:
    asked(parts, "邻居的狗半夜一直叫怎么办")
    for _ in range(3):
        asked(parts, "小区物业不开发票怎么办")
    asked(parts, "小区物业不给开发票", Kind.CHOICES)
    asked(parts, "老板不发工资咋办", Kind.ANSWER, helped=False, entry_id="labour-wages")
    assert editor_gaps.gather(parts) == 3
    first, *others = gaps(parts)
    assert (first.question, first.count) == ("小区物业不开发票怎么办", 4)
    assert (first.handed_over, first.unanswered, first.disliked) == (3, 1, 0)
    assert first.wordings == ["小区物业不开发票怎么办", "小区物业不给开发票"]
    wages = next(gap for gap in others if gap.disliked)
    assert wages.nearest_entry_id == "labour-wages"


def test_what_led_on_to_an_answer_danger_and_old_questions_are_no_gaps(
    parts: Parts, clock: FixedClock
) -> None:
    asked(parts, "很久以前的问题没有答案")
    clock.advance(timedelta(days=31))
    asked(parts, "先给了几个选项的问题", Kind.CHOICES, then="房东不退押金怎么办？")
    asked(parts, "有人要打我怎么办呢", risk="violence")
    asked(parts, "答得很好的问题", Kind.ANSWER, helped=True)
    assert editor_gaps.gather(parts) == 0


def test_telephone_numbers_are_masked(parts: Parts) -> None:
    asked(parts, "打13812345678没人接怎么办")
    editor_gaps.gather(parts)
    assert "13812345678" not in gaps(parts)[0].question


def test_a_gap_becomes_a_draft_in_one_step(seat: AnyOne, parts: Parts) -> None:
    bian = seat("bian")
    asked(parts, "小区物业不开发票怎么办")
    asked(parts, "小区物业不给开发票")
    bian.post("/editor/gaps/gather")
    (gap,) = gaps(parts)
    page = bian.get(f"/editor/entries/new?gap={gap.id}").text
    assert 'value="小区物业不开发票怎么办"' in page and "小区物业不给开发票</textarea>" in page
    saved = bian.post("/editor/drafts", **form(gap_id=str(gap.id), question=gap.question))
    entry_id = saved.headers["location"].split("/")[-1].split("?")[0]
    version = latest(parts, entry_id)
    assert (version.state, version.question) == ("in_review", gap.question)
    assert gaps(parts) == []
    assert audited(parts) == [("bian", "gap_draft")]
    again = bian.post("/editor/drafts", **form(gap_id=str(gap.id)))
    assert again.status_code == 409 and "已经有人处理过了" in again.text


def test_a_gap_is_merged_as_a_phrasing_of_an_entry(seat: AnyOne, parts: Parts) -> None:
    bian = seat("bian")
    asked(parts, "押金房东就是拖着")
    bian.post("/editor/gaps/gather")
    (gap,) = gaps(parts)
    wrong = bian.post(f"/editor/gaps/{gap.id}/merge", entry_id="none", text="押金拖着不退")
    assert wrong.status_code == 404
    done = bian.post(
        f"/editor/gaps/{gap.id}/merge", entry_id="property-deposit", text="押金拖着不退"
    )
    assert "已并入为相似问" in bian.get(done.headers["location"]).text
    assert latest(parts, "property-deposit").similar[-1] == "押金拖着不退"


def test_a_decided_gap_returns_only_when_it_is_asked_again(
    seat: AnyOne, parts: Parts, clock: FixedClock
) -> None:
    bian = seat("bian")
    asked(parts, "今天天气怎么样呢")
    editor_gaps.gather(parts)
    (gap,) = gaps(parts)
    assert bian.post(f"/editor/gaps/{gap.id}/dismiss", reason=" ").status_code == 422
    bian.post(f"/editor/gaps/{gap.id}/dismiss", reason="与法律无关")
    editor_gaps.gather(parts)
    assert gaps(parts) == []
    clock.advance(timedelta(hours=1))
    asked(parts, "今天天气怎么样呢")
    editor_gaps.gather(parts)
    assert [row.count for row in gaps(parts)] == [1]
    with parts.database.read() as session:
        states = set(session.scalars(select(Gap.state)))
    assert states == {GapState.OPEN, GapState.DISMISSED}


def test_the_worker_gathers_once_a_day(parts: Parts, clock: FixedClock) -> None:
    asked(parts, "小区物业不开发票怎么办")
    day = worker.gather_gaps(parts, None)
    assert len(gaps(parts)) == 1
    asked(parts, "邻居的狗半夜一直叫怎么办")
    assert worker.gather_gaps(parts, day) == day and len(gaps(parts)) == 1
    clock.advance(timedelta(days=1))
    worker.gather_gaps(parts, day)
    assert len(gaps(parts)) == 2


def test_entries_that_are_never_hit_and_often_disliked_are_listed(
    seat: AnyOne, parts: Parts, clock: FixedClock
) -> None:
    clock.advance(queries.WINDOW + timedelta(days=1))
    for helped in (False, False, True, None):
        asked(parts, "老板不发工资", Kind.ANSWER, helped=helped, entry_id="labour-wages")
    with parts.database.read() as session:
        unused, total = queries.never_hit(session, clock.now())
        (disliked,) = queries.often_disliked(session, clock.now())
        live = repository.count_live(session)
    assert total == live - 1 and "labour-wages" not in dict(unused)
    assert (disliked.answered, disliked.rated, disliked.disliked) == (4, 3, 2)
    page = seat("bian").get("/editor/gaps").text
    assert "回答 4 次，评价 3 次，没帮助 2 次" in page and "共 3 条" in page


def test_what_lawyers_make_of_suggestions_is_counted(seat: AnyOne, parts: Parts) -> None:
    code = register_order(parts)
    with parts.database.write() as session:
        order = session.scalars(select(WorkOrder).where(WorkOrder.code == code)).one()
        for adopted in ("as_is", "edited", "edited", None):
            session.add(
                WorkOrderEvent(
                    work_order_id=order.id, action=Action.ANSWER, to_state=State.ANSWERED,
                    actor="zhang", entry_id="debt-no-iou" if adopted else None, adopted=adopted,
                    at=parts.clock.now(),
                )
            )  # fmt: skip
    page = seat("bian").get("/editor/gaps").text
    assert "采用原文 1 · 修改后采用 2 · 没有采用 1" in page
    assert "原文 1 次，修改 2 次" in page
