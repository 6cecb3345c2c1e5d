"""Working days in England and Wales: the list is checked against two libraries, the vectors by their ids.

When a bank holiday is proclaimed or the list must reach further, change YEARS and run
`python -m tests.ledger.test_working_days`, which writes the list anew. Then give it a new version in
`ledger/calendars` and note that version's digest here.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest
from govuk_bank_holidays.bank_holidays import BankHolidays

from ledger import calendars
from ledger.calendars import VERSION, england_and_wales
from ledger.errors import CalendarEnded

CALENDAR = england_and_wales()
FILE = Path(calendars.__file__).with_name("england-and-wales.csv")
YEARS = range(2012, 2036)
DIGESTS = {
    "england-and-wales 2026-11-22": "a9207bd33527950d18b0465af0b5066aae04c02eddb84d60a7801206dec69bfe",
}


def written() -> bytes:
    """The list as the library has it: weekdays only, since a weekend is no working day anyway."""
    known = holidays.country_holidays("GB", subdiv="ENG", years=YEARS)
    lines = [
        f"{day.isoformat()},{known[day].replace('(observed)', '(substitute day)')}\n"
        for day in sorted(known)
        if day.weekday() < 5
    ]
    return "".join(["date,title\n", *lines]).encode()


def test_the_list_is_what_the_library_writes() -> None:
    assert FILE.read_bytes() == written()


def every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def test_a_change_of_the_list_needs_a_new_version_so_that_an_old_deadline_can_be_reckoned_again() -> None:
    assert CALENDAR.digest == hashlib.sha256(FILE.read_bytes()).hexdigest() == DIGESTS[VERSION]


def test_every_day_of_24_years_is_working_exactly_when_the_first_library_says_so() -> None:
    oracle = holidays.country_holidays("GB", subdiv="ENG", years=YEARS)

    for day in every_day(CALENDAR.first, CALENDAR.last):
        assert CALENDAR.is_working(day) == (day.weekday() < 5 and day not in oracle), day


def test_every_published_bank_holiday_is_one_and_no_other_day_is() -> None:
    published = [one["date"] for one in BankHolidays(use_cached_holidays=True).get_holidays("england-and-wales")]
    reach = [day for day in CALENDAR.holidays if min(published) <= day <= max(published)]

    assert sorted(reach) == sorted(day for day in published if day.weekday() < 5)
    assert max(published) >= date(2027, 12, 28)


def test_one_off_and_substitute_bank_holidays_are_in_the_list() -> None:
    for day in ("2012-06-05", "2022-06-03", "2022-09-19", "2023-05-08", "2020-05-08", "2026-12-28", "2027-12-28"):
        assert not CALENDAR.is_working(date.fromisoformat(day)), day
    assert CALENDAR.is_working(date(2020, 5, 4))  # moved to the 8th that year


@pytest.mark.parametrize(
    ("vector", "start", "expected"),
    [
        ("V-WD-01", "2025-12-05", "2026-01-21"),
        ("V-WD-02", "2026-03-12", "2026-04-27"),
        ("V-WD-03", "2026-12-01", "2027-01-15"),
        ("V-WD-04", "2026-04-03", "2026-05-19"),
        ("V-WD-05", "2026-04-01", "2026-05-18"),
        ("V-WD-05 amber", "2026-03-12", "2026-04-27"),
    ],
)
def test_thirty_working_days_are_counted_from_the_day_after_the_event(vector: str, start: str, expected: str) -> None:
    assert CALENDAR.working_days_after(date.fromisoformat(start), 30) == date.fromisoformat(expected), vector


def test_the_day_of_the_event_is_day_zero_even_when_it_is_a_working_day() -> None:
    friday = date(2026, 11, 20)

    assert CALENDAR.working_days_after(friday, 0) == friday
    assert CALENDAR.working_days_after(friday, 1) == date(2026, 11, 23)


@pytest.mark.parametrize("day", [date(2011, 12, 31), date(2036, 1, 1)])
def test_a_day_beyond_the_list_is_not_guessed(day: date) -> None:
    with pytest.raises(CalendarEnded):
        CALENDAR.is_working(day)


@pytest.mark.parametrize(
    ("on", "warned"), [("2026-11-22", False), ("2034-12-31", False), ("2035-01-01", True), ("2035-12-31", True)]
)
def test_an_alarm_is_raised_when_the_list_ends_within_twelve_months(*, on: str, warned: bool) -> None:
    assert (CALENDAR.warning(date.fromisoformat(on)) is not None) == warned


def test_the_alarm_names_the_list_and_its_last_day() -> None:
    assert CALENDAR.warning(date(2035, 6, 1)) == (
        "The bank-holiday calendar england-and-wales 2026-11-22 ends on 2035-12-31; install a newer one."
    )


if __name__ == "__main__":
    FILE.write_bytes(written())
