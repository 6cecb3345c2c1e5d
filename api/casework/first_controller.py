"""The first controller of a ledger: the operator's setting names it, so that somebody may register everybody else."""

from __future__ import annotations

from uuid import UUID, uuid5

from api.settings import Settings
from ledger.caller import Caller
from ledger.claims import controller_of
from ledger.commands.reader import organisation_stream
from ledger.events import OrganisationRegistered
from ledger.normalise import normalised
from ledger.recording import Ledger
from ledger.state.registers import InForce

_NAMESPACE = UUID("8f0e3b52-6d0c-5a43-9c1f-2b1f6f6e7a12")
_BEFORE_EVERYTHING = "2018-01-01T00:00:00Z"
_SUBJECT = "ledger migrate"
"""Who the entry says made it."""


def register_first_controller(ledger: Ledger, settings: Settings) -> bool:
    """Register the organisation that the settings name as controller, at the first start, and tell whether it was done.

    In a ledger whose registers name a controller already, made before there was a first start, it is registered as
    working directly for that one. The operator's own shell does it, as its entry shows; every later change is a
    command, with the day from which it holds, so another setting at a later start registers nothing. Two programs that
    start at once record it once: the command is the same.
    """
    on, code = ledger.registers(), settings.controller
    if on.last_known(code) is not None or _started_before(ledger, on):
        return False
    in_office = controller_of(on)
    known = {"kind": "controller's office", "part_of": in_office} if in_office else {"kind": "controller"}
    ledger.record(
        {
            "id": str(uuid5(_NAMESPACE, code)), "type": "register-organisation", "occurred_at": _BEFORE_EVERYTHING,
            "organisation": code, "name": settings.controller_name, "to_be_confirmed": True, **known,
        },
        Caller(role="administrator", organisation=code, subject=_SUBJECT, operator=True),
    )  # fmt: skip
    return True


def _started_before(ledger: Ledger, on: InForce) -> bool:
    """Whether an earlier start registered a controller, or an office of one, under whatever setting."""
    every = on.registers.entries.get(OrganisationRegistered, ())
    codes = {
        event.organisation
        for event in every
        if isinstance(event, OrganisationRegistered) and "controller" in normalised(event.kind)
    }
    of_start = f"/{ledger.vault.pseudonym(_SUBJECT)}"
    return any(
        entry.type == OrganisationRegistered.NAME and entry.actor.endswith(of_start)
        for code in sorted(codes)
        for entry in ledger.recorder.history(organisation_stream(code))
    )
