"""Destruction at the end of a contract or when no longer required."""

from __future__ import annotations

from ledger.retention.schedule import kept_under
from ledger.rules.rule import EARLIER_NOTICE, GUIDANCE, Rule

RULES = (
    Rule(
        id="DEST-01",
        group="DEST",
        source=GUIDANCE,
        line=97,
        force="MUST",
        sentence="DfE will issue instructions on destruction of the data at the end of contract term.",
        status="behaviour",
        how=(
            "the controller's instruction: tests/casework/test_contract_end.py, "
            "test_at_the_end_of_a_contract_the_controller_s_instruction_makes_everything_due_dest_01"
        ),
        parameters=kept_under("DEST-01"),
    ),
    Rule(
        id="DEST-02",
        group="DEST",
        source=GUIDANCE,
        line=98,
        force="STATES",
        sentence="This includes any data received from JCP that is still held.",
        status="behaviour",
        how=(
            "copies left after the instruction's day are findings: tests/casework/test_contract_end.py, "
            "test_copies_that_are_left_when_the_instruction_is_carried_out_are_findings_dest_02"
        ),
    ),
    Rule(
        id="DEST-03",
        group="DEST",
        source=EARLIER_NOTICE,
        line=97,
        force="DERIVED",
        sentence="held securely and destroyed when it is no longer required",
        status="behaviour",
        how=(
            "holds are respected: "
            "tests/casework/destruction/test_destruction_runs.py, test_a_command_to_destroy_what_is_held_is_refused"
        ),
    ),
)
