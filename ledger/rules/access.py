"""Subject access."""

from __future__ import annotations

from ledger.rules.rule import EARLIER_NOTICE, NHS_POLICY, Rule

RULES = (
    Rule(
        id="SAR-01",
        group="SAR",
        source=EARLIER_NOTICE,
        line=62,
        force="STATES",
        sentence="You can request a copy of any personal information that the National Careers Service holds on you",
        status="behaviour",
        how=(
            "anybody's request is taken, through any organisation: "
            "tests/casework/rights_requests/test_request_decisions.py, "
            "test_a_contractor_who_receives_a_request_starts_its_clock_and_cannot_answer_it_sar_01"
        ),
    ),
    Rule(
        id="SAR-02",
        group="SAR",
        source=EARLIER_NOTICE,
        line=64,
        force="STATES",
        sentence="By using the form available at:",
        status="configured",
        how="channel of receive-request",
    ),
    Rule(
        id="SAR-03",
        group="SAR",
        source=EARLIER_NOTICE,
        line=65,
        force="STATES",
        sentence="Ministerial and Public Communications Division",
        status="configured",
        how="channel of receive-request; the clock runs from when any organisation of the service had it",
    ),
    Rule(
        id="SAR-04",
        group="SAR",
        source=NHS_POLICY,
        line=196,
        force="STATES",
        sentence="Requests may be made in writing.",
        status="configured",
        how="channel of receive-request: writing is not required",
    ),
    Rule(
        id="SAR-05",
        group="SAR",
        source=NHS_POLICY,
        line=198,
        force="MUST",
        sentence="All requests will be recorded",
        status="behaviour",
        how=(
            "every request of every kind is an entry, also when it is refused or withdrawn: "
            "tests/casework/rights_requests/test_request_files.py, "
            "test_requests_are_counted_by_kind_and_complaints_month_by_month_law_clk_12"
        ),
    ),
    Rule(
        id="SAR-06",
        group="SAR",
        source=NHS_POLICY,
        line=198,
        force="MAY",
        sentence="you may need to provide information to verify your identity",
        status="behaviour",
        how=(
            "the month begins when the information came: tests/casework/rights_requests/test_request_clocks.py, "
            "test_v_sar_07_the_month_begins_when_the_identity_information_comes_law_clk_02"
        ),
    ),
    Rule(
        id="SAR-07",
        group="SAR",
        source=NHS_POLICY,
        line=200,
        force="MAY",
        sentence="Full name, address, date of birth",
        status="configured",
        how="method of confirm-identity; the outcome is kept and never a copy of a document",
    ),
    Rule(
        id="SAR-08",
        group="SAR",
        source=NHS_POLICY,
        line=201,
        force="MAY",
        sentence=(
            "An indication of what information you are requesting to enable us to locate this in an efficient manner."
        ),
        status="behaviour",
        how=(
            "the days of a clarification do not count: tests/casework/rights_requests/test_request_clocks.py, "
            "test_v_sar_08_the_days_of_a_clarification_do_not_count_and_are_shown"
        ),
    ),
    Rule(
        id="SAR-09",
        group="SAR",
        source=NHS_POLICY,
        line=138,
        force="MUST",
        sentence=(
            "We must generally respond to requests in relation to your rights within one month, although there are "
            "some exceptions to this."
        ),
        status="behaviour",
        how=(
            "a late answer is recorded with its finding: tests/casework/rights_requests/test_request_findings.py, "
            "test_a_late_answer_is_recorded_with_its_finding_sar_09"
        ),
    ),
    Rule(
        id="SAR-10",
        group="SAR",
        source=NHS_POLICY,
        line=148,
        force="MUST",
        sentence="a copy of personal data that we hold about you and other information specified in the GDPR",
        status="shown",
        how="the report itself: the data and every further section the law asks for",
    ),
    Rule(
        id="SAR-11",
        group="SAR",
        source=NHS_POLICY,
        line=148,
        force="STATES",
        sentence="there are exceptions to what we are obliged to disclose",
        status="behaviour",
        how=(
            "what is withheld is told with its provision: tests/doors/test_requests_at_the_doors.py, "
            "test_what_is_withheld_is_nowhere_in_the_report_and_is_told_with_its_provision_sar_11"
        ),
    ),
)
