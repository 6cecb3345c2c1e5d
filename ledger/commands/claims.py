"""Commands that answer a claim: confirmed, it takes effect as if the person confirming had reported it; or disputed."""

from __future__ import annotations

from ledger import events
from ledger.commands.declaration import ClaimAnswer, Example
from ledger.commands.invented import CUSTOMER

_CLAIM = "00000000-0000-4000-8000-0000000000c1"
CONFIRM = ClaimAnswer(
    name="confirm-claim",
    makes=events.ClaimConfirmed,
    needs=("claim_id", "about"),
    confirms=True,
    judged=True,
    filled_in=frozenset({"organisation", "happened_at"}),
    examples={"": Example(at="2026-04-03T09:00:00Z", fields={"claim_id": _CLAIM, "about": CUSTOMER})},
)
DISPUTE = ClaimAnswer(
    name="dispute-claim",
    makes=events.ClaimDisputed,
    needs=("claim_id", "about", "reason"),
    filled_in=frozenset({"organisation"}),
    examples={
        "": Example(
            at="2026-04-03T09:00:00Z",
            fields={"claim_id": _CLAIM, "about": CUSTOMER, "reason": "we sent nothing that day"},
        )
    },
)
DECLARED = (CONFIRM, DISPUTE)
