"""The statutory clocks: vectors by their ids, and every rule again with an independent counter of days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.calendars import england_and_wales
from ledger.clocks import (
    Pause,
    acknowledgement_due,
    breach_notification_due,
    london_day,
    months_after,
    privacy_information_due,
    response_clock,
)

CALENDAR = england_and_wales()
ORACLE = holidays.country_holidays("GB", subdiv="ENG", years=range(2012, 2036))
ONE_DAY = timedelta(days=1)
DAYS = st.dates(date(2012, 1, 1), date(2034, 6, 30))


def day(text: str) -> date:
    return date.fromisoformat(text)


def limit(
    received: str, *, pauses: tuple[tuple[str, str], ...] = (), notified: str | None = None, on: str = "2030-01-01"
) -> tuple[str, str]:
    clock = response_clock(
        relevant_on=day(received),
        on=day(on),
        calendar=CALENDAR,
        pauses=[Pause(asked_on=day(asked), received_on=day(came)) for asked, came in pauses],
        notified_on=day(notified) if notified else None,
    )
    return clock.statutory_limit.isoformat(), clock.target.isoformat()


@pytest.mark.parametrize(
    ("vector", "received", "expected"),
    [
        ("V-SAR-01", "2026-09-03", "2026-10-05"),
        ("V-SAR-02", "2024-11-25", "2024-12-27"),
        ("V-SAR-03", "2026-01-31", "2026-03-02"),
        ("V-SAR-04", "2028-01-31", "2028-02-29"),
        ("V-SAR-05", "2026-11-25", "2026-12-29"),
        ("V-SAR-12", "2027-02-28", "2027-03-30"),
    ],
)
def test_a_month_ends_on_the_same_date_or_the_last_day_and_rolls_to_a_working_day(
    vector: str, received: str, expected: str
) -> None:
    assert limit(received) == (expected, expected), vector


def test_v_sar_06_an_extension_is_three_months_from_the_start() -> None:
    assert limit("2026-01-31", notified="2026-02-20")[0] == "2026-04-30"


def test_v_sar_08_the_days_from_asking_to_receiving_do_not_count() -> None:
    assert limit("2026-09-03", pauses=(("2026-09-10", "2026-09-17"),))[0] == "2026-10-12"


def test_v_sar_09_overlapping_pauses_count_once() -> None:
    pauses = (("2026-09-10", "2026-09-17"), ("2026-09-15", "2026-09-20"))

    assert limit("2026-09-03", pauses=pauses)[0] == "2026-10-14"


def test_v_sar_10_an_extension_keeps_the_days_that_did_not_count() -> None:
    clock = response_clock(
        relevant_on=day("2026-09-03"),
        on=day("2026-12-01"),
        calendar=CALENDAR,
        pauses=[Pause(asked_on=day("2026-09-10"), received_on=day("2026-09-17"))],
        notified_on=day("2026-10-12"),
    )

    assert clock.statutory_limit == day("2026-12-11")
    assert clock.notice_due == day("2026-10-12")
    assert clock.extended


def test_v_sar_13_the_target_takes_one_day_less_for_the_pause_than_the_statute() -> None:
    assert limit("2026-09-01", pauses=(("2026-09-08", "2026-09-15"),)) == ("2026-10-09", "2026-10-08")


def test_a_notice_of_extension_after_the_first_month_is_none_law_clk_06() -> None:
    assert limit("2026-09-03", notified="2026-10-05")[0] == "2026-12-03"
    assert limit("2026-09-03", notified="2026-10-06")[0] == "2026-10-05"


def test_a_pause_that_begins_after_the_last_day_pauses_nothing() -> None:
    assert limit("2026-09-01", pauses=(("2026-10-02", "2026-10-20"),))[0] == "2026-10-01"


def test_days_up_to_the_relevant_day_are_no_part_of_a_pause_law_clk_04() -> None:
    clock = response_clock(
        relevant_on=day("2026-09-17"),
        on=day("2026-10-01"),
        calendar=CALENDAR,
        pauses=[Pause(asked_on=day("2026-09-10"), received_on=day("2026-09-18"))],
    )
    assert [(span.first, span.days) for span in clock.uncounted] == [(day("2026-09-18"), 1)]


@pytest.mark.parametrize(
    ("vector", "received", "expected"),
    [("V-CMP-01", "2026-06-19", "2026-07-20"), ("V-CMP-02", "2026-11-26", "2026-12-29")],
)
def test_a_complaint_is_acknowledged_by_the_thirtieth_day_after_receipt_law_clk_10(
    vector: str, received: str, expected: str
) -> None:
    assert acknowledgement_due(day(received), CALENDAR) == day(expected), vector


@pytest.mark.parametrize(
    ("vector", "aware", "expected"),
    [
        ("V-BR-01", "2027-03-26T16:30:00+00:00", "2027-03-29T17:30:00+01:00"),
        ("V-BR-02", "2026-04-02T17:10:00+01:00", "2026-04-05T17:10:00+01:00"),
    ],
)
def test_a_breach_is_notified_within_72_elapsed_hours_law_clk_13(vector: str, aware: str, expected: str) -> None:
    due = breach_notification_due(datetime.fromisoformat(aware))

    assert due.astimezone(ZoneInfo("Europe/London")).isoformat() == expected, vector


def test_a_person_is_told_of_data_from_elsewhere_within_a_month_or_at_first_contact_or_disclosure_law_clk_16() -> None:
    obtained = day("2026-09-03")

    assert privacy_information_due(obtained, CALENDAR) == day("2026-10-05")
    assert privacy_information_due(obtained, CALENDAR, first_contact_on=day("2026-09-09")) == day("2026-09-09")
    assert privacy_information_due(
        obtained, CALENDAR, first_contact_on=day("2026-12-01"), first_disclosure_on=day("2026-09-20")
    ) == day("2026-09-20")


def test_a_legal_day_begins_at_midnight_in_london_not_in_utc() -> None:
    assert london_day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == day("2026-07-01")
    assert london_day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == day("2026-12-31")


# An independent counter: it goes through the days one by one and asks of each whether it counts.


def counted_limit(relevant: date, months: int, skipped: set[date]) -> date:
    length = (end_of_month_period(relevant, months) - relevant).days
    today, counted = relevant, 0
    while counted < length:
        today += ONE_DAY
        counted += today not in skipped
    while today.weekday() >= 5 or today in ORACLE:
        today += ONE_DAY
    return today


def end_of_month_period(start: date, months: int) -> date:
    """The same number of day so many months later, found by walking; the last day of a month that has no such day."""
    today, left = start, months
    while left:
        today += ONE_DAY
        left -= today.day == 1
    month = today.month
    while today.day < start.day and (today + ONE_DAY).month == month:
        today += ONE_DAY
    return today


@st.composite
def pauses_from(draw: st.DrawFn, relevant: date) -> list[Pause]:
    spans = draw(st.lists(st.tuples(st.integers(-10, 130), st.integers(0, 40)), max_size=4))
    return [
        Pause(asked_on=relevant + ONE_DAY * start, received_on=relevant + ONE_DAY * (start + length))
        for start, length in spans
    ]


def days_of(pauses: list[Pause], *, to_receipt: bool) -> set[date]:
    skipped: set[date] = set()
    for pause in pauses:
        assert pause.received_on is not None
        today = pause.asked_on
        while today < pause.received_on or (to_receipt and today == pause.received_on):
            skipped.add(today)
            today += ONE_DAY
    return skipped


@given(st.data(), DAYS, st.sampled_from([1, 3]))
def test_the_clock_agrees_with_a_counter_that_walks_day_by_day(
    data: st.DataObject, relevant: date, months: int
) -> None:
    pauses = data.draw(pauses_from(relevant))

    clock = response_clock(
        relevant_on=relevant,
        on=relevant + ONE_DAY * 500,
        calendar=CALENDAR,
        pauses=pauses,
        notified_on=relevant + ONE_DAY if months == 3 else None,
    )

    assert clock.statutory_limit == counted_limit(relevant, months, days_of(pauses, to_receipt=True))
    assert clock.target == counted_limit(relevant, months, days_of(pauses, to_receipt=False))
    assert clock.notice_due == counted_limit(relevant, 1, days_of(pauses, to_receipt=True))


@given(st.data(), DAYS, st.sampled_from([1, 3]))
def test_staff_always_work_to_a_working_day_before_the_limit_law_clk_07(
    data: st.DataObject, relevant: date, months: int
) -> None:
    pauses = data.draw(pauses_from(relevant))
    on = relevant + ONE_DAY * 500
    notified = relevant + ONE_DAY if months == 3 else None
    clock, before = (
        response_clock(relevant_on=relevant, on=on, calendar=CALENDAR, pauses=some, notified_on=notified)
        for some in (pauses, pauses[1:])
    )

    assert relevant < clock.work_to < clock.statutory_limit
    assert clock.work_to.weekday() < 5
    assert clock.work_to not in ORACLE
    assert clock.work_to >= before.work_to
    if clock.uncounted and clock.target < clock.statutory_limit:
        assert clock.work_to == clock.target


@pytest.mark.parametrize(
    ("received", "notified", "work_to", "limit"),
    [
        pytest.param("2026-09-03", None, "2026-10-01", "2026-10-05", id="four weeks of a month"),
        pytest.param("2026-12-04", None, "2026-12-31", "2027-01-04", id="four weeks end on a holiday"),
        pytest.param("2027-02-01", None, "2027-02-26", "2027-03-01", id="a month of four weeks"),
        pytest.param("2026-01-31", "2026-02-10", "2026-04-24", "2026-04-30", id="extended: twelve weeks"),
    ],
)
def test_without_a_pause_the_target_is_four_weeks_for_each_month_law_clk_07(
    received: str, notified: str | None, work_to: str, limit: str
) -> None:
    clock = response_clock(
        relevant_on=day(received), on=day("2030-01-01"), calendar=CALENDAR,
        notified_on=day(notified) if notified else None,
    )  # fmt: skip
    assert (clock.work_to.isoformat(), clock.statutory_limit.isoformat()) == (work_to, limit)


def first_working_day(today: date) -> date:
    while today.weekday() >= 5 or today in ORACLE:
        today += ONE_DAY
    return today


@given(DAYS)
def test_the_thirty_days_of_a_complaint_agree_with_a_counter_that_walks_day_by_day_law_clk_10(received: date) -> None:
    today = received
    for _ in range(30):
        today += ONE_DAY

    assert acknowledgement_due(received, CALENDAR) == first_working_day(today)


@given(DAYS, st.none() | st.integers(0, 120), st.none() | st.integers(0, 120))
def test_the_month_to_tell_a_person_agrees_with_a_counter_that_walks_day_by_day_law_clk_16(
    obtained: date, contact: int | None, disclosure: int | None
) -> None:
    met, told = (None if days is None else obtained + ONE_DAY * days for days in (contact, disclosure))
    month = first_working_day(end_of_month_period(obtained, 1))
    earliest = month
    while any(day is not None and day < earliest for day in (met, told)):
        earliest -= ONE_DAY

    assert privacy_information_due(
        obtained, CALENDAR, first_contact_on=met, first_disclosure_on=told
    ) == earliest  # fmt: skip


@given(st.data(), DAYS)
def test_a_pause_never_makes_a_deadline_earlier(data: st.DataObject, relevant: date) -> None:
    pauses = data.draw(pauses_from(relevant))
    on = relevant + ONE_DAY * 500

    before = response_clock(relevant_on=relevant, on=on, calendar=CALENDAR, pauses=pauses[1:])
    after = response_clock(relevant_on=relevant, on=on, calendar=CALENDAR, pauses=pauses)

    assert after.statutory_limit >= before.statutory_limit
    assert after.target >= before.target
    assert after.target <= after.statutory_limit


@given(DAYS, st.integers(0, 200), st.integers(0, 200))
def test_an_open_pause_moves_the_limit_only_later_as_time_goes_by(relevant: date, first: int, more: int) -> None:
    pauses = [Pause(asked_on=relevant + ONE_DAY * 5)]

    def on(days: int) -> date:
        moment = relevant + ONE_DAY * days
        return response_clock(relevant_on=relevant, on=moment, calendar=CALENDAR, pauses=pauses).statutory_limit

    assert on(first) <= on(first + more)


@given(DAYS, st.integers(1, 60))
def test_working_days_agree_with_a_counter_that_walks_day_by_day(start: date, count: int) -> None:
    found = CALENDAR.working_days_after(start, count)
    between = [start + ONE_DAY * number for number in range(1, (found - start).days + 1)]

    assert sum(one.weekday() < 5 and one not in ORACLE for one in between) == count
    assert found.weekday() < 5
    assert found not in ORACLE


@given(DAYS, st.integers(0, 120))
def test_a_retention_maximum_is_never_exceeded_by_rolling(start: date, months: int) -> None:
    assert months_after(start, months) == end_of_month_period(start, months)
