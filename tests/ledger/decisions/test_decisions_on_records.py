"""Decisions on registration, records, referrals and appointments; every command is tried."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger import errors
from ledger.commands.catalogue import COMMANDS
from tests.ledger.decisions.complete import AT, COMPLETE, CORRECTED, GIVEN, ID, REGISTERED, event, when


def test_every_command_is_tried_here():
    assert COMPLETE.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_complete_command_makes_the_one_event_it_is_named_for(name: str):
    made = when(GIVEN.get(name, [REGISTERED]), name, **COMPLETE[name])
    beside = {"restrict-processing": ["hold-placed"], "refuse-request": ["finding-raised"]}.get(name, [])
    assert [one.NAME for one in made] == [COMMANDS[name].makes.NAME, *beside]


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, kind in COMMANDS.items() for field in kind.needs])
def test_a_command_without_a_field_it_needs_is_refused_by_the_field_s_name(name: str, field: str):
    said = {key: value for key, value in COMPLETE[name].items() if key != field}
    with pytest.raises(errors.Malformed, match=field):
        when(GIVEN.get(name, [REGISTERED]), name, **said)


@pytest.mark.parametrize(
    "name", [name for name, kind in COMMANDS.items() if kind.subject == "customer" and name != "register-customer"]
)
def test_nothing_is_recorded_about_somebody_who_is_not_registered(name: str):
    """TRACE-02"""
    with pytest.raises(errors.NotRegistered):
        when([], name, **COMPLETE[name])


# Registration and records.


def test_a_customer_is_registered_once():
    with pytest.raises(errors.AlreadyRegistered):
        when([REGISTERED], "register-customer", values={"note": "invented"})


def test_a_programme_there_is_not_is_refused():
    with pytest.raises(errors.Malformed, match="programme"):
        when([], "register-customer", values={"note": "invented"}, programme="Skills Toolkit")


@pytest.mark.parametrize(
    ("collection", "class_"),
    [
        ("contacts", "identity"),
        ("diversitydetails", "equality"),
        ("outcomes", "payment_evidence"),
        ("actionplans", "service"),
    ],
)
def test_a_record_is_kept_under_the_class_of_its_kind(collection: str, class_: str):
    """RET-GEN-01"""
    made = when([REGISTERED], "keep-record", collection=collection, values={"b": 1, "a": 2})[0]
    assert (made.retention_class(), getattr(made, "changed", None)) == (class_, ("a", "b"))


@pytest.mark.parametrize("name", ["keep-record", "correct-record", "hold-interaction", "miss-appointment"])
def test_what_is_kept_of_an_nhs_customer_is_kept_apart(name: str):
    """RET-NHS-01"""
    given = [event("customer-registered", programme="NHS Health Careers")]
    assert when(given, name, **COMPLETE[name])[0].retention_class() == "nhs_careers"


# Referrals and appointments.


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("refer-customer", "referral_id"),
        ("share-data", "share_id"),
        ("receive-data", "receipt_id"),
        ("correct-record", "correction_id"),
        ("place-hold", "hold_id"),
    ],
)
def test_a_number_begins_only_one_thing(name: str, field: str):
    said = {one: it for one, it in COMPLETE[name].items() if one != field}
    made = when([REGISTERED], name, **said)
    assert getattr(made[0], field) == ID
    with pytest.raises(errors.AlreadyDone, match=field):
        when([REGISTERED, *made], name, **said)


@pytest.mark.parametrize(
    ("name", "field"), [("correct-record", "correction_id"), ("restrict-processing", "restriction_id")]
)
def test_what_recipients_must_hear_of_has_a_number_of_its_own_rect_04(name: str, field: str):
    """Under a number used before nobody would be owed the news, and to tell them would be refused as done."""
    with pytest.raises(errors.AlreadyDone, match=field):
        when([REGISTERED, CORRECTED], name, **{**COMPLETE[name], field: "a correction"})


def test_who_could_not_be_told_may_be_told_after_all_once_rect_04():
    not_told = event("recipient-notified", matter_id="a correction", recipient="them", not_told_because="impossible")
    told = event("recipient-notified", matter_id="a correction", recipient="them")
    said: dict[str, Any] = {"matter_id": "a correction", "recipient": "them"}
    never: dict[str, Any] = {**said, "not_told_because": "impossible", "reason": "invented"}
    given = [REGISTERED, CORRECTED, not_told]

    assert when(given, "notify-recipient", **said)[0] == told
    for before, more in ((given, never), ([*given, told], said), ([REGISTERED, CORRECTED, told], never)):
        with pytest.raises(errors.AlreadyDone):
            when(before, "notify-recipient", **more)


@pytest.mark.parametrize(("name", "field"), [("hold-interaction", "held_at"), ("keep-appointment", "appointment_at")])
def test_no_contact_lies_in_the_future_ret_nhs_01(name: str, field: str):
    """A slip of the pen would keep the records for a hundred years: the last contact never moves back."""
    for moment, refused in ((AT + timedelta(days=1), True), (AT + timedelta(minutes=4), False)):
        said = {**COMPLETE[name], field: moment.isoformat()}
        with pytest.raises(errors.Malformed, match=field) if refused else nullcontext():
            when([REGISTERED], name, **said)


@pytest.mark.parametrize("name", ["set-retention-period", "cleanse-mailbox"])
def test_an_entry_that_names_no_day_begins_on_the_day_in_london(name: str):
    said = {key: value for key, value in COMPLETE[name].items() if key != "valid_from"}
    [made] = when([], name, occurred=datetime(2026, 6, 30, 23, 30, tzinfo=UTC), **said)
    assert getattr(made, "valid_from", None) == "2026-07-01"


def test_a_referral_nobody_made_cannot_be_accepted():
    with pytest.raises(errors.UnknownReference):
        when([REGISTERED], "accept-referral", referral_id="another")


def test_a_referral_is_accepted_once():
    given = [*GIVEN["accept-referral"], event("referral-accepted", referral_id="a referral")]
    with pytest.raises(errors.AlreadyDone):
        when(given, "accept-referral", referral_id="a referral")


@pytest.mark.parametrize(
    ("name", "happened"), [("keep-appointment", "appointment-kept"), ("miss-appointment", "appointment-missed")]
)
def test_an_appointment_has_each_outcome_once(name: str, happened: str):
    with pytest.raises(errors.AlreadyDone):
        when([REGISTERED, event(happened, appointment_id="a-1")], name, appointment_id="a-1")


def test_an_appointment_that_was_missed_may_turn_out_to_have_been_kept():
    given = [REGISTERED, event("appointment-missed", appointment_id="a-1")]
    assert when(given, "keep-appointment", appointment_id="a-1")


@pytest.mark.parametrize(
    ("name", "field"),
    [("keep-appointment", "appointment_at"), ("hold-interaction", "held_at"), ("refer-customer", "requested_at")],
)
def test_a_time_that_was_not_said_is_the_time_it_happened(name: str, field: str):
    """LEDG-10"""
    assert getattr(when([REGISTERED], name, **COMPLETE[name])[0], field) == "2026-11-21T09:00:00Z"


@pytest.mark.parametrize(("name", "field"), [("keep-appointment", "appointment_at"), ("hold-interaction", "held_at")])
def test_a_contact_that_has_yet_to_come_is_none(name: str, field: str):
    """LEDG-10, RET-NHS-01: a slip of the pen in its year would keep the records for as long."""
    said = {**COMPLETE[name], field: "2126-11-21T09:00:00Z"}
    with pytest.raises(errors.Malformed, match="future") as refused:
        when([REGISTERED], name, **said)
    assert refused.value.evidence["field"] == field
    assert when([REGISTERED], name, **{**said, field: (AT + timedelta(minutes=4)).isoformat()})
