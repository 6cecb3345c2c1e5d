"""Records commands: read the history, decide, seal, append. The command id is the idempotency key.

Only this module unseals personal data: callers record the access with `record_read` first and then call `unsealed`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg

from ledger import restore
from ledger.attempts import AttemptLog
from ledger.authority.access import (
    EVERYTHING,
    Sight,
    refuse_across_programmes,
    refuse_instructing_for_others,
    refuse_unless_readable,
    sight_of,
    streams_disclosed_by,
)
from ledger.authority.destruction import refuse_destroying_for_others, refuse_unless_due
from ledger.authority.grants import Holder, refuse_deciding
from ledger.authority.reading import reads_as
from ledger.authority.side import as_recorded
from ledger.calendars import Calendar
from ledger.caller import Caller
from ledger.claims import Answers, Entitlement, happened_at
from ledger.clocks import london_day
from ledger.commands import grants
from ledger.commands.declaration import ClaimAnswer
from ledger.commands.reader import Command, read_command
from ledger.decisions import refuse_unless_permitted
from ledger.errors import ByGrantOnly, ConcurrentChange, Malformed, Refused, UnknownCustomer
from ledger.events import BreachAssessmentOpened, ClaimReceived, Event, FindingRaised, GrantRequested, PersonalDataRead
from ledger.judging.case import Context
from ledger.judging.findings import needs_people
from ledger.judging.proposal import Proposal, answered, refusal_of, refused_outright
from ledger.judging.snapshot import Snapshot, SnapshotReader
from ledger.log.codec import Entry
from ledger.namesakes import Namesakes
from ledger.planning import Plan, Planning
from ledger.readings import in_own_name, reading_of
from ledger.rules.catalogue import RULES
from ledger.rules.rule import Rule
from ledger.state.registers import InForce
from ledger.store import migrate
from ledger.store.append_call import Batch, DestroyedClass, SearchToken, VersionRead
from ledger.store.connections import Logins
from ledger.store.readers import Readers, Reading
from ledger.store.receipts import Receipt, content_of, receipt_of
from ledger.store.recorder import Recorder, entries_in, open_recorder
from ledger.store.sealed import SealedRecords, open_vault
from ledger.vault.fences import FenceFile
from ledger.vault.keys import ClassKey, Vault
from ledger.vault.seal import actor

ATTEMPTS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """The settings a ledger was opened with, for another process to open it."""

    logins: Logins
    key_file: Path
    fence_file: Path

    def open(self) -> Ledger:
        """The same ledger once more; see Ledger.open for what it raises."""
        return Ledger.open(self.logins, self.key_file, self.fence_file)

    @property
    def conninfo(self) -> str:
        """The connection string of the login that records."""
        return self.logins.writer


class Ledger:
    """The write side, and the only code that unseals records; safe for any number of threads."""

    def __init__(self, recorder: Recorder, vault: Vault, fence_file: FenceFile, readers: Readers) -> None:
        self.recorder = recorder
        self.readers = readers
        self.vault = vault
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.rules: Sequence[Rule] = RULES
        """The rules to judge by; only a benchmark sets others, to measure the cost of judging."""
        self._snapshots = SnapshotReader(recorder, vault)
        self._sealed = SealedRecords(recorder, vault, readers)
        self.fence_file = fence_file
        self.attempts = AttemptLog(recorder, vault, self._sealed, self)
        """What callers were refused, counted and recorded once a minute."""
        self._namesakes = Namesakes()
        self.opening: Opening | None = None

    @classmethod
    def open(cls, conninfo: Logins | str, key_file: Path, fence_file: Path | None = None) -> Ledger:
        """The ledger of a migrated database; the fence file is beside the key file unless another path is given.

        Records that a restored backup brought back are destroyed again first. Raises WrongSchema, KeyFileMissing,
        KeyFileUnreadable, WrongKey and FenceFileUnwritable.
        """
        logins = Logins.of(conninfo)
        recorder = open_recorder(logins.writer)
        try:
            with recorder.connection() as connection:
                migrate.check(connection)
                vault = open_vault(connection, key_file)
        except BaseException:
            recorder.close()
            raise
        fence_file = fence_file or key_file.with_name("fences")
        ledger = cls(recorder, vault, FenceFile(fence_file), Readers(logins.reader, vault.caller_key))
        ledger.opening = Opening(logins=logins, key_file=key_file.absolute(), fence_file=fence_file.absolute())
        try:
            restore.destroy_again(recorder, vault, ledger.fence_file, at=ledger.now())
        except BaseException:
            ledger.close()
            raise
        return ledger

    def close(self) -> None:
        """Commit what is queued and close the connections."""
        self.attempts.close()
        self.readers.close()
        self.recorder.close()

    def record(self, command: Command | dict[str, Any], by: Caller) -> Receipt:
        """Record a command. The same command again returns the receipt of the first time.

        Raises subclasses of Refused, when nothing was recorded, and of Fault.
        """
        if isinstance(command, dict):
            body = command
            try:
                command = read_command(body)
            except Malformed:
                answered = self.answered_before(body)
                if answered is not None:
                    return answered
                raise
            if command.kind.makes is PersonalDataRead and not by.operator:
                for part in command.parts:
                    refuse_unless_readable(self.recorder, self.registers(), part.stream, by)
                command = in_own_name(command, by)
        digest = self.vault.digest(content_of(command))
        for attempt in range(ATTEMPTS):
            try:
                batch = self._decided(command, by, digest)
            except Refused:
                answered = receipt_of(self.recorder, command.id, digest)
                if answered is not None:
                    return answered
                raise
            try:
                appended = self.recorder.append(batch)
            except ConcurrentChange:
                if attempt + 1 == ATTEMPTS:
                    raise
                continue
            self._note_fences(batch)
            if appended.repeated:
                return receipt_of(self.recorder, command.id, digest) or _unreachable()
            made = Counter(entry.type for entry in batch.entries)
            if made[ClaimReceived.NAME] or made[GrantRequested.NAME]:  # the rest would show what is on record
                return Receipt(
                    command_id=command.id, first=appended.last, last=appended.last, repeated=False, waiting=True
                )
            return Receipt(
                command_id=command.id, first=appended.first, last=appended.last, repeated=False,
                findings=made[FindingRaised.NAME], assessments=made[BreachAssessmentOpened.NAME],
            )  # fmt: skip
        raise ConcurrentChange

    def answered_before(self, body: dict[str, Any]) -> Receipt | None:
        """The receipt of the same command where it was recorded before there were bounds on values.

        None where it was not recorded, or cannot be read even without them. Raises DatabaseUnreachable.
        """
        try:
            command = read_command(body, bounded=False)
            return receipt_of(self.recorder, command.id, self.vault.digest(content_of(command)))
        except Refused:
            return None

    def propose(self, command: Command | dict[str, Any], by: Caller) -> Proposal:
        """The answer of the rules to a command, which is not recorded.

        A refusal, of all or of some items, is recorded: who asked, when, and which rules refused. Raises subclasses of
        Refused where the record itself forbids the command; UnknownCustomer where the caller may not learn what is on
        record; and subclasses of Fault.
        """
        if isinstance(command, dict):
            command = read_command(command)
        at = max(self.now(), command.occurred_at)  # a proposal lies in the future and is judged by its own day
        refuse_unless_permitted(command, by, at)
        registers = self.registers()
        begun = {part.stream for part in command.parts if command.kind.begins}
        for stream in streams_disclosed_by(command):
            if stream in begun and not self.recorder.history(stream):
                continue
            refuse_unless_readable(self.recorder, registers, stream, by)
        snapshot = self._snapshot(command)
        context = self._context(snapshot)
        try:
            proposal = answered(context, [*self._planning(snapshot).cases(command, by, at)], command.id)
        except Refused as refused:
            if refused.rule_id is None or refused.rule_id not in {rule.id for rule in self.rules}:
                raise
            proposal = refused_outright(context, refused.rule_id, command)
        if proposal.refusing():
            self._log_refusal(command, proposal, by)
        return proposal

    def _log_refusal(self, command: Command, proposal: Proposal, by: Caller) -> None:
        """Record a refused proposal on a stream of its own, which no customer's record shows."""
        self.note(uuid5(command.id, "proposal"), refusal_of(proposal, command), by)

    def note(self, stream: UUID, made: Event, by: Caller) -> None:
        """Record an event that no command makes, such as that a line of the quarantine was opened.

        Raises ConcurrentChange and Fault.
        """
        for _ in range(ATTEMPTS):
            try:
                self.append([(stream, self.recorder.history(stream), (made,))], by)
            except ConcurrentChange:
                continue
            return
        raise ConcurrentChange

    def append(self, plans: Iterable[Plan], by: Caller, *, read: Sequence[VersionRead] = ()) -> None:
        """Append to several streams at once events that no command makes; `read` are streams they were decided by.

        Raises ConcurrentChange and Fault.
        """
        at, acting = self.now(), actor(self.vault, by)
        entries: list[Entry] = []
        keys: list[ClassKey] = []
        for stream, history, made in plans:
            writing = self._sealed.continuation(stream, history)
            entries += [writing.entry(uuid4(), event, occurred_at=at, recorded_at=at, actor=acting) for event in made]
            keys += writing.new_keys
        self.recorder.append(Batch(entries=entries, keys=keys, read=read))

    def calendar(self) -> Calendar:
        """The bank-holiday list in force: the latest published, or the one shipped with the program."""
        return self._snapshots.read([], people=[]).registers.calendar()

    def registers(self) -> InForce:
        """The organisations' registers of today, with everything that is committed."""
        return self._snapshots.read([], people=[]).registers.on(london_day(self.now()))

    def _with_namesake(self, plan: Plan, by: Caller, snapshot: Snapshot) -> Plan:
        """A reading with the fact that the person bears the reader's name, or a colleague's."""
        stream, history, made = plan
        person = snapshot.people.get(stream)
        namesake = self._namesakes.match(by, person.name if person else None)
        return stream, history, tuple(event.but(namesake=namesake) for event in made)

    def _snapshot(self, command: Command) -> Snapshot:
        if isinstance(command.kind, ClaimAnswer) and command.kind.confirms:  # what is confirmed may be a share
            about = [UUID(str(part.fields["about"])) for part in command.parts]
            streams = [*about, *(part.stream for part in command.parts)]
            return self._snapshots.read(streams, people=about if self.rules else [])
        streams = [part.stream for part in command.parts]
        named = (self.rules and needs_people(command)) or command.kind.makes is PersonalDataRead
        return self._snapshots.read(streams, people=streams if named else [])

    def _context(self, snapshot: Snapshot) -> Context:
        return Context(rules=self.rules, registers=snapshot.registers, people=snapshot.people)

    def _planning(self, snapshot: Snapshot, versions: dict[UUID, int] | None = None) -> Planning:
        """Planning that reuses the histories of a snapshot; `versions` receives the version of each stream read."""
        known = snapshot.histories

        def read(stream: UUID) -> list[Entry]:
            history = known[stream] if stream in known else self.recorder.history(stream)
            if versions is not None:
                versions.setdefault(stream, history[-1].version if history else 0)
            return history

        return Planning(read=read, calendar=self.calendar, opened=self.unsealed)

    def pseudonym(self, by: Caller) -> str:
        """What stands for a member of staff in entries, whichever role they act in."""
        return self.vault.pseudonym(by.subject)

    def holder(self, by: Caller, on: InForce) -> Holder:
        """A caller as the holder of a grant, now; `on` are today's registers, by which entries name the caller."""
        return Holder(actor=actor(self.vault, as_recorded(by, on)), at=self.now())

    def answers_to(self, claim: Entry, by: Caller) -> Answers:
        """How a caller may answer a claim; nothing of it is shown. Raises UnregisteredOrganisation and Destroyed."""
        snapshot = self._snapshots.read([], people=[])
        on = snapshot.registers.on(london_day(self.now()))
        return Entitlement(planning=self._planning(snapshot), by=by, on=on).answers(claim)

    def record_read(
        self,
        stream: UUID,
        by: Caller,
        *,
        purpose: str,
        route: str,
        command_id: UUID,
        own_only: bool = False,
        whole: bool = False,
        sight: Sight | None = None,
    ) -> Sight:
        """Record that the caller reads a customer's personal data, before anything is unsealed; say how much (D12).

        `sight` is what `refuse_unless_readable` answered for this caller and record already, where it was asked.
        `whole` for an answer that is nothing without names and contents. Raises UnknownCustomer unless the caller may
        read this record, or with `own_only`, for what the caller's organisation recorded itself, for another
        programme's (PARTY-06), and ByGrantOnly for an auditor who asks for the whole without a grant; then nothing is
        recorded. Raises what `record` raises.
        """
        if own_only:
            refuse_across_programmes(self.recorder, self.registers(), stream, by)
            sight = EVERYTHING
        elif sight is None:
            on = self.registers()
            sight = refuse_unless_readable(self.recorder, on, stream, by, self.holder(by, on))
        if whole and not sight.unsealed:
            raise ByGrantOnly
        command = reading_of(
            stream, by, purpose=purpose, route=route, command_id=command_id, at=self.now(), grant_id=sight.grant_id
        )
        self.record(command, by)
        return sight

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
        return self._sealed.opened(stream, classes=classes, reading=reading)

    def reading_of(self, by: Caller) -> Reading:
        """Who reads, in the words of the database's policies, by the registers of today as they were read last.

        Where they went on since, the database says so and it is decided again.
        """
        position, registers = self._snapshots.registers()
        on = registers.on(london_day(self.now()))
        return replace(reads_as(self.holder(by, on), by, on), registers=position, renewed=lambda: self._renewed(by))

    def _renewed(self, by: Caller) -> Reading:
        self.registers()
        return self.reading_of(by)

    def readable(self, streams: Sequence[UUID], by: Caller) -> list[UUID]:
        """Those of these records whose names a caller may read: one statement, however many there are of anybody's."""
        snapshot = self._snapshots.read(streams, people=[])
        on = snapshot.registers.on(london_day(self.now()))
        sights = {stream: sight_of(by, on, snapshot.histories[stream], self.holder(by, on)) for stream in streams}
        return [stream for stream, sight in sights.items() if sight is not None and sight.unsealed]

    def find(self, tokens: Sequence[bytes]) -> list[UUID]:
        """The customers that match every one of these blind search tokens."""
        return self._sealed.find(tokens)

    def _note_fences(self, batch: Batch) -> None:
        """Write the fences of destroyed records to the fence file, after the commit; opening the ledger repeats it."""
        if batch.destroys:
            self.fence_file.note(restore.fences_of(self.recorder, set(batch.destroys)))

    def _decided(self, command: Command, by: Caller, digest: bytes) -> Batch:
        at = self.now()
        refuse_unless_permitted(command, by, at)  # first, so that the answer to a role tells nothing of the record
        if command.kind.name == "destroy-records":
            refuse_destroying_for_others(self.recorder, self.registers(), command, by)
        elif command.kind.name == "instruct-destruction":
            refuse_instructing_for_others(self.registers(), command, by)
        entries: list[Entry] = []
        keys: list[ClassKey] = []
        tokens: list[SearchToken] = []
        destroys: list[DestroyedClass] = []
        snapshot, read = self._snapshot(command), dict[UUID, int]()
        on = snapshot.registers.on(london_day(at))
        acting = actor(self.vault, as_recorded(by, on))
        if command.kind.name in grants.DECISIONS:
            [part] = command.parts
            holder, history = Holder(actor=acting, at=at), snapshot.histories[part.stream]
            refuse_deciding(command.kind.name, part.fields, by, on, history=history, holder=holder)
        judged = self.rules and command.kind.judged
        planning, context = self._planning(snapshot, read), self._context(snapshot) if judged else None
        entitlement = Entitlement(planning=planning, by=by, on=on)
        planned = [plan for part in command.parts for plan in entitlement.plans(command, part, at, context)]
        if command.kind.makes is PersonalDataRead:
            planned = [self._with_namesake(plan, by, snapshot) for plan in planned]
        planned.sort(
            key=lambda plan: isinstance(plan[2][0], ClaimReceived)
        )  # the receipt of a claim shows its position
        own = {part.stream for part in command.parts}
        occurred_at = happened_at([event for _, _, made in planned for event in made], command.occurred_at)
        for place, (stream, history, made) in enumerate(planned):
            if command.kind.name == "destroy-records" and stream in own:  # claims go with the records they are about
                refuse_unless_due(self.recorder, on, (stream, history, made), by, read=planning.read)
            read.pop(stream, None)  # the append itself checks the version of a stream it writes to
            writing = self._sealed.continuation(stream, history, snapshot.keys.get(stream))
            entries += [
                writing.entry(
                    uuid5(command.id, str(place * 100 + ordinal)),
                    event,
                    occurred_at=command.occurred_at
                    if command.kind.subject == "claim" and stream in own
                    else occurred_at,
                    recorded_at=at,
                    actor=acting,
                )
                for ordinal, event in enumerate(made)
            ]
            keys += writing.new_keys
            tokens += [SearchToken(stream, token) for token in self._sealed.tokens_of(stream, history, made)]
            destroys += [
                DestroyedClass(stream, str(records["class"]), str(records.get("part") or ""))
                for event in made
                for records in getattr(event, "destroyed", ())
            ]
        assert entries, "a command that would record nothing is refused where that is decided"
        return Batch(
            entries=entries, command=command.id, digest=digest, keys=keys, tokens=tokens, destroys=destroys,
            read=[VersionRead(*item) for item in read.items()],
        )  # fmt: skip


def _unreachable() -> Receipt:
    raise ConcurrentChange
