"""Decisions on holds and destruction, and on who may give which command when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger import errors
from ledger.caller import ROLES, Caller
from ledger.commands.catalogue import COMMANDS
from ledger.retention.schedule import PRE_DELETION_CHECKS
from ledger.state.customer import Customer, evolve, replay
from tests.conftest import AUDITOR
from tests.ledger.decisions.complete import AT, COMPLETE, DUE, GIVEN, REGISTERED, event, when

# Holds and destruction.


def test_a_hold_is_on_classes_there_are():
    with pytest.raises(errors.Malformed, match="classes"):
        when([REGISTERED], "place-hold", **COMPLETE["place-hold"], classes=["everything"])


def test_a_hold_says_its_reason_and_needs_no_more_to_hold_dest_03():
    with pytest.raises(errors.Malformed, match="code"):
        when([REGISTERED], "place-hold", **{**COMPLETE["place-hold"], "code": None})
    assert when([REGISTERED], "place-hold", code="HOLD_LEGAL")


@pytest.mark.parametrize("code", PRE_DELETION_CHECKS)
def test_every_reason_of_the_pre_deletion_list_is_one_for_a_hold_dest_03(code: str):
    assert when([REGISTERED], "place-hold", **{**COMPLETE["place-hold"], "code": code})


def test_a_hold_for_a_reason_on_no_list_says_the_reason_dest_03():
    other = {**COMPLETE["place-hold"], "code": "HOLD_OTHER"}
    with pytest.raises(errors.Malformed, match="reason"):
        when([REGISTERED], "place-hold", **other)
    assert when([REGISTERED], "place-hold", **other, reason="a claim is expected")
    with pytest.raises(errors.Malformed, match="code"):
        when([REGISTERED], "place-hold", **{**other, "code": "because Sam asked"}, reason="a claim is expected")


def test_a_hold_nobody_placed_cannot_be_lifted():
    with pytest.raises(errors.UnknownReference):
        when([REGISTERED], "lift-hold", hold_id="another")


def test_the_number_of_a_lifted_hold_is_not_used_again():
    given = [*GIVEN["lift-hold"], event("hold-lifted", hold_id="a hold")]
    with pytest.raises(errors.AlreadyDone):
        when(given, "place-hold", **COMPLETE["place-hold"], hold_id="a hold")


@pytest.mark.parametrize("classes", [(), ("identity",), ("service", "identity")])
def test_what_is_held_is_not_destroyed(classes: tuple[str, ...]):
    """DEST-03"""
    held = event("hold-placed", hold_id="h", code="SAR", classes=classes)
    with pytest.raises(errors.Held):
        when([REGISTERED, held], "destroy-records", **COMPLETE["destroy-records"])


def test_a_hold_on_another_class_does_not_stop_destruction():
    """DEST-03"""
    held = event("hold-placed", hold_id="h", code="SAR", classes=("service",))
    assert when([REGISTERED, held], "destroy-records", **COMPLETE["destroy-records"])


def test_what_was_destroyed_is_not_destroyed_again():
    with pytest.raises(errors.AlreadyDone):
        when(
            [REGISTERED, event("records-destroyed", destroyed=(DUE,))], "destroy-records", **COMPLETE["destroy-records"]
        )


@pytest.mark.parametrize(
    ("one", "refusal"),
    [
        ({"class": "everything"}, errors.Malformed),
        ({"class": ["identity"]}, errors.Malformed),
        ({"part": {"a": "b"}}, errors.Malformed),
        ({"destroy_by": "soon"}, errors.Malformed),
        ({"destroy_by": None}, errors.Malformed),
        ({"destroy_by": "2026-01-02"}, errors.NotDue),
    ],
)
def test_only_what_is_due_is_destroyed(one: dict[str, Any], refusal: type[errors.Refused]):
    """RET-GEN-02"""
    with pytest.raises(refusal):
        when([REGISTERED], "destroy-records", destroyed=[{**DUE, **one}], on="2026-01-01", digest="00")


def test_what_is_destroyed_is_named_once():
    """DEST-03"""
    with pytest.raises(errors.Malformed, match="once"):
        when([REGISTERED], "destroy-records", destroyed=[DUE, {**DUE, "part": ""}], on="2026-01-01", digest="00")


def test_what_falls_due_tomorrow_is_not_destroyed_today():
    """RET-GEN-02"""
    tomorrow = {**DUE, "destroy_by": "2026-11-23"}
    with pytest.raises(errors.NotDue):
        when([REGISTERED], "destroy-records", destroyed=[tomorrow], on="2026-11-23", digest="00")


def test_a_missed_appointment_goes_on_in_a_new_generation_after_destruction():
    given = [REGISTERED, event("records-destroyed", destroyed=({**DUE, "class": "did_not_attend"},))]
    assert when(given, "miss-appointment", **COMPLETE["miss-appointment"])[0].retention_part() == "generation-2"


def test_the_read_log_is_kept_by_the_month():
    """D12, G-09"""
    read = when(
        [REGISTERED], "read-personal-data", occurred=datetime(2026, 11, 5, tzinfo=UTC), **COMPLETE["read-personal-data"]
    )[0]
    assert read.retention_part() == "2026-11"


def test_any_other_class_stays_closed_after_destruction():
    """LEDG-15: its part is the fenced one, which the store refuses."""
    given = [REGISTERED, event("records-destroyed", destroyed=(DUE,))]
    assert when(given, "keep-record", collection="contacts", values={"a": "b"})[0].retention_part() == ""


# Who, and when.


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("name", COMMANDS)
def test_a_role_gives_the_commands_it_is_permitted(name: str, role: str):
    by = Caller(role=role, organisation="controller", subject="somebody")
    permitted = role in COMMANDS[name].permitted
    if permitted:
        assert when(GIVEN.get(name, [REGISTERED]), name, by=by, **COMPLETE[name])
    else:
        with pytest.raises(errors.NotAllowed):
            when(GIVEN.get(name, [REGISTERED]), name, by=by, **COMPLETE[name])


def test_an_auditor_changes_nothing_but_the_read_log_and_asks_for_grants():
    permitted = {name for name in COMMANDS if "auditor" in COMMANDS[name].permitted}
    assert permitted == {"read-personal-data", "request-grant", "end-grant"}
    assert when([REGISTERED], "read-personal-data", by=AUDITOR, **COMPLETE["read-personal-data"])


@pytest.mark.parametrize("name", COMMANDS)
def test_a_role_there_is_not_may_do_nothing(name: str):
    with pytest.raises(errors.NotAllowed):
        when(
            GIVEN.get(name, [REGISTERED]),
            name,
            by=Caller(role="visitor", organisation="", subject=""),
            **COMPLETE[name],
        )


def test_only_what_has_happened_is_recorded():
    """LEDG-10: five minutes are allowed for clocks that disagree."""
    assert when([REGISTERED], "end-service", occurred=AT + timedelta(minutes=5))
    with pytest.raises(errors.Malformed, match="future"):
        when([REGISTERED], "end-service", occurred=AT + timedelta(minutes=6))


@pytest.mark.parametrize("kind", ["forever", ""])
def test_a_local_period_is_of_a_kind_there_is(kind: str):
    with pytest.raises(errors.Malformed, match="kind"):
        when([], "set-retention-period", organisation="0000000101", kind=kind, months=12)


def test_a_local_period_without_a_date_is_in_force_from_the_day_it_was_set():
    made = when([], "set-retention-period", **COMPLETE["set-retention-period"])[0]
    assert getattr(made, "valid_from", None) == "2026-11-21"


def test_events_no_decision_asks_about_leave_the_customer_as_it_was():
    before = replay([REGISTERED])
    assert evolve(before, event("record-kept")) == before == Customer(registered=True)
