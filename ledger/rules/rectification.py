"""Putting wrong data right, here and with everyone who received it."""

from __future__ import annotations

from ledger.duties.catalogue import owed_under
from ledger.rules.rule import EARLIER_NOTICE, NHS_POLICY, NOTICE, Rule

RULES = (
    Rule(
        id="RECT-01",
        group="RECT",
        source=EARLIER_NOTICE,
        line=74,
        force="STATES",
        sentence=(
            "You have the right to question any information we have about you that you think is wrong or incomplete"
        ),
        status="configured",
        how="kind rectification of receive-request; a correction leaves the old entry in place",
    ),
    Rule(
        id="RECT-02",
        group="RECT",
        source=EARLIER_NOTICE,
        line=76,
        force="STATES",
        sentence="Using the telephone service on 0800 100 900",
        status="configured",
        how="channel of receive-request",
    ),
    Rule(
        id="RECT-03",
        group="RECT",
        source=NOTICE,
        line=92,
        force="MUST",
        sentence="We will take reasonable steps to check the information’s accuracy and correct it where necessary",
        status="behaviour",
        how=(
            "check-accuracy, and a finding when an answer has none: "
            "tests/casework/request_effects/test_erasure_and_correction.py, "
            "test_an_answer_without_a_check_of_accuracy_is_a_finding_rect_03"
        ),
    ),
    Rule(
        id="RECT-04",
        group="RECT",
        source=NOTICE,
        line=92,
        force="MUST",
        sentence="inform any organisations we may have shared it with",
        status="behaviour",
        how=(
            "one task for each past recipient of the item: tests/projections/obligations/test_recipients_owed_news.py, "
            "test_a_correction_is_owed_to_each_past_recipient_of_the_item_and_nobody_else_rect_04_law_a19"
        ),
        parameters=owed_under("RECT-04"),
    ),
    Rule(
        id="RECT-05",
        group="RECT",
        source=EARLIER_NOTICE,
        line=78,
        force="MUST",
        sentence="correct it, this includes with any organisations we may have shared it with",
        status="behaviour",
        how=(
            "each recipient's confirmation, chased: tests/projections/obligations/test_recipients_owed_news.py, "
            "test_a_recipient_who_was_told_is_to_confirm_and_is_asked_again_rect_05"
        ),
        parameters=owed_under("RECT-05"),
    ),
    Rule(
        id="RECT-06",
        group="RECT",
        source=NHS_POLICY,
        line=152,
        force="STATES",
        sentence="You have the right to ask us to rectify any inaccurate data that we hold about you.",
        status="configured",
        how="kind rectification of receive-request, for NHS data as well",
    ),
)
