"""标注问法 in the editor, and 试答 beside a version that waits for review."""

from collections.abc import Callable

from hotline.console import editor_trial
from hotline.dependencies import Parts
from knowledge.standard_qa import labelled
from tests.hotline.conftest import Seat
from tests.hotline.test_editor import edit_form, form, in_review, latest

AnyOne = Callable[[str], Seat]


def test_labelled_questions_are_kept_with_the_entry_and_stand_in_its_form(seat: AnyOne) -> None:
    bian = seat("bian")
    bian.post(
        "/editor/drafts", **edit_form(bian, "labour-wages"), labelled="老板跑了\n\n 工钱没给 "
    )
    assert "老板跑了\n工钱没给</textarea>" in bian.get("/editor/entries/labour-wages/edit").text
    page = bian.get("/editor/entries/labour-wages").text
    assert '<h2 id="questions">标注问法</h2>' in page and "<li>工钱没给</li>" in page
    refused = bian.post("/editor/drafts", **form(), labelled="短")
    assert refused.status_code == 422 and "标注问法第 1 条：太短" in refused.text


def test_a_reviewer_sees_what_would_be_answered_and_what_taken_over(
    seat: AnyOne, parts: Parts
) -> None:
    bian, shen = seat("bian"), seat("shen")
    now = parts.clock.now()
    with parts.database.write() as session:
        labelled.replace(session, "labour-wages", ["老板不发工资可咋办"], author="bian", now=now)
    taking = form(similar="老板不发工资可咋办\n押金不退咋办\n房东赖着押金\n退租不给押金")
    saved = bian.post("/editor/drafts", **taking, labelled="押金不退咋办\n红烧肉怎么做好吃")
    entry_id = saved.headers["location"].split("/")[-1].split("?")[0]
    version = latest(parts, entry_id)
    bian.post(f"/editor/versions/{version.id}/submit")
    link = f"/editor/versions/{version.id}/trial"
    assert f'hx-get="{link}"' in shen.get("/editor/review").text
    page = shen.get(link).text
    assert "标注问法：2 条，直接答对 1 条" in page and "没有答上" in page
    assert "会从别的条目抢走的标注问法：1 条" in page
    assert '应由 <a href="/editor/entries/labour-wages">公司拖欠工资怎么办？</a> 回答' in page
    part = shen.get(link, **{"HX-Request": "true"}).text
    assert "<html" not in part and "直接答对 1 条" in part
    assert shen.post(f"/editor/versions/{version.id}/publish").status_code == 303
    assert seat("zhang").get(link).status_code == 403


def test_a_card_that_has_to_wait_says_so_and_asks_again_by_itself(
    seat: AnyOne, parts: Parts
) -> None:
    bian, shen = seat("bian"), seat("shen")
    link = f"/editor/versions/{in_review(bian, parts).id}/trial"
    with editor_trial._ONE_AT_A_TIME:
        part = shen.get(link, **{"HX-Request": "true"}).text
    assert "正在试答别的版本" in part and 'hx-trigger="load delay:4s, click"' in part
    assert "还没有标注问法" in shen.get(link, **{"HX-Request": "true"}).text
