"""Receipts: the stored answer to a command, which a repeated command gets again."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import tuple_row

from ledger.commands.reader import Command
from ledger.errors import CommandReused
from ledger.events import ClaimReceived, GrantRequested, Json
from ledger.log.codec import canonical
from ledger.store.recorder import Recorder


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """The answer to a command: the positions of what was recorded, and whether it had been recorded before."""

    command_id: UUID
    first: int
    last: int
    repeated: bool
    findings: int = 0
    """How many findings were recorded with it just now; a repeated command is not judged again."""
    assessments: int = 0
    """How many breach assessments it opened just now."""
    waiting: bool = False
    """Whether what it changes waits for somebody entitled; the answer does not tell what took effect at once."""

    def as_json(self) -> dict[str, Json]:
        """The receipt as every door gives it."""
        return {
            "command_id": str(self.command_id),
            "first_position": self.first,
            "last_position": self.last,
            "repeated": self.repeated,
            **({"waiting": True} if self.waiting else {}),
        }


def content_of(command: Command) -> bytes:
    """A command in canonical bytes, to distinguish a repeated command from another with the same id."""
    return canonical(
        [
            command.kind.name,
            command.occurred_at.isoformat(),
            [[str(part.stream), dict(part.fields)] for part in command.parts],
        ]
    )


def receipt_of(recorder: Recorder, command_id: UUID, digest: bytes) -> Receipt | None:
    """The receipt of a command that was recorded before; None for one that was not.

    Raises CommandReused where another command was recorded under this id, by its digest.
    """
    with recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        row = cursor.execute(
            "SELECT r.digest, r.first_position, r.last_position, e.type FROM ledger.receipt AS r"
            " JOIN ledger.event AS e ON e.position = r.last_position WHERE r.command = %s",
            [command_id],
        ).fetchone()
    if row is None:
        return None
    if row[0] is not None and bytes(row[0]) != digest:
        raise CommandReused
    waiting = row[3] in {ClaimReceived.NAME, GrantRequested.NAME}
    return Receipt(
        command_id=command_id, first=row[2] if waiting else row[1], last=row[2], repeated=True, waiting=waiting
    )
