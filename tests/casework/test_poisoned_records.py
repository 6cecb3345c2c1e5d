"""A record that a view cannot show as a whole says so, and nothing is proposed, exported or destroyed by it."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework import customers, destruction, exports, health, poison, proposals, subject_access
from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.errors import AlreadyDone, Malformed, NotAllowed, RecordIncomplete, UnknownReference
from projections import runner
from projections.catalogue import VIEWS
from tests.casework.destruction.leavers import leaver, local_period
from tests.commands import give
from tests.conftest import CASE_WORKER, RECORDS_MANAGER
from tests.projections.poisoning import poison as poison_entry

WHO, OTHER = uuid.UUID(int=0xA1), uuid.UUID(int=0xA2)
WHY = (
    "This record is incomplete because of entry {}, which the view {} cannot apply; an operator has to decide about it"
)


@pytest.fixture
def share(runtime: Runtime) -> int:
    """The entry of a share of Sam's that an earlier version let by with 3,000,000,000 plans."""
    leaver(runtime, WHO)
    leaver(runtime, OTHER)
    position = give(
        runtime.ledger, "share-data", WHO, by=CASE_WORKER, at="2026-01-05T09:00:00Z",
        channel="EMAIL", sent_to="jcp", plans_in_share=1,
    ).first  # fmt: skip
    poison_entry(runtime.conninfo, position, plans_in_share=3_000_000_000)
    return position


def test_the_record_says_because_of_which_entry_it_is_incomplete_and_consent_reads_unknown(
    runtime: Runtime, share: int
) -> None:
    give(runtime.ledger, "give-consent", WHO, by=CASE_WORKER, at="2026-01-05T09:00:00Z",
         scope="market_research", mechanism="said yes")  # fmt: skip
    shown = customers.customer(runtime, WHO, CASE_WORKER, route="test")
    assert str(shown["incomplete"]).startswith(WHY.format(share, "shares"))
    consents = shown["consents"]
    assert isinstance(consents, dict)
    assert {str(consent) for consent in consents.values()} == {"{'state': 'unknown', 'since': None}"}
    assert "incomplete" not in customers.customer(runtime, OTHER, CASE_WORKER, route="test")


def test_proposals_and_consent_records_about_it_are_refused_with_that_sentence_and_about_others_not(
    runtime: Runtime, share: int
) -> None:
    def proposal(who: uuid.UUID) -> dict[str, object]:
        return {"id": str(uuid.uuid4()), "type": "share-data", "occurred_at": "2026-11-23T12:00:00Z",
                "customer_id": str(who), "channel": "EMAIL", "sent_to": "jcp"}  # fmt: skip

    with pytest.raises(RecordIncomplete, match=WHY.format(share, "shares")):
        proposals.propose(runtime, proposal(WHO), CASE_WORKER)
    with pytest.raises(RecordIncomplete, match=WHY.format(share, "shares")):
        exports.consent_records(runtime, WHO, CASE_WORKER, "test")
    proposals.propose(runtime, proposal(OTHER), CASE_WORKER)
    exports.consent_records(runtime, OTHER, CASE_WORKER, "test")


def test_it_is_not_destroyed_while_the_others_are_and_the_run_says_why(runtime: Runtime, share: int) -> None:
    local_period(runtime)
    day = date(2026, 11, 22)
    preview = destruction.preview(runtime, day, RECORDS_MANAGER)
    assert {row.customer_id for row in preview.rows} == {OTHER}
    done = destruction.destroy(runtime, day, RECORDS_MANAGER, digest=preview.digest)
    assert {certificate.customer_id for certificate in done.certificates} == {OTHER}
    assert [*done.incomplete] == [WHO]
    assert done.incomplete[WHO].startswith(WHY.format(share, "shares"))
    assert done.as_json()["incomplete"] == [{"customer_id": str(WHO), "why": done.incomplete[WHO]}]


def test_a_record_that_is_merged_with_it_is_incomplete_too(runtime: Runtime, share: int) -> None:
    give(runtime.ledger, "merge-customers", OTHER, by=RECORDS_MANAGER, at="2026-01-06T09:00:00Z",
         merge_id="m-1", into=str(WHO), reason="the same person")  # fmt: skip
    shown = customers.customer(runtime, OTHER, CASE_WORKER, route="test")
    assert str(shown["incomplete"]).startswith(WHY.format(share, "shares"))


