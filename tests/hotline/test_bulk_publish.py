"""批量发布: several versions of others in one transaction, each with its own outcome."""

from collections.abc import Callable

from httpx2 import Response
from sqlalchemy import select

from hotline.dependencies import Parts
from kit.outbox import OutboxRow
from knowledge.standard_qa import repository
from knowledge.standard_qa.models import EntryVersion, VersionState
from tests.hotline.conftest import Seat
from tests.hotline.test_editor import audited, edit_form, in_review, latest

AnyOne = Callable[[str], Seat]


def publish(one: Seat, *versions: int) -> Response:
    return one.client.post(
        "/editor/review/publish",
        data={"csrf_token": one.csrf, "version": [str(number) for number in versions]},
        follow_redirects=False,
    )


def test_chosen_versions_are_published_and_each_refusal_is_told(seat: AnyOne, parts: Parts) -> None:
    bian, shen = seat("bian"), seat("shen")
    good = in_review(bian, parts, "debt-no-iou")
    later = edit_form(bian, "family-divorce") | {"valid_from": "2026-12-01"}
    bian.post("/editor/drafts", **later)
    waits = latest(parts, "family-divorce")
    bian.post(f"/editor/versions/{waits.id}/submit")
    own = in_review(shen, parts, "labour-wages")
    unfit = in_review(bian, parts, "property-deposit")
    with parts.database.write() as session:
        session.get_one(EntryVersion, unfit.id).citations = ["民法典第九千条"]
    page = shen.get("/editor/review").text
    assert page.count('form="bulk"') == 3
    assert f'name="version" value="{own.id}"' not in page
    told = publish(shen, good.id, waits.id, own.id, unfit.id, 10**9, 10**12)
    assert told.status_code == 200
    assert "发布 2 个，没有发布 4 个" in told.text
    assert "2026-12-01 自动上线" in told.text
    for problem in (
        "自己写的内容要由另一位编辑审核发布",
        "民法典第九千条（没有这一条）",
        "没有这个版本",
    ):
        assert problem in told.text
    states = [latest(parts, entry_id).state for entry_id in
              ("debt-no-iou", "family-divorce", "labour-wages", "property-deposit")]  # fmt: skip
    assert states == [
        VersionState.PUBLISHED,
        VersionState.SCHEDULED,
        VersionState.IN_REVIEW,
        VersionState.IN_REVIEW,
    ]
    assert [row for row in audited(parts) if row[1] == "publish"] == [("shen", "publish")] * 2
    with parts.database.read() as session:
        topics = [row.payload for row in session.scalars(select(OutboxRow))]
    assert topics == [{"entry_id": "debt-no-iou"}]


def test_of_two_versions_of_an_entry_the_newer_one_stays_live(seat: AnyOne, parts: Parts) -> None:
    bian, shen = seat("bian"), seat("shen")
    first = in_review(bian, parts, "debt-no-iou")
    second = in_review(bian, parts, "debt-no-iou")
    assert "发布 2 个，没有发布 0 个" in publish(shen, second.id, first.id).text
    with parts.database.read() as session:
        live = repository.live_versions(session, ["debt-no-iou"])["debt-no-iou"]
    assert live.id == second.id
    assert "发布 0 个，没有发布 2 个" in publish(shen, second.id, first.id).text


def test_nothing_chosen_is_said_and_one_alone_needs_no_choice(seat: AnyOne, parts: Parts) -> None:
    bian, shen = seat("bian"), seat("shen")
    in_review(bian, parts, "debt-no-iou")
    refused = publish(shen)
    assert refused.status_code == 422 and "请先选择要发布的版本" in refused.text
    assert 'form="bulk"' not in shen.get("/editor/review").text
    assert publish(seat("zhang"), 1).status_code == 403
