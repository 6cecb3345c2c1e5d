"""The list of what is owed, its days, and that the view agrees with the fold."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.casework import obligations as answered
from api.casework.runtime import Runtime
from ledger.duties.catalogue import BY_KIND, DUTIES
from ledger.duties.obligations import obligations_after, target_on
from ledger.errors import Malformed, NotAllowed
from ledger.state.registers import Registers
from ledger.store.append_call import Batch
from ledger.store.recorder import open_recorder
from projections import runner
from projections.obligations.read import StateCounts
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Clock, Databases, Record
from tests.projections.obligations.owed import CONTRACTOR, owed, receive, serve, the
from tests.sharing import register
from tests.strategies import CUSTOMERS, Told, breaches, entries_of, histories, tellings

# The list.


def test_a_contractor_sees_what_it_and_its_sub_contractors_owe_and_nothing_of_others(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    register(runtime.ledger, CONTRACTOR.organisation)
    register(runtime.ledger, "sub", "sub-contractor", part_of=CONTRACTOR.organisation)
    register(runtime.ledger, "other")
    for number, receiver in enumerate(("0000000201", "sub", "other")):
        record(
            "receive-data", customer, at="2026-03-12T10:00:00Z", receipt_id=str(number), channel="email",
            received_from="jobcentre-plus", received_by=receiver,
        )  # fmt: skip

    assert {row["owner"] for row in owed(runtime, CONTRACTOR)} == {"0000000201", "sub"}
    with pytest.raises(NotAllowed):
        owed(runtime, CONTRACTOR, organisation="other")
    assert {row["owner"] for row in owed(runtime, organisation="other")} == {"other"}


def test_what_is_due_first_comes_first_and_pages_meet_without_gap_or_overlap(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    for day in (9, 2, 16, 2, 23):
        receive(record, customer, str(uuid.uuid4()), at=f"2026-03-{day:02}T10:00:00Z", channel="courier")
    asked = answered.wanted(runtime, CASE_WORKER)
    whole = answered.listed(runtime, CASE_WORKER, asked, limit=1_000)
    page = answered.listed(runtime, CASE_WORKER, asked, limit=3)
    paged = [*page.rows]
    while page.next is not None:
        page = answered.listed(runtime, CASE_WORKER, asked, after=page.next, limit=3)
        assert 0 < len(page.rows) <= 3
        paged += page.rows

    assert paged == whole.rows
    assert whole.next is None
    assert [row.key for row in whole.rows] == sorted(row.key for row in whole.rows)


def test_a_duty_is_open_then_due_soon_then_late_as_the_days_go_by(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    receive(record, customer, "r-1", at="2026-03-12T10:00:00Z", channel="email", routed=True)
    of_day = {
        day: [row["state"] for row in owed(runtime, on=date.fromisoformat(day), kind="incorporate-email")]
        for day in ("2026-03-13", "2026-04-19", "2026-04-20", "2026-04-27", "2026-04-28")
    }
    assert of_day == {
        "2026-03-13": ["open"], "2026-04-19": ["open"], "2026-04-20": ["due-soon"], "2026-04-27": ["due-soon"],
        "2026-04-28": ["late"],
    }  # fmt: skip


def test_on_a_past_day_nothing_is_owed_yet_that_began_later(runtime: Runtime, record: Record, customer: uuid.UUID):
    receive(record, customer, "r-1", at="2026-05-20T10:00:00Z", channel="telephone")

    assert owed(runtime, on=date(2026, 5, 19)) == []
    assert {row["started_on"] for row in owed(runtime, on=date(2026, 5, 20))} == {"2026-05-20"}
    before = answered.listed(runtime, CASE_WORKER, answered.wanted(runtime, CASE_WORKER), on=date(2026, 5, 19)).counts
    assert before == StateCounts(late=0, due_soon=0, open=0, done=0)


def test_today_is_the_day_it_is_in_london(runtime: Runtime, clock: Clock):
    clock.time = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert answered.listed(runtime, CASE_WORKER, answered.wanted(runtime, CASE_WORKER)).on == date(2026, 7, 2)


@pytest.mark.parametrize("day", [date(9999, 12, 30), date(9999, 12, 31)])
def test_a_day_after_which_no_day_can_be_reckoned_is_refused(runtime: Runtime, day: date):
    with pytest.raises(Malformed, match="before the year 9999"):
        answered.listed(runtime, CASE_WORKER, answered.wanted(runtime, CASE_WORKER), on=day)


# Working days and holidays.


def test_a_newly_proclaimed_holiday_moves_every_open_day_that_lies_beyond_it(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    receive(record, customer, "r-1", at="2026-03-12T10:00:00Z", channel="email", routed=True)
    before = the(runtime, "incorporate-email")
    publish_with(record, "2026-04-20")

    after = the(runtime, "incorporate-email")

    assert (before["due_on"], after["due_on"]) == ("2026-04-27", "2026-04-28")
    assert (before["calendar"], after["calendar"]) == ("england-and-wales 2026-11-22", "with one more")


def test_a_request_is_reckoned_with_the_list_that_was_published_last(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    publish_with(record, "2026-10-05")
    number = uuid.uuid4()
    record(
        "receive-request", at="2026-09-03T09:00:00Z", request_id=str(number), kind="access", customer_id=str(customer)
    )
    from api.casework import requests

    assert requests.opened(runtime, number, CASE_WORKER, route="test", on=date(2026, 9, 4)).as_json()["due_on"] == (
        "2026-10-06"
    )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"holidays": ["2026-13-01"]}, "holidays"),
        ({"holidays": ["2036-12-25"]}, "holidays"),
        ({"last_day": "2026-12-31"}, "2035-12-31 or later"),
    ],
)
def test_a_list_with_a_day_that_is_none_or_that_reaches_less_far_is_refused(
    record: Record, changed: dict[str, Any], sentence: str
):
    said = {"version": "odd", "holidays": ["2026-12-25"], "first_day": "2012-01-01", "last_day": "2035-12-31"}
    with pytest.raises(Malformed, match=sentence):
        record("publish-calendar", by=RECORDS_MANAGER, organisation="controller", **{**said, **changed})


def publish_with(record: Record, extra: str) -> None:
    from ledger.calendars import england_and_wales

    known = england_and_wales()
    record(
        "publish-calendar", by=RECORDS_MANAGER, organisation="controller", version="with one more",
        holidays=sorted({*map(date.isoformat, known.holidays), extra}), first_day=known.first.isoformat(),
        last_day=known.last.isoformat(),
    )  # fmt: skip


# The view and the pure fold are one.


EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@EXAMPLES
@given(told=histories(most=80), of_breaches=breaches(), of_telling=tellings(), after=st.integers(0, 80))
def test_the_view_says_of_everybody_what_the_pure_fold_says_of_one(
    databases: Databases, told: list[Told], of_breaches: list[Told], of_telling: list[Told], after: int
):
    told = [*told[:after], *of_breaches, *of_telling, *told[after:]]
    with ExitStack() as stack:
        conninfo = stack.enter_context(databases())
        recorder = open_recorder(conninfo)
        stack.callback(recorder.close)
        recorder.append(Batch(entries=entries_of(told)))
        connection = stack.enter_context(runner.connect(conninfo))
        runner.catch_up(connection, batch=7)
        rows = connection.execute(
            "SELECT subject_of, kind, subject, recipient, owner, started_on, due_on, target_on, settled_at"
            " FROM obligation"
        ).fetchall()
    calendar = Registers().followed_by(one.event for one in told if one.event.NAME == "calendar-published").calendar()
    expected = set()
    for stream in {one.stream for one in told}:
        history = [(one.occurred_at, one.event) for one in told if one.stream == stream]
        for one in obligations_after(history).values():
            expected.add((
                stream, one.kind, one.subject, one.recipient, one.owner, one.started_on, one.due_on(calendar),
                target_on(one, calendar), one.settled_at,
            ))  # fmt: skip
    assert set(rows) == expected


def test_every_duty_has_one_period_and_a_sentence_of_its_own():
    for duty in DUTIES:
        said = [one for one in (duty.working_days, duty.months, duty.days) if one is not None]
        assert len(said) == (0 if duty.kind in {"assess-breach", "tell-controller"} else 1), duty.kind
        assert duty.does.endswith("."), duty.kind
    assert len(BY_KIND) == len(DUTIES)
    assert CUSTOMERS


def test_nothing_owed_by_a_mistyped_organisation_does_not_read_like_nothing_owed(
    runtime: Runtime, customer: uuid.UUID, record: Record
):
    receive(record, customer, "r-1", at="2026-05-19T09:00:00Z", channel="EMAIL", values={"note": "invented"})
    warned = {
        code: answered.listed(runtime, CASE_WORKER, answered.wanted(runtime, CASE_WORKER, organisation=code)).warning
        for code in ("0000000201", "000000201")
    }
    assert warned == {
        "0000000201": None,
        "000000201": "No organisation 000000201 is registered, and it owes nothing of what was asked for.",
    }


def test_what_a_contractor_reports_without_naming_anybody_is_its_own_to_settle_ret_jcp_01_rect_04(
    runtime: Runtime, record: Record, customer: uuid.UUID
):
    serve(record, customer)
    sent: dict[str, Any] = {"channel": "email", "items": ["D03"]}
    received = {"receipt_id": "r", "received_from": "jobcentre-plus", **sent}
    record("receive-data", customer, at="2026-01-05T09:00:00Z", by=CONTRACTOR, **received)
    record("share-data", customer, at="2026-01-05T09:00:00Z", by=CONTRACTOR, sent_to="jobcentre-plus", **sent)
    corrected = {"collection": "contacts", "values": {"EmailAddress": "a@placeholder.example"}}
    record("correct-record", customer, at="2026-02-05T09:00:00Z", by=CONTRACTOR, correction_id="c", **corrected)

    own = owed(runtime, CONTRACTOR, on=date(2026, 2, 6))
    assert {"incorporate-email", "notify-recipient"} <= {row["kind"] for row in own}
    assert {row["owner"] for row in own} == {"0000000201"}


@pytest.mark.parametrize(
    ("direction", "owner"),
    [
        ("NCS_TO_JCP", "0000000201"),
        ("JCP_TO_NCS", None),
        ("jcp to ncs", None),
        ("DWP to National Careers Service", None),
    ],
)
def test_what_came_in_is_not_taken_for_sent_by_the_contractor_who_reports_it(
    runtime: Runtime, record: Record, customer: uuid.UUID, direction: str, owner: str | None
):
    serve(record, customer)
    sent = {"share_id": "s", "sent_to": "jobcentre-plus", "channel": "post", "direction": direction}
    record("share-data", customer, at="2026-01-05T09:00:00Z", by=CONTRACTOR, **sent)
    assert {row["owner"] for row in owed(runtime, kind="chase-receipt", on=date(2026, 1, 6))} == {owner}
