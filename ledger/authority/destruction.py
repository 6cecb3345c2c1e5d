"""Who may destroy whose records, and which: what the schedule, an erasure or an instruction makes due.

A due day that a caller states proves nothing. The ledger computes it again from the entries and the registers, and
refuses what is not due, because destruction cannot be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from uuid import UUID

import orjson

from ledger.authority.access import programme_of
from ledger.authority.side import is_of_contractor, refuse_nobody
from ledger.caller import Caller
from ledger.commands.catalogue import COMMANDS
from ledger.commands.reader import Command, organisation_stream
from ledger.errors import NotAllowed, NotDue, UnknownCustomer
from ledger.events import (
    DestructionApproved,
    DestructionInstructed,
    Event,
    Json,
    RecordsDestroyed,
    RetentionPeriodSet,
)
from ledger.log.codec import Entry, event_from
from ledger.retention.approved_list import is_row, list_stream
from ledger.retention.due_dates import Due, due_dates, instructions_to, responsible
from ledger.retention.impossible_dates import possible
from ledger.state.registers import InForce, Registers
from ledger.state.replay import dated_events, event_of, kept_events
from ledger.store.recorder import Recorder

ONLY_CONTROLLERS_DESTROY = (
    "Only the controller's records manager may destroy records, or a contractor's those that the controller's"
    " instruction to it names."
)
NOT_LISTED = (
    "These records are not a row of a list that was approved for destruction; preview what is due, then destroy that."
)
_INSTRUCTED = "DEST-01"

Read = Callable[[UUID], list[Entry]]
"""The entries of a stream."""


def may_destroy(by: Caller) -> bool:
    """Whether a caller's role may destroy records at all; `refuse_destroying` tells whose."""
    return by.role in COMMANDS["destroy-records"].permitted


def refuse_unless_may_destroy(by: Caller) -> None:
    """Raise NotAllowed for a role that may destroy no records."""
    if not may_destroy(by):
        raise NotAllowed("Only a records manager may destroy records.")


def refuse_destroying(on: InForce, by: Caller, *, instructed: bool) -> None:
    """Raise NotAllowed for another role, and for a contractor beyond what the controller instructed it to (DEST-01).

    Raises UnregisteredOrganisation for a caller on no side.
    """
    refuse_unless_may_destroy(by)
    refuse_nobody(by, on)
    _refuse_contractor(on, by, instructed=instructed)


def refuse_destroying_for_others(recorder: Recorder, on: InForce, command: Command, by: Caller) -> None:
    """Raise UnknownCustomer for nobody known and across programmes, UnregisteredOrganisation for a caller on no side.

    Raises NotAllowed for a contractor beyond its instruction (DEST-01). Whether the records are due,
    `refuse_unless_due` asks; the command's own checks are that no day lies in the future,
    that no hold is in force, and that nothing of it was destroyed before.
    """
    refuse_nobody(by, on)
    instructed = any(instruction.contractor == by.organisation for instruction in on.every(DestructionInstructed))
    for part in command.parts:  # whose records they are is asked last, so that a refusal tells nothing of them
        all_instructed = instructed and all(records.get("rule") == _INSTRUCTED for records in part.fields["destroyed"])
        _refuse_contractor(on, by, instructed=all_instructed)
        if programme_of(recorder, on, part.stream) != on.programme_of(by.organisation):
            raise UnknownCustomer


def _refuse_contractor(on: InForce, by: Caller, *, instructed: bool) -> None:
    if not instructed and is_of_contractor(on, by.organisation):
        raise NotAllowed(ONLY_CONTROLLERS_DESTROY)


def refuse_unless_due(
    recorder: Recorder, on: InForce, plan: tuple[UUID, Sequence[Entry], Iterable[Event]], by: Caller, *, read: Read
) -> None:
    """Refuse a destruction of anything that is not due that day under that rule, or is no row of an approved list.

    `plan` is a stream, its entries and the events to append; `read` returns other streams; `on` is today. Raises NotDue
    (RET-GEN-02, DEST-01), and NotAllowed for a contractor whom another instruction than its own would serve.
    """
    stream, history, made = plan
    for event in made:
        if isinstance(event, RecordsDestroyed):
            registers = _with_periods(on.registers, history, read)
            dues = due_dates(kept_events(history), registers)
            approved = _approval(recorder.history(list_stream(event.on, event.digest)))
            for records in event.destroyed:
                due = dues.get((str(records["class"]), str(records.get("part") or "")))
                _refuse_unless_stated(due, records)
                if records.get("rule") == _INSTRUCTED:
                    _refuse_unless_instructed(recorder, on, _organisation(history, registers), records, by)
                if approved is None or not is_row(stream, records, approved):
                    raise NotDue(NOT_LISTED)


def _refuse_unless_stated(due: Due | None, records: Mapping[str, Json]) -> None:
    stated = records.get("destroy_by"), records.get("rule")
    if due is None or due.destroy_by is None or stated != (due.destroy_by.isoformat(), due.rule):
        raise NotDue
    if due.rule != _INSTRUCTED and records.get("because") not in {None, due.because}:
        raise NotDue("These records are due because of another entry than the one that because names.")


def _refuse_unless_instructed(
    recorder: Recorder, on: InForce, organisation: str | None, records: Mapping[str, Json], by: Caller
) -> None:
    instruction, in_force = (
        _instruction_at(recorder, records.get("because")),
        instructions_to(on.registers, organisation),
    )
    if instruction is None or instruction not in in_force or records["class"] not in instruction.classes:
        raise NotDue(
            "No instruction of the controller that because names makes these records due.", rule_id=_INSTRUCTED
        )
    if instruction.valid_from != records["destroy_by"]:
        raise NotDue(rule_id=_INSTRUCTED)
    if is_of_contractor(on, by.organisation) and instruction.contractor != by.organisation:
        raise NotAllowed(ONLY_CONTROLLERS_DESTROY)


def _instruction_at(recorder: Recorder, position: Json) -> DestructionInstructed | None:
    """The instruction recorded at a position; None when there is none."""
    if not isinstance(position, int) or position < 1:
        return None
    for found in recorder.select_notifications(position, 1, stop=position, topics=[DestructionInstructed.NAME]):
        stored = orjson.loads(found.state)
        event = event_from(found.topic, stored["type_version"], stored["facts"])
        return event if isinstance(event, DestructionInstructed) else None
    return None


def _approval(entries: Iterable[Entry]) -> DestructionApproved | None:
    approvals = (event_of(entry) for entry in entries)
    return next((event for event in approvals if isinstance(event, DestructionApproved)), None)


def _organisation(history: Sequence[Entry], registers: Registers) -> str | None:
    return responsible(possible(dated_events(history), registers))


def _with_periods(registers: Registers, history: Sequence[Entry], read: Read) -> Registers:
    """The registers with the local periods of the organisation responsible."""
    return registers.followed_by(_periods(_organisation(history, registers), read))


def _periods(organisation: str | None, read: Read) -> Iterator[Event]:
    entries = read(organisation_stream(organisation)) if organisation else ()
    yield from (event_of(entry) for entry in entries if entry.type == RetentionPeriodSet.NAME)
