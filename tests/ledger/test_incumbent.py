"""Whom the service before this ledger would select, each date worked out by hand from the published procedure."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ledger.retention import earlier_service
from ledger.retention.earlier_service import RULES, Known

AREA, HELPLINE = "0000000107", "0000000999"


def known(latest: str | None, touchpoint: str | None = AREA, *, redacted: bool = False) -> Known:
    moment = datetime.fromisoformat(latest).replace(tzinfo=UTC) if latest else None
    return Known(latest_interaction=moment, touchpoint=touchpoint, redacted=redacted)


def takes(latest: str | None, on: date, touchpoint: str | None = AREA, *, redacted: bool = False) -> bool:
    return earlier_service.selected(known(latest, touchpoint, redacted=redacted), on).takes


def cut_off(on: date) -> str:
    rule = earlier_service.rule_on(on)
    assert rule is not None
    return earlier_service.cut_off(rule, on).strftime("%Y-%m-%d %H:%M")


# The cut-off.


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2023, 11, 28), "2017-11-28 02:00"),  # six calendar years, from the time of day of the run
        (date(2023, 11, 29), "2018-04-01 02:00"),  # five years before 1 April
        (date(2023, 12, 1), "2018-04-05 02:00"),  # the same from 5 April
        (date(2023, 12, 10), "2017-04-05 02:00"),  # six
        (date(2024, 5, 1), "2018-04-06 02:00"),  # two leap days lie in the six years, and 2,191 days know of one
        (date(2025, 5, 1), "2019-04-06 00:00"),  # the same bug, from midnight
        (date(2025, 8, 31), "2019-04-06 00:00"),
        (date(2025, 9, 1), "2019-04-05 00:00"),  # whole calendar years
        (date(2026, 3, 31), "2019-04-05 00:00"),  # seven, for 5 April is still to come
        (date(2026, 4, 4), "2019-04-05 00:00"),
        (date(2026, 4, 5), "2020-04-05 00:00"),
        (date(2026, 5, 1), "2020-04-05 00:00"),
    ],
    ids=str,
)
def test_the_cut_off_on_a_day_is_that_of_the_version_in_force(on: date, expected: str):
    assert cut_off(on) == expected


def test_six_calendar_years_before_a_leap_day_is_the_last_of_february():
    assert earlier_service.cut_off(RULES[0], date(2024, 2, 29)) == datetime(2018, 2, 28, 2, tzinfo=UTC)


def test_a_run_before_5_april_measured_from_the_coming_one_and_so_took_people_a_year_early():
    assert takes("2018-03-01T10:00", date(2024, 1, 15))
    assert not takes("2020-03-01T10:00", date(2026, 1, 15)), "since September 2025 it counts from the 5 April before"
    assert takes("2020-03-01T10:00", date(2026, 4, 6))


def test_two_leap_days_took_whoever_was_last_seen_on_5_april_a_day_early():
    assert takes("2019-04-05T12:00", date(2025, 5, 1))
    assert not takes("2019-04-05T12:00", date(2025, 11, 1))


def test_the_cut_off_itself_is_taken_and_a_second_later_is_not():
    assert takes("2020-04-05T00:00:00", date(2026, 5, 1))
    assert not takes("2020-04-05T00:00:01", date(2026, 5, 1))


def test_the_versions_follow_each_other_and_each_is_in_force_from_its_own_day():
    assert [rule.valid_from for rule in RULES] == sorted({rule.valid_from for rule in RULES})
    for rule in RULES:
        assert earlier_service.rule_on(rule.valid_from) is rule
        assert rule.version == f"dss-{rule.valid_from}"
    assert earlier_service.rule_on(date(2023, 11, 26)) is None


# The filter.


@pytest.mark.parametrize(
    ("touchpoint", "passes"),
    [
        ("0000000101", True),
        ("0000000209", True),
        ("0000000997", True),
        ("10000000205", True),  # LIKE '%…%' is met anywhere in the text
        ("0000000999", False),  # the helpline
        ("0000000110", False),
        ("0000000997%", True),
        ("000000099", False),
        ("", False),
        (None, False),
    ],
)
def test_since_november_2025_only_some_touchpoints_pass(*, touchpoint: str | None, passes: bool):
    assert takes("2012-01-01T10:00", date(2026, 5, 1), touchpoint) is passes
    assert takes("2012-01-01T10:00", date(2025, 11, 1), touchpoint), "before, everybody's last touchpoint passed"


def test_whoever_is_redacted_was_left_out_until_april_2025_and_is_selected_again_since():
    assert not takes("2012-01-01T10:00", date(2024, 5, 1), redacted=True)
    assert takes("2012-01-01T10:00", date(2025, 5, 1), redacted=True)


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (known(None), "No interaction with a date is known"),
        (known("2012-01-01T10:00", HELPLINE), "a touchpoint that the rule's filter leaves out"),
        (known("2012-01-01T10:00", None), "Nobody is named who changed the customer last"),
    ],
)
def test_some_are_never_selected_and_it_is_said_why(who: Known, words: str):
    assert earlier_service.next_selected(who, date(2025, 11, 19)) is None
    assert words in earlier_service.selected(who, date(2200, 5, 1)).because
    assert words in str(earlier_service.never(who))


def test_before_the_first_version_nobody_is_selected():
    said = earlier_service.selected(known("2001-01-01T10:00"), date(2023, 11, 26))
    assert (said.takes, said.because) == (False, "Before 27 November 2023 no rule selected anybody.")


# The runs.


def test_the_job_runs_on_1_may_and_1_november_since_november_2024():
    days = list(earlier_service.run_days(date(2024, 1, 1), date(2026, 12, 31)))
    assert days == [date(2025, 5, 1), date(2025, 11, 1), date(2026, 5, 1), date(2026, 11, 1)]


def test_before_it_ran_by_itself_only_in_a_week_of_tests():
    days = list(earlier_service.run_days(date(2000, 1, 1), date(2024, 12, 31)))
    assert days == [date(2023, 12, number) for number in range(7, 14)]


def test_s10_silent_since_october_2018_is_first_selected_on_1_may_2025():
    s10 = known("2018-10-16T10:00")
    assert earlier_service.next_selected(s10, date(2023, 12, 14)) == date(2025, 5, 1)
    assert earlier_service.next_selected(s10, date(2025, 5, 1)) == date(2025, 5, 1)
    assert not earlier_service.selected(s10, date(2024, 5, 1)).takes


def test_whoever_was_last_seen_just_after_a_5_april_waits_for_more_than_seven_years():
    assert earlier_service.next_selected(known("2023-04-05T10:00"), date(2026, 1, 1)) == date(2030, 5, 1)


def test_the_last_days_of_the_calendar_are_no_fault():
    assert earlier_service.next_selected(known("9999-12-31T10:00"), date(9999, 12, 31)) is None
    assert earlier_service.selected(known("2012-01-01T10:00"), date.max).takes
    assert not earlier_service.selected(known("2012-01-01T10:00"), date.min).takes
