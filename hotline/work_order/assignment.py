"""Order of the queue and deadlines of a work order. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.working_days import WorkingDays


@dataclass(frozen=True, slots=True)
class Deadlines:
    """When first contact and the answer are due."""

    first_contact: datetime
    answer: datetime


def deadlines(
    created: datetime,
    *,
    urgent: bool,
    calendar: WorkingDays,
    urgent_hours: int,
    working_days: int,
) -> Deadlines:
    """Urgent orders are due by the clock, others by working days (figures: docs/settings.md)."""
    answer = calendar.add(created, working_days)
    if urgent:
        return Deadlines(created + timedelta(hours=urgent_hours), answer)
    return Deadlines(calendar.add(created, 1), answer)
