"""What is held: registers, entries and sealed fields, for deciding, or in the name of a caller who is shown them.

Only this module and the store below it unseal personal data: callers record the access with `Ledger.record_read` first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg

from ledger.authority.access import sight_of
from ledger.authority.grants import Holder
from ledger.authority.reading import reads_as
from ledger.authority.side import as_recorded
from ledger.calendars import Calendar
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.errors import UnknownCustomer
from ledger.judging.snapshot import SnapshotReader
from ledger.log.codec import Entry
from ledger.state.registers import InForce
from ledger.store.readers import Readers, Reading
from ledger.store.recorder import Recorder, entries_in
from ledger.store.sealed import SealedRecords
from ledger.vault.keys import Vault
from ledger.vault.seal import actor


class Holdings:
    """Reads a ledger; safe for any number of threads."""

    def __init__(self, recorder: Recorder, vault: Vault, readers: Readers) -> None:
        self.recorder = recorder
        self.readers = readers
        self.vault = vault
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.snapshots = SnapshotReader(recorder, vault)
        self.sealed = SealedRecords(recorder, vault, readers)

    def calendar(self) -> Calendar:
        """The bank-holiday list in force: the latest published, or the one shipped with the program."""
        return self.snapshots.read([], people=[]).registers.calendar()

    def registers(self) -> InForce:
        """The organisations' registers of today, with everything that is committed."""
        return self.snapshots.read([], people=[]).registers.on(london_day(self.now()))

    def pseudonym(self, by: Caller) -> str:
        """What stands for a member of staff in entries, whichever role they act in."""
        return self.vault.pseudonym(by.subject)

    def holder(self, by: Caller, on: InForce) -> Holder:
        """A caller as the holder of a grant, now; `on` are today's registers, by which entries name the caller."""
        return Holder(actor=actor(self.vault, as_recorded(by, on)), at=self.now())

    def history(self, stream: UUID, *, by: Caller | psycopg.Connection[Any] | None = None) -> list[Entry]:
        """The entries of a stream; raises UnknownCustomer when there are none.

        What is shown to a caller is read in their name, or on a connection that reads in it already.
        """
        if isinstance(by, Caller):
            with self.readers.reading(self.reading_of(by), about=stream) as connection:
                entries = entries_in(connection, stream)
        else:
            entries = self.recorder.history(stream) if by is None else entries_in(by, stream)
        if not entries:
            raise UnknownCustomer
        return entries

    def unsealed(
        self,
        stream: UUID,
        *,
        classes: Iterable[str] | None = None,
        by: Caller | psycopg.Connection[Any] | None = None,
    ) -> dict[int, dict[str, Any]]:
        """The sealed fields of a stream by position of the entry; destroyed ones are absent. Raises Tampered.

        What is shown to a caller is read in their name, or on a connection that reads in it already, so that the
        database leaves out what they may not read.
        """
        reading = self.reading_of(by) if isinstance(by, Caller) else by
        return self.sealed.opened(stream, classes=classes, reading=reading)

    def reading_of(self, by: Caller) -> Reading:
        """Who reads, in the words of the database's policies, by the registers of today as they were read last.

        Where they went on since, the database says so and it is decided again.
        """
        position, registers = self.snapshots.registers()
        on = registers.on(london_day(self.now()))
        return replace(reads_as(self.holder(by, on), by, on), registers=position, renewed=lambda: self._renewed(by))

    def _renewed(self, by: Caller) -> Reading:
        self.registers()
        return self.reading_of(by)

    def readable(self, streams: Sequence[UUID], by: Caller) -> list[UUID]:
        """Those of these records whose names a caller may read: one statement, however many there are of anybody's."""
        snapshot = self.snapshots.read(streams, people=[])
        on = snapshot.registers.on(london_day(self.now()))
        sights = {stream: sight_of(by, on, snapshot.histories[stream], self.holder(by, on)) for stream in streams}
        return [stream for stream, sight in sights.items() if sight is not None and sight.unsealed]

    def find(self, tokens: Sequence[bytes]) -> list[UUID]:
        """The customers that match every one of these blind search tokens."""
        return self.sealed.find(tokens)
