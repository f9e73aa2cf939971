"""Videos: fetched from Tencent alone, kept as other files are, and told of where they are not."""

from collections.abc import Callable

import pytest

from hotline.channel.wechat import phrases
from hotline.channel.wechat.door import WeChat
from hotline.channel.wechat.models import MediaState
from hotline.dependencies import Parts
from kit.settings import Settings
from tests.hotline.wechat.conftest import Citizen, media
from tests.hotline.wechat.fake_wechat import FakeWeChat

VIDEO = b"\x00\x00\x00\x20ftypisom" + b"film" * 20


@pytest.mark.parametrize("kind", ["video", "shortvideo"])
@pytest.mark.parametrize("by_address", [True, False])
def test_a_video_is_fetched_and_kept_whichever_way_wechat_hands_it_out(
    citizen: Citizen,
    parts: Parts,
    settings: Settings,
    fake: FakeWeChat,
    keeper: Callable[[], int],
    kind: str,
    by_address: bool,
) -> None:
    fake.media["v-1"] = VIDEO
    if by_address:
        fake.videos["v-1"] = f"{fake.url}/films/v-1"
    told = citizen.says("", MsgType=kind, MediaId="v-1", ThumbMediaId="t")
    assert told == phrases.MEDIA_TO_BOT and "视频" in told
    keeper()
    kept = media(parts)
    assert (kept.kind, kept.state, kept.size) == (kind, MediaState.KEPT, len(VIDEO))
    (path,) = (settings.data_dir / "media").iterdir()
    assert path.suffix == ".mp4" and path.read_bytes() == VIDEO
    # The token goes to the API alone.
    assert "access_token" not in fake.films_asked


@pytest.mark.parametrize("by_address", [True, False])
def test_a_video_that_is_too_large_is_told_to_the_citizen(
    citizen: Citizen,
    parts: Parts,
    settings: Settings,
    fake: FakeWeChat,
    keeper: Callable[[], int],
    carrier: Callable[[], None],
    by_address: bool,
) -> None:
    object.__setattr__(settings, "media_max_mb", 1)
    fake.media["v-1"] = VIDEO + b"x" * 1024 * 1024
    if by_address:
        fake.videos["v-1"] = f"{fake.url}/films/v-1"
    citizen.says("", MsgType="video", MediaId="v-1")
    keeper()
    assert media(parts).state == MediaState.REFUSED
    carrier()
    reason = phrases.TOO_LARGE.format(limit=1)
    assert fake.texts(citizen.openid) == [phrases.NOT_KEPT.format(what="视频", reason=reason)]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/films/v-1",
        "http://169.254.169.254/latest",
        "http://qq.com.example/v",
        "http://notqq.com/v",
        "http://a@b.qq.com/v",
        "http://b.qq.com:8080/v",
        "file:///etc/passwd",
        "ftp://b.qq.com/v",
        "http://[::1",
        "",
        "/films/v-1",
    ],
)
def test_a_video_is_fetched_from_no_address_that_is_not_tencents(
    citizen: Citizen,
    parts: Parts,
    fake: FakeWeChat,
    keeper: Callable[[], int],
    address: str,
) -> None:
    fake.videos["v-1"] = address
    citizen.says("", MsgType="video", MediaId="v-1")
    keeper()
    kept = media(parts)
    assert (kept.state, kept.reason) == (MediaState.REFUSED, phrases.MEDIA_GONE.format(code=0))


@pytest.mark.parametrize(
    "address", ["http://vweixinf.tc.qq.com/102/1/snsvideodownload?x=1", "https://a.qpic.cn/v"]
)
def test_tencents_own_names_are_where_videos_come_from(wechat: WeChat, address: str) -> None:
    assert wechat.client._is_theirs(address)
