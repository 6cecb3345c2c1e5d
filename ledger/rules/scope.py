"""Scope, versions and parties: whom the guidance binds, under which contract, agreement and controller."""

from __future__ import annotations

from ledger import events
from ledger.normalise import normalised
from ledger.rules.facts import Share
from ledger.rules.parties import ENGLAND, agreement_of
from ledger.rules.rule import EARLIER_NOTICE, GUIDANCE, NHS_POLICY, NOTICE, Found, Rule, found
from ledger.state.registers import SUB_CONTRACTOR

ADULT_YEARS = 18


def outside_england(share: Share) -> Found | None:
    return found("jurisdiction") if normalised(share.event.jurisdiction) not in {"", *ENGLAND} else None


def under_18(share: Share) -> Found | None:
    young = share.age_years is not None and share.age_years < ADULT_YEARS
    return found("aged_under_18_because") if young and share.event.aged_under_18_because is None else None


def without_contract(share: Share) -> Found | None:
    if not share.to_jcp:
        return None
    holder = share.registers.prime_of(share.event.sent_by) or share.event.sent_by
    if share.event.contract is None or holder is None:
        return found("contract" if holder else "sent_by")
    known = share.registers.found(events.ContractStarted, key=share.event.contract, organisation=holder)
    return None if known else found("contract")


def sub_contractor_of_nobody(share: Share) -> Found | None:
    registers = share.registers
    if not share.to_jcp or registers.kind_of(share.event.sent_by) != SUB_CONTRACTOR:
        return None
    prime = registers.prime_of(share.event.sent_by)
    return None if prime and registers.organisation(prime) else found("sent_by")


def without_controller(share: Share) -> Found | None:
    if not share.to_jcp:
        return None
    named = share.event.controller
    if _in_office(share, named):
        return None
    in_office = next((code for code in share.registers.line_of(named) if _in_office(share, code)), None)
    return found("controller", controller=in_office) if in_office else found("controller")


def _in_office(share: Share, code: str | None) -> bool:
    """Whether an organisation is a controller on the day, for the programme of the customer's data (PARTY-06)."""
    programme = events.NHS if share.of_nhs else events.NCS
    return "controller" in share.registers.kind_of(code) and share.registers.programme_of(code) == programme


def without_agreement(share: Share) -> Found | None:
    if not share.to_jcp:
        return None
    covered, _ = agreement_of(share.event, share.registers)
    if covered is None:
        return found("agreement", severity="S3", answer="warn")  # the register does not say who the other party is
    return None if covered else found("agreement")


