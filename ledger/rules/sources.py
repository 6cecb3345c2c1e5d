"""Where data comes from."""

from __future__ import annotations

from ledger.rules.facts import Receipt
from ledger.rules.parties import is_jobcentre_plus
from ledger.rules.rule import EARLIER_NOTICE, NHS_POLICY, NOTICE, Found, Rule, found


def without_referral(receipt: Receipt) -> Found | None:
    from_jcp = is_jobcentre_plus(receipt.registers, receipt.event.received_from)
    known = receipt.event.received_from in receipt.customer.introducers
    return found("received_from") if from_jcp and not known else None


RULES = (
    Rule(
        id="SRC-01",
        group="SRC",
        source=EARLIER_NOTICE,
        line=32,
        force="STATES",
        sentence="You talk to us on the phone or face to face",
        status="shown",
        how="the report's section on where data came from: who told it, by which channel, when",
    ),
    Rule(
        id="SRC-02",
        group="SRC",
        source=EARLIER_NOTICE,
        line=33,
        force="STATES",
        sentence="You use our website or webchat",
        status="shown",
        how="the report's section on where data came from: who told it, by which channel, when",
    ),
    Rule(
        id="SRC-03",
        group="SRC",
        source=NOTICE,
        line=46,
        force="STATES",
        sentence="send us emails, text messages or online messages",
        status="shown",
        how="the report's section on where data came from: who told it, by which channel, when",
    ),
    Rule(
        id="SRC-04",
        group="SRC",
        source=NOTICE,
        line=50,
        force="STATES",
        sentence="the Find an apprenticeship service",
        status="shown",
        how="the report's section on where data came from: who told it, by which channel, when",
    ),
    Rule(
        id="SRC-06",
        group="SRC",
        source=NOTICE,
        line=52,
        force="STATES",
        sentence="organisations that pass on your details, so that we can make contact with you",
        status="shown",
        how="the report's section on where data came from: who told it, by which channel, when",
    ),
    Rule(
        id="SRC-07",
        group="SRC",
        source=EARLIER_NOTICE,
        line=36,
        force="STATES",
        sentence="other systems or organisations funded by the ESFA",
        status="shown",
        how="the report's section on where data came from: who told it, by which channel, when",
    ),
    Rule(
        id="SRC-08",
        group="SRC",
        source=NHS_POLICY,
        line=47,
        force="STATES",
        sentence="Information you give us.",
        status="shown",
        how="the report's section on where data came from: who told it, by which channel, when",
    ),
    Rule(
        id="SRC-09",
        group="SRC",
        source=NHS_POLICY,
        line=48,
        force="STATES",
        sentence="Information we collect about you.",
        status="shown",
        how="the report's section on where data came from: who told it, by which channel, when",
    ),
    Rule(
        id="SRC-10",
        group="SRC",
        source=NHS_POLICY,
        line=52,
        force="STATES",
        sentence="Information we receive from other sources.",
        status="shown",
        how="the report's section on where data came from: who told it, by which channel, when",
    ),
    Rule(
        id="SRC-05",
        group="SRC",
        source=NOTICE,
        line=51,
        force="STATES",
        sentence="the Department for Work and Pensions, if you’ve been referred by Jobcentre Plus",
        status="checked",
        how="data from Jobcentre Plus about somebody it never referred or told of before",
        proposed="warn",
        judges=Receipt,
        check=without_referral,
    ),
    Rule(
        id="SRC-11",
        group="SRC",
        source=NHS_POLICY,
        line=80,
        force="STATES",
        sentence=(
            "We may combine this information with information you give to us and information we collect about you."
        ),
        status="configured",
        how="record_id with etag or history_id names the record an event was derived from",
    ),
)
