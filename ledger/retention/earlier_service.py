"""The deletion rule of the earlier service, with its history: whom it selects on a day; pure.

The rule is the stored procedure `GDPR_Identify_customers_for_redaction` of `dss-stagingdatabase`, one line for each
change of it, and the days are the timer of `dss-gdpr`. A line counts from the day it was committed, for when it was
deployed is not published. The procedure takes today from its server's clock in UTC; here it is always an argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal

NAME = "dss"
RUN_AT = time(2, 0)
"""When a run begins, in UTC: the versions that compare with the time of day compare with this one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierRule:
    """One version of the rule: a customer is selected whose latest interaction is at or before a cut-off."""

    version: str
    valid_from: date
    commits: tuple[str, ...]
    sentence: str
    year_start: tuple[int, int] | None = None
    """Month and day the years are counted back from; None counts from today."""
    days_back: int | None = None
    """Days before this calendar year's start: one leap day too few or too many counts, and so does an early month."""
    years_back: int | None = None
    """Whole years, and one more while this year's start is still to come."""
    at_midnight: bool = True
    leaves_out_redacted: bool = False
    touchpoints: tuple[str, ...] = ()
    """The customer must have been changed last by a touchpoint that contains one of these; none means any."""


_ACCOUNTING, _NEAR_TAX = (4, 1), (4, 5)

RULES: tuple[EarlierRule, ...] = (
    EarlierRule(
        version="dss-2023-11-27",
        valid_from=date(2023, 11, 27),
        commits=("df46454",),
        sentence="The latest interaction was six calendar years ago or more, and the customer is not redacted yet.",
        years_back=6,
        at_midnight=False,
        leaves_out_redacted=True,
    ),
    EarlierRule(
        version="dss-2023-11-29",
        valid_from=date(2023, 11, 29),
        commits=("73d93f5",),
        sentence="The latest interaction was 1,826 days or more before 1 April of this calendar year.",
        year_start=_ACCOUNTING,
        days_back=1_826,  # 5 x 365.25, cut to whole days as DATEADD does
        at_midnight=False,
        leaves_out_redacted=True,
    ),
    EarlierRule(
        version="dss-2023-11-30",
        valid_from=date(2023, 11, 30),
        commits=("73fc23e",),
        sentence="The latest interaction was 1,826 days or more before 5 April of this calendar year.",
        year_start=_NEAR_TAX,
        days_back=1_826,
        at_midnight=False,
        leaves_out_redacted=True,
    ),
    EarlierRule(
        version="dss-2023-12-08",
        valid_from=date(2023, 12, 8),
        commits=("b22baf7",),
        sentence="The latest interaction was 2,191 days or more before 5 April of this calendar year.",
        year_start=_NEAR_TAX,
        days_back=2_191,  # 6 x 365.25, cut to whole days
        at_midnight=False,
        leaves_out_redacted=True,
    ),
    EarlierRule(
        version="dss-2025-04-29",
        valid_from=date(2025, 4, 29),
        commits=("75c3771",),
        sentence="The same from midnight, whether or not the customer is redacted already.",
        year_start=_NEAR_TAX,
        days_back=2_191,
    ),
    EarlierRule(
        version="dss-2025-09-01",
        valid_from=date(2025, 9, 1),
        commits=("7e38919",),
        sentence="The latest interaction was at or before 5 April six years back, or seven when 5 April is to come.",
        year_start=_NEAR_TAX,
        years_back=6,
    ),
    EarlierRule(
        version="dss-2025-11-19",
        valid_from=date(2025, 11, 19),
        commits=("1f88489", "30c6332"),
        sentence="The same, for customers changed last by touchpoint 0000000997 or one of a contract area.",
        year_start=_NEAR_TAX,
        years_back=6,
        touchpoints=("000000020", "000000010", "0000000997"),
    ),
)

