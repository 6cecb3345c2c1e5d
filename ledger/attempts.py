"""Refused attempts: counted in memory and recorded once a minute, so that a flood neither fills nor slows the ledger.

Whoever is refused waits for nothing: noticing an attempt runs no statement, whether the record that was asked for
exists or not. What this process noticed since it last recorded is lost when it is killed; it is recorded when the
process ends by itself, and before the list is read.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4, uuid5

import psycopg

from ledger.caller import Caller, role_and_organisation
from ledger.clocks import instant_text, london_day
from ledger.commands.reader import access_file
from ledger.errors import ConcurrentChange, DatabaseUnreachable, LedgerError
from ledger.events import AccessRefused, Event, FindingRaised
from ledger.log.codec import Entry
from ledger.rules.catalogue import BY_ID
from ledger.state.replay import event_of
from ledger.store.append_call import Batch
from ledger.store.holdings import existing
from ledger.store.recorder import Recorder
from ledger.store.sealed import SealedRecords
from ledger.vault.keys import Vault
from ledger.vault.seal import actor

PERIOD_SECONDS = 60.0
MOST_KINDS = 5_000
"""The most kinds of attempts (who, by which route, refused how) that are held in memory; what is beyond is dropped."""
MOST_NAMED = 25
"""The most records that the attempts of one kind in one period name; further ones are counted."""
MOST_DIFFERENT = 200
MANY = 20
"""More different records than these, tried by one person on one day, are a finding."""
SECURELY = "SEC-03"
_ATTEMPTS = 20
_LOOKED_BACK = 2_000
_Made = tuple[Caller, datetime, Event]
"""An event with who caused it and when."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One attempt that was refused: who, by which route, to record what, about which record, refused how."""

    by: Caller
    route: str
    refusal: str
    rule: str | None = None
    command: str | None = None
    about: UUID | None = None

    @property
    def kind(self) -> Attempt:
        """The attempt without what it is about."""
        return Attempt(by=self.by, route=self.route, refusal=self.refusal, rule=self.rule, command=self.command)


@dataclass(slots=True)
class _Counted:
    """The attempts of one kind since they were last recorded."""

    first: datetime
    last: datetime
    attempts: int = 0
    named: Counter[UUID] = field(default_factory=Counter)
    others: set[UUID] = field(default_factory=set)

    def add(self, at: datetime, about: Mapping[UUID, int], others: Iterable[UUID], *, attempts: int) -> None:
        self.first, self.last, self.attempts = min(self.first, at), max(self.last, at), self.attempts + attempts
        for record, count in about.items():
            if record in self.named or len(self.named) < MOST_NAMED:
                self.named[record] += count
            elif len(self.others) < MOST_DIFFERENT:
                self.others.add(record)
        for record in others:
            if len(self.others) < MOST_DIFFERENT and record not in self.named:
                self.others.add(record)


class Clock(Protocol):
    """Who says what time it is."""

    now: Callable[[], datetime]


