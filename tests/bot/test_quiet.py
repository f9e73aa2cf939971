"""Logs hold no phone and no identity card number, whatever a library logs."""

import logging

import pytest

from bot.reading import mask


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("phone=13812341234", "phone=138****1234"),
        ("id 11010119900307123X!", "id 110****123X!"),
        ("138 1234 1234", "138****1234"),
        ("010-62345678", "010****5678"),
        ("port 5005, 200 OK", "port 5005, 200 OK"),
    ],
)
def test_long_numbers_are_masked(line, masked):
    assert mask(line) == masked


def test_a_log_record_is_masked_with_its_arguments_and_traceback():
    from bot.quiet import Masking

    try:
        raise ValueError("bad 13812341234")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "said %s", ("13812341234",), info)
    assert Masking().filter(record)
    written = logging.Formatter().format(record)
    assert "13812341234" not in written
    assert "138****1234" in written
    assert "ValueError" in written


def test_rasas_structured_log_leaves_texts_out(model, caplog):
    import structlog

    structlog.get_logger().error("x.failed", text="我叫王小明", slot_values="王小明", code=7)
    assert "x.failed" in caplog.text
    assert "王小明" not in caplog.text


def test_no_turn_logs_what_was_typed(citizen, hotline, capfd, caplog):
    citizen.says("转人工", "劳动纠纷", "海淀区", "老板拖欠我四个月工资", "王小明", "13812341234")
    hotline.broken = "500"
    citizen.says("确认")
    logged = "".join(capfd.readouterr()) + caplog.text
    for secret in ("13812341234", "王小明", "拖欠"):
        assert secret not in logged
