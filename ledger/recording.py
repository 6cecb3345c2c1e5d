"""Records commands: read the history, decide, seal, append. The command id is the idempotency key.

Callers who are shown personal data record the access with `record_read` first and then call `unsealed`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

from ledger import restore
from ledger.attempts import AttemptLog
from ledger.authority.access import (
    EVERYTHING,
    Sight,
    refuse_across_programmes,
    refuse_unless_readable,
    streams_disclosed_by,
)
from ledger.caller import Caller
from ledger.claims import Answers, Entitlement
from ledger.clocks import london_day
from ledger.commands.reader import Command, read_command
from ledger.decider import Decider
from ledger.decisions import refuse_unless_permitted
from ledger.errors import ByGrantOnly, ConcurrentChange, Malformed, Refused
from ledger.events import BreachAssessmentOpened, ClaimReceived, Event, FindingRaised, GrantRequested, PersonalDataRead
from ledger.holdings import Holdings
from ledger.judging.proposal import Proposal, answered, refusal_of, refused_outright
from ledger.log.codec import Entry
from ledger.planning import Plan
from ledger.readings import in_own_name, reading_of
from ledger.store.append_call import Batch, VersionRead
from ledger.store.connections import Logins, refuse_unusable
from ledger.store.readers import Readers
from ledger.store.receipts import Receipt, content_of, receipt_of
from ledger.store.recorder import Recorder, open_recorder
from ledger.store.sealed import open_vault
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


class Ledger(Holdings):
    """The write side, with what is held; safe for any number of threads."""

    def __init__(self, recorder: Recorder, vault: Vault, fence_file: FenceFile, readers: Readers) -> None:
        super().__init__(recorder, vault, readers)
        self.decider = Decider(self)
        self.fence_file = fence_file
        self.attempts = AttemptLog(recorder, vault, self.sealed, self)
        """What callers were refused, counted and recorded once a minute."""
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
            if logins.reader != logins.writer:
                refuse_unusable(logins.reader, "reader")
            with recorder.connection() as connection:
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
                batch = self.decider.batch(command, by, digest)
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
        snapshot = self.decider.snapshot(command)
        context = self.decider.context(snapshot)
        try:
            proposal = answered(context, [*self.decider.planning(snapshot).cases(command, by, at)], command.id)
        except Refused as refused:
            if refused.rule_id is None or refused.rule_id not in {rule.id for rule in self.decider.rules}:
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
            writing = self.sealed.continuation(stream, history)
            entries += [writing.entry(uuid4(), event, occurred_at=at, recorded_at=at, actor=acting) for event in made]
            keys += writing.new_keys
        self.recorder.append(Batch(entries=entries, keys=keys, read=read))

    def answers_to(self, claim: Entry, by: Caller) -> Answers:
        """How a caller may answer a claim; nothing of it is shown. Raises UnregisteredOrganisation and Destroyed."""
        snapshot = self.snapshots.read([], people=[])
        on = snapshot.registers.on(london_day(self.now()))
        return Entitlement(planning=self.decider.planning(snapshot), by=by, on=on).answers(claim)

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

    def _note_fences(self, batch: Batch) -> None:
        """Write the fences of destroyed records to the fence file, after the commit; opening the ledger repeats it."""
        if batch.destroys:
            self.fence_file.note(restore.fences_of(self.recorder, set(batch.destroys)))


def _unreachable() -> Receipt:
    raise ConcurrentChange
