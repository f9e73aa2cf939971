"""The editor's pages for validity, region, 待复核, older versions and neighbours."""

import re
from collections.abc import Callable
from datetime import timedelta

from hotline import worker
from hotline.dependencies import Parts
from kit.clock import FixedClock
from knowledge.standard_qa import repository
from tests.hotline.conftest import Seat
from tests.hotline.test_editor import audited, edit_form, form, latest

AnyOne = Callable[[str], Seat]


def test_a_version_with_a_day_waits_for_it_and_the_worker_publishes_it(
    seat: AnyOne, parts: Parts, clock: FixedClock
) -> None:
    bian, shen = seat("bian"), seat("shen")
    fields = edit_form(bian, "labour-wages") | {
        "region": "江西省/南昌市",
        "audience": "农民工",
        "valid_from": "2026-11-22",
        "expires_on": "2026-11-25",
    }
    bian.post("/editor/drafts", **fields)
    version = latest(parts, "labour-wages")
    bian.post(f"/editor/versions/{version.id}/submit")
    review = shen.get("/editor/review").text
    for words in ("适用地区", "江西省/南昌市", "农民工", "2026-11-25"):
        assert words in review
    shen.post(f"/editor/versions/{version.id}/publish")
    page = bian.get("/editor/entries/labour-wages").text
    assert "2026-11-22 自动上线" in page and "待上线" in page and "市（江西省/南昌市）" in page
    worker.keep_calendar(parts)
    assert latest(parts, "labour-wages").state == "scheduled"
    clock.advance(timedelta(days=1))
    worker.keep_calendar(parts)
    assert latest(parts, "labour-wages").state == "published"
    clock.advance(timedelta(days=3))
    worker.keep_calendar(parts)
    with parts.database.read() as session:
        assert repository.live_versions(session, ["labour-wages"]) == {}


def test_a_wrong_region_or_a_wrong_date_is_refused_in_words(seat: AnyOne) -> None:
    bian = seat("bian")
    refused = bian.post("/editor/drafts", **form(region="Nanchang"))
    assert refused.status_code == 422 and "适用地区：要写成 省、省/市 或 省/市/县" in refused.text
    refused = bian.post("/editor/drafts", **form(valid_from="2027-02-01", expires_on="2027-01-01"))
    assert "失效日期要晚于生效日期" in refused.text and 'value="2027-02-01"' in refused.text


def test_an_entry_is_flagged_found_in_the_list_and_settled(seat: AnyOne, parts: Parts) -> None:
    bian = seat("bian")
    assert bian.post("/editor/entries/debt-no-iou/recheck", reason=" ").status_code == 422
    done = bian.post("/editor/entries/debt-no-iou/recheck", reason="司法解释更新了")
    assert "司法解释更新了" in bian.get(done.headers["location"]).text
    assert "共 1 条" in bian.get("/editor?show=recheck").text
    bian.post("/editor/entries/debt-no-iou/recheck", settled="true", reason="核对过，没有变化")
    assert "没有找到" in bian.get("/editor?show=recheck").text
    again = bian.post("/editor/entries/debt-no-iou/recheck", settled="true")
    assert again.status_code == 409
    assert audited(parts) == [("bian", "flag"), ("bian", "unflag")]


def test_an_older_version_is_restored_as_a_new_draft(seat: AnyOne, parts: Parts) -> None:
    bian = seat("bian")
    with parts.database.read() as session:
        first = repository.versions(session, "labour-wages")[0]
    bian.post("/editor/drafts", **edit_form(bian, "labour-wages"))
    page = bian.get(f"/editor/entries/labour-wages?version={first.id}").text
    assert "恢复这个版本" in page
    done = bian.post("/editor/entries/labour-wages/restore", version=str(first.id))
    assert "已按这个旧版本写成新的草稿" in bian.get(done.headers["location"]).text
    made = latest(parts, "labour-wages")
    assert (made.number, made.question, made.state) == (3, first.question, "draft")
    assert (
        bian.post("/editor/entries/debt-no-iou/restore", version=str(first.id)).status_code == 409
    )


def test_a_draft_shows_entries_that_are_asked_alike_and_does_not_refuse_it(seat: AnyOne) -> None:
    bian = seat("bian")
    saved = bian.post("/editor/drafts", **form(question="房东不退押金怎么办呢？"))
    page = bian.get(saved.headers["location"]).text
    assert "提交前请看一看" in page and "问法相近的条目" in page
    assert "/editor/entries/property-deposit" in page


def test_a_draft_that_contradicts_a_live_entry_is_saved_with_both_sentences_shown(
    seat: AnyOne,
) -> None:
    bian = seat("bian")
    saved = bian.post("/editor/drafts", **form(deadline="诉讼时效一般两年。"))
    assert saved.status_code == 303
    page = bian.get(saved.headers["location"]).text
    assert "可能矛盾" in page and "只是提示，不妨碍保存" in page
    assert "这一版：诉讼时效一般两年。" in page and "上线的：诉讼时效一般三年。" in page
    same = bian.post("/editor/drafts", **form(question="另外一个问题？"))
    assert "可能矛盾" not in bian.get(same.headers["location"]).text


def test_the_second_person_sees_the_contradiction_on_the_card(seat: AnyOne, parts: Parts) -> None:
    bian, shen = seat("bian"), seat("shen")
    for fields in (form(deadline="诉讼时效一般两年。"), form(question="另外一个问题？")):
        saved = bian.post("/editor/drafts", **fields)
        entry_id = saved.headers["location"].split("/")[-1].split("?")[0]
        bian.post(f"/editor/versions/{latest(parts, entry_id).id}/submit")
    page = shen.get("/editor/review").text
    contrary, plain = re.split(r'<section class="card" id="v\d+"', page)[1:]
    assert "可能矛盾" in contrary and "不妨碍保存和发布" in contrary
    assert "这一版：诉讼时效一般两年。" in contrary and "上线的：诉讼时效一般三年。" in contrary
    assert 'href="/editor/entries/labour-wages"' in contrary
    assert "可能矛盾" not in plain


def test_an_entry_of_another_region_answers_nobody_and_its_page_says_so(
    seat: AnyOne, parts: Parts
) -> None:
    bian = seat("bian")
    with parts.database.write() as session:
        live = repository.live_versions(session, ["labour-wages"])["labour-wages"]
        live.region = "江西省/南昌市"
    asked = "老板不发工资咋办"
    with parts.database.read() as session:
        assert parts.retriever.consult(session, asked).decision.entry_id is None
        parts.retriever.region = "江西省/南昌市"
        assert parts.retriever.consult(session, asked).decision.entry_id == "labour-wages"
        found, _ = parts.retriever.search(session, asked)
        parts.retriever.region = "江西省"
        assert "labour-wages" not in parts.retriever.live(session, ["labour-wages"])
    assert found[0].entry_id == "labour-wages"
    page = bian.get("/editor/entries/labour-wages").text
    assert "本热线没有设置服务的地区" in page and "只适用于江西省/南昌市" in page
    assert "不会用来回答群众" not in bian.get("/editor/entries/debt-no-iou").text
