"""Settings, masking, working days, passwords and throttling."""

import logging
from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from kit.auth import hash_password, hash_token, new_token, verify_password
from kit.errors import TooManyRequestsError
from kit.masking import MaskingFilter, mask
from kit.settings import Settings
from kit.throttle import Throttle
from kit.working_days import WorkingDays, parse_days

SECRET = "s" * 32


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"bot_token": "short"}, "HOTLINE_BOT_TOKEN"),
        ({"service_token": ""}, "HOTLINE_SERVICE_TOKEN"),
        ({"secure_cookies": False}, "HOTLINE_SECURE_COOKIES"),
        ({"demo_staff": True}, "HOTLINE_DEMO_STAFF"),
    ],
)
def test_production_refuses_unsafe_settings_by_name(change: dict[str, object], named: str) -> None:
    safe: dict[str, object] = {
        "environment": "production",
        "bot_token": SECRET,
        "service_token": SECRET,
        "secure_cookies": True,
    }
    Settings.model_validate(safe)
    with pytest.raises(ValidationError, match=named):
        Settings.model_validate(safe | change)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("打13812345678找我", "打138****5678找我"),
        ("电话 138 1234 5678。", "电话 138****5678。"),
        ("138-1234-5678", "138****5678"),
        ("身份证110101199003077758", "身份证110101********7758"),
        ("11010119900307775X", "110101********775X"),
        ("座机0571-87654321", "座机0571****4321"),
        ("座机057187654321", "座机0571****4321"),
        ("第1234567890123条不是电话", "第1234567890123条不是电话"),
        ("拨打12348", "拨打12348"),
    ],
)
def test_phones_and_id_numbers_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_log_records_are_masked_with_their_arguments_and_tracebacks() -> None:
    try:
        raise ValueError("13812345678")
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, "f", 1, "said %s", ("13912345678",), __import__("sys").exc_info()
        )
    MaskingFilter().filter(record)
    text = logging.Formatter().format(record)
    assert "139****5678" in text
    assert "13812345678" not in text
    assert "13912345678" not in text


def test_working_days_skip_weekends_and_national_day() -> None:
    calendar = WorkingDays()
    wednesday = datetime(2026, 9, 30, 2, tzinfo=UTC)
    # 2026: 1 to 7 October are holidays; the count begins on the day after.
    assert calendar.add(wednesday, 1).astimezone(UTC) > datetime(2026, 10, 8, 0, tzinfo=UTC)


def test_an_operators_extra_days_win_over_the_announced_ones() -> None:
    saturday, monday = date(2026, 11, 21), date(2026, 11, 23)
    calendar = WorkingDays(frozenset({monday}), frozenset({saturday}))
    assert calendar.is_working_day(saturday)
    assert not calendar.is_working_day(monday)


def test_years_without_announced_holidays_count_weekends() -> None:
    calendar = WorkingDays()
    assert not calendar.is_working_day(date(2040, 1, 7))
    assert calendar.is_working_day(date(2040, 1, 10))


def test_a_wrong_date_in_the_settings_is_named() -> None:
    with pytest.raises(ValueError, match="2026-13-01"):
        parse_days("2026-10-01, 2026-13-01")
    with pytest.raises(ValidationError, match="extra_holidays"):
        Settings.model_validate({"extra_holidays": "国庆节"})


def test_a_password_fits_only_its_own_hash() -> None:
    hashed = hash_password("正确的密码123")
    assert hashed.startswith("$argon2id$")
    assert verify_password("正确的密码123", hashed)
    assert not verify_password("错误的密码123", hashed)
    assert not verify_password("正确的密码123", None)


def test_tokens_are_long_and_kept_as_hashes() -> None:
    first, second = new_token(), new_token()
    assert first != second
    assert len(first) >= 43
    assert first not in hash_token(first)


def test_a_throttle_counts_each_key_by_itself() -> None:
    throttle = Throttle(2, "太快")
    throttle.hit("a")
    throttle.hit("a")
    throttle.hit("b")
    with pytest.raises(TooManyRequestsError, match="太快"):
        throttle.hit("a")
