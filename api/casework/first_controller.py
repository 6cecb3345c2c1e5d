"""The first entry of an empty ledger: its controller, so that somebody may register everybody else (PARTY-03)."""

from __future__ import annotations

from uuid import UUID, uuid5

from api.settings import Settings
from ledger.caller import Caller
from ledger.clocks import instant_text
from ledger.recording import Ledger

_NAMESPACE = UUID("8f0e3b52-6d0c-5a43-9c1f-2b1f6f6e7a12")


def register_first_controller(ledger: Ledger, settings: Settings) -> bool:
    """Register the controller that the settings name, in a ledger without entries, and tell whether it was done.

    The operator's own shell does it, as its entry shows. Every later change of the controller is a command, with the
    day from which it holds. Two programs that start at once record it once: the id of the command is the same.
    """
    if ledger.recorder.max_notification_id() is not None:
        return False
    code = settings.controller
    by = Caller(role="administrator", organisation=code, subject="ledger migrate", operator=True)
    ledger.record(
        {
            "id": str(uuid5(_NAMESPACE, code)), "type": "register-organisation",
            "occurred_at": instant_text(ledger.now()), "organisation": code, "name": settings.controller_name,
            "kind": "controller", "to_be_confirmed": True,
        },
        by,
    )  # fmt: skip
    return True
