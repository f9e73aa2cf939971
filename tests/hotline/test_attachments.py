"""Attachments of an entry: uploaded, reviewed, given to citizens, and gone with the version."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from hotline.channel.wechat import text as wechat_text
from hotline.consultation.models import Consultation, Message, Sender
from hotline.dependencies import Parts
from kit.auth import new_token
from knowledge.exchange import files, importing
from knowledge.standard_qa import service
from knowledge.standard_qa.attachments import AttachmentFolder
from knowledge.standard_qa.models import EntryVersion
from tests.hotline.builders import ENTRIES, SERVICE
from tests.hotline.conftest import Seat
from tests.hotline.test_editor import audited, edit_form, latest
from tests.knowledge.test_attachments import DOCX, PDF

AnyOne = Callable[[str], Seat]
ENTRY = "labour-wages"
NAME = "工资支付申请书（模板）.docx"


def upload(one: Seat, name: str = NAME, data: bytes = DOCX, entry_id: str = ENTRY) -> int:
    """Upload a file for an entry; returns the status."""
    answer = one.client.post(
        f"/editor/entries/{entry_id}/attachments",
        data={"csrf_token": one.csrf},
        files={"file": (name, data)},
        follow_redirects=False,
    )
    return int(answer.status_code)


@pytest.fixture
def live(seat: AnyOne, parts: Parts) -> EntryVersion:
    """The entry on wages, live with a template."""
    bian, shen = seat("bian"), seat("shen")
    assert upload(bian) == 303
    version = latest(parts, ENTRY)
    bian.post(f"/editor/versions/{version.id}/submit")
    assert shen.post(f"/editor/versions/{version.id}/publish").status_code == 303
    return latest(parts, ENTRY)


def test_an_upload_makes_a_draft_that_says_the_same_and_has_the_file(
    seat: AnyOne, parts: Parts
) -> None:
    bian = seat("bian")
    assert upload(bian) == 303
    version = latest(parts, ENTRY)
    assert (version.state, version.number) == ("draft", 2)
    assert version.change_note == f"增加附件：{NAME}"
    assert [item["name"] for item in version.attachments] == [NAME]
    page = bian.get(f"/editor/entries/{ENTRY}").text
    assert NAME in page and "上传附件" in page
    assert audited(parts) == [("bian", "attach")]


def test_the_same_file_twice_and_a_sixth_one_are_refused(seat: AnyOne, parts: Parts) -> None:
    bian = seat("bian")
    for number in range(5):
        assert upload(bian, f"表{number}号.pdf", PDF + bytes([number])) == 303
    assert upload(bian, "表0号.pdf", PDF + b"\0") == 409
    assert upload(bian, "第六个.pdf", PDF + b"6") == 422
    assert upload(bian, "表1号.pdf", PDF + b"new") == 303, "a newer file of a name takes its place"
    assert len(latest(parts, ENTRY).attachments) == 5


def test_a_file_that_is_not_what_its_name_says_is_refused_on_the_page(
    seat: AnyOne, parts: Parts
) -> None:
    assert upload(seat("bian"), "假的.pdf", DOCX) == 422
    assert latest(parts, ENTRY).number == 1


def test_the_reviewer_sees_the_file_in_the_difference_and_can_open_it(
    seat: AnyOne, parts: Parts
) -> None:
    bian, shen = seat("bian"), seat("shen")
    upload(bian)
    version = latest(parts, ENTRY)
    bian.post(f"/editor/versions/{version.id}/submit")
    card = shen.get("/editor/review").text
    assert "<h3>附件" in card and NAME in card
    address = f"/editor/versions/{version.id}/attachments/{version.attachments[0]['sha256']}"
    assert address in card
    answer = shen.get(address)
    assert answer.content == DOCX
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_citizen_gets_the_file_with_the_answer_as_long_as_it_is_live(
    live: EntryVersion, client: TestClient, parts: Parts
) -> None:
    token = client.post("/api/sessions").json()["session"]
    parts.bot.down = True  # type: ignore[attr-defined]
    body = {"text": ENTRIES[ENTRY][0], "client_message_id": "m-1", "session": token}
    (file,) = client.post("/api/messages", json=body).json()["messages"][-1]["attachments"]
    assert (file["name"], file["size"]) == (NAME, len(DOCX))
    answer = client.get(file["url"])
    assert answer.status_code == 200 and answer.content == DOCX
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert client.get(f"/attachments/{ENTRY}/{'0' * 64}").status_code == 404
    assert client.get(f"/attachments/debt-no-iou/{file['url'][-64:]}").status_code == 404
    with parts.database.write() as session:
        service.withdraw(session, ENTRY, actor="bian", reason="改版", now=parts.clock.now())
    assert client.get(file["url"]).status_code == 404


def test_a_draft_gives_nothing_to_citizens(seat: AnyOne, client: TestClient, parts: Parts) -> None:
    upload(seat("bian"))
    sha256 = latest(parts, ENTRY).attachments[0]["sha256"]
    assert client.get(f"/attachments/{ENTRY}/{sha256}").status_code == 404


def test_only_the_parts_on_what_to_do_bring_the_file_again(
    live: EntryVersion, client: TestClient, parts: Parts
) -> None:
    token = client.post("/api/sessions").json()["session"]
    parts.bot.down = True  # type: ignore[attr-defined]

    def files_of(text: str) -> int:
        body = {"text": text, "client_message_id": new_token(), "session": token}
        said = client.post("/api/messages", json=body).json()["messages"]
        return len(said[-1]["attachments"])

    assert files_of(ENTRIES[ENTRY][0]) == 1
    assert files_of("那要带什么材料呢") == 1
    assert files_of("去哪里办") == 0


def test_wechat_gets_a_link_that_opens_where_the_site_has_an_address(
    live: EntryVersion, client: TestClient, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts.settings, "public_url", "https://hotline.test/")
    client.post("/api/sessions")
    with parts.database.read() as session:
        consultation = session.scalars(select(Consultation.id)).one()
    path = f"/v1/consultations/{consultation}/questions"
    body = client.post(path, json={"text": ENTRIES[ENTRY][0]}, headers=SERVICE).json()
    (file,) = body["reply"]["attachments"]
    assert file["url"].startswith(f"https://hotline.test/attachments/{ENTRY}/")
    said = Message(sender=Sender.BOT, text="答复", payload={"attachments": [file]})
    assert f"附件：{NAME}\n{file['url']}" in wechat_text.body_of(said)
    relative = Message(
        sender=Sender.BOT, text="答复", payload={"attachments": [file | {"url": "/a"}]}
    )
    assert wechat_text.body_of(relative).endswith(f"附件：{NAME}")


def test_the_next_version_keeps_its_files_unless_they_are_taken_away(
    live: EntryVersion, seat: AnyOne, parts: Parts
) -> None:
    bian = seat("bian")
    page = bian.get(f"/editor/entries/{ENTRY}/edit").text
    (item,) = live.attachments
    line = f"{item['name']}｜{item['sha256']}｜{item['size']}"
    assert f'name="attachments" value="{line}" checked' in page
    fields = edit_form(bian, ENTRY)
    assert bian.post("/editor/drafts", **fields | {"attachments": line}).status_code == 303
    assert latest(parts, ENTRY).attachments == live.attachments
    assert bian.post("/editor/drafts", **edit_form(bian, ENTRY)).status_code == 303
    assert latest(parts, ENTRY).attachments == []
    foreign = edit_form(bian, ENTRY) | {"attachments": f"别处的.docx｜{'0' * 64}｜9"}
    refused = bian.post("/editor/drafts", **foreign)
    assert refused.status_code == 422
    assert "附件不在本站，请先上传：别处的.docx" in refused.text


@pytest.mark.parametrize("kind", files.FORMATS)
def test_export_names_the_files_and_import_asks_for_them(
    live: EntryVersion, parts: Parts, tmp_path: Path, kind: str
) -> None:
    with parts.database.read() as session:
        rows = [row for row in importing.exported(session) if row.id == ENTRY]
        read = files.read(io.BytesIO(files.write(rows, kind)), kind)
        here = AttachmentFolder(parts.settings.data_dir)
        elsewhere = AttachmentFolder(tmp_path / "elsewhere")
        same = importing.plan(session, read, parts.clock.now(), here)
        other = importing.plan(session, read, parts.clock.now(), elsewhere)
    assert rows[0].attachments[0].name == NAME
    assert [row.change for row in same.rows] == [importing.Change.UNCHANGED]
    assert other.wrong[0].problem == f"附件不在本站，请先上传：{NAME}"
