"""Statutory clocks as pure functions: months that clamp and roll, days that do not count, hours; they know no request.

The day of an event is never counted. A period ends with its last day in London and, unless it is one of hours or a
retention maximum, rolls to the next working day (Regulation 1182/71 Art. 3, UK GDPR Art. 4A).
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ledger.calendars import Calendar

LONDON = ZoneInfo("Europe/London")
ANSWER_MONTHS, EXTENDED_MONTHS = 1, 3
TARGET_DAYS = 28
"""What the regulator calls safe for a month of any length (ICO guidance on subject access)."""
ACKNOWLEDGE_DAYS = 30
BREACH_HOURS = 72
CONTROLLER_HOURS = 24
"""Within which a contractor tells the controller of a breach; the law says without undue delay (LAW-CLK-14)."""
_ONE_DAY = timedelta(days=1)


def months_after(start: date, months: int) -> date:
    """The same day number `months` later, or the last day of a shorter month (Regulation 1182/71 Art. 3).

    A retention maximum is this day and never rolls forward to a working day (the RET rules). What would lie beyond the
    last year of the calendar, since an old entry bears .NET's largest date, is the calendar's last day.
    """
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def london_day(moment: datetime) -> date:
    """The calendar day in London: legal days begin and end there, whatever the instant's zone."""
    return moment.astimezone(LONDON).date()


def instant_text(moment: datetime) -> str:
    """An instant as RFC 3339 writes it, with `Z` for UTC."""
    return moment.isoformat().replace("+00:00", "Z")


def end_of_day(day: date) -> datetime:
    """The last instant of a day in London: what is due on it is in time until then."""
    midnight = datetime.combine(day + _ONE_DAY, time(), tzinfo=LONDON)
    return midnight.astimezone(UTC) - timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """Clarification was asked for on one day and came on another, or has not come yet."""

    asked_on: date
    received_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Uncounted:
    """Days that do not count, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponseClock:
    """When a request must be answered, and how that was reckoned."""

    relevant_on: date
    """The day the month is reckoned from: receipt, or the identity information or fee that came later."""
    months: int
    uncounted: tuple[Uncounted, ...]
    statutory_limit: date
    target: date
    """The limit when a clarification is taken to pause for received minus asked days only."""
    work_to: date
    """What staff work to, always a working day before the limit, since that is the outer limit of what is due without
    undue delay (LAW-CLK-07): four weeks for each month or, after a pause, the target."""
    notice_due: date
    """The last day on which the person may be told of an extension."""
    extended: bool


def response_clock(
    *,
    relevant_on: date,
    on: date,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    notified_on: date | None = None,
) -> ResponseClock:
    """The clock of a rights request as it stands on a day (LAW-CLK-01, 04, 06).

    A clarification that has not come counts as if it came on that day. An extension of which the person was notified
    after `notice_due` is none.
    """
    known = [pause for pause in pauses if pause.asked_on <= on]
    inclusive = _uncounted(known, on, cautious=False)
    notice_due = calendar.on_or_after(_end(relevant_on, ANSWER_MONTHS, inclusive)[0])
    extended = notified_on is not None and notified_on <= notice_due
    months = EXTENDED_MONTHS if extended else ANSWER_MONTHS
    last_day, uncounted = _end(relevant_on, months, inclusive)
    cautious, _ = _end(relevant_on, months, _uncounted(known, on, cautious=True))
    limit, target = calendar.on_or_after(last_day), calendar.on_or_after(cautious)
    return ResponseClock(
        relevant_on=relevant_on,
        months=months,
        uncounted=uncounted,
        statutory_limit=limit,
        target=target,
        work_to=calendar.on_or_before(min(target if uncounted else _safe(relevant_on, months), limit - _ONE_DAY)),
        notice_due=notice_due,
        extended=extended,
    )


def _safe(relevant_on: date, months: int) -> date:
    """Four weeks for each month of a period."""
    return relevant_on + timedelta(days=TARGET_DAYS * months)


def acknowledgement_due(received_on: date, calendar: Calendar) -> date:
    """When receipt of a complaint must be acknowledged: within 30 days, the day after receipt is day 1 (LAW-CLK-10)."""
    return calendar.on_or_after(received_on + timedelta(days=ACKNOWLEDGE_DAYS))


def breach_notification_due(aware_at: datetime) -> datetime:
    """72 elapsed hours from awareness, in UTC; hours roll over no weekend and no holiday (LAW-CLK-13)."""
    return aware_at.astimezone(UTC) + timedelta(hours=BREACH_HOURS)


def controller_notification_due(aware_at: datetime) -> datetime:
    """24 elapsed hours from a contractor's awareness, in UTC, to tell the controller (LAW-CLK-14)."""
    return aware_at.astimezone(UTC) + timedelta(hours=CONTROLLER_HOURS)


def privacy_information_due(
    obtained_on: date,
    calendar: Calendar,
    *,
    first_contact_on: date | None = None,
    first_disclosure_on: date | None = None,
) -> date:
    """When a person must be told of data that came from somebody else: the earliest of three days (LAW-CLK-16)."""
    month = calendar.on_or_after(months_after(obtained_on, 1))
    return min(day for day in (month, first_contact_on, first_disclosure_on) if day is not None)


def _uncounted(pauses: Iterable[Pause], on: date, *, cautious: bool) -> tuple[Uncounted, ...]:
    """The union of the pauses. The statute leaves out both end days; the cautious reading counts the day of receipt."""
    spans = sorted((pause.asked_on, (pause.received_on or on) - _ONE_DAY * cautious) for pause in pauses)
    union: list[Uncounted] = []
    for first, last in spans:
        if last < first:
            continue
        if union and first <= union[-1].last + _ONE_DAY:
            union[-1] = Uncounted(first=union[-1].first, last=max(union[-1].last, last))
        else:
            union.append(Uncounted(first=first, last=last))
    return tuple(union)


def _end(relevant_on: date, months: int, union: Iterable[Uncounted]) -> tuple[date, tuple[Uncounted, ...]]:
    """The last day of a period before it rolls, and the days inside it that did not count.

    Days on or before the relevant day never count anyway, and a pause that begins after the last day pauses nothing.
    """
    end = months_after(relevant_on, months)
    inside: list[Uncounted] = []
    for span in union:
        first = max(span.first, relevant_on + _ONE_DAY)
        if first > end:
            break
        if first <= span.last:
            inside.append(Uncounted(first=first, last=span.last))
            end += _ONE_DAY * inside[-1].days
    return end, tuple(inside)
