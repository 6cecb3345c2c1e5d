"""The one way in: read the history, decide, seal, append; the same command again gets the same receipt.

It is also the one way personal data comes out again: `unsealed` opens a stream's payloads, and is only called after the
access itself was recorded.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import orjson
import psycopg
from psycopg.rows import tuple_row

from ledger import restore
from ledger.authority.access import (
    refuse_across_programmes,
    refuse_destroying_for_others,
    refuse_instructing_for_others,
    refuse_strangers,
    streams_disclosed_by,
)
from ledger.calendars import Calendar
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.commands.declaration import COMMANDS
from ledger.commands.reader import Command, Part, read_command
from ledger.errors import CommandReused, ConcurrentChange, KeyFileMissing, Refused, UnknownCustomer
from ledger.events import BreachAssessmentOpened, Event, FindingRaised, Json, ProposalRefused
from ledger.judging import findings as verdicts
from ledger.judging.case import Hearing
from ledger.judging.findings import Proposal
from ledger.judging.snapshot import Heard, Registrar
from ledger.log.codec import Entry, canonical
from ledger.planning import Planning
from ledger.rules.catalogue import RULES
from ledger.rules.rule import Rule
from ledger.state.registers import InForce
from ledger.store import migrate
from ledger.store.append_call import Batch, DestroyedClass, SearchToken, VersionRead
from ledger.store.recorder import Recorder, open_recorder
from ledger.vault.fences import FenceFile
from ledger.vault.keys import ClassKey, Vault, binding, unseal
from ledger.vault.seal import Continuation, actor
from ledger.vault.search_tokens import IDENTITY_CLASSES, IDENTITY_COLLECTIONS, identity_of

ATTEMPTS = 20


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

    def as_json(self) -> dict[str, Json]:
        """The receipt as every door gives it."""
        return {
            "command_id": str(self.command_id),
            "first_position": self.first,
            "last_position": self.last,
            "repeated": self.repeated,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """What a ledger was opened with, so that another process can open it too."""

    conninfo: str = field(repr=False)  # it may hold a password
    key_file: Path
    fence_file: Path

    def open(self) -> Ledger:
        """The same ledger once more; see Ledger.open for what it raises."""
        return Ledger.open(self.conninfo, self.key_file, self.fence_file)


class Ledger:
    """The write side, and the only opener of sealed records; safe for any number of threads."""

    def __init__(self, recorder: Recorder, vault: Vault, fence_file: FenceFile) -> None:
        self.recorder = recorder
        self.vault = vault
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.rules: Sequence[Rule] = RULES
        """What is judged by; only a benchmark that measures what judging costs ever sets another."""
        self._registrar = Registrar(recorder, vault)
        self.fence_file = fence_file
        self.opening: Opening | None = None

    @classmethod
    def open(cls, conninfo: str, key_file: Path, fence_file: Path | None = None) -> Ledger:
        """The ledger of a migrated database; the fence file is beside the key file unless another is named.

        What a restored backup brought back is destroyed again first. Raises WrongSchema, KeyFileMissing,
        KeyFileUnreadable, WrongKey and FenceFileUnwritable.
        """
        recorder = open_recorder(conninfo)
        try:
            with recorder.connection() as connection:
                migrate.check(connection)
                vault = _open_vault(connection, key_file)
        except BaseException:
            recorder.close()
            raise
        fence_file = fence_file or key_file.with_name("fences")
        ledger = cls(recorder, vault, FenceFile(fence_file))
        ledger.opening = Opening(conninfo=conninfo, key_file=key_file.absolute(), fence_file=fence_file.absolute())
        try:
            restore.heed(recorder, vault, ledger.fence_file, at=ledger.now())
        except BaseException:
            ledger.close()
            raise
        return ledger

    def close(self) -> None:
        """Finish what is queued and give everything back."""
        self.recorder.close()

    def record(self, command: Command | dict[str, Any], by: Caller) -> Receipt:
        """Carry out a command, or say why not. Sending the same command again is safe, whatever became of it.

        Raises subclasses of Refused (nothing was recorded) and Fault.
        """
        if isinstance(command, dict):
            command = read_command(command)
        digest = self.vault.digest(_content(command))
        for attempt in range(ATTEMPTS):
            try:
                batch = self._decided(command, by, digest)
            except Refused:
                answered = self._answered(command, digest)
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
                return self._answered(command, digest) or _unreachable()
            made = Counter(entry.type for entry in batch.entries)
            return Receipt(
                command_id=command.id, first=appended.first, last=appended.last, repeated=False,
                findings=made[FindingRaised.NAME], assessments=made[BreachAssessmentOpened.NAME],
            )  # fmt: skip
        raise ConcurrentChange

    def propose(self, command: Command | dict[str, Any], by: Caller) -> Proposal:
        """What the rules say to a command that has not been carried out; nothing of it is recorded.

        When it is refused, wholly or for some items, that it was is recorded: who, when and by which rules. Raises
        subclasses of Refused for what no rule of the sources forbids but the record itself does, AnotherController and
        NotAllowed among them since an answer tells what is on record, and Fault.
        """
        if isinstance(command, dict):
            command = read_command(command)
        at = max(self.now(), command.occurred_at)  # what is proposed is yet to come, and judged by the day it is for
        registers = self.registers()
        for stream in streams_disclosed_by(command):
            refuse_across_programmes(self.recorder, registers, stream, by)
            refuse_strangers(self.recorder, stream, by)
        heard = self._heard(command)
        hearing = self._hearing(heard)
        try:
            proposal = verdicts.answered(hearing, [*self._planning(heard).cases(command, by, at)], command.id)
        except Refused as refused:
            if refused.rule_id is None or refused.rule_id not in {rule.id for rule in self.rules}:
                raise
            proposal = verdicts.refused_outright(hearing, refused.rule_id, command)
        if proposal.refusing():
            self._log_refusal(command, proposal, by)
        return proposal

    def _log_refusal(self, command: Command, proposal: Proposal, by: Caller) -> None:
        """On a stream of its own, which no customer's record shows and no other proposal waits for."""
        refusing = proposal.refusing()
        made = ProposalRefused(
            proposal_id=str(command.id),
            command_type=command.kind.name,
            rules=tuple(one.rule_id for one in refusing),
            rule_sets=tuple(dict.fromkeys(one.rule_set for one in refusing if one.rule_set)),
        )
        self.note(uuid5(command.id, "proposal"), made, by)

    def note(self, stream: UUID, made: Event, by: Caller) -> None:
        """Record something that no command reports, such as that a line of the quarantine was opened.

        Raises ConcurrentChange and Fault.
        """
        at = self.now()
        for _ in range(ATTEMPTS):
            writing = self._continuation(stream, self.recorder.history(stream))
            entry = writing.entry(uuid4(), made, occurred_at=at, recorded_at=at, actor=actor(self.vault, by))
            try:
                self.recorder.append(Batch(entries=[entry]))
            except ConcurrentChange:
                continue
            return
        raise ConcurrentChange

    def calendar(self) -> Calendar:
        """The bank-holiday list in force: the one published last, or the one this program comes with."""
        return self._registrar.heard([], people=[]).registers.calendar()

    def registers(self) -> InForce:
        """The organisations' registers with everything that is committed by now, as they stand today."""
        return self._registrar.heard([], people=[]).registers.on(london_day(self.now()))

    def _heard(self, command: Command) -> Heard:
        streams = [part.stream for part in command.parts]
        named = self.rules and verdicts.needs_people(command)
        return self._registrar.heard(streams, people=streams if named else [])

    def _hearing(self, heard: Heard) -> Hearing:
        return Hearing(rules=self.rules, registers=heard.registers, people=heard.people)

    def _planning(self, heard: Heard, versions: dict[UUID, int] | None = None) -> Planning:
        """What was heard already is not read again; `versions` receives the version of every stream that was read."""
        known = heard.histories

        def read(stream: UUID) -> list[Entry]:
            history = known[stream] if stream in known else self.recorder.history(stream)
            if versions is not None:
                versions.setdefault(stream, history[-1].version if history else 0)
            return history

        return Planning(read=read, calendar=self.calendar, opened=self.unsealed)

    def record_read(self, stream: UUID, by: Caller, *, purpose: str, route: str, command_id: UUID) -> Receipt:
        """Record that somebody reads a customer's personal data; without this receipt nothing is opened (D12).

        Raises AnotherController, and then nothing is recorded either (PARTY-06).
        """
        refuse_across_programmes(self.recorder, self.registers(), stream, by)
        said = {
            "purpose": purpose,
            "route": route,
            "role": by.role,
            "organisation": by.organisation,
            "read_by": by.subject,
        }
        part = Part(stream=stream, said=said)
        command = Command(id=command_id, kind=COMMANDS["read-personal-data"], occurred_at=self.now(), parts=(part,))
        return self.record(command, by)

    def history(self, stream: UUID) -> list[Entry]:
        """The entries of a stream; raises UnknownCustomer when there are none."""
        entries = self.recorder.history(stream)
        if not entries:
            raise UnknownCustomer
        return entries

    def unsealed(self, stream: UUID, *, classes: Iterable[str] | None = None) -> dict[int, dict[str, Any]]:
        """The sealed fields of a stream by position; what was destroyed is absent. Raises Tampered."""
        with self.recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            keys = self._keys(cursor, stream)
            cursor.execute(
                "SELECT e.position, e.id, e.version, e.type, e.class, e.part, s.blob FROM ledger.event AS e"
                " JOIN ledger.sealed AS s USING (position)"
                " WHERE e.stream = %s AND (%s::text[] IS NULL OR e.class = ANY (%s::text[])) ORDER BY e.position",
                [stream, wanted := None if classes is None else list(classes), wanted],
            )
            opened = {}
            for position, id_, version, type_, class_, part, blob in cursor:
                key = keys.get((class_, part))
                if key is not None:
                    opened[position] = orjson.loads(unseal(key, blob, binding(id_, stream, version, type_)))
            return opened

    def find(self, tokens: Sequence[bytes]) -> list[UUID]:
        """The customers that match every one of these blind search tokens."""
        with self.recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            cursor.execute(
                "SELECT stream FROM ledger.lookup_token WHERE token = ANY (%s) GROUP BY stream"
                " HAVING count(*) = %s ORDER BY stream LIMIT 200",
                [list(tokens), len(tokens)],
            )
            return [row[0] for row in cursor]

    def _note_fences(self, batch: Batch) -> None:
        """After the commit: should this process die first, opening the ledger again makes up for it."""
        if batch.destroys:
            self.fence_file.note(restore.fences_of(self.recorder, set(batch.destroys)))

    def _answered(self, command: Command, digest: bytes) -> Receipt | None:
        with self.recorder.connection() as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            row = cursor.execute(
                "SELECT digest, first_position, last_position FROM ledger.receipt WHERE command = %s", [command.id]
            ).fetchone()
        if row is None:
            return None
        if row[0] is not None and bytes(row[0]) != digest:
            raise CommandReused
        return Receipt(command_id=command.id, first=row[1], last=row[2], repeated=True)

    def _decided(self, command: Command, by: Caller, digest: bytes) -> Batch:
        at = self.now()
        acting = actor(self.vault, by)
        if command.kind.name == "destroy-records":
            refuse_destroying_for_others(self.recorder, self.registers(), command, by)
        elif command.kind.name == "instruct-destruction":
            refuse_instructing_for_others(self.registers(), command, by)
        entries: list[Entry] = []
        keys: list[ClassKey] = []
        tokens: list[SearchToken] = []
        destroys: list[DestroyedClass] = []
        heard, read = self._heard(command), dict[UUID, int]()
        judged = self.rules and command.kind.name in verdicts.JUDGED
        planning, hearing = self._planning(heard, read), self._hearing(heard) if judged else None
        planned = (plan for part in command.parts for plan in planning.plans(command, part, by, at, hearing))
        for number, (stream, history, made) in enumerate(planned):
            read.pop(stream, None)  # what is written to is checked by what is written
            writing = self._continuation(stream, history, heard.keys.get(stream))
            entries += [
                writing.entry(
                    uuid5(command.id, str(number * 100 + ordinal)),
                    event,
                    occurred_at=command.occurred_at,
                    recorded_at=at,
                    actor=acting,
                )
                for ordinal, event in enumerate(made)
            ]
            keys += writing.new_keys
            tokens += [SearchToken(stream, token) for token in self._tokens(stream, made)]
            destroys += [
                DestroyedClass(stream, str(one["class"]), str(one.get("part") or ""))
                for event in made
                for one in getattr(event, "destroyed", ())
            ]
        assert entries, "a command that would record nothing is refused where that is decided"
        return Batch(
            entries=entries, command=command.id, digest=digest, keys=keys, tokens=tokens, destroys=destroys,
            read=[VersionRead(*item) for item in read.items()],
        )  # fmt: skip

    def _continuation(
        self, stream: UUID, history: Sequence[Entry], keys: dict[tuple[str, str], ClassKey] | None = None
    ) -> Continuation:
        def stored_keys() -> dict[tuple[str, str], ClassKey]:
            if keys is not None:
                return keys
            with (
                self.recorder.connection() as connection,
                connection.cursor(row_factory=tuple_row, binary=True) as cursor,
            ):
                return self._keys(cursor, stream)

        last = (history[-1].version, history[-1].leaf) if history else None
        return Continuation(self.vault, stream, last, stored_keys)

    def _keys(self, cursor: psycopg.Cursor[Any], stream: UUID) -> dict[tuple[str, str], ClassKey]:
        cursor.execute(
            "SELECT class, part, wrapped, fingerprint FROM ledger.class_key WHERE stream = %s", [stream], prepare=True
        )
        return {(row[0], row[1]): self.vault.unwrap(stream, *row) for row in cursor.fetchall()}

    def _tokens(self, stream: UUID, made: Sequence[Event]) -> list[bytes]:
        """New search tokens when an event says who the person is; birth date and postcode may be of earlier events."""
        if not any(
            event.NAME == "customer-registered" or getattr(event, "collection", None) in IDENTITY_COLLECTIONS
            for event in made
        ):
            return []
        known = [one["values"] for one in self.unsealed(stream, classes=IDENTITY_CLASSES).values() if "values" in one]
        return self.vault.tokens(identity_of([*known, *(getattr(event, "values", None) or {} for event in made)]))


def _content(command: Command) -> bytes:
    """What a command says, in canonical bytes, for telling the same command from another with its id."""
    return canonical(
        [
            command.kind.name,
            command.occurred_at.isoformat(),
            [[str(part.stream), dict(part.said)] for part in command.parts],
        ]
    )


_opening = threading.Lock()


def _open_vault(connection: psycopg.Connection[Any], key_file: Path) -> Vault:
    """The vault; a key file is only ever made for a ledger that has none yet."""
    with _opening, connection.transaction(), connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ledger key check'))")
        row = cursor.execute("SELECT fingerprint FROM ledger.key_check").fetchone()
        if row is not None and not key_file.exists():
            raise KeyFileMissing
        vault = Vault.open(key_file, create=row is None)
        if row is None:
            cursor.execute("INSERT INTO ledger.key_check (fingerprint) VALUES (%s)", [vault.fingerprint])
        else:
            vault.check(bytes(row[0]))
        return vault


def _unreachable() -> Receipt:
    raise ConcurrentChange
