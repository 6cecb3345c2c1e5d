"""The other rights, complaints, automated decisions and leaving the service."""

from __future__ import annotations

from ledger import events
from ledger.codes.items import code_of
from ledger.retention.schedule import kept_under
from ledger.rules.bases import basis_of
from ledger.rules.facts import Referral, Share
from ledger.rules.rule import EARLIER_NOTICE, NHS_POLICY, NOTICE, Found, Rule, found

NOT_OPEN_TO_OBJECTION = frozenset({"A6-1-a", "A6-1-b", "A6-1-c"})
"""Bases that give no right to object (UK GDPR Art. 21(1))."""


def automated(share: Share) -> Found | None:
    return found("automated_decision") if share.event.automated_decision else None


def automated_without_notice(share: Share) -> Found | None:
    if not share.event.automated_decision:
        return None
    announced = any(notice.automated_decisions for notice in share.registers.every(events.NoticePublished))
    return None if announced else found("automated_decision", "notice")


def restricted(facts: Share | Referral) -> Found | None:
    """Restricted data may only be stored, unless the person consents or a legal claim needs it (Art. 18(2)).

    A referral does not say which items went with it, so any restriction covers it.
    """
    exempt = (
        basis_of(facts.event.lawful_basis) == "A6-1-a"
        or basis_of(getattr(facts.event, "special_condition", None)) == "A9-2-f"
    )
    went = set(facts.items.values()) if isinstance(facts, Share) else set()
    named = (set(map(code_of, items)) for items in facts.customer.restrictions.values())
    covered = any(not items or not went or went & items for items in named)
    return found("restriction") if covered and not exempt else None


def objected_to(facts: Share | Referral) -> Found | None:
    """Only public tasks and legitimate interests can be objected to; no share goes out until that is decided."""
    no_right = basis_of(facts.event.lawful_basis) in NOT_OPEN_TO_OBJECTION
    return found("objection") if facts.customer.objections and not no_right else None


