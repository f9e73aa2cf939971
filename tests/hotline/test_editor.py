"""The editor's console: draft, check, review by a second person, withdraw, hit test."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from hotline.dependencies import Parts
from hotline.staff.models import AuditRow
from kit.outbox import OutboxRow
from knowledge.standard_qa import repository
from knowledge.standard_qa.models import EntryVersion, VersionState
from tests.hotline.builders import ANSWER, ENTRIES
from tests.hotline.conftest import Seat

AnyOne = Callable[[str], Seat]
SIMILAR = "押金不退咋办\n房东赖着押金\n押金要不回来\n退租不给押金"


def form(**changes: str) -> dict[str, str]:
    """A complete form of a new entry."""
    fields = {
        "category": "房产纠纷",
        "question": "租房押金被扣了怎么办？",
        "similar": SIMILAR,
        "citations": "民法典第六百七十五条",
        **ANSWER,
    }
    return fields | changes


def edit_form(one: Seat, entry_id: str) -> dict[str, str]:
    """The form of the entry's next version, as the page gives it."""
    page = one.get(f"/editor/entries/{entry_id}/edit").text
    base = re.search(r'name="base" value="(\d+)"', page)
    assert base is not None
    return form(entry_id=entry_id, base=base[1])


def latest(parts: Parts, entry_id: str) -> EntryVersion:
    """The newest version of an entry."""
    with parts.database.read() as session:
        return repository.versions(session, entry_id)[0]


def audited(parts: Parts) -> list[tuple[str, str]]:
    """Who did what, without the logins."""
    with parts.database.read() as session:
        rows = session.scalars(
            select(AuditRow).where(AuditRow.action != "login").order_by(AuditRow.id)
        )
        return [(row.actor, row.action) for row in rows]


def in_review(one: Seat, parts: Parts, entry_id: str = "property-deposit") -> EntryVersion:
    """A version that this editor wrote and handed to review."""
    saved = one.post("/editor/drafts", **edit_form(one, entry_id))
    assert saved.status_code == 303, saved.text
    version = latest(parts, entry_id)
    assert one.post(f"/editor/versions/{version.id}/submit").status_code == 303
    return version


def test_the_list_is_searched_filtered_and_paged(seat: AnyOne) -> None:
    bian = seat("bian")
    assert f"共 {len(ENTRIES)} 条" in bian.get("/editor").text
    found = bian.get("/editor?words=押金").text
    assert "共 1 条" in found and "房东不退押金怎么办？" in found
    assert "共 1 条" in bian.get("/editor?category=婚姻家庭").text
    assert "没有找到" in bian.get("/editor?words=100%25").text
    assert "没有找到" in bian.get("/editor?page=9").text


def test_a_new_entry_is_written_reviewed_and_published(seat: AnyOne, parts: Parts) -> None:
    bian, shen = seat("bian"), seat("shen")
    saved = bian.post("/editor/drafts", **form())
    entry_id = saved.headers["location"].split("/")[-1].split("?")[0]
    assert "草稿已保存" in bian.get(saved.headers["location"]).text
    version = latest(parts, entry_id)
    assert (version.state, version.author, version.number) == ("draft", "bian", 1)
    bian.post(f"/editor/versions/{version.id}/submit")
    assert "租房押金被扣了怎么办？" in shen.get("/editor/review").text
    published = shen.post(f"/editor/versions/{version.id}/publish")
    assert "已发布" in shen.get(published.headers["location"]).text
    with parts.database.read() as session:
        live = repository.live_versions(session, [entry_id])[entry_id]
        rows = session.scalars(select(OutboxRow)).all()
    assert (live.id, live.reviewer) == (version.id, "shen")
    assert [(row.topic, row.payload) for row in rows] == [("index.entries", {"entry_id": entry_id})]
    assert audited(parts) == [("bian", "draft"), ("bian", "submit"), ("shen", "publish")]


def test_nobody_publishes_what_they_wrote(seat: AnyOne, parts: Parts) -> None:
    bian = seat("bian")
    version = in_review(bian, parts)
    refused = bian.post(f"/editor/versions/{version.id}/publish")
    assert refused.status_code == 403
    assert "自己写的内容要由另一位编辑审核发布" in refused.text
    assert latest(parts, "property-deposit").state == VersionState.IN_REVIEW


