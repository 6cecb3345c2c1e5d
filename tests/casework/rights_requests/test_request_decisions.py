"""What a decision withholds, what is refused, and who may take which step."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ledger.caller import Caller
from ledger.errors import (
    AlreadyDone,
    Malformed,
    NotAllowed,
    NotOfThisKind,
    NotRegistered,
    RequestIsClosed,
    UnknownCustomer,
    UnknownReference,
    UnknownRequest,
)
from ledger.recording import Ledger
from tests.casework.rights_requests.steps import See, Step, asked, identified
from tests.conftest import CASE_WORKER
from tests.sharing import register

CONTRACTOR = Caller(role="contractor", organisation="0000000777", subject="adviser nine")


FACTORS = {
    "type_of_information": "an opinion about the customer",
    "duty_of_confidentiality": "none was promised",
    "steps_to_seek_consent": "asked by letter",
    "capability_to_consent": "capable",
    "express_refusal": "none",
}


# What is withheld.


def test_each_item_withheld_names_provision_extent_reason_decider_and_what_the_person_is_told_sar_11(
    step: Step, see: See, ledger: Ledger, record: Any, customer: uuid.UUID
) -> None:
    for plan in ("plan-7", "plan-8"):
        record("keep-record", customer, collection="actionplans", record_id=plan, values={"note": "Invented words"})
    request = asked(step, customer, "2026-09-03")
    step(
        "withhold-item", request, "2026-09-20", provision="EX-19", record_id="plan-7", items=["note"],
        extent="the second sentence", reason="advice on a dispute", decided_by="officer two",
        told="Legal advice was left out.", review_on="2027-03-01",
    )  # fmt: skip
    step(
        "decide-third-party", request, "2026-09-20", outcome="redact", record_id="plan-8", items=["note"],
        consented=False, person="another customer", decided_by="officer two", told="A name was blacked out.", **FACTORS,
    )  # fmt: skip
    step("prepare-report", request, "2026-09-21", digest="a" * 64, format="html")

    assert see(request)["steps"][-1]["facts"]["withheld"] == 2
    opened = list(ledger.unsealed(request).values())
    assert opened[0] == {
        "extent": "the second sentence", "reason": "advice on a dispute", "decided_by": "officer two",
        "told": "Legal advice was left out.",
    }  # fmt: skip
    assert opened[1].keys() >= FACTORS.keys()


def test_nothing_sealed_stands_in_the_facts_of_a_request(step: Step, see: See, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03", asked="SECRET words", requester={"name": "SECRET name"})
    identified(step, request, "2026-09-04", "2026-09-05")

    assert "SECRET" not in str(see(request))
    assert "address" not in str(see(request))


@pytest.mark.parametrize("factor", FACTORS)
def test_a_decision_about_another_person_considers_all_five_factors(
    factor: str, step: Step, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03")
    four = {name: value for name, value in FACTORS.items() if name != factor}

    with pytest.raises(Malformed, match=factor):
        step(
            "decide-third-party", request, "2026-09-20", outcome="redact", record_id="plan-8",
            decided_by="officer two", told="A name was blacked out.", **four,
        )  # fmt: skip


def test_there_are_no_blanket_exemptions(step: Step, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")

    with pytest.raises(Malformed, match="blanket"):
        step(
            "withhold-item", request, "2026-09-20", provision="EX-19", extent="all", reason="advice",
            decided_by="officer two", told="Legal advice was left out.",
        )  # fmt: skip


def test_the_report_that_is_sent_is_one_that_was_prepared(step: Step, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")
    step("prepare-report", request, "2026-09-21", digest="a" * 64)

    with pytest.raises(UnknownReference):
        step("send-response", request, "2026-09-22", outcome="granted", digest="b" * 64)
    step("send-response", request, "2026-09-22", outcome="granted", digest="a" * 64)


# What is refused, and who may do what.


def test_a_contractor_who_receives_a_request_starts_its_clock_and_cannot_answer_it_sar_01(
    ledger: Ledger, step: Step, see: See, customer: uuid.UUID
) -> None:
    register(ledger, "0000000777", "sub-contractor")
    request = uuid.uuid4()
    step("receive-request", request, "2026-09-03", by=CONTRACTOR, kind="access", customer_id=str(customer))

    assert see(request)["organisation"] == "0000000777"
    with pytest.raises(NotAllowed):
        step("send-response", request, "2026-09-10", by=CONTRACTOR, outcome="granted")


def test_a_closed_request_has_no_more_steps(step: Step, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")
    step("withdraw-request", request, "2026-09-04")

    with pytest.raises(RequestIsClosed):
        step("send-response", request, "2026-09-10", outcome="granted")


def test_a_step_of_a_request_nobody_made_is_refused(step: Step, customer: uuid.UUID) -> None:
    with pytest.raises(UnknownRequest):
        step("ask-identity", uuid.uuid4(), "2026-09-10", reason="doubt")
    with pytest.raises(UnknownRequest):
        step("ask-identity", customer, "2026-09-10", reason="doubt")


def test_a_request_is_received_once_and_never_under_a_customers_number(step: Step, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")

    with pytest.raises(AlreadyDone):
        step("receive-request", request, "2026-09-04", kind="access")
    with pytest.raises(UnknownRequest):
        step("receive-request", customer, "2026-09-04", kind="access")


def test_a_customers_command_cannot_be_given_to_a_request(step: Step, record: Any, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")

    with pytest.raises(NotRegistered):
        record("register-customer", request, values={"given_name": "Sam"})


def test_a_request_about_somebody_unknown_is_refused_until_the_name_is_left_out(step: Step) -> None:
    with pytest.raises(UnknownCustomer):
        asked(step, uuid.uuid4(), "2026-09-03")
    asked(step, None, "2026-09-03")


@pytest.mark.parametrize(
    ("type_", "said", "refusal"),
    [
        ("extend-time", {"ground": "holidays", "reason": "r"}, Malformed),
        ("withhold-item", {"provision": "EX-99", "items": ["a"]}, Malformed),
        ("prepare-report", {"digest": "short"}, Malformed),
        ("send-response", {"outcome": "perhaps"}, Malformed),
        ("refuse-request", {"provision": "NO-REASON", "reason": "r", "decided_by": "o"}, Malformed),
        ("receive-clarification", {"clarification_id": "none"}, UnknownReference),
        ("confirm-fee", {}, UnknownReference),
        ("ask-fee", {"amount_pence": -1, "reason": "r"}, Malformed),
        ("ask-identity", {}, Malformed),
        ("ask-clarification", {"question": "Which years?"}, Malformed),
    ],
)
def test_a_step_that_cannot_be_read_or_contradicts_the_request_is_refused(
    type_: str, said: dict[str, Any], refusal: type[Exception], step: Step, customer: uuid.UUID
) -> None:
    request = asked(step, customer, "2026-09-03")
    filled = {"extent": "e", "reason": "r", "decided_by": "o", "told": "t"} if type_ == "withhold-item" else {}

    with pytest.raises(refusal):
        step(type_, request, "2026-09-10", **filled, **said)


@pytest.mark.parametrize("type_", ["withhold-item", "prepare-report"])
def test_only_an_answer_with_a_copy_has_items_to_leave_out(type_: str, step: Step, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03", kind="erasure")
    said: dict[str, dict[str, Any]] = {
        "withhold-item": {
            "provision": "EX-19", "items": ["note"], "extent": "all of it", "reason": "advice", "decided_by": "o",
            "told": "t",
        },
        "prepare-report": {"digest": "a" * 64},
    }  # fmt: skip

    with pytest.raises(NotOfThisKind):
        step(type_, request, "2026-09-10", **said[type_])


def test_a_complaint_cannot_be_extended(step: Step, customer: uuid.UUID) -> None:
    complaint = asked(step, customer, "2026-09-03", kind="complaint")

    with pytest.raises(NotOfThisKind):
        step("extend-time", complaint, "2026-09-10", ground="complexity", reason="r")


def test_no_step_lies_before_the_request(step: Step, customer: uuid.UUID) -> None:
    request = asked(step, customer, "2026-09-03")

    with pytest.raises(Malformed):
        step("send-response", request, "2026-09-02", outcome="granted")


def test_the_same_command_again_places_no_second_hold_ledg_21(ledger: Ledger, customer: uuid.UUID) -> None:
    body = {
        "id": str(uuid.uuid4()), "type": "receive-request", "occurred_at": "2026-09-03T10:00:00Z", "kind": "access",
        "customer_id": str(customer),
    }  # fmt: skip

    first, again = ledger.record(dict(body), CASE_WORKER), ledger.record(dict(body), CASE_WORKER)

    assert (again.first, again.last, again.repeated) == (first.first, first.last, True)
    assert [entry.type for entry in ledger.history(customer)].count("hold-placed") == 1
