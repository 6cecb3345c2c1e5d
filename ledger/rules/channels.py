"""Channels in general: a share states one, and only those of the guidance are authorised towards Jobcentre Plus."""

from __future__ import annotations

from ledger.codes.channels import AUTHORISED
from ledger.rules.facts import Share
from ledger.rules.rule import GUIDANCE, Found, Rule, found


def without_channel(share: Share) -> Found | None:
    return None if share.channel else found("channel")


def unauthorised_channel(share: Share) -> Found | None:
    return found("channel") if share.to_jcp and share.channel and share.channel not in AUTHORISED else None


RULES = (
    Rule(
        id="CH-GEN-01",
        group="CH-GEN",
        source=GUIDANCE,
        line=53,
        force="MUST",
        sentence="There are different rules to remember when sharing data using different methods.",
        status="checked",
        how="the share says its channel",
        proposed="refuse",
        severity="S2",
        check=without_channel,
    ),
    Rule(
        id="CH-GEN-02",
        group="CH-GEN",
        source=GUIDANCE,
        line=52,
        force="DERIVED",
        sentence="Guidance for the National Careers Service when sharing data with JCP",
        status="behaviour",
        how=(
            "no channel rule judges what Jobcentre Plus sent: tests/rules/through_commands/test_channel_vectors.py, "
            "test_v_ch_11_fifteen_customers_from_jcp_in_one_email_are_accepted_and_no_channel_rule_speaks"
        ),
    ),
    Rule(
        id="CH-GEN-03",
        group="CH-GEN",
        source=GUIDANCE,
        line=53,
        force="DERIVED",
        sentence="sharing data using different methods",
        status="checked",
        how="text messages, chat, fax and whatever else the guidance does not name",
        proposed="refuse",
        severity="S2",
        parameters={"channels": [*sorted(AUTHORISED)]},
        check=unauthorised_channel,
    ),
)
