"""Order of the queue and deadlines of a work order. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.working_days import WorkingDays


@dataclass(frozen=True, slots=True)
class Deadlines:
    """When first contact and the answer are due."""

    first_contact: datetime
    answer: datetime


@dataclass(frozen=True, slots=True)
class DeadlineRules:
    """The figures that deadlines follow (docs/settings.md): by the clock, or by working days."""

    calendar: WorkingDays
    urgent_hours: int
    working_days: int

    def due(self, created: datetime, *, urgent: bool) -> Deadlines:
        """Urgent orders have their first contact within hours, others within a working day."""
        answer = self.calendar.add(created, self.working_days)
        if urgent:
            return Deadlines(created + timedelta(hours=self.urgent_hours), answer)
        return Deadlines(self.calendar.add(created, 1), answer)
