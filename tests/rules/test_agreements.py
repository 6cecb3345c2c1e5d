"""An agreement opens a share between those who signed it, from its first day to its last, and no other."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from api.dss import organisations
from ledger import events as vocabulary
from ledger.recording import Ledger
from ledger.state.registers import Registers
from tests.rules.test_rules import FULL, NHS, SAM, judged, share
from tests.sharing import ADVISER, MANAGER, command, fill_registers, give, good, meet

events: Any = vocabulary  # what is not said of an event has its default
EDUCATION, WORK, NHS_ENGLAND = "department-for-education", "department-for-work-and-pensions", "nhs-england"
KNOWN = FULL.followed_by(
    [
        *(events.OrganisationRegistered(**entry) for entry in organisations.organisations()),
        events.OrganisationRegistered(organisation="acme", kind="specialist"),
    ]
)


def signed(organisation: str, with_: str | None, **more: Any) -> Registers:
    entry = {"organisation": organisation, "agreement": "the-agreement", "with_organisation": with_, **more}
    return KNOWN.followed_by([events.AgreementSigned(**entry)])


def sent(on: str = "2026-03-02", **changed: Any) -> dict[str, Any]:
    return {**share("email", agreement="the-agreement", **changed), "occurred_at": f"{on}T10:00:00Z"}


@pytest.mark.parametrize(
    ("held", "found"),
    [
        (signed("controller-one", "jobcentre-plus"), {}),
        (signed("jobcentre-plus", "controller-one"), {}),
        (signed("controller-one", WORK), {}),
        (signed(NHS_ENGLAND, "acme"), {"PARTY-05": "S1"}),
        (signed("controller-one", "acme"), {"PARTY-05": "S1"}),
        (signed(EDUCATION, "jobcentre-plus"), {"PARTY-05": "S1"}),
        (signed("prime-north", "jobcentre-plus"), {"PARTY-05": "S1"}),
        (signed("controller-one", "jobcentre-plus", valid_until="2026-03-01"), {"PARTY-05": "S1"}),
        (signed("controller-one", "jobcentre-plus", valid_from="2026-03-03"), {"PARTY-05": "S1"}),
        (signed("controller-one", None), {"PARTY-05": "S3"}),
        (signed("jobcentre-plus", None), {"PARTY-05": "S3"}),
        (signed("acme", None), {"PARTY-05": "S1"}),
    ],
)
def test_an_agreement_is_between_the_controller_and_the_recipient_and_in_force_party_05(
    held: Registers, found: dict[str, str]
):
    broken = judged(sent(), held=held)
    assert {rule: verdict.severity for rule, verdict in broken.items()} == found
    assert all(verdict.answer == ("warn" if verdict.severity == "S3" else "refuse") for verdict in broken.values())


def test_an_agreement_of_that_number_between_others_takes_nothing_from_the_one_that_counts_party_05():
    others = events.AgreementSigned(organisation=NHS_ENGLAND, agreement="the-agreement", with_organisation="acme")
    held = signed("controller-one", "jobcentre-plus", valid_from="2020-01-01").followed_by([others])
    assert judged(sent(), held=held) == {}


def test_who_took_the_place_of_a_controller_shares_under_its_agreement_party_05_party_07():
    held = signed(EDUCATION, "jobcentre-plus")
    assert judged(sent("2026-09-30", controller=EDUCATION), held=held) == {}
    assert judged(sent("2026-10-01", controller=WORK), held=held) == {}
    assert judged(sent("2026-10-01", controller="controller-one"), held=held).keys() == {"PARTY-05"}


def test_an_office_is_bound_by_what_jobcentre_plus_signed_party_05():
    held = signed("controller-one", "jobcentre-plus")
    assert judged(sent(sent_to="Testford"), held=held) == {}


def test_the_purposes_of_an_agreement_with_somebody_else_cover_no_share_purp_01():
    held = signed(NHS_ENGLAND, "acme", purposes=("BENEFIT_COMPLIANCE",))
    assert judged(sent(purpose="BENEFIT_COMPLIANCE"), held=held).keys() == {"PARTY-05", "PURP-01"}

    held = signed("controller-one", "jobcentre-plus", purposes=("Work-experience",))
    assert judged(sent(purpose="WORK_EXPERIENCE"), held=held) == {}


# Between the National Careers Service and NHS Health Careers.


@pytest.mark.parametrize(
    ("controller", "held", "found"),
    [
        (EDUCATION, signed(EDUCATION, "jobcentre-plus"), {"PARTY-03": "S2", "RECIP-18": "S1"}),
        (NHS_ENGLAND, signed(EDUCATION, "jobcentre-plus"), {"PARTY-05": "S1", "RECIP-18": "S1"}),
        (NHS_ENGLAND, signed(NHS_ENGLAND, "jobcentre-plus"), {}),
        (NHS_ENGLAND, signed(NHS_ENGLAND, None), {"PARTY-05": "S3", "RECIP-18": "S2"}),
    ],
)
def test_data_of_nhs_health_careers_goes_to_jobcentre_plus_only_under_its_own_agreement_recip_18_party_03(
    controller: str, held: Registers, found: dict[str, str]
):
    body = sent(controller=controller, items_reason="asked for")
    assert {rule: verdict.severity for rule, verdict in judged(body, held=held, history=NHS).items()} == found


def test_nor_is_nhs_england_the_controller_of_what_the_service_shares_party_03():
    held = signed(NHS_ENGLAND, "jobcentre-plus")
    assert judged(sent(controller=NHS_ENGLAND), held=held).keys() == {"PARTY-03"}


@pytest.mark.parametrize(
    ("held", "found"),
    [
        (signed("controller-one", "nhs"), set()),
        (signed("nhs", "controller-one"), set()),
        (signed("controller-one", "jobcentre-plus"), {"RECIP-18"}),
        (signed("acme", "nhs"), {"RECIP-18"}),
        (signed(NHS_ENGLAND, "acme"), {"RECIP-18"}),
    ],
)
def test_data_of_the_service_goes_to_the_nhs_only_under_an_agreement_with_it_recip_18(held: Registers, found: set[str]):
    body = command("share-data", SAM, **good("specialist", sent_to="nhs", agreement="the-agreement"))
    assert judged(body, held=held).keys() == found


def test_a_proposal_under_an_agreement_of_others_is_refused_and_a_report_of_it_is_assessed_party_05(ledger: Ledger):
    fill_registers(ledger)
    sam: uuid.UUID = meet(ledger)
    give(ledger, "sign-agreement", by=MANAGER, organisation="nhs", agreement="acme-1", with_organisation="knows-a-lot")
    body = command("share-data", sam, **good("email", agreement="acme-1"))

    proposal = ledger.propose(body, ADVISER)
    assert (proposal.answer, [objection.rule_id for objection in proposal.objections]) == ("refuse", ["PARTY-05"])

    ledger.record(body, ADVISER)
    assert "breach-assessment-opened" in [entry.type for entry in ledger.history(sam)]
