"""The commands and the settings of the WeChat door: what is wrong is named."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from hotline import cli
from hotline.channel.wechat.commands import check, create_menu, read_menu
from hotline.consultation.models import Consultation
from hotline.dependencies import Parts
from hotline.work_order.models import WorkOrder
from kit.db import Base, Database
from kit.errors import InvalidInputError
from kit.settings import ROOT, Settings
from tests.hotline.builders import register_order
from tests.hotline.conftest import Seat
from tests.hotline.wechat.conftest import Citizen, wechat_settings
from tests.hotline.wechat.fake_wechat import FakeWeChat
from tests.hotline.wechat.pushes import SECRET


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wechat_app_id", ""),
        ("wechat_app_id", "gh_7f083739789a"),
        ("wechat_app_secret", "secret-that-is-wrong"),
        ("wechat_token", "带空格 的"),
        ("wechat_aes_key", ""),
        ("wechat_aes_key", "short-key"),
        ("wechat_aes_key_previous", "short-key"),
        ("wechat_api_url", "api.weixin.qq.com"),
        ("public_url", ""),
        ("wechat_mode", "secure"),
        ("wechat_passive_seconds", 6),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(
    tmp_path: Path, name: str, value: object
) -> None:
    with pytest.raises(ValidationError) as wrong:
        wechat_settings(tmp_path, "http://127.0.0.1:1", **{name: value})
    error = wrong.value.errors()[0]
    named = "_".join(map(str, error["loc"])) if error["loc"] else error["msg"]
    assert name in named.lower()
    if name.endswith(("secret", "token", "key")) and value:
        assert str(value) not in error["msg"]


def test_a_service_with_a_wrong_setting_does_not_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HOTLINE_WECHAT_MODE", "safe")
    assert cli.main(["wechat", "check"]) == 2
    assert "HOTLINE_WECHAT_APP_ID" in capsys.readouterr().err


def test_plain_mode_needs_no_key(tmp_path: Path) -> None:
    settings = wechat_settings(
        tmp_path, "http://127.0.0.1:1", wechat_mode="plain", wechat_aes_key=""
    )
    assert settings.wechat_mode == "plain"


def test_no_secret_stands_in_what_settings_print(tmp_path: Path) -> None:
    assert SECRET not in repr(wechat_settings(tmp_path, "http://127.0.0.1:1"))


@pytest.fixture
def migrated(settings: Settings) -> Settings:
    """Settings whose database has its tables."""
    database = Database(settings.resolved_database_url)
    Base.metadata.create_all(database.engine)
    database.dispose()
    return settings


def test_the_shipped_menu_is_created(migrated: Settings, fake: FakeWeChat) -> None:
    create_menu(migrated, ROOT / "docs" / "wechat-menu.yaml")
    (menu,) = fake.menus
    assert [button["key"] for button in menu["button"]] == ["我想咨询法律问题", "转人工", "查工单"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("button: []", "1 到 3"),
        ("button: [{name: a, type: click, key: a}, {}, {}, {}]", "1 到 3"),
        ("button: [{type: click, key: a}]", "第1个按钮"),
        ("button: [{name: a, type: click}]", "key"),
        ("button: [{name: a, type: pay, key: a}]", "click 或 view"),
        ("button: [{name: 名字太长的按钮, type: click, key: a}]", "16"),
        ("button: [{name: a, sub_button: [{name: b, type: view}]}]", "第1个按钮 之 1"),
        (f"button: [{{name: a, type: click, key: {'长' * 50}}}]", "128"),
        ("[", "YAML"),
    ],
)
def test_a_wrong_menu_is_told_where(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "menu.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=told):
        read_menu(path)


def test_the_check_says_what_is_wrong_and_what_to_set(migrated: Settings, fake: FakeWeChat) -> None:
    fake.secret_wrong = True
    told = list(check(migrated.model_copy(update={"public_url": "http://127.0.0.1:9"})))
    assert [right for right, _ in told] == [True, False, False, True]
    assert "HOTLINE_WECHAT_APP_SECRET" in told[1][1]
    assert "HOTLINE_PUBLIC_URL" in told[2][1]
    assert "兼容模式" in told[3][1]
    assert SECRET not in str(told)


def test_the_check_finds_the_secret_right(migrated: Settings, fake: FakeWeChat) -> None:
    told = list(check(migrated.model_copy(update={"public_url": fake.url})))
    assert told[1][0]
    # The fake is no hotline: it gives no echo.
    assert not told[2][0]
    assert "HOTLINE_WECHAT_TOKEN" in told[2][1]


def test_the_desk_shows_where_the_lawyer_writes_how_many_messages_are_left(
    citizen: Citizen, parts: Parts, seat: Callable[[str], Seat]
) -> None:
    citizen.says("在吗")
    code = register_order(parts)
    with parts.database.write() as session:
        row = session.scalars(select(Consultation).where(Consultation.channel == "wechat")).one()
        order = session.scalars(select(WorkOrder).where(WorkOrder.code == code)).one()
        order.consultation_id = row.id
    zhang = seat("zhang")
    assert zhang.post(f"/desk/orders/{code}/claim").status_code == 303
    shown = zhang.get(f"/desk/orders/{code}").text
    assert "还可主动发 5 条，2026-11-23 12:00 前有效" in shown


def test_the_desk_says_nothing_of_wechat_on_the_page(
    parts: Parts, seat: Callable[[str], Seat]
) -> None:
    code = register_order(parts)
    assert "微信" not in seat("zhang").get(f"/desk/orders/{code}").text
