"""Finding out whose data was shared with Jobcentre Plus, and what came from it."""

from __future__ import annotations

from ledger.rules.rule import GUIDANCE, Rule

RULES = (
    Rule(
        id="TRACE-01",
        group="TRACE",
        source=GUIDANCE,
        line=100,
        force="SHOULD",
        sentence=(
            "should ensure that their customer record systems allow identification of customers whose data has been "
            "shared with JCP"
        ),
        status="behaviour",
        how=(
            "shares by recipient, sender, office and day: tests/doors/http_door/test_http_lists.py, "
            "test_who_was_shared_with_jobcentre_plus_is_listed_by_contractor_district_and_day"
        ),
    ),
    Rule(
        id="TRACE-02",
        group="TRACE",
        source=GUIDANCE,
        line=100,
        force="MUST",
        sentence="As a minimum, record this at an individual customer record level.",
        status="behaviour",
        how=(
            "one entry for each customer: tests/rules/through_commands/test_channel_vectors.py, "
            "test_v_ch_02_eleven_plans_reported_are_eleven_entries_with_a_finding_each"
        ),
    ),
    Rule(
        id="TRACE-03",
        group="TRACE",
        source=GUIDANCE,
        line=99,
        force="MUST",
        sentence="Identifying where data has been received from or shared with JCP",
        status="shown",
        how="shared_with and received_from of a customer's view, with first and last date and count",
    ),
    Rule(
        id="TRACE-04",
        group="TRACE",
        source=GUIDANCE,
        line=101,
        force="STATES",
        sentence=(
            "This will ensure that DfE can follow provisions of UK Data Protection legislation in response to subject "
            "access requests."
        ),
        status="shown",
        how="the report's section on who received data and from whom it was received",
    ),
)
