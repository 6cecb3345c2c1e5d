"""The command that records a reading of personal data (D12): always in the reader's own name. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ledger.caller import Caller
from ledger.commands.catalogue import COMMANDS
from ledger.commands.declaration import Fields
from ledger.commands.reader import Command, Part


def reading_of(
    stream: UUID, by: Caller, *, purpose: str, route: str, command_id: UUID, at: datetime, grant_id: str | None = None
) -> Command:
    """The command that records that a caller reads one record, by a grant where there is one."""
    by_grant = {"grant_id": grant_id} if grant_id else {}
    part = Part(stream=stream, fields={"purpose": purpose, "route": route, **_reader(by), **by_grant})
    return Command(id=command_id, kind=COMMANDS["read-personal-data"], occurred_at=at, parts=(part,))


def in_own_name(command: Command, by: Caller) -> Command:
    """A reading reported through a door, with the caller as the reader; the operator may report anybody's."""
    if by.operator:
        return command
    parts = tuple(replace(part, fields={**part.fields, **_reader(by)}) for part in command.parts)
    return replace(command, parts=parts)


def _reader(by: Caller) -> Fields:
    return {"role": by.role, "organisation": by.organisation, "read_by": by.subject}