class AttemptLog:
    """Counts refused attempts and records them; safe for any number of threads."""

    def __init__(self, recorder: Recorder, vault: Vault, sealed: SealedRecords, clock: Clock) -> None:
        self._recorder, self._vault, self._sealed, self._clock = recorder, vault, sealed, clock
        self._waiting: dict[Attempt, _Counted] = {}
        self._noticing, self._recording = threading.Lock(), threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.dropped = 0
        """How many attempts were neither recorded nor held, because too many kinds waited."""

    def noticed(self, attempt: Attempt) -> None:
        """Count an attempt. It is recorded within a minute."""
        at, about = self._clock.now(), {} if attempt.about is None else {attempt.about: 1}
        with self._noticing:
            self._count(attempt.kind, at, about, (), attempts=1)
            if self._thread is None and not self._ended.is_set():
                self._thread = threading.Thread(target=self._run, name="refused attempts", daemon=True)
                self._thread.start()

    def record(self) -> None:
        """Record what was noticed until now. Raises LedgerError, and then holds what it could not record."""
        with self._recording:
            with self._noticing:
                waiting, self._waiting = self._waiting, {}
            by_file: dict[UUID, dict[Attempt, _Counted]] = {}
            for kind, counted in waiting.items():
                by_file.setdefault(access_file(self._organisation(kind.by), counted.last), {})[kind] = counted
            failed: LedgerError | None = None
            for file, attempts in by_file.items():
                try:
                    self._append(file, attempts)
                except (LedgerError, psycopg.Error) as fault:
                    failed = fault if isinstance(fault, LedgerError) else DatabaseUnreachable()
                    self._hold(attempts)
        if failed is not None:
            raise failed

    def close(self) -> None:
        """Record what was noticed, and stop; what cannot be recorded any more is lost."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        with contextlib.suppress(LedgerError):
            self.record()

    def _run(self) -> None:
        while not self._ended.wait(PERIOD_SECONDS):
            with contextlib.suppress(LedgerError):  # it is tried again a minute later
                self.record()

    def _count(
        self, kind: Attempt, at: datetime, about: Mapping[UUID, int], others: Iterable[UUID], *, attempts: int
    ) -> None:
        counted = self._waiting.get(kind)
        if counted is None:
            if len(self._waiting) >= MOST_KINDS:
                self.dropped += attempts
                return
            counted = self._waiting[kind] = _Counted(first=at, last=at)
        counted.add(at, about, others, attempts=attempts)

    def _hold(self, attempts: Mapping[Attempt, _Counted]) -> None:
        with self._noticing:
            for kind, counted in attempts.items():
                self._count(kind, counted.first, counted.named, counted.others, attempts=counted.attempts)
                self._count(kind, counted.last, {}, (), attempts=0)

    def _append(self, file: UUID, attempts: Mapping[Attempt, _Counted]) -> None:
        known = existing(self._recorder, {record for counted in attempts.values() for record in counted.named})
        at = self._clock.now()
        for attempt in range(_ATTEMPTS):
            tail = self._recorder.tail(file, _LOOKED_BACK)
            writing = self._sealed.continuation(file, tail)
            made: list[_Made] = [(kind.by, occurred, event) for kind, counted in attempts.items()
                    for occurred, event in _events(kind, self._organisation(kind.by), counted, known)]  # fmt: skip
            made += self._findings(file, tail, made)
            entries = [
                writing.entry(uuid4(), event, occurred_at=occurred, recorded_at=at, actor=actor(self._vault, by))
                for by, occurred, event in made
            ]
            try:
                self._recorder.append(Batch(entries=entries, keys=writing.new_keys))
            except ConcurrentChange:
                if attempt + 1 == _ATTEMPTS:
                    raise
                continue
            return

    def _organisation(self, by: Caller) -> str:
        """The organisation as the entry's actor shows it: a token may name it with any letters."""
        return role_and_organisation(actor(self._vault, by))[1]

    def _findings(self, file: UUID, tail: Sequence[Entry], made: Sequence[_Made]) -> list[_Made]:
        """A finding about each person who tried many different records on a day, once (SEC-03)."""
        raised = {getattr(event_of(entry), "finding_id", "") for entry in tail if entry.type == FindingRaised.NAME}
        refused = [entry for entry in tail if entry.type == AccessRefused.NAME]
        before = [(entry.actor, entry.occurred_at, event_of(entry)) for entry in refused]
        now = [(actor(self._vault, by), occurred, event) for by, occurred, event in made]
        tried = _different([*before, *now])
        found: dict[str, _Made] = {}
        for by, occurred, _ in made:
            who, day = actor(self._vault, by).rpartition("/")[2], london_day(occurred).isoformat()
            finding = access_finding(file, self._organisation(by), AccessRefused.NAME, f"{who}/{day}", severity="S3")
            if tried[who, day] > MANY and finding.finding_id not in raised:
                found[finding.finding_id] = (by, occurred, finding)
        return [*found.values()]


def access_finding(
    file: UUID, organisation: str, subject_type: str, subject_id: str, *, severity: str
) -> FindingRaised:
    """A finding about how somebody used their access, in the access file of their organisation (SEC-03)."""
    return FindingRaised(
        finding_id=str(uuid5(file, f"{subject_type} {subject_id}")), rule=SECURELY,
        rule_set=BY_ID[SECURELY].source.rule_set, severity=severity, subject_type=subject_type, subject_id=subject_id,
        fields=(), organisation=organisation, prime=None, overridden=None,
    )  # fmt: skip


def _events(
    kind: Attempt, organisation: str, counted: _Counted, known: set[UUID]
) -> Iterator[tuple[datetime, AccessRefused]]:
    """One event for each record on record that was asked for, and one for everything else."""
    part = instant_text(counted.last)[:7]
    template = AccessRefused(
        role=kind.by.role, organisation=organisation, operator=kind.by.operator, route=kind.route,
        command=kind.command, about=None, refusal=kind.refusal, rule=kind.rule,
        first_at=instant_text(counted.first), part=part, attempted_by=kind.by.subject,
    )  # fmt: skip
    on_record = {record: count for record, count in counted.named.items() if record in known}
    for record, count in on_record.items():
        yield counted.last, template.but(about=str(record), attempts=count)
    rest = counted.attempts - sum(on_record.values())
    if rest > 0:
        different = len(counted.others) + len(counted.named) - len(on_record)
        yield counted.last, template.but(attempts=rest, different=different)


def _different(attempts: Iterable[tuple[str, datetime, Event]]) -> Counter[tuple[str, str]]:
    """How many different records each person tried on each day, by pseudonym and day.

    A record that is not on record is counted once for each entry that counts it.
    """
    named: dict[tuple[str, str], set[str]] = {}
    tried: Counter[tuple[str, str]] = Counter()
    for who, occurred, event in attempts:
        if isinstance(event, AccessRefused):
            key = who.rpartition("/")[2], london_day(occurred).isoformat()
            tried[key] += event.different
            if event.about is not None:
                named.setdefault(key, set()).add(event.about)
    tried.update({key: len(records) for key, records in named.items()})
    return tried