def test_a_rejection_needs_a_reason_and_tells_the_author(seat: AnyOne, parts: Parts) -> None:
    bian, shen = seat("bian"), seat("shen")
    version = in_review(bian, parts)
    refused = shen.post(f"/editor/versions/{version.id}/reject", reason="")
    assert refused.status_code == 422
    assert "请写明退回的原因" in refused.text
    shen.post(f"/editor/versions/{version.id}/reject", reason="期限没有写全")
    page = bian.get("/editor/entries/property-deposit").text
    assert "已退回" in page and "期限没有写全" in page
    assert audited(parts)[-1] == ("shen", "reject")


def test_the_review_shows_what_changes_with_signs_and_words(seat: AnyOne, parts: Parts) -> None:
    bian, shen = seat("bian"), seat("shen")
    fields = edit_form(bian, "property-deposit") | {
        "question": "房东不退押金，怎么要回来？",
        "conclusion": "可以要回来的。",
    }
    bian.post("/editor/drafts", **fields)
    bian.post(f"/editor/versions/{latest(parts, 'property-deposit').id}/submit")
    page = shen.get("/editor/review").text
    assert '<ins><span class="sr">新增：</span>的</ins>' in page
    assert '<del><span class="sr">删去：</span>' in page
    assert "已核对" in page


def test_an_unconfirmed_citation_is_refused_and_the_form_kept(seat: AnyOne, parts: Parts) -> None:
    bian = seat("bian")
    wrong = form(
        citations="民法典第六百七十五条\n民法典第九千条\n合同法第二百零六条\n瞎写的",
        conclusion="写了很久的<b>结论</b>",
    )
    refused = bian.post("/editor/drafts", **wrong)
    assert refused.status_code == 422
    assert "法条引用没有通过核验" in refused.text
    for words in ("没有这一条", "法律已废止", "不是条文名称", "有 3 条引用没有通过核验"):
        assert words in refused.text
    assert "写了很久的&lt;b&gt;结论&lt;/b&gt;</textarea>" in refused.text
    with parts.database.read() as session:
        assert repository.page(session)[1] == len(ENTRIES)


def test_citations_are_checked_while_typing_and_without_a_script(seat: AnyOne) -> None:
    bian = seat("bian")
    fields = form(citations="民法典第九千条", basis="依照《合同法》第二百零六条还款。")
    inside = bian.post("/editor/check", headers={"HX-Request": "true"}, **fields)
    assert inside.status_code == 200
    assert "<html" not in inside.text
    assert "没有这一条" in inside.text and "法律已废止" in inside.text
    whole = bian.post("/editor/check", **fields)
    assert (
        "没有这一条" in whole.text and "依照《合同法》第二百零六条还款。</textarea>" in whole.text
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"category": "烹饪"}, "类别：请从列表里选择"),
        ({"question": "长" * 201}, "标准问：太长，最多 200 字"),
        ({"similar": "只有一条"}, "相似问至少 4 条，且互不相同"),
        ({"similar": f"{SIMILAR}\n短"}, "相似问第 5 条：太短"),
        ({"citations": " \n"}, "法条引用：至少写一条"),
        ({"deadline": "", "where": ""}, "答案缺少：期限、去哪里"),
        ({"steps": "步" * 2000}, "答案太长：最多 2000 字"),
    ],
)
def test_a_form_with_a_mistake_says_which_field(
    seat: AnyOne, changes: dict[str, str], message: str
) -> None:
    refused = seat("bian").post("/editor/drafts", **form(**changes))
    assert refused.status_code == 422
    assert message in refused.text
    assert "租房押金被扣了怎么办？" in refused.text or "question" in changes


