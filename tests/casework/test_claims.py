"""Reports that wait: who sees them, who may open and answer them, and what an answer does. All callers are real ones.

Each test says which guard it watches; without that guard it fails.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from api.casework import claims as casework
from ledger.caller import Caller
from ledger.commands.reader import claims_stream
from ledger.events import ServingBegan
from ledger.state.replay import event_of
from tests.commands import give
from tests.conftest import Clock
from tests.desks import (
    CONTROLLER,
    NHS_ENGLAND,
    NORTH,
    OFFICE,
    OPERATOR,
    SOUTH,
    Desks,
    of_the_other_programme,
    open_desks,
    served_by_north,
)
from tests.runtimes import Runtimes
from tests.sharing import good

SURNAME = {"collection": "customers", "values": {"family_name": "Unmistakable"}}
FROM_NORTH = good("email", recipient_addresses=["coach@mail.example"])
"""A share by prime-north to an address that is no work address: a suspected breach."""


@pytest.fixture
def moving() -> Clock:
    return Clock()


@pytest.fixture
def desks(runtimes: Runtimes, moving: Clock) -> Iterator[Desks]:
    with runtimes(moving) as runtime:
        yield open_desks(runtime)


@pytest.fixture
def sam(desks: Desks) -> str:
    return served_by_north(desks.runtime)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["claim_id"] for row in rows]


# Who sees the list.


def test_a_claim_is_listed_for_the_controller_the_named_the_serving_and_its_sender_and_for_nobody_else(
    desks: Desks, sam: str
):
    claim_id = desks.claimed("share-data", SOUTH, customer_id=sam, **{**FROM_NORTH, "sent_by": "studies"})
    for desk in (CONTROLLER, NORTH, SOUTH, ("contractor", "studies"), ("auditor", "controller-one")):
        assert ids(desks.claims(desk)) == [claim_id], desk
    for desk in (NHS_ENGLAND, OFFICE, ("contractor", "sub-north"), ("contractor", "knows-a-lot")):
        assert desks.claims(desk) == [], desk


def test_the_office_whose_act_a_claim_reports_sees_it(desks: Desks, sam: str):
    claim_id = desks.claimed("refer-customer", SOUTH, customer_id=sam, referred_by="jobcentre-plus",
                             referred_to="prime-south")  # fmt: skip
    assert ids(desks.claims(OFFICE)) == [claim_id]


def test_a_contractor_s_manager_sees_what_names_a_sub_contractor_and_its_adviser_does_not(desks: Desks):
    unknown = str(uuid.uuid4())
    claim_id = desks.claimed("hold-interaction", SOUTH, customer_id=unknown, organisation="sub-north",
                             channel="telephone")  # fmt: skip
    assert ids(desks.claims(("contractor-manager", "prime-north"))) == [claim_id]
    assert desks.claims(NORTH) == []


def test_an_administrator_and_an_unregistered_organisation_see_no_list_of_claims(desks: Desks, sam: str):
    for desk in (("administrator", "controller-one"), ("contractor", "unheard-of"), ("case-worker", "unheard-of")):
        assert desks.get("/v1/claims", desk).status_code == 403, desk


def test_a_claim_about_a_customer_of_the_other_programme_is_for_that_controller(desks: Desks):
    alex = of_the_other_programme(desks.runtime)
    claim_id = desks.claimed("correct-record", SOUTH, customer_id=alex, **SURNAME)
    assert ids(desks.claims(NHS_ENGLAND)) == [claim_id]
    assert desks.claims(CONTROLLER) == []
    assert desks.get(f"/v1/claims/{claim_id}", CONTROLLER).status_code == 404
    assert desks.get(f"/v1/claims/{claim_id}", NHS_ENGLAND).status_code == 200


def test_a_sender_is_shown_the_same_whether_the_person_is_on_record_or_not(desks: Desks, sam: str):
    confirmation: dict[str, Any] = {"share_id": "share-1", "confirmed_by": "prime-south"}
    give(desks.runtime.ledger, "share-data", sam, by=OPERATOR, at="2026-03-01T10:00:00Z", share_id="share-1",
         **good("email"))  # fmt: skip
    for type_, fields in (
        ("withdraw-consent", {"scope": "market_research"}),
        ("correct-record", SURNAME),
        ("confirm-receipt", confirmation),
    ):
        for whom in (sam, str(uuid.uuid4())):
            desks.claimed(type_, SOUTH, customer_id=whom, **fields)
        known, unknown = desks.claims(SOUTH)[-2:]
        different = {"claim_id", "about", "received_at"}
        assert {k: v for k, v in known.items() if k not in different} == {
            k: v for k, v in unknown.items() if k not in different
        }
        assert known["taken"] is known["because"] is known["answered_by"] is known["organisation"] is None


def test_a_sender_learns_that_it_was_answered_and_not_by_whom_or_why(desks: Desks, sam: str):
    claim_id = desks.claimed("correct-record", SOUTH, customer_id=sam, **SURNAME)
    assert desks.answered(claim_id, sam, NORTH, reason="it is another person").status_code == 201
    [row] = desks.claims(SOUTH)
    assert (row["state"], row["answered_by"]) == ("disputed", None)
    assert row["answered_at"] is not None
    assert desks.get(f"/v1/claims/{claim_id}", SOUTH).json()["reason"] is None
    [whole] = desks.claims(CONTROLLER)
    assert whole["answered_by"] == "prime-north"


def test_the_list_is_paged_in_one_order_and_narrowed_by_state_record_and_organisation(desks: Desks, sam: str):
    other = served_by_north(desks.runtime)
    made = [desks.claimed("correct-record", SOUTH, customer_id=whom, **SURNAME) for whom in (sam, other, sam)]
    desks.answered(made[0], sam, CONTROLLER, reason="wrong")
    assert ids(desks.claims(CONTROLLER, state="waiting")) == made[1:]
    assert ids(desks.claims(CONTROLLER, state="disputed")) == made[:1]
    assert ids(desks.claims(CONTROLLER, about=sam)) == [made[0], made[2]]
    assert ids(desks.claims(CONTROLLER, organisation="prime-south")) == made
    assert desks.claims(CONTROLLER, organisation="prime-north") == []
    walked, cursor = [], ""
    while True:
        page = desks.get(f"/v1/claims?limit=1{cursor}", CONTROLLER).json()
        walked += ids(page["rows"])
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert walked == made
    assert desks.get("/v1/claims?cursor=bm90IG9uZQ", CONTROLLER).status_code == 422
    assert desks.get("/v1/claims?state=done", CONTROLLER).status_code == 422


# Opening one.


def test_opening_a_claim_shows_what_was_reported_and_is_a_recorded_reading_of_the_person(desks: Desks, sam: str):
    claim_id = desks.claimed("correct-record", SOUTH, customer_id=sam, **SURNAME)
    opened = desks.get(f"/v1/claims/{claim_id}", CONTROLLER).json()
    assert opened["claimed"]["values"] == {"family_name": "Unmistakable"}
    assert "Unmistakable" in str(opened["in_words"])
    assert (opened["may_confirm"], opened["may_dispute"]) == (True, True)
    last = desks.runtime.ledger.history(uuid.UUID(sam))[-1]
    assert last.type == "personal-data-read"
    assert event_of(last).purpose == "report to confirm"  # type: ignore[attr-defined]


def test_a_claim_is_opened_by_whoever_may_answer_it_and_to_everybody_else_it_is_not_there(desks: Desks, sam: str):
    claim_id = desks.claimed("share-data", SOUTH, customer_id=sam, **{**FROM_NORTH, "sent_by": "studies"})
    assert desks.get(f"/v1/claims/{claim_id}", ("contractor", "studies")).json()["may_dispute"] is True
    not_there = desks.get(f"/v1/claims/{uuid.uuid4()}", OFFICE)
    assert not_there.status_code == 404
    # prime-north serves the person, sees the claim in its list, and may not answer for another organisation's act
    for desk in (NORTH, OFFICE, NHS_ENGLAND, ("auditor", "controller-one"), ("contractor", "knows-a-lot")):
        answer = desks.get(f"/v1/claims/{claim_id}", desk)
        assert (answer.status_code, answer.json()["detail"]) == (404, not_there.json()["detail"]), desk


def test_an_auditor_opens_no_claim_not_even_about_its_own_organisation(desks: Desks, sam: str):
    claim_id = desks.claimed("hold-interaction", SOUTH, customer_id=sam, organisation="controller-one", channel="post")
    assert ids(desks.claims(("auditor", "controller-one"))) == [claim_id]
    assert desks.get(f"/v1/claims/{claim_id}", ("auditor", "controller-one")).status_code == 404


def test_a_sender_opens_what_it_sent_itself_and_can_answer_nothing(desks: Desks, sam: str):
    for whom in (sam, str(uuid.uuid4())):
        claim_id = desks.claimed("correct-record", SOUTH, customer_id=whom, **SURNAME)
        before = len(desks.runtime.ledger.recorder.history(uuid.UUID(whom)))
        opened = desks.get(f"/v1/claims/{claim_id}", SOUTH).json()
        assert opened["claimed"]["values"] == {"family_name": "Unmistakable"}
        assert (opened["may_confirm"], opened["may_dispute"]) == (False, False)
        assert len(desks.runtime.ledger.recorder.history(uuid.UUID(whom))) == before
        assert desks.runtime.ledger.history(claims_stream(uuid.UUID(whom)))[-1].type == "claim-opened"


def test_nothing_is_opened_when_the_reading_cannot_be_recorded(desks: Desks, sam: str, monkeypatch: pytest.MonkeyPatch):
    claim_id = uuid.UUID(desks.claimed("correct-record", SOUTH, customer_id=sam, **SURNAME))
    by = Caller(role="case-worker", organisation="controller-one", subject="one")

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(desks.runtime.ledger, "record_read", fails)
    with pytest.raises(RuntimeError):
        casework.opened(desks.runtime, claim_id, by, route="test")


# Answering one.


def test_the_named_organisation_disputes_what_others_say_it_did(desks: Desks, sam: str):
    claim_id = desks.claimed("share-data", SOUTH, customer_id=sam, **FROM_NORTH)
    assert desks.answered(claim_id, sam, NORTH, reason="we sent nothing that day").status_code == 201
    [row] = desks.claims(CONTROLLER)
    assert (row["state"], row["answered_by"]) == ("disputed", "prime-north")
    assert desks.customer(sam)["shared_with"] == []
    assert desks.findings_about("prime-north") == []


def test_the_controller_confirms_and_the_share_counts_with_its_findings_on_the_day_it_happened(desks: Desks, sam: str):
    claim_id = desks.claimed("share-data", SOUTH, customer_id=sam, share_id="share-1", subject="Plan of Sam Carter",
                             **FROM_NORTH)  # fmt: skip
    assert desks.customer(sam)["shared_with"] == []
    receipt = desks.answered(claim_id, sam, CONTROLLER)
    assert receipt.status_code == 201, receipt.text
    assert [party["organisation"] for party in desks.customer(sam)["shared_with"]] == ["jobcentre-plus"]
    found = {row["rule_id"] for row in desks.findings_about("prime-north")}
    assert found
    [shared] = [entry for entry in desks.runtime.ledger.history(uuid.UUID(sam)) if entry.type == "data-shared"]
    assert shared.occurred_at.isoformat() == "2026-03-02T10:00:00+00:00"
    direct = served_by_north(desks.runtime)
    desks.post("share-data", CONTROLLER, customer_id=direct, share_id="share-2", subject="Plan of Sam Carter",
               **FROM_NORTH)  # fmt: skip
    of_direct = {row["rule_id"] for row in desks.findings_about("prime-north") if row["customer_id"] == direct}
    assert found == of_direct  # names in a subject line were compared too


def test_the_named_organisation_may_confirm_its_own_act_about_somebody_it_does_not_serve(desks: Desks, sam: str):
    claim_id = desks.claimed("share-data", SOUTH, customer_id=sam, **{**FROM_NORTH, "sent_by": "knows-a-lot"})
    assert desks.answered(claim_id, sam, ("contractor", "knows-a-lot")).status_code == 201
    assert [row["organisation"] for row in desks.findings_about("knows-a-lot")]
    assert desks.get(f"/v1/customers/{sam}", ("contractor", "knows-a-lot")).status_code == 404


@pytest.mark.parametrize("named", [{}, {"organisation": "prime-south"}])
def test_a_stranger_confirms_and_disputes_neither_its_own_claim_nor_another_s(
    desks: Desks, sam: str, named: dict[str, str]
):
    claim_id = desks.claimed("correct-record", SOUTH, customer_id=sam, **SURNAME, **named)
    for desk in (SOUTH, OFFICE, NHS_ENGLAND, ("contractor", "knows-a-lot")):
        for reason in (None, "because"):
            assert desks.answered(claim_id, sam, desk, reason=reason).status_code == 404, desk
    assert desks.customer(sam)["person"]["family_name"] == "Carter"
    assert desks.claims(CONTROLLER)[0]["state"] == "waiting"


def test_an_office_cannot_confirm_a_referral_that_a_stranger_reports(desks: Desks, sam: str):
    claim_id = desks.claimed("refer-customer", SOUTH, customer_id=sam, referred_to="prime-south")
    assert desks.answered(claim_id, sam, OFFICE).status_code == 404


@pytest.mark.parametrize("named", [{}, {"organisation": "prime-south"}])
def test_an_organisation_that_serves_the_person_confirms_a_stranger_s_correction(
    desks: Desks, sam: str, named: dict[str, str]
):
    claim_id = desks.claimed("correct-record", SOUTH, customer_id=sam, **SURNAME, **named)
    assert desks.get(f"/v1/claims/{claim_id}", NORTH).json()["may_confirm"] is True
    assert desks.answered(claim_id, sam, NORTH).status_code == 201
    assert desks.customer(sam)["person"]["family_name"] == "Unmistakable"
    assert desks.get(f"/v1/customers/{sam}", SOUTH).status_code == 404


def test_a_claim_is_answered_once(desks: Desks, sam: str):
    claim_id = desks.claimed("correct-record", SOUTH, customer_id=sam, **SURNAME)
    assert desks.answered(claim_id, sam, CONTROLLER).status_code == 201
    before = len(desks.runtime.ledger.history(uuid.UUID(sam)))
    for reason in (None, "wrong after all"):
        again = desks.answered(claim_id, sam, CONTROLLER, reason=reason)
        assert again.status_code == 404
        assert again.json()["detail"] == "No claim with this id waits for your organisation's answer."
    assert len(desks.runtime.ledger.history(uuid.UUID(sam))) == before


def test_nobody_answers_in_the_name_of_another_organisation(desks: Desks, sam: str):
    claim_id = desks.claimed("correct-record", SOUTH, customer_id=sam, **SURNAME)
    spoken_for = desks.post("confirm-claim", NORTH, claim_id=claim_id, about=sam, organisation="controller-one")
    assert spoken_for.status_code == 422


def test_who_calls_for_an_organisation_that_is_named_and_not_registered_answers_nothing(desks: Desks, sam: str):
    interaction = desks.claimed("hold-interaction", SOUTH, customer_id=sam, organisation="unheard-of", channel="post")
    restriction = desks.claimed("restrict-processing", NHS_ENGLAND, customer_id=sam, ground="requested",
                                organisation="unheard-of")  # fmt: skip
    for claim_id in (interaction, restriction):
        assert desks.answered(claim_id, sam, ("contractor", "unheard-of"), reason="no").status_code == 403


def test_a_contractor_does_not_confirm_that_an_organisation_moves_to_another_controller(desks: Desks):
    moved = desks.post("register-organisation", ("administrator", "nhs-england"), organisation="prime-south",
                       name="Moved", kind="prime", part_of="nhs-england")  # fmt: skip
    assert moved.json()["waiting"] is True
    [row] = desks.claims(CONTROLLER)
    assert row["because"] == "moves"
    for desk in (("records-manager", "prime-north"), ("records-manager", "nhs-england")):
        assert desks.answered(row["claim_id"], row["about"], desk).status_code == 404, desk
    assert desks.answered(row["claim_id"], row["about"], ("records-manager", "controller-one")).status_code == 201


# What takes effect at once.


def test_a_disputed_withdrawal_stays_until_somebody_entitled_records_consent_anew(desks: Desks, sam: str):
    claim_id = desks.claimed("withdraw-consent", SOUTH, customer_id=sam, scope="market_research")
    assert desks.answered(claim_id, sam, NORTH, reason="they never said that").status_code == 201
    assert desks.customer(sam)["consents"]["market_research"]["state"] == "withdrawn"
    desks.post("give-consent", NORTH, customer_id=sam, scope="market_research", mechanism="said yes",
               occurred_at="2026-05-02T10:00:00Z")  # fmt: skip
    assert desks.customer(sam)["consents"]["market_research"]["state"] == "given"


def test_a_hold_and_a_restriction_by_another_programme_that_are_disputed_stay_until_they_are_lifted(
    desks: Desks, sam: str
):
    hold = desks.claimed("place-hold", NHS_ENGLAND, customer_id=sam, hold_id="hold-1", code="HOLD_OTHER",
                         reason="asked", classes=["service"])  # fmt: skip
    restriction = desks.claimed("restrict-processing", NHS_ENGLAND, customer_id=sam, ground="requested",
                                restriction_id="restriction-1")  # fmt: skip
    for claim_id in (hold, restriction):
        assert desks.answered(claim_id, sam, CONTROLLER, reason="nobody asked").status_code == 201
    person = desks.customer(sam)
    assert {held["hold_id"] for held in person["holds"]} == {"hold-1", "restriction-1"}
    assert person["restricted"] is True
    assert desks.post("lift-hold", CONTROLLER, customer_id=sam, hold_id="hold-1", reason="disputed",
                      occurred_at="2026-05-02T10:00:00Z").status_code == 201  # fmt: skip


def test_a_disputed_request_goes_its_own_course_and_its_clock_runs_on(desks: Desks, sam: str):
    claim_id = desks.claimed("receive-request", SOUTH, customer_id=sam, kind="access", asked="Everything.")
    about = desks.claims(CONTROLLER, state="waiting")[0]["about"]
    assert desks.answered(claim_id, about, CONTROLLER, reason="they did not ask").status_code == 201
    [row] = desks.get("/v1/requests", CONTROLLER).json()["rows"]
    assert (row["customer_id"], row["closed_on"]) == (sam, None)


def test_an_own_act_that_took_effect_at_once_is_not_recorded_again_when_it_is_confirmed(desks: Desks, sam: str):
    claim_id = desks.claimed("share-data", SOUTH, customer_id=sam, **{**FROM_NORTH, "sent_by": "prime-south"})
    before = len(desks.runtime.ledger.history(uuid.UUID(sam)))
    assert desks.answered(claim_id, sam, CONTROLLER).status_code == 201
    assert len(desks.runtime.ledger.history(uuid.UUID(sam))) == before
    assert desks.get(f"/v1/customers/{sam}", SOUTH).status_code == 404


def test_a_withdrawal_that_is_confirmed_no_longer_rests_on_the_claim_and_is_found_once(desks: Desks, sam: str):
    desks.post("share-data", CONTROLLER, customer_id=sam, occurred_at="2026-03-09T10:00:00Z", **good("research"))
    claim_id = desks.claimed("withdraw-consent", SOUTH, customer_id=sam, scope="market_research")
    found = desks.get("/v1/findings", CONTROLLER).json()["rows"]
    assert desks.answered(claim_id, sam, NORTH).status_code == 201
    said = [entry for entry in desks.runtime.ledger.history(uuid.UUID(sam)) if entry.type == "consent-withdrawn"]
    assert [event_of(entry).rests_on for entry in said] == [claim_id, None]  # type: ignore[attr-defined]
    assert {entry.occurred_at.isoformat() for entry in said} == {"2026-03-02T10:00:00+00:00"}
    assert desks.get("/v1/findings", CONTROLLER).json()["rows"] == found


# Grave claims.


def test_a_grave_claim_opens_an_assessment_at_the_controller_from_its_receipt_and_no_finding_against_the_named(
    desks: Desks, sam: str
):
    desks.claimed("share-data", SOUTH, customer_id=sam, **FROM_NORTH)
    assert desks.findings_about("prime-north") == []
    [breach] = desks.get("/v1/breaches", CONTROLLER).json()["rows"]
    received = desks.runtime.ledger.history(claims_stream(uuid.UUID(sam)))[0].recorded_at
    assert breach["organisation"] == "controller-one"
    assert breach["became_aware_at"] == received.isoformat().replace("+00:00", "Z")
    due = received + timedelta(hours=72)
    assert breach["due_at"] == due.isoformat().replace("+00:00", "Z")


def test_a_claim_of_another_s_act_that_breaks_no_grave_rule_opens_no_assessment(desks: Desks, sam: str):
    desks.claimed("hold-interaction", SOUTH, customer_id=sam, organisation="prime-north", channel="telephone")
    assert desks.get("/v1/breaches", CONTROLLER).json()["rows"] == []


# Who began to serve.


def test_whoever_served_before_is_told_for_90_days_that_somebody_else_began_to_serve(
    desks: Desks, sam: str, moving: Clock
):
    began = ServingBegan(
        organisation="prime-south", because="identity-shown", served_before=("prime-north",),
        identifiers=("email",), reason="came to the office",
    )  # fmt: skip
    desks.runtime.ledger.note(uuid.UUID(sam), began, OPERATOR)
    [row] = desks.claims(NORTH)
    assert (row["kind"], row["about"], row["claimant"], row["organisation"]) == (
        "notice", sam, "prime-south", "prime-north",
    )  # fmt: skip
    assert (row["claim_id"], row["state"]) == (None, None)
    assert (
        desks.claims(SOUTH) == desks.claims(("contractor", "knows-a-lot")) == desks.claims(NORTH, state="waiting") == []
    )
    moving.time += timedelta(days=89)
    assert len(desks.claims(NORTH)) == 1
    moving.time += timedelta(days=2)
    assert desks.claims(NORTH) == []


# The count on the start page.


def test_reports_are_counted_for_whoever_may_answer_them(desks: Desks, sam: str):
    desks.claimed("correct-record", SOUTH, customer_id=sam, **SURNAME)  # for prime-north and the controller
    desks.claimed("share-data", SOUTH, customer_id=sam, **{**FROM_NORTH, "sent_by": "knows-a-lot"})
    last = desks.claimed("correct-record", SOUTH, customer_id=sam, **SURNAME)
    desks.answered(last, sam, CONTROLLER, reason="wrong")

    def counted(role: str, organisation: str) -> int:
        return casework.count_to_answer(desks.runtime, Caller(role=role, organisation=organisation, subject="one"))

    assert counted(*CONTROLLER) == 2
    assert counted(*NORTH) == counted("contractor", "knows-a-lot") == 1
    assert counted(*SOUTH) == counted(*OFFICE) == counted(*NHS_ENGLAND) == counted("auditor", "controller-one") == 0
