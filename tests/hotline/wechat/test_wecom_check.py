"""``wecom check`` and the settings of the WeCom door: what is wrong is named."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from hotline import cli
from hotline.app import create_app
from hotline.channel.wechat import commands as wechat_commands
from hotline.channel.wecom.commands import check
from hotline.channel.wecom.door import WeCom
from hotline.dependencies import Parts
from kit.clock import SystemClock
from kit.db import Base, Database
from kit.settings import Settings
from tests.hotline.wechat.fake_wecom import FakeWeCom
from tests.hotline.wechat.wecom_site import wecom_settings

Steps = list[tuple[bool, str]]


@pytest.fixture
def fake() -> Iterator[FakeWeCom]:
    with FakeWeCom() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, fake: FakeWeCom) -> Settings:
    """Settings whose public address is no hotline, and whose database has its tables."""
    settings = wecom_settings(tmp_path, fake.url, public_url=fake.url)
    database = Database(settings.resolved_database_url)
    Base.metadata.create_all(database.engine)
    database.dispose()
    return settings


def told(settings: Settings) -> Steps:
    steps = list(check(settings))
    for secret in (settings.wecom_secret, settings.wecom_token, settings.wecom_aes_key):
        assert secret.get_secret_value() not in str(steps)
    return steps


def test_a_secret_that_is_wrong_is_named_and_nothing_is_asked_with_it(
    settings: Settings, fake: FakeWeCom
) -> None:
    fake.secret_wrong = True
    fake.secret_refusal = 40001
    steps = told(settings)
    assert [right for right, _ in steps] == [True, False, False, True]
    assert "HOTLINE_WECOM_SECRET" in steps[1][1]
    assert fake.calls["/cgi-bin/kf/account/list"] == 0


def test_a_company_that_is_wrong_is_named(settings: Settings, fake: FakeWeCom) -> None:
    fake.secret_wrong = True
    fake.secret_refusal = 40013
    assert "HOTLINE_WECOM_CORP_ID" in told(settings)[1][1]


def test_an_address_that_nobody_answers_is_named(settings: Settings) -> None:
    steps = told(settings.model_copy(update={"wecom_api_url": "http://127.0.0.1:9"}))
    assert not steps[1][0]
    assert "HOTLINE_WECOM_API_URL" in steps[1][1]


def test_an_account_that_is_not_the_companys_is_named_with_those_that_are(
    settings: Settings, fake: FakeWeCom
) -> None:
    fake.accounts = [{"open_kfid": "wkOther", "name": "公证"}]
    steps = told(settings)
    assert [right for right, _ in steps] == [True, True, False, False, True]
    assert "HOTLINE_WECOM_KF_ID" in steps[2][1]
    assert "公证 wkOther" in steps[2][1]


def test_an_account_that_another_application_manages_is_told(
    settings: Settings, fake: FakeWeCom
) -> None:
    fake.accounts[0]["manage_privilege"] = False
    steps = told(settings)
    assert not steps[2][0]
    assert "通过API管理" in steps[2][1]


@pytest.mark.parametrize(("errcode", "words"), [(60020, "企业可信IP"), (48002, "可调用接口的应用")])
def test_what_the_platform_forbids_is_told_with_where_to_allow_it(
    settings: Settings, fake: FakeWeCom, errcode: int, words: str
) -> None:
    fake.refused = errcode
    steps = told(settings)
    assert not steps[2][0]
    assert words in steps[2][1]


def test_an_address_without_echo_names_the_settings_that_may_differ(settings: Settings) -> None:
    steps = told(settings)
    assert [right for right, _ in steps] == [True, True, True, False, True]
    assert "HOTLINE_WECOM_TOKEN" in steps[3][1] and "HOTLINE_WECOM_AES_KEY" in steps[3][1]
    assert f"{settings.public_url}/wecom" in steps[4][1]


def test_all_is_right_where_our_own_service_answers(
    settings: Settings, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    wecom = WeCom(settings, parts.database, SystemClock())
    running = replace(parts, wecom=wecom, clock=SystemClock())
    with TestClient(create_app(settings, running), base_url=settings.public_url) as client:

        def get(address: str, params: dict[str, str], timeout: float) -> object:
            assert timeout > 0
            return client.get(address, params=params)

        monkeypatch.setattr(wechat_commands.httpx, "get", get)
        assert all(right for right, _ in told(settings))


def test_the_command_ends_with_one_line_where_the_door_is_closed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))
    assert cli.main(["wecom", "check"]) == 2
    assert "HOTLINE_WECOM_CORP_ID" in capsys.readouterr().err


def test_the_command_tells_each_step_and_ends_with_1_if_one_is_wrong(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in type(settings).model_fields:
        if name.startswith("wecom") or name in ("data_dir", "public_url"):
            value = getattr(settings, name)
            text = value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
            monkeypatch.setenv(f"HOTLINE_{name.upper()}", text)
    assert cli.main(["wecom", "check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line[0] for line in lines] == ["✓", "✓", "✓", "✗", "✓"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wecom_corp_id", "wx0123456789abcdef"),
        ("wecom_secret", ""),
        ("wecom_secret", "secret-that-is-wrong"),
        ("wecom_token", "带空格 的"),
        ("wecom_aes_key", "short-key"),
        ("wecom_kf_id", "kf1"),
        ("wecom_api_url", "qyapi.weixin.qq.com"),
        ("public_url", ""),
    ],
)
def test_a_wrong_setting_is_named_at_the_start_and_its_value_is_not(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(ValidationError) as wrong:
        wecom_settings(tmp_path, "http://127.0.0.1:1", **{name: value})
    message = wrong.value.errors()[0]["msg"]
    assert f"HOTLINE_{name.upper()} must be" in message
    if name.endswith(("secret", "token", "key")) and value:
        assert value not in message


@pytest.mark.parametrize("name", ["wecom_secret", "wecom_token", "wecom_aes_key", "wecom_kf_id"])
def test_settings_without_the_company_are_a_mistake_and_no_closed_door(
    tmp_path: Path, name: str
) -> None:
    given = {name: "x" * 43 if name != "wecom_kf_id" else "wkX"}
    with pytest.raises(ValidationError, match="HOTLINE_WECOM_CORP_ID"):
        Settings.model_validate({"data_dir": tmp_path, **given})
