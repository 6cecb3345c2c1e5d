"""Entries that a view cannot apply, for an operator: which, why, since when, and the decision to go on without one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.errors import AlreadyDone, Malformed, NotAllowed, ProjectionStopped, UnknownReference
from ledger.events import EntrySetAside
from projections import poison, runner
from projections.catalogue import view_named
from projections.poison import Poisoned
from projections.runner import State

REASONS = ("recorded-otherwise", "changes-nothing", "not-a-report")
"""Why an entry may be left out of a view: another entry says the same, nothing follows from it, or nothing happened."""
MAY_SET_ASIDE = frozenset({"records-manager", "administrator"})


def listed(runtime: Runtime) -> list[Poisoned]:
    """Every entry that a view leaves out, in the order of the ledger; it names records by their ids only."""
    with suppress(ProjectionStopped):
        runtime.bring_up()
    with runtime.projector() as connection:
        return poison.listed(connection)


def set_aside(runtime: Runtime, view: str, position: int, by: Caller, *, reason: str) -> Poisoned:
    """Record that a view goes on without an entry, and why; then make the view again with all later entries.

    Should this process die between the two, `ledger rebuild` completes it. Raises Malformed, NotAllowed,
    UnknownReference, AlreadyDone, ProjectionStopped and ViewInUse.
    """
    if reason not in REASONS:
        raise Malformed(f"The reason must be one of {', '.join(REASONS)}.", field="reason")
    if not by.operator or by.role not in MAY_SET_ASIDE:
        raise NotAllowed("Only a records manager or an administrator at the operator's own shell sets an entry aside.")
    found = _row(listed(runtime), view, position)
    if found.set_aside is not None:
        raise AlreadyDone(f"The view {view} goes on without entry {position:,} since entry {found.set_aside:,}.")
    decided = EntrySetAside(view=view, entry=position, record=str(found.stream), cause=found.why, reason=reason)
    runtime.ledger.note(poison.decision_stream(view, position), decided, by)
    with runtime.projector() as connection:
        runner.rebuild(connection, view_named(view))
        return _row(poison.listed(connection), view, position)


def _row(rows: Sequence[Poisoned], view: str, position: int) -> Poisoned:
    for row in rows:
        if (row.view, row.position) == (view, position):
            return row
    raise UnknownReference(f"The view {view} leaves out no entry {position:,}; `ledger poison` lists those it does.")


def frozen_warning(views: Sequence[State]) -> str | None:
    """What an operator is to look into, without ids; or None."""
    frozen = [state for state in views if state.frozen]
    if not frozen:
        return None
    parts = ", ".join(f"{state.frozen:,} in {state.view}" for state in frozen)
    return f"Records are incomplete because of entries that a view cannot apply: {parts}. See `ledger poison`."
