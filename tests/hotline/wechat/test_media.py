"""What citizens send besides text: kept, bounded, shown to whom it concerns; voices are heard."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.channel.media import type_of
from hotline.channel.speech import HttpTranscriber
from hotline.channel.wechat import phrases
from hotline.channel.wechat.models import MediaState, WeChatMedia
from hotline.consultation.models import Consultation, Message
from hotline.dependencies import Parts
from hotline.work_order.models import WorkOrder
from kit import outbox
from kit.clock import FixedClock
from kit.settings import Settings
from tests.hotline.builders import FakeBot, register_order
from tests.hotline.conftest import Seat
from tests.hotline.wechat.conftest import Citizen, media
from tests.hotline.wechat.fake_server import Asked, FakeServer, Said, said
from tests.hotline.wechat.fake_wechat import FakeWeChat
from tests.processes.product import free_port

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 20
AMR = b"#!AMR\n" + b"voice" * 20


@dataclass
class FakeSpeech(FakeServer):
    """A site's own speech-to-text service."""

    text: str = "老板不发工资"
    status: int = 200
    heard: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def post(self, asked: Asked) -> Said:
        """What is said in a recording."""
        self.heard.append(asked.body)
        self.keys.append(asked.headers.get("Authorization", ""))
        return said({"text": self.text}, status=self.status)


@pytest.fixture
def speech() -> Iterator[FakeSpeech]:
    with FakeSpeech() as server:
        yield server


@pytest.mark.parametrize(
    ("kind", "more", "kept"),
    [
        ("image", {"PicUrl": "https://mmbiz.qpic.cn/1", "MediaId": "m-1"}, "[图片]"),
        ("video", {"MediaId": "m-2", "ThumbMediaId": "t"}, "[视频]"),
        ("file", {"Title": "借条.pdf", "FileKey": "k"}, "[文件] 借条.pdf"),
        ("location", {"Location_X": "2", "Location_Y": "1", "Label": "东"}, "[位置] 东（2,1）"),
        ("link", {"Title": "判决", "Url": "https://a.example"}, "[链接] 判决 https://a.example"),
        ("hologram", {}, "[不认识的内容]"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_kept_and_truly_answered(
    citizen: Citizen, parts: Parts, bot: FakeBot, kind: str, more: dict[str, str], kept: str
) -> None:
    told = phrases.NOT_HANDED_OUT if kind == "file" else phrases.MEDIA_TO_BOT
    assert citizen.says("", MsgType=kind, **more) == told
    with parts.database.read() as session:
        said = session.scalars(select(Message).where(Message.sender == "citizen")).one()
        media = session.get_one(WeChatMedia, said.id)
    assert said.text == kept
    assert (media.kind, media.media_id) == (kind, more.get("MediaId", ""))
    assert bot.heard == []


def test_a_voice_that_wechat_recognised_is_heard(citizen: Citizen, bot: FakeBot) -> None:
    assert citizen.says("", MsgType="voice", MediaId="m", Recognition="老板不发工资") == "您好"
    assert bot.heard == ["老板不发工资"]


def test_a_voice_that_nobody_recognised_gets_a_polite_request(
    citizen: Citizen, bot: FakeBot
) -> None:
    assert citizen.says("", MsgType="voice", MediaId="m", Recognition="") == phrases.VOICE
    assert bot.heard == []


def test_an_image_while_a_lawyer_serves_is_told_to_be_with_the_lawyer(
    citizen: Citizen, parts: Parts, seat: Callable[[str], Seat]
) -> None:
    citizen.says("在吗")
    lawyer = seat("zhang")
    with parts.database.write() as session:
        session.scalars(select(Consultation)).one().serving_staff_id = lawyer.staff_id
    assert citizen.says("", MsgType="image", MediaId="m") == phrases.MEDIA_TO_LAWYER


def test_an_image_is_fetched_and_kept(
    citizen: Citizen, parts: Parts, settings: Settings, fake: FakeWeChat, keeper: Callable[[], int]
) -> None:
    fake.media["m-1"] = JPEG
    citizen.says("", MsgType="image", MediaId="m-1")
    assert media(parts).state == MediaState.WANTED
    assert keeper() == 1
    kept = media(parts)
    assert (kept.state, kept.size, kept.reason) == (MediaState.KEPT, len(JPEG), "")
    (path,) = (settings.data_dir / "media").iterdir()
    assert path.name == kept.file and path.suffix == ".jpg"
    assert path.read_bytes() == JPEG
    assert path.stat().st_mode & 0o077 == 0
    assert keeper() == 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, phrases.MEDIA_GONE.format(code=40007)),
        (JPEG + b"x" * 1024 * 1024, phrases.TOO_LARGE.format(limit=1)),
        (b"MZ\x90\x00 a program", phrases.UNKNOWN_TYPE),
        (b"<svg onload='alert(1)'/>", phrases.UNKNOWN_TYPE),
        (b"<html><script>", phrases.UNKNOWN_TYPE),
        (b"PK\x03\x04 some archive", phrases.UNKNOWN_TYPE),
    ],
)
def test_what_may_not_be_kept_is_refused_once_with_the_reason(
    citizen: Citizen,
    parts: Parts,
    settings: Settings,
    fake: FakeWeChat,
    keeper: Callable[[], int],
    carrier: Callable[[], None],
    data: bytes | None,
    reason: str,
) -> None:
    object.__setattr__(settings, "media_max_mb", 1)
    if data is not None:
        fake.media["m-1"] = data
    citizen.says("", MsgType="image", MediaId="m-1")
    keeper()
    kept = media(parts)
    assert (kept.state, kept.reason, kept.file) == (MediaState.REFUSED, reason, "")
    assert not (settings.data_dir / "media").exists()
    assert keeper() == 0
    carrier()
    assert fake.texts(citizen.openid) == [phrases.NOT_KEPT.format(what="图片", reason=reason)]


