"""Who may receive data, by kind of recipient; the organisation itself is always named."""

from __future__ import annotations

from ledger import events
from ledger.codes.consent_scopes import SURVEY
from ledger.rules.facts import Share
from ledger.rules.parties import agreement_of
from ledger.rules.purposes import in_notice
from ledger.rules.rule import EARLIER_NOTICE, GUIDANCE, NHS_POLICY, NOTICE, Found, Rule, found

PARTNERS = frozenset({"PARTNER", "SUPPLIER", "SUB_CONTRACTOR", "ANALYTICS"})
FRAUD_OR_CREDIT = frozenset({"FRAUD_PROTECTION", "CREDIT_RISK", "CREDIT_RISK_REDUCTION"})


def without_basis(share: Share) -> Found | None:
    return None if share.event.lawful_basis or share.event.legal_gateway else found("lawful_basis", "legal_gateway")


def unregistered_recipient(share: Share) -> Found | None:
    return None if share.registers.organisation(share.event.sent_to) else found("sent_to")


def not_introduced(share: Share) -> Found | None:
    known = share.event.sent_to in share.customer.introducers
    return found("recipient_category") if share.category == "INTRODUCER" and not known else None


def ofsted_for_another_purpose(share: Share) -> Found | None:
    return found("purpose") if share.category == "OFSTED" and share.purpose != "QUALITY_INSPECTION" else None


def research_not_in_the_notice(share: Share) -> Found | None:
    if share.category != "RESEARCH":
        return None
    return None if in_notice(share, "RESEARCH", "recipients") else found("notice")


def nhs_partner_without_need(share: Share) -> Found | None:
    partner = share.of_nhs and share.category in PARTNERS
    return found("necessity") if partner and not share.event.necessity else None


def disclosure_without_law(share: Share) -> Found | None:
    return found("enactment") if share.category == "LEGAL_DISCLOSURE" and not share.event.enactment else None


def commercial(share: Share) -> Found | None:
    return found("purpose") if share.of_nhs and share.purpose == "COMMERCIAL" else None


def fraud_or_credit(share: Share) -> Found | None:
    if share.purpose not in FRAUD_OR_CREDIT:
        return None
    if not share.of_nhs:
        return found("purpose", answer="refuse")
    return None if share.event.legal_gateway else found("legal_gateway")


def across_programmes(share: Share) -> Found | None:
    """NHS data crosses to or from the National Careers Service only under an agreement that an NHS body signed."""
    registers = share.registers
    to_nhs = registers.programme_of(share.event.sent_to) == events.NHS
    if to_nhs == share.of_nhs or not (to_nhs or share.to_jcp):
        return None
    covered, signed = agreement_of(share.event, registers)
    parties = (signed.organisation, signed.with_organisation) if signed else ()
    if covered is False or events.NHS not in {registers.programme_of(party) for party in parties}:
        return found("sent_to", "agreement")
    return None if covered else found("sent_to", "agreement", severity="S2")


def progress_without_consent(share: Share) -> Found | None:
    lacking = share.purpose == "PROGRESS_RESEARCH" and not share.customer.consented(*SURVEY)
    return found("consent") if lacking else None


def protection_without_decision(share: Share) -> Found | None:
    return found("necessity") if share.category == "PROTECTION" and not share.event.necessity else None


