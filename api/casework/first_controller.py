"""The first controller of a ledger: the operator's setting names it, so that somebody may register everybody else."""

from __future__ import annotations

from uuid import UUID, uuid5

from api.settings import Settings
from ledger.caller import Caller
from ledger.claims import controller_of
from ledger.recording import Ledger

_NAMESPACE = UUID("8f0e3b52-6d0c-5a43-9c1f-2b1f6f6e7a12")
_BEFORE_EVERYTHING = "2018-01-01T00:00:00Z"


def register_first_controller(ledger: Ledger, settings: Settings) -> bool:
    """Register the organisation that the settings name as controller, unless it ever was, and tell whether it was done.

    In a ledger whose registers name a controller already, it is registered as working directly for that one. The
    operator's own shell does it, as its entry shows; every later change is a command, with the day from which it holds.
    Two programs that start at once record it once: the command is the same.
    """
    on, code = ledger.registers(), settings.controller
    if on.last_known(code) is not None:
        return False
    in_office = controller_of(on)
    known = {"kind": "controller's office", "part_of": in_office} if in_office else {"kind": "controller"}
    ledger.record(
        {
            "id": str(uuid5(_NAMESPACE, code)), "type": "register-organisation", "occurred_at": _BEFORE_EVERYTHING,
            "organisation": code, "name": settings.controller_name, "to_be_confirmed": True, **known,
        },
        Caller(role="administrator", organisation=code, subject="ledger migrate", operator=True),
    )  # fmt: skip
    return True