def test_a_conversation_takes_only_so_much_of_the_disk_in_a_day(
    citizen: Citizen,
    parts: Parts,
    fake: FakeWeChat,
    keeper: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hotline.channel.wechat.media_keeper.DAY_LIMIT", len(JPEG))
    fake.media |= {"m-1": JPEG, "m-2": JPEG}
    for name in fake.media:
        citizen.says("", MsgType="image", MediaId=name)
        keeper()
    with parts.database.read() as session:
        kept = session.scalars(select(WeChatMedia).order_by(WeChatMedia.message_id)).all()
    assert [one.reason for one in kept] == ["", phrases.DAY_FULL]


def test_a_failing_api_is_asked_again_later(
    citizen: Citizen, parts: Parts, fake: FakeWeChat, keeper: Callable[[], int], clock: FixedClock
) -> None:
    fake.media["m-1"] = JPEG
    citizen.says("", MsgType="image", MediaId="m-1")
    fake.down = True
    keeper()
    assert media(parts).state == MediaState.WANTED
    fake.down = False
    fake.revoke()
    clock.advance(outbox.MAX_DELAY)
    keeper()
    assert media(parts).state == MediaState.KEPT


@pytest.fixture
def hearing(settings: Settings, speech: FakeSpeech) -> Iterator[HttpTranscriber]:
    """A site with a speech-to-text service."""
    object.__setattr__(settings, "speech_url", speech.url)
    transcriber = HttpTranscriber(speech.url, "speech-secret", "whisper-1")
    yield transcriber
    transcriber.close()


def test_a_voice_becomes_words_that_the_dialogue_answers(
    citizen: Citizen,
    parts: Parts,
    bot: FakeBot,
    fake: FakeWeChat,
    speech: FakeSpeech,
    hearing: HttpTranscriber,
    keeper: Callable[..., int],
    carrier: Callable[[], None],
) -> None:
    fake.media["v-1"] = AMR
    assert citizen.says("", MsgType="voice", MediaId="v-1", Recognition="") == "success"
    keeper(hearing)
    assert bot.heard == ["老板不发工资"]
    (sent,) = speech.heard
    assert AMR in sent and b"whisper-1" in sent
    assert speech.keys == ["Bearer speech-secret"]
    carrier()
    assert fake.texts(citizen.openid) == ["您好"]
    with parts.database.read() as session:
        said = session.scalars(select(Message.text).where(Message.sender == "citizen")).all()
    assert said == ["[语音]", "老板不发工资"]


@pytest.mark.parametrize("trouble", ["silence", "broken", "gone", "away", "no voice"])
def test_a_voice_that_is_not_understood_gets_a_polite_request(
    citizen: Citizen,
    bot: FakeBot,
    fake: FakeWeChat,
    speech: FakeSpeech,
    hearing: HttpTranscriber,
    keeper: Callable[..., int],
    carrier: Callable[[], None],
    trouble: str,
) -> None:
    if trouble != "gone":
        fake.media["v-1"] = JPEG if trouble == "no voice" else AMR
    speech.text = "" if trouble == "silence" else "好"
    speech.status = 500 if trouble == "broken" else 200
    if trouble == "away":
        hearing = HttpTranscriber(f"http://127.0.0.1:{free_port()}/", "", "whisper-1")
    assert citizen.says("", MsgType="voice", MediaId="v-1") == "success"
    keeper(hearing)
    carrier()
    assert fake.texts(citizen.openid) == [phrases.VOICE]
    assert bot.heard == []
    if trouble == "away":
        hearing.close()


@pytest.fixture
def order(citizen: Citizen, parts: Parts, fake: FakeWeChat, keeper: Callable[[], int]) -> str:
    """An order of a WeChat citizen who sent a picture."""
    fake.media["m-1"] = JPEG
    citizen.says("", MsgType="image", MediaId="m-1")
    keeper()
    code = register_order(parts)
    with parts.database.write() as session:
        row = session.scalars(select(Consultation).where(Consultation.channel == "wechat")).one()
        session.scalars(select(WorkOrder)).one().consultation_id = row.id
    return code


def test_the_lawyer_who_holds_the_order_sees_the_picture(
    order: str, parts: Parts, seat: Callable[[str], Seat]
) -> None:
    address = f"/desk/orders/{order}/media/{media(parts).message_id}"
    zhang, li = seat("zhang"), seat("li")
    assert "接单后可以看原件" in zhang.get(f"/desk/orders/{order}").text
    assert zhang.get(address).status_code == 404
    assert zhang.post(f"/desk/orders/{order}/claim").status_code == 303
    assert f'src="{address}"' in zhang.get(f"/desk/orders/{order}").text
    answer = zhang.get(address)
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert li.get(address).status_code == 404
    assert seat("bian").get(address).status_code == 403
    assert seat("ban").get(address).status_code == 200


def test_a_picture_is_shown_with_its_own_order_only(
    order: str, parts: Parts, seat: Callable[[str], Seat]
) -> None:
    other = register_order(parts)
    zhang = seat("zhang")
    for code in (order, other):
        zhang.post(f"/desk/orders/{code}/claim")
    message_id = media(parts).message_id
    assert zhang.get(f"/desk/orders/{other}/media/{message_id}").status_code == 404
    assert zhang.get(f"/desk/orders/{order}/media/{message_id + 1}").status_code == 404
    assert zhang.get(f"/desk/orders/{order}/media/0").status_code == 422


def test_a_picture_that_is_gone_from_the_disk_is_told_as_such(
    order: str, parts: Parts, settings: Settings, seat: Callable[[str], Seat]
) -> None:
    zhang = seat("zhang")
    zhang.post(f"/desk/orders/{order}/claim")
    (path,) = Path(settings.data_dir / "media").iterdir()
    path.unlink()
    answer = zhang.get(f"/desk/orders/{order}/media/{media(parts).message_id}")
    assert answer.status_code == 404
    assert "已不在" in answer.text


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (b"\x89PNG\r\n\x1a\n...", "png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "webp"),
        (b"%PDF-1.7", "pdf"),
        (b"PK\x03\x04....word/document.xml", "docx"),
        (b"PK\x03\x04....xl/workbook.xml", "xlsx"),
        (b"#!AMR\n", "amr"),
        (b"\x00\x00\x00\x18ftypmp42", "mp4"),
        (b"\x00\x00\x00\x14ftypqt  ", "mov"),
        (b"\x00\x00\x00\x18ftyp3gp5", "3gp"),
        (b"\x00\x00\x00\x18ftypheic", None),
        (b"\x00\x00\x00\x18ftyp", None),
        (b"", None),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
    ],
)
def test_a_file_is_known_by_its_first_bytes(data: bytes, ending: str | None) -> None:
    found = type_of(data)
    assert (found.ending if found else None) == ending