def test_a_person_whose_registration_cannot_be_applied_is_no_stranger(runtime: Runtime) -> None:
    position = give(runtime.ledger, "register-customer", WHO, by=CASE_WORKER, at="2026-01-05T09:00:00Z",
                    values={"note": "invented"}).first  # fmt: skip
    poison_entry(runtime.conninfo, position, written_at="soon")
    with pytest.raises(RecordIncomplete, match=WHY.format(position, "customers")):
        customers.customer(runtime, WHO, CASE_WORKER, route="test")


def test_the_persons_report_says_that_its_lists_may_lack_something(runtime: Runtime, share: int) -> None:
    made = subject_access.report(runtime, WHO, CASE_WORKER, route="test")
    other = subject_access.report(runtime, OTHER, CASE_WORKER, route="test")
    assert "An entry of your record cannot be processed yet" in str(made)
    assert "Nothing was left out of this report" not in str(made)
    assert "Nothing was left out of this report" in str(other)


def test_it_is_listed_and_counted_without_a_word_of_what_the_value_was(runtime: Runtime, share: int) -> None:
    (row,) = poison.listed(runtime)
    assert (row.view, row.position, row.stream, row.set_aside) == ("shares", share, WHO, None)
    assert row.why == "NumericValueOutOfRange (SQLSTATE 22003)"
    assert {state.view: state.frozen for state in health.views(runtime) if state.frozen} == {"shares": 1}
    with TestClient(create_app(runtime), base_url="http://127.0.0.1") as doors:
        ready, numbers = doors.get("/readyz"), doors.get("/metrics").text
    assert ready.status_code == 200
    warning = "Records are incomplete because of entries that a view cannot apply: 1 in shares. See `ledger poison`."
    assert ready.json()["warnings"] == [warning]
    assert 'ledger_view_frozen_records{view="shares"} 1.0' in numbers
    assert str(WHO) not in ready.text + numbers


def test_an_operators_decision_to_go_on_without_it_is_recorded_and_the_rest_of_the_record_is_whole(
    runtime: Runtime, share: int
) -> None:
    later = give(runtime.ledger, "share-data", WHO, by=CASE_WORKER, at="2026-01-06T09:00:00Z",
                 channel="EMAIL", sent_to="jcp").first  # fmt: skip
    row = poison.set_aside(runtime, "shares", share, RECORDS_MANAGER, reason="recorded-otherwise")
    with runtime.ledger.recorder.connection() as connection:
        stored = "SELECT type, facts FROM ledger.event WHERE position = %s"
        decision = connection.execute(stored, [row.set_aside]).fetchone()
        assert decision is not None
        assert [*decision.values()] == [
            "entry-set-aside",
            {"view": "shares", "entry": share, "record": str(WHO), "reason": "recorded-otherwise",
             "cause": "NumericValueOutOfRange (SQLSTATE 22003)"},
        ]  # fmt: skip
    assert "incomplete" not in customers.customer(runtime, WHO, CASE_WORKER, route="test")
    with runtime.projector() as projector:
        applied = "SELECT array_agg(position) FROM share WHERE kind = 'share' AND customer = %s"
        assert projector.execute(applied, [WHO]).fetchone() == ([later],)
        for view in VIEWS:
            runner.rebuild(projector, view)
        assert projector.execute(applied, [WHO]).fetchone() == ([later],)
    assert [each.set_aside for each in poison.listed(runtime)] == [row.set_aside]
    assert not any(state.frozen for state in health.views(runtime))
    with pytest.raises(AlreadyDone):
        poison.set_aside(runtime, "shares", share, RECORDS_MANAGER, reason="recorded-otherwise")


def test_only_the_operators_own_shell_sets_an_entry_aside_with_a_reason_and_only_one_that_is_left_out(
    runtime: Runtime, share: int
) -> None:
    outside = Caller(role="records-manager", organisation="controller", subject="records manager one")
    for by, reason, position, refusal in (
        (outside, "changes-nothing", share, NotAllowed),
        (CASE_WORKER, "changes-nothing", share, NotAllowed),
        (RECORDS_MANAGER, "because", share, Malformed),
        (RECORDS_MANAGER, "changes-nothing", share - 1, UnknownReference),
    ):
        with pytest.raises(refusal):
            poison.set_aside(runtime, "shares", position, by, reason=reason)
    assert [row.set_aside for row in poison.listed(runtime)] == [None]
