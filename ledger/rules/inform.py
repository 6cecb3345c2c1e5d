"""Telling people that their data is shared, and under which notice."""

from __future__ import annotations

from ledger import events
from ledger.rules.facts import Share
from ledger.rules.rule import GUIDANCE, NHS_POLICY, Found, Rule, found


def not_informed(share: Share) -> Found | None:
    return found("customer_informed") if share.to_jcp and not share.customer.informed else None


def benefits_not_explained(share: Share) -> Found | None:
    return found("benefits_explained") if share.to_jcp and not share.customer.benefits_explained else None


def notice_of_another_programme(share: Share) -> Found | None:
    notice = share.registers.found(events.NoticePublished, key=share.event.notice) if share.event.notice else None
    programme = share.customer.programme or events.NCS
    return found("notice") if notice and notice.programme and notice.programme != programme else None


RULES = (
    Rule(
        id="INFORM-01",
        group="INFORM",
        source=GUIDANCE,
        line=81,
        force="STATES",
        sentence="customer consent is not required to share data between the National Careers Service and JCP",
        status="behaviour",
        how=(
            "no check of a share with Jobcentre Plus asks for consent: "
            "tests/rules/through_commands/test_consent_vectors.py, "
            "test_v_con_01_a_share_with_jcp_of_somebody_who_never_consented_is_allowed"
        ),
    ),
    Rule(
        id="INFORM-02",
        group="INFORM",
        source=GUIDANCE,
        line=82,
        force="SHOULD",
        sentence=(
            "customers engaging with the support of both services should be informed that their data will be shared "
            "with JCP"
        ),
        status="checked",
        how="the customer was told before the share",
        proposed="warn",
        severity="S3",
        check=not_informed,
    ),
    Rule(
        id="INFORM-03",
        group="INFORM",
        source=GUIDANCE,
        line=82,
        force="SHOULD",
        sentence="the benefits of doing so should be explained",
        status="checked",
        how="the benefits were explained before the share",
        proposed="warn",
        severity="S3",
        check=benefits_not_explained,
    ),
    Rule(
        id="INFORM-04",
        group="INFORM",
        source=GUIDANCE,
        line=82,
        force="STATES",
        sentence="This is important to uphold the UK GDPR principle of transparency.",
        status="behaviour",
        how=(
            "the month of Article 14: tests/projections/obligations/test_obligations_owed.py, "
            "test_a_person_hears_of_data_from_jcp_in_a_month_or_at_first_contact_law_clk_16_inform_04"
        ),
    ),
    Rule(
        id="INFORM-05",
        group="INFORM",
        source=GUIDANCE,
        line=82,
        force="MAY",
        sentence="can decide locally how best to inform customers of data sharing with JCP",
        status="configured",
        how="the method of inform-customer is free, and recorded",
    ),
    Rule(
        id="INFORM-06",
        group="INFORM",
        source=NHS_POLICY,
        line=144,
        force="STATES",
        sentence="Your right to be informed is met in the main by the provision of this privacy notice.",
        status="configured",
        how="the notice a consent or information was given under; notices are in their register",
    ),
    Rule(
        id="INFORM-07",
        group="INFORM",
        source=NHS_POLICY,
        line=205,
        force="STATES",
        sentence="If this privacy policy changes in any way, we will place an updated version on this page.",
        status="configured",
        how="publish-notice enters a notice with its digest and first day; old versions stay",
    ),
    Rule(
        id="INFORM-08",
        group="INFORM",
        source=NHS_POLICY,
        line=39,
        force="STATES",
        sentence="This privacy notice is specific and limited to the use of data by NHS Health Careers",
        status="checked",
        how="a notice is used for its own programme only",
        proposed="refuse",
        severity="S2",
        check=notice_of_another_programme,
    ),
    Rule(
        id="INFORM-09",
        group="INFORM",
        source=GUIDANCE,
        line=4,
        force="STATES",
        sentence=(
            "Shared knowledge to support National Careers Service and JCP customers will support an understanding of "
            "customer needs and improve support offered."
        ),
        status="outside",
        how="the published words about benefits; what was said to whom is INFORM-03",
    ),
)
