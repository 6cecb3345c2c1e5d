"""Which days are working days in England and Wales, from a bank-holiday list with a version; it knows no deadlines.

A working day is Monday to Friday and not Christmas Day, Good Friday or a bank holiday (G-06). The list is part
of the program: the same version gives the same deadline on any machine, and whatever used it can say which one it was.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib import resources

from ledger.errors import CalendarEnded
from ledger.events import Json

VERSION = "england-and-wales 2026-11-22"
"""Changes with every change of the list; a test knows which digest belongs to which version."""
WARN_MONTHS = 12
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """The bank holidays from the first day to the last; beyond them it does not guess."""

    version: str
    digest: str
    first: date
    last: date
    holidays: frozenset[date] = field(repr=False)

    @classmethod
    def published(cls, *, version: str, holidays: Iterable[str], first: str, last: str) -> Calendar:
        """The calendar of a published list; its digest is of the days, so that the same list is the same calendar.

        Raises ValueError for a text that is no date, a holiday beyond the first or last day, or days in disorder.
        """
        days = frozenset(map(date.fromisoformat, holidays))
        begins, ends = date.fromisoformat(first), date.fromisoformat(last)
        if not days or not begins <= min(days) <= max(days) <= ends:
            raise ValueError("every holiday lies between the first day and the last")
        listed = "\n".join(day.isoformat() for day in (begins, *sorted(days), ends))
        digest = hashlib.sha256(listed.encode()).hexdigest()
        return cls(version=version, digest=digest, first=begins, last=ends, holidays=days)

    @property
    def label(self) -> str:
        """The version and the digest, as an event that used the calendar keeps them."""
        return f"{self.version} sha256:{self.digest}"

    def is_working(self, day: date) -> bool:
        """Whether a day is a working day. Raises CalendarEnded for a day the list does not reach."""
        if not self.first <= day <= self.last:
            raise CalendarEnded
        return day.weekday() < 5 and day not in self.holidays

    def on_or_after(self, day: date) -> date:
        """The day itself, or the next working day when it is none (Regulation 1182/71 Art. 3(4))."""
        while not self.is_working(day):
            day += _ONE_DAY
        return day

    def on_or_before(self, day: date) -> date:
        """The day itself, or the last working day before it when it is none."""
        while not self.is_working(day):
            day -= _ONE_DAY
        return day

    def working_days_after(self, start: date, count: int) -> date:
        """The `count`th working day after a day that is itself day 0 (V-WD-01 to V-WD-07)."""
        day = start
        while count > 0:
            day += _ONE_DAY
            count -= self.is_working(day)
        return day

    def warning(self, on: date) -> str | None:
        """One sentence when the list ends within twelve months of a day: deadlines will soon reach beyond it."""
        months_left = (self.last.year - on.year) * 12 + self.last.month - on.month - (self.last.day < on.day)
        if months_left >= WARN_MONTHS:
            return None
        return f"The bank-holiday calendar {self.version} ends on {self.last.isoformat()}; install a newer one."

    def as_json(self) -> dict[str, Json]:
        """The calendar as every answer that used it names it."""
        return {"version": self.version, "digest": self.digest, "last_day": self.last.isoformat()}


@cache
def england_and_wales() -> Calendar:
    """The calendar this program comes with, for whole years."""
    content = (resources.files("ledger.calendars") / "england-and-wales.csv").read_bytes()
    days = [date.fromisoformat(row["date"]) for row in csv.DictReader(io.StringIO(content.decode()))]
    return Calendar(
        version=VERSION,
        digest=hashlib.sha256(content).hexdigest(),
        first=date(min(days).year, 1, 1),
        last=date(max(days).year, 12, 31),
        holidays=frozenset(days),
    )