RULES = (
    Rule(
        id="RIGHTS-01",
        group="RIGHTS",
        source=EARLIER_NOTICE,
        line=58,
        force="STATES",
        sentence="The law gives you certain rights with regards to your data.",
        status="shown",
        how="the report's section on your rights",
    ),
    Rule(
        id="RIGHTS-02",
        group="RIGHTS",
        source=NHS_POLICY,
        line=140,
        force="STATES",
        sentence="The availability of some of these rights depends on the lawful basis that applies",
        status="shown",
        how="the report's section on your rights says when each is there",
    ),
    Rule(
        id="ERASE-01",
        group="RIGHTS",
        source=NHS_POLICY,
        line=156,
        force="STATES",
        sentence="You have the right to request that we erase personal data about you that we hold.",
        status="behaviour",
        how=(
            "an upheld request makes what it names due that day: "
            "tests/casework/request_effects/test_erasure_and_correction.py, "
            "test_an_upheld_erasure_makes_the_records_due_that_day_and_tells_every_recipient_erase_01"
        ),
        parameters=kept_under("ERASE-01"),
    ),
    Rule(
        id="ERASE-02",
        group="RIGHTS",
        source=NHS_POLICY,
        line=158,
        force="STATES",
        sentence="The right to erasure is not an absolute right",
        status="configured",
        how="ground ART-17-3 of refuse-request",
    ),
    Rule(
        id="RESTRICT-01",
        group="RIGHTS",
        source=NHS_POLICY,
        line=162,
        force="STATES",
        sentence="You have the right to request that we restrict processing of personal data about you that we hold.",
        status="checked",
        how="a share of data whose use is restricted, or a referral with it; a restriction also holds the records",
        proposed="refuse",
        severity="S1",
        also=Referral,
        check=restricted,
    ),
    Rule(
        id="RESTRICT-02",
        group="RIGHTS",
        source=NHS_POLICY,
        line=162,
        force="STATES",
        sentence="for example where you contest the accuracy of the data",
        status="behaviour",
        how=(
            "asked for together with a correction: tests/casework/request_effects/test_restrictions_and_objections.py, "
            "test_while_accuracy_is_checked_the_data_is_restricted_if_the_person_asks_restrict_02"
        ),
    ),
    Rule(
        id="PORT-01",
        group="RIGHTS",
        source=NHS_POLICY,
        line=166,
        force="STATES",
        sentence=(
            "This right is only available where the legal basis for processing under the General Data Protection "
            "Regulation is consent, or for the purposes of a contract between you and us."
        ),
        status="behaviour",
        how=(
            "the portable copy has only what rests on consent or a contract, and says why the rest is not in it; a "
            "request for the rest is refused by ground ART-20 of refuse-request: "
            "tests/projections/test_portable_copy.py, "
            "test_data_used_for_a_public_task_only_gives_an_empty_copy_that_says_why_port_01"
        ),
    ),
    Rule(
        id="PORT-02",
        group="RIGHTS",
        source=NHS_POLICY,
        line=166,
        force="STATES",
        sentence="For this to apply the data must be held in electronic form.",
        status="behaviour",
        how=(
            "the portable copy is of the ledger's own records and says that paper is not searched: "
            "tests/projections/test_portable_copy.py, "
            "test_what_came_on_paper_is_not_in_the_copy_and_the_copy_says_so_port_02"
        ),
    ),
    Rule(
        id="PORT-03",
        group="RIGHTS",
        source=NHS_POLICY,
        line=166,
        force="MUST",
        sentence="with the data in a commonly used electronic format",
        status="behaviour",
        how=(
            "JSON and CSV of ledger portable-copy: tests/projections/test_portable_copy.py, "
            "test_the_csv_is_read_back_by_any_program_as_what_the_json_says_port_03"
        ),
    ),
    Rule(
        id="OBJECT-01",
        group="RIGHTS",
        source=NHS_POLICY,
        line=170,
        force="STATES",
        sentence="You have the right to object to processing of personal data about you in certain circumstances.",
        status="checked",
        how="a share or a referral with data for a public task while an objection is pending or upheld",
        proposed="refuse",
        severity="S2",
        also=Referral,
        parameters={"bases_without_right": [*sorted(NOT_OPEN_TO_OBJECTION)]},
        check=objected_to,
    ),
    Rule(
        id="OBJECT-02",
        group="RIGHTS",
        source=NHS_POLICY,
        line=170,
        force="STATES",
        sentence="we may continue to process the data if we can demonstrate compelling legitimate grounds to do so",
        status="configured",
        how="ground ART-21-1 of refuse-request",
    ),
    Rule(
        id="ADM-01",
        group="RIGHTS",
        source=NHS_POLICY,
        line=174,
        force="STATES",
        sentence=(
            "You have the right to object to being subject to a decision based solely on automated processing, "
            "including profiling."
        ),
        status="shown",
        how="the report's section on decisions made by a computer alone",
    ),
    Rule(
        id="ADM-02",
        group="RIGHTS",
        source=NHS_POLICY,
        line=174,
        force="STATES",
        sentence="We do not currently have any automated decision-making processes",
        status="checked",
        how="a share that follows from a decision by a computer alone",
        proposed="refuse",
        severity="S2",
        check=automated,
    ),
    Rule(
        id="ADM-03",
        group="RIGHTS",
        source=NHS_POLICY,
        line=174,
        force="STATES",
        sentence="ensure that you have an opportunity to request that the decision involves personal consideration",
        status="behaviour",
        how=(
            "contest-decision and review-decision: tests/casework/request_effects/test_request_breaches.py, "
            "test_a_decision_by_a_computer_is_contested_and_then_looked_at_by_a_person_adm_03"
        ),
    ),
    Rule(
        id="ADM-04",
        group="RIGHTS",
        source=NHS_POLICY,
        line=174,
        force="STATES",
        sentence="in future should we perform any automated decision-making, we will record this in our privacy notice",
        status="checked",
        how="no automated decision before a notice that speaks of them",
        proposed="refuse",
        severity="S2",
        check=automated_without_notice,
    ),
    Rule(
        id="COMPL-01",
        group="RIGHTS",
        source=EARLIER_NOTICE,
        line=101,
        force="STATES",
        sentence="Please let us know if you are unhappy with how we have used your personal information.",
        status="behaviour",
        how=(
            "acknowledged within 30 days: tests/casework/rights_requests/test_request_clocks.py, "
            "test_a_complaint_is_acknowledged_within_30_days_law_clk_10"
        ),
    ),
    Rule(
        id="COMPL-02",
        group="RIGHTS",
        source=NOTICE,
        line=98,
        force="STATES",
        sentence="You also have the right to complain to the Information Commissioner’s Office.",
        status="shown",
        how="the report's two sections on the right to complain",
    ),
    Rule(
        id="COMPL-03",
        group="RIGHTS",
        source=NHS_POLICY,
        line=182,
        force="STATES",
        sentence=(
            "You have the right to complain to the Information Commissioner if you are not happy with any aspect of "
            "our processing"
        ),
        status="configured",
        how="setting LEDGER_REGULATOR, printed in the report",
    ),
    Rule(
        id="LEAVE-01",
        group="RIGHTS",
        source=EARLIER_NOTICE,
        line=82,
        force="STATES",
        sentence="You can end your use of the National Careers Service at any time",
        status="behaviour",
        how=(
            "the end of service starts the retention clocks: tests/retention/test_due_after_service.py, "
            "test_payment_evidence_is_due_six_years_after_the_end_and_never_rolls_forward"
        ),
    ),
    Rule(
        id="LEAVE-02",
        group="RIGHTS",
        source=EARLIER_NOTICE,
        line=84,
        force="STATES",
        sentence="clicking on the 'Close your account' link",
        status="configured",
        how="channel ACCOUNT of end-service",
    ),
    Rule(
        id="LEAVE-03",
        group="RIGHTS",
        source=EARLIER_NOTICE,
        line=85,
        force="STATES",
        sentence="you can ring them and tell them you wish to stop using the National Careers Service",
        status="configured",
        how="channel TELEPHONE of end-service",
    ),
    Rule(
        id="LEAVE-04",
        group="RIGHTS",
        source=EARLIER_NOTICE,
        line=89,
        force="STATES",
        sentence=(
            "you can contact your adviser using their details and tell them you wish to stop using the National "
            "Careers Service"
        ),
        status="configured",
        how="channel LOCAL_ADVISER of end-service",
    ),
)
