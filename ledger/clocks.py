"""Calendar arithmetic as pure functions: calendar months that clamp, and the London day of an instant."""

from __future__ import annotations

import calendar
from datetime import date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def months_after(start: date, months: int) -> date:
    """The same day number `months` later, or the last day of a shorter month (Regulation 1182/71 Art. 3).

    A retention maximum is this day and never rolls forward to a working day (rules.md section 3, RET).
    """
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def london_day(moment: datetime) -> date:
    """The calendar day in London: legal days begin and end there, whatever the instant's zone."""
    return moment.astimezone(LONDON).date()
