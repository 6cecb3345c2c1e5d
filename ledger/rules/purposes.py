"""Purposes: employment and training with Jobcentre Plus, and the purposes that the notices name."""

from __future__ import annotations

from typing import Literal

from ledger import events
from ledger.codes.channels import CONTACT_CHANNELS
from ledger.codes.items import IRRELEVANT
from ledger.normalise import as_code, normalised
from ledger.rules.facts import Share
from ledger.rules.parties import agreement_of
from ledger.rules.rule import EARLIER_NOTICE, GUIDANCE, NHS_POLICY, NOTICE, Found, Rule, found

WITH_JCP = frozenset({
    "EMPLOYMENT", "TRAINING", "SKILLS", "EMPLOYMENT_AND_TRAINING", "NCS_SERVICE_DELIVERY",
})  # fmt: skip
"""The purposes of sharing with Jobcentre Plus where the agreement in force lists none."""
SUPPORT = frozenset({"advice", "support", "assistance"})
WITHOUT_CHOICE = frozenset({"email", "electronic"})
"""Channels by which NHS Health Careers offers similar services to people who have chosen no channel."""
STATISTICS, IMPROVEMENT, PAYMENT = "NCS_STATISTICS", "NCS_SERVICE_IMPROVEMENT", "NCS_PAYMENT_EVIDENCE"


def beyond_the_agreement(share: Share) -> Found | None:
    if not share.to_jcp:
        return None
    _, signed = agreement_of(share.event, share.registers)
    covered = {as_code(purpose) for purpose in signed.purposes} if signed and signed.purposes else WITH_JCP
    return None if share.purpose in covered else found("purpose")


def without_support(share: Share) -> Found | None:
    if not share.to_jcp or normalised(share.event.support_link) in SUPPORT:
        return None
    return found("support_link")


def irrelevant_items(share: Share) -> Found | None:
    odd = tuple(item for item, code in share.items.items() if code in IRRELEVANT)
    return Found(fields=("items",), items=odd) if share.to_jcp and odd else None


def identifiable_statistics(share: Share) -> Found | None:
    if share.purpose != STATISTICS or share.event.identifiable is False or share.event.legal_gateway:
        return None
    return found("identifiable")


def improvement_not_in_the_notice(share: Share) -> Found | None:
    if share.purpose != IMPROVEMENT:
        return None
    return None if in_notice(share, share.purpose, "purposes") else found("notice")


def in_notice(share: Share, name: str, field: Literal["purposes", "recipients"]) -> bool:
    """Whether the notice the data was collected under names a purpose or a kind of recipient (CONF-11)."""
    notice = share.event.notice
    known = share.registers.found(events.NoticePublished, key=notice) if notice else None
    return known is not None and name in {as_code(entry) for entry in getattr(known, field)}


def nhs_contact_not_chosen(share: Share) -> Found | None:
    if share.purpose != "NHS_SIMILAR_SERVICES" or not share.event.contact_channel:
        return None
    chosen = normalised(share.event.contact_channel)
    allowed = chosen in WITHOUT_CHOICE or share.customer.consented(f"contact_{chosen}")
    return None if allowed else found("contact_channel")


def profiled(share: Share) -> Found | None:
    return found("purpose") if share.purpose == "NHS_RECOMMENDATION" and not share.event.necessity else None


def third_party_offers(share: Share) -> Found | None:
    if share.purpose != "NHS_THIRD_PARTY_OFFERS":
        return None
    return None if any(share.customer.consented(f"third_party_{by}") for by in CONTACT_CHANNELS) else found("purpose")