RULES = (
    Rule(
        id="SCOPE-01",
        group="SCOPE",
        source=GUIDANCE,
        line=3,
        force="STATES",
        sentence="Applies to England",
        status="checked",
        how=(
            "a share said not to be of England's service; the guidance's other rules are then not asked if it is of "
            "Wales, Scotland or Northern Ireland"
        ),
        proposed="warn",
        severity="S3",
        parameters={"jurisdictions": [*sorted(ENGLAND)]},
        check=outside_england,
    ),
    Rule(
        id="SCOPE-02",
        group="SCOPE",
        source=GUIDANCE,
        line=2,
        force="STATES",
        sentence="Published 20 January 2025",
        status="behaviour",
        how=(
            "rules apply by the day a fact happened: tests/rules/test_judging.py, "
            "test_a_share_from_before_the_guidance_is_not_judged_by_it"
        ),
    ),
    Rule(
        id="SCOPE-03",
        group="SCOPE",
        source=GUIDANCE,
        line=4,
        force="STATES",
        sentence="the delivery of employment and careers guidance for adults",
        status="checked",
        how="the customer's age on the day, from the identity, when a reason code is missing",
        proposed="warn",
        severity="S3",
        parameters={"adult_years": ADULT_YEARS},
        check=under_18,
    ),
    Rule(
        id="SCOPE-04",
        group="SCOPE",
        source=NOTICE,
        line=19,
        force="STATES",
        sentence="the local area careers advisory services, who provide face-to-face advice",
        status="configured",
        how="service_component of hold-interaction and share-data: website, through the website, helpline, local",
    ),
    Rule(
        id="PARTY-01",
        group="SCOPE",
        source=GUIDANCE,
        line=50,
        force="MUST",
        sentence="compliance with their contractual obligations at all times",
        status="checked",
        how="the contract in the register of contracts, of the sender or of its prime, on the day",
        proposed="refuse",
        severity="S2",
        check=without_contract,
    ),
    Rule(
        id="PARTY-02",
        group="SCOPE",
        source=GUIDANCE,
        line=51,
        force="MUST",
        sentence="sub-contractors working with JCP adhere to this operational guidance",
        status="checked",
        how="a sub-contractor's prime in the register of organisations; each finding names both",
        proposed="refuse",
        severity="S2",
        check=sub_contractor_of_nobody,
    ),
    Rule(
        id="PARTY-03",
        group="SCOPE",
        source=NOTICE,
        line=6,
        force="STATES",
        sentence="the DfE is the data controller for processed personal information",
        status="checked",
        how=(
            "the controller in office on the day of the customer's programme, by the register of organisations; where "
            "another took the place of the one that is named, the way out names it"
        ),
        proposed="refuse",
        severity="S2",
        check=without_controller,
    ),
    Rule(
        id="PARTY-04",
        group="SCOPE",
        source=EARLIER_NOTICE,
        line=7,
        force="STATES",
        sentence="The National Careers Service is part of the Education and Skills Funding Agency (ESFA)",
        status="configured",
        how=(
            "the agency is registered as part of the department until it closed on 31 March 2025 (CONF-06); whom to "
            "turn to is asked of whoever took its place: tests/ledger/test_registers.py, "
            "test_nobody_is_sent_to_the_agency_that_has_closed_but_to_whoever_answers_today_party_04"
        ),
    ),
    Rule(
        id="PARTY-05",
        group="SCOPE",
        source=GUIDANCE,
        line=81,
        force="STATES",
        sentence="Under the terms of the DfE and DWP data sharing agreement",
        status="checked",
        how=(
            "an agreement in the register, in force on the day and between the controller, or whose place it took, and "
            "the recipient, or who is above it; an agreement that does not say with whom it was signed is S2"
        ),
        proposed="refuse",
        severity="S1",
        check=without_agreement,
    ),
    Rule(
        id="PARTY-06",
        group="SCOPE",
        source=NHS_POLICY,
        line=35,
        force="STATES",
        sentence="The data controller in respect of personal data we hold about you is NHS England.",
        status="behaviour",
        how=(
            "readers from another controller are refused before anything is opened: tests/casework/test_partition.py, "
            "test_nobody_reads_what_another_controller_answers_for_and_nothing_is_opened_party_06"
        ),
    ),
    Rule(
        id="PARTY-07",
        group="SCOPE",
        source=NHS_POLICY,
        line=9,
        force="STATES",
        sentence="performed by Health Education England prior to its merger with NHS England on 1 April 2023",
        status="configured",
        how=(
            "Health Education England is registered until 31 March 2023 and NHS England since, so earlier entries keep "
            "their controller: tests/ledger/test_registers.py, "
            "test_health_education_england_gave_way_to_nhs_england_on_1_april_2023_party_07"
        ),
    ),
    Rule(
        id="PARTY-08",
        group="SCOPE",
        source=NHS_POLICY,
        line=37,
        force="STATES",
        sentence="Our data protection officer is",
        status="shown",
        how=(
            "section R13 of the report has the office in force today, from the register: "
            "tests/casework/test_partition.py, "
            "test_the_report_tells_how_to_reach_todays_officer_of_todays_controller_party_08"
        ),
    ),
)