def test_required_facts_are_written_in_the_form_and_shown_to_the_reviewer(
    seat: AnyOne, parts: Parts
) -> None:
    bian, shen = seat("bian"), seat("shen")
    line = "租期｜合同签了多久？｜#年、#个月｜期限"
    fields = edit_form(bian, "property-deposit") | {"facts": line, "ask_first": "true"}
    assert bian.post("/editor/drafts", **fields).status_code == 303
    version = latest(parts, "property-deposit")
    (fact,) = version.facts
    assert (fact["name"], fact["cues"], fact["section"]) == ("租期", ["#年", "#个月"], "deadline")
    assert version.ask_first
    again = bian.get("/editor/entries/property-deposit/edit").text
    assert f"{line}</textarea>" in again
    assert 'name="ask_first" value="true" checked' in again
    bian.post(f"/editor/versions/{version.id}/submit")
    card = shen.get("/editor/review").text
    assert "必要事实" in card and line in card and "先问清再回答" in card


def test_a_fact_that_cannot_be_read_is_refused_and_kept(seat: AnyOne) -> None:
    refused = seat("bian").post("/editor/drafts", **form(facts="租期和押金"))
    assert refused.status_code == 422
    assert "必要事实要写成" in refused.text and "租期和押金</textarea>" in refused.text


def test_two_editors_at_once_do_not_overwrite_each_other_unknowingly(
    seat: AnyOne, parts: Parts
) -> None:
    bian, shen = seat("bian"), seat("shen")
    of_bian, of_shen = edit_form(bian, "family-divorce"), edit_form(shen, "family-divorce")
    assert bian.post("/editor/drafts", **of_bian).status_code == 303
    refused = shen.post("/editor/drafts", **of_shen)
    assert refused.status_code == 409
    assert "有人保存了这个条目的新版本" in refused.text
    base = re.search(r'name="base" value="(\d+)"', refused.text)
    assert base is not None
    assert shen.post("/editor/drafts", **of_shen | {"base": base[1]}).status_code == 303
    assert latest(parts, "family-divorce").number == 3


def test_withdrawing_needs_a_reason_and_takes_effect_at_once(seat: AnyOne, parts: Parts) -> None:
    bian = seat("bian")
    refused = bian.post("/editor/entries/debt-no-iou/withdraw", reason=" ")
    assert refused.status_code == 422
    assert "请写明撤下的原因" in refused.text
    done = bian.post("/editor/entries/debt-no-iou/withdraw", reason="法律修改，待更新")
    assert "已撤下" in bian.get(done.headers["location"]).text
    with parts.database.read() as session:
        assert repository.live_versions(session, ["debt-no-iou"]) == {}
    assert audited(parts) == [("bian", "withdraw")]
    again = bian.post("/editor/entries/debt-no-iou/withdraw", reason="再来一次")
    assert again.status_code == 409
    assert "这个条目没有上线" in again.text


def test_a_version_of_an_entry_is_compared_with_the_live_one(seat: AnyOne, parts: Parts) -> None:
    bian = seat("bian")
    bian.post("/editor/drafts", **edit_form(bian, "labour-wages"))
    page = bian.get("/editor/entries/labour-wages").text
    assert "第 2 版与上线的第 1 版比较" in page
    with parts.database.read() as session:
        first = repository.versions(session, "labour-wages")[-1]
    page = bian.get(f"/editor/entries/labour-wages?version={first.id}").text
    assert "第 1 版（正在上线）" in page
    assert bian.get("/editor/entries/labour-wages?version=1000000").status_code == 409
    assert bian.get("/editor/entries/none").status_code == 404


def test_only_drafts_are_submitted(seat: AnyOne, parts: Parts) -> None:
    bian = seat("bian")
    refused = bian.post(f"/editor/versions/{latest(parts, 'debt-no-iou').id}/submit")
    assert refused.status_code == 409
    assert "只有草稿可以提交审核" in refused.text


def test_the_hit_test_tells_the_decision_and_why(seat: AnyOne) -> None:
    bian = seat("bian")
    page = bian.get("/editor/test?question=老板不发工资咋办").text
    assert "决定：直接回答" in page and "与一条问法完全相同" in page
    assert "公司拖欠工资怎么办？" in page and "完全相同" in page
    assert "工资" in re.findall(r"<td>([^<]*工资[^<]*)</td>", page)[-1]
    assert "请补充情况" in bian.get("/editor/test?question=啊").text
    assert "<table" not in bian.get("/editor/test").text