RULES = (
    Rule(
        id="PURP-01",
        group="PURP",
        source=GUIDANCE,
        line=46,
        force="MUST",
        sentence="Data that can be shared must be related to employment and training",
        status="checked",
        how="the purpose is one of those of the agreement in force between the controller and the recipient",
        proposed="refuse",
        severity="S2",
        parameters={"purposes_unless_agreed": [*sorted(WITH_JCP)]},
        check=beyond_the_agreement,
    ),
    Rule(
        id="PURP-02",
        group="PURP",
        source=GUIDANCE,
        line=7,
        force="MUST",
        sentence=(
            "in connection with advice, support and assistance to support customers to acquire or enhance skills and "
            "qualifications"
        ),
        status="checked",
        how="the share says whether it was for advice, support or assistance",
        proposed="refuse",
        severity="S2",
        parameters={"support_links": [*sorted(SUPPORT)]},
        check=without_support,
    ),
    Rule(
        id="PURP-03",
        group="PURP",
        source=GUIDANCE,
        line=7,
        force="MUST",
        sentence="relevant to employment, skills and training",
        status="checked",
        how="items that can have nothing to do with employment, skills or training are refused one by one",
        proposed="refuse-item",
        severity="S2",
        parameters={"items": [*sorted(IRRELEVANT)]},
        check=irrelevant_items,
    ),
    Rule(
        id="PURP-04",
        group="PURP",
        source=EARLIER_NOTICE,
        line=13,
        force="STATES",
        sentence="To enable delivery of the services requested",
        status="configured",
        how="purpose code NCS_SERVICE_DELIVERY of a share, shown in the report",
    ),
    Rule(
        id="PURP-05",
        group="PURP",
        source=EARLIER_NOTICE,
        line=14,
        force="STATES",
        sentence="To provide statistical information to partner organisations",
        status="checked",
        how="a share for statistics says it is not identifiable, or names the law that opens the way",
        proposed="warn",
        severity="S2",
        parameters={"purpose": STATISTICS},
        check=identifiable_statistics,
    ),
    Rule(
        id="PURP-06",
        group="PURP",
        source=EARLIER_NOTICE,
        line=15,
        force="STATES",
        sentence="To evidence and support payments to organisations delivering careers advice on our behalf",
        status="behaviour",
        how=(
            "the payment evidence of an ended service is sealed under a class of its own: "
            "tests/retention/test_due_after_service.py, "
            "test_payment_evidence_is_due_six_years_after_the_end_and_never_rolls_forward"
        ),
    ),
    Rule(
        id="PURP-07",
        group="PURP",
        source=NOTICE,
        line=26,
        force="STATES",
        sentence="to improve our services by analysing how they are used",
        status="checked",
        how="data used to improve the service was collected under a notice that names it",
        proposed="warn",
        parameters={"purpose": IMPROVEMENT},
        check=improvement_not_in_the_notice,
    ),
    Rule(
        id="PURP-08",
        group="PURP",
        source=EARLIER_NOTICE,
        line=9,
        force="STATES",
        sentence="We collect your personal information so the DfE can carry out its functions.",
        status="shown",
        how="the lawful basis of each share, in the report's section on what data is used for",
    ),
    Rule(
        id="PURP-09",
        group="PURP",
        source=NHS_POLICY,
        line=63,
        force="STATES",
        sentence=(
            "to carry out our obligations arising from any contracts entered into between you and us and to provide "
            "you with the information about career opportunities"
        ),
        status="configured",
        how="purpose code NHS_INFORMATION_SERVICE of a share, shown in the report",
    ),
    Rule(
        id="PURP-10",
        group="PURP",
        source=NHS_POLICY,
        line=64,
        force="STATES",
        sentence=(
            "information about other careers information or other services we offer that are similar to those that "
            "you have already enquired about"
        ),
        status="checked",
        how="similar services are offered by email, or by a channel the person agreed to",
        proposed="warn",
        parameters={"channels_without_choice": [*sorted(WITHOUT_CHOICE)]},
        check=nhs_contact_not_chosen,
    ),
    Rule(
        id="PURP-11",
        group="PURP",
        source=NHS_POLICY,
        line=74,
        force="STATES",
        sentence=(
            "to administer this site and for internal operations, including troubleshooting, data analysis, testing, "
            "research, statistical and survey purposes"
        ),
        status="configured",
        how="purpose code NHS_SITE_OPERATIONS of a share, shown in the report",
    ),
    Rule(
        id="PURP-12",
        group="PURP",
        source=NHS_POLICY,
        line=69,
        force="STATES",
        sentence="to notify you about changes and updates to our service",
        status="configured",
        how="purpose code NHS_SERVICE_NOTICE of a share; no consent is asked for it",
    ),
    Rule(
        id="PURP-13",
        group="PURP",
        source=NHS_POLICY,
        line=78,
        force="STATES",
        sentence=(
            "to make suggestions and recommendations to you and other users of this site about careers, products or "
            "services"
        ),
        status="checked",
        how="a recommendation says why it was necessary",
        proposed="warn",
        check=profiled,
    ),
    Rule(
        id="PURP-14",
        group="PURP",
        source=NHS_POLICY,
        line=76,
        force="STATES",
        sentence="to allow you to participate in interactive features of our service, when you choose to do so",
        status="configured",
        how="purpose code NHS_INTERACTIVE of a share, shown in the report",
    ),
    Rule(
        id="PURP-15",
        group="PURP",
        source=NHS_POLICY,
        line=77,
        force="STATES",
        sentence="as part of our efforts to keep this site safe and secure",
        status="configured",
        how="purpose code NHS_SECURITY of a share, shown in the report",
    ),
    Rule(
        id="PURP-16",
        group="PURP",
        source=NHS_POLICY,
        line=70,
        force="STATES",
        sentence=(
            "to ensure that content from this site is presented in the most effective manner for you and for your "
            "computer"
        ),
        status="configured",
        how="purpose code NHS_PRESENTATION of a share, shown in the report",
    ),
    Rule(
        id="PURP-17",
        group="PURP",
        source=NHS_POLICY,
        line=65,
        force="STATES",
        sentence=(
            "to provide you, or permit selected third parties to provide you, with information about careers, "
            "products or services we feel may interest you"
        ),
        status="checked",
        how="third parties' offers need consent by channel",
        proposed="refuse",
        severity="S2",
        parameters={"channels": [*CONTACT_CHANNELS]},
        check=third_party_offers,
    ),
)
