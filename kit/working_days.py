"""Working days (工作日): weekdays that are no holiday, and weekends made working days by 调休.

The holidays are those that the State Council announced, as the ``chinesecalendar`` package holds
them. Years that it does not hold yet count weekends only; an operator adds the announced days by
``HOTLINE_EXTRA_HOLIDAYS`` and ``HOTLINE_EXTRA_WORKDAYS``.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import chinese_calendar

from kit.clock import BEIJING

SATURDAY = 5


def _announced(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < SATURDAY


class WorkingDays:
    """A calendar of working days; extra days win over the announced ones."""

    def __init__(
        self,
        extra_holidays: frozenset[date] = frozenset(),
        extra_workdays: frozenset[date] = frozenset(),
        announced: Callable[[date], bool] = _announced,
    ) -> None:
        self._holidays = extra_holidays
        self._workdays = extra_workdays
        self._announced = announced

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on this day."""
        if day in self._workdays:
            return True
        return day not in self._holidays and self._announced(day)

    def add(self, start: datetime, days: int) -> datetime:
        """The end (24:00 Beijing time) of the ``days``-th working day after the day of ``start``.

        The day itself does not count (民法典第二百零一条: 开始的当日不计入).
        """
        day = start.astimezone(BEIJING).date()
        left = days
        while left > 0:
            day += timedelta(days=1)
            if self.is_working_day(day):
                left -= 1
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), BEIJING)
        return midnight.astimezone(start.tzinfo)


def parse_days(text: str) -> frozenset[date]:
    """``2026-10-01, 2026-10-02`` → dates. Raises ``ValueError`` naming the wrong one."""
    found = set()
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            found.add(date.fromisoformat(part))
        except ValueError as error:
            raise ValueError(f"{part} is no date of the form 2026-10-01") from error
    return frozenset(found)