RULES = (
    Rule(
        id="RECIP-01",
        group="RECIP",
        source=EARLIER_NOTICE,
        line=46,
        force="STATES",
        sentence="where the law allows it or we have legal obligation to do so",
        status="checked",
        how="each share names its lawful basis or the law that opens the way",
        proposed="refuse",
        severity="S1",
        check=without_basis,
    ),
    Rule(
        id="RECIP-02",
        group="RECIP",
        source=EARLIER_NOTICE,
        line=46,
        force="STATES",
        sentence="other services run by the ESFA or partner organisations",
        status="checked",
        how="the recipient is in the register of organisations on the day",
        proposed="refuse",
        severity="S2",
        check=unregistered_recipient,
    ),
    Rule(
        id="RECIP-03",
        group="RECIP",
        source=EARLIER_NOTICE,
        line=50,
        force="STATES",
        sentence="Organisations working on behalf of local careers advisory services",
        status="configured",
        how="kind of organisation in the register, and recipient_category DELIVERY_CONTRACTOR",
    ),
    Rule(
        id="RECIP-04",
        group="RECIP",
        source=EARLIER_NOTICE,
        line=51,
        force="STATES",
        sentence="Organisations that introduce you to us; so we can let them know how you are getting on",
        status="checked",
        how="an introducer hears only of customers it introduced",
        proposed="refuse",
        severity="S2",
        check=not_introduced,
    ),
    Rule(
        id="RECIP-05",
        group="RECIP",
        source=EARLIER_NOTICE,
        line=52,
        force="STATES",
        sentence=(
            "Organisations that we introduce you to; if there is a specialist organisation that we believe may be "
            "able to assist you"
        ),
        status="behaviour",
        how=(
            "a specialist gets basic details, by DATA-09: tests/rules/test_rules.py, "
            "test_each_checked_rule_finds_what_breaks_it_and_nothing_else"
        ),
    ),
    Rule(
        id="RECIP-06",
        group="RECIP",
        source=EARLIER_NOTICE,
        line=52,
        force="STATES",
        sentence="This includes local authorities and training or learning providers",
        status="configured",
        how="kind of organisation in the register",
    ),
    Rule(
        id="RECIP-07",
        group="RECIP",
        source=NOTICE,
        line=63,
        force="STATES",
        sentence="Ofsted, so that they can check the quality of advice given to you by the National Careers Service",
        status="checked",
        how="the inspectorate, for inspecting quality",
        proposed="warn",
        check=ofsted_for_another_purpose,
    ),
    Rule(
        id="RECIP-08",
        group="RECIP",
        source=NOTICE,
        line=64,
        force="STATES",
        sentence="market research companies",
        status="behaviour",
        how=(
            "a registered research company is market research whatever the share says, by CONSENT-11: "
            "tests/rules/test_research.py, "
            "test_recip_08_a_research_company_gets_nothing_without_consent_whatever_the_share_says_it_was_for"
        ),
    ),
    Rule(
        id="RECIP-09",
        group="RECIP",
        source=NOTICE,
        line=65,
        force="STATES",
        sentence=(
            "educational institutions and organisations performing research and statistical work on behalf of the "
            "Department for Education, or partners of those organisations"
        ),
        status="checked",
        how="research bodies only under a notice that names them",
        proposed="warn",
        check=research_not_in_the_notice,
    ),
    Rule(
        id="RECIP-10",
        group="RECIP",
        source=GUIDANCE,
        line=82,
        force="STATES",
        sentence="shared with JCP",
        status="configured",
        how="kind Jobcentre Plus in the register of organisations; the guidance's rules then bind",
    ),
    Rule(
        id="RECIP-11",
        group="RECIP",
        source=NHS_POLICY,
        line=88,
        force="STATES",
        sentence=(
            "business partners, suppliers and sub-contractors to the extent necessary for the performance of any "
            "contract"
        ),
        status="checked",
        how="NHS partners, with the reason why it was necessary",
        proposed="warn",
        parameters={"recipient_categories": [*sorted(PARTNERS)]},
        check=nhs_partner_without_need,
    ),
    Rule(
        id="RECIP-12",
        group="RECIP",
        source=NHS_POLICY,
        line=90,
        force="STATES",
        sentence="analytics and search engine providers that assist us in the improvement and optimisation of our site",
        status="configured",
        how="recipient_category ANALYTICS, bound by RECIP-11",
    ),
    Rule(
        id="RECIP-13",
        group="RECIP",
        source=NHS_POLICY,
        line=92,
        force="STATES",
        sentence="Some of these third parties are data processors acting on our behalf under contract",
        status="configured",
        how="recipient_capacity and processor_contract of a share, shown with it in the report",
    ),
    Rule(
        id="RECIP-14",
        group="RECIP",
        source=NHS_POLICY,
        line=96,
        force="STATES",
        sentence=(
            "if we are under a duty to disclose or share your personal data in order to comply with any legal "
            "obligation"
        ),
        status="checked",
        how="a legal disclosure cites its law",
        proposed="warn",
        check=disclosure_without_law,
    ),
    Rule(
        id="RECIP-15",
        group="RECIP",
        source=NHS_POLICY,
        line=84,
        force="STATES",
        sentence="We will not share your personal data with third parties for commercial purposes.",
        status="checked",
        how="nothing of NHS Health Careers for commercial purposes",
        proposed="refuse",
        severity="S1",
        check=commercial,
    ),
    Rule(
        id="RECIP-16",
        group="RECIP",
        source=NHS_POLICY,
        line=96,
        force="STATES",
        sentence="for the purposes of fraud protection and credit risk reduction",
        status="checked",
        how="fraud and credit risk: for NHS data with a named law, otherwise never",
        proposed="warn",
        parameters={"purposes": [*sorted(FRAUD_OR_CREDIT)]},
        check=fraud_or_credit,
    ),
    Rule(
        id="RECIP-17",
        group="RECIP",
        source=EARLIER_NOTICE,
        line=139,
        force="STATES",
        sentence="We don't allow Google to use or share our analytics data.",
        status="outside",
        how="cookies and analytics never come into the ledger",
    ),
    Rule(
        id="RECIP-18",
        group="RECIP",
        source=NHS_POLICY,
        line=134,
        force="DERIVED",
        sentence="It does not cover links within this site to other websites.",
        status="checked",
        how=(
            "between the two programmes only under an agreement in force that one of the NHS signed, between the "
            "controller and the recipient"
        ),
        proposed="refuse",
        severity="S1",
        check=across_programmes,
    ),
    Rule(
        id="RECIP-19",
        group="RECIP",
        source=EARLIER_NOTICE,
        line=54,
        force="STATES",
        sentence=(
            "to see if you have made any progress in learning or work as a result; and only if you have agreed to this"
        ),
        status="checked",
        how="asking about later progress needs the consent to surveys",
        proposed="refuse",
        severity="S2",
        parameters={"scopes": [*SURVEY]},
        check=progress_without_consent,
    ),
    Rule(
        id="RECIP-20",
        group="RECIP",
        source=NHS_POLICY,
        line=96,
        force="STATES",
        sentence="to protect the rights, property, or safety of NHS England, our customers, or others",
        status="checked",
        how="protection of somebody, with the reason why it was necessary",
        proposed="warn",
        check=protection_without_decision,
    ),
)