NEVER_SELECTED: Mapping[Literal["no interaction", "other touchpoint", "nobody"], str] = {
    "no interaction": "No interaction with a date is known, and the rule asks for the latest one.",
    "other touchpoint": "The customer was changed last by a touchpoint that the rule's filter leaves out.",
    "nobody": "Nobody is named who changed the customer last, and the rule's filter asks for a touchpoint.",
}
"""Why the rule in force since 19 November 2025 never selects some customers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """On which days the job ran by itself."""

    valid_from: date
    commit: str
    sentence: str
    days: tuple[tuple[int, int], ...] = ()
    """Month and day; none means never by itself."""
    every_day: bool = False


_FIRSTS = tuple((month, 1) for month in range(1, 13))

SCHEDULES: tuple[Schedule, ...] = (
    Schedule(valid_from=date(2023, 11, 30), commit="50ec4dc", sentence="Once a year, on 6 April.", days=((4, 6),)),
    Schedule(valid_from=date(2023, 12, 7), commit="8782fe6", sentence="Every minute, as a test.", every_day=True),
    Schedule(valid_from=date(2023, 12, 14), commit="4c1b717", sentence="Only when somebody started it."),
    Schedule(valid_from=date(2024, 7, 23), commit="b2f4c00", sentence="Only when its address was called."),
    Schedule(valid_from=date(2024, 11, 11), commit="9253b08", sentence="On the first of each month.", days=_FIRSTS),
    Schedule(
        valid_from=date(2024, 11, 20),
        commit="216396b",
        sentence="Twice a year, on 1 May and 1 November.",
        days=((5, 1), (11, 1)),
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """The inputs of the rule for one customer; it ignores terminations, holds and erasure requests."""

    latest_interaction: datetime | None
    touchpoint: str | None
    """The touchpoint that changed the customer's own record last."""
    redacted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Whether the rule selects a customer on a day, and why or why not, in one sentence."""

    takes: bool
    because: str


def rule_on(on: date) -> EarlierRule | None:
    """The version in force on a day; None before the first."""
    return next((rule for rule in reversed(RULES) if rule.valid_from <= on), None)


def cut_off(rule: EarlierRule, on: date) -> datetime:
    """The instant at or before which the latest interaction must lie, for a run that begins on a day at RUN_AT."""
    at = time() if rule.at_midnight else RUN_AT
    if rule.days_back is not None and rule.year_start is not None:
        day = date(on.year, *rule.year_start) - timedelta(days=rule.days_back)
    elif rule.year_start is not None:
        day = _years_before(date(on.year, *rule.year_start), _years(rule) + (on < date(on.year, *rule.year_start)))
    else:
        day = _years_before(on, _years(rule))
    return datetime.combine(day, at, tzinfo=UTC)


def selected(known: Known, on: date) -> Selection:
    """Whether a run on a day would select a customer of whom this is known."""
    rule = rule_on(on)
    if rule is None:
        return Selection(takes=False, because=f"Before {_words(RULES[0].valid_from)} no rule selected anybody.")
    if (left_out := _left_out(rule, known)) is not None:
        return Selection(takes=False, because=left_out)
    limit = cut_off(rule, on)
    takes = known.latest_interaction is not None and known.latest_interaction <= limit
    after = "not after" if takes else "after"
    return Selection(takes=takes, because=f"The latest interaction is {after} the cut-off of {_words(limit.date())}.")


def never(known: Known) -> str | None:
    """Why the newest version will never select a customer; None when it will."""
    return _left_out(RULES[-1], known)


def _left_out(rule: EarlierRule, known: Known) -> str | None:
    if known.latest_interaction is None:
        return NEVER_SELECTED["no interaction"]
    if not passes(rule, known.touchpoint):
        return NEVER_SELECTED["nobody" if known.touchpoint is None else "other touchpoint"]
    if rule.leaves_out_redacted and known.redacted:
        return "The customer is redacted already, which this version leaves out."
    return None


def passes(rule: EarlierRule, touchpoint: str | None) -> bool:
    """Whether the filter lets a touchpoint pass: `LIKE '%…%'` means that it contains one of them, and null never."""
    return not rule.touchpoints or (touchpoint is not None and any(part in touchpoint for part in rule.touchpoints))


def run_days(first: date, last: date) -> Iterator[date]:
    """The days from one to another, both included, on which the job runs by itself."""
    for year in range(max(first.year, SCHEDULES[0].valid_from.year), last.year + 1):
        yield from (day for day in _runs_of(year) if first <= day <= last)


def next_selected(known: Known, on: date) -> date | None:
    """The first run on or after a day that would select a customer if nothing more happens; None for never."""
    if known.latest_interaction is None:
        return None
    # The last version waits eight years at most after the interaction, and its filter does not change with the day.
    year = max(on.year, SCHEDULES[-1].valid_from.year, known.latest_interaction.year) + 9
    return next((day for day in run_days(on, date(min(year, MAXYEAR), 12, 31)) if selected(known, day).takes), None)


@cache
def _runs_of(year: int) -> tuple[date, ...]:
    return tuple(
        day for day in (date(year, 1, 1) + timedelta(days=offset) for offset in range(_days_in(year))) if _runs_on(day)
    )


def _days_in(year: int) -> int:
    return (date(year, 12, 31) - date(year, 1, 1)).days + 1


def _runs_on(day: date) -> bool:
    schedule = next((version for version in reversed(SCHEDULES) if version.valid_from <= day), None)
    return schedule is not None and (schedule.every_day or (day.month, day.day) in schedule.days)


def _years(rule: EarlierRule) -> int:
    assert rule.years_back is not None, rule.version
    return rule.years_back


def _years_before(day: date, years: int) -> date:
    """The same day of an earlier year; 28 February for a leap day, as DATEADD has it."""
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - years, day=28 if leap_day else day.day)


def _words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
