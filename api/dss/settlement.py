"""Settles every line of a customer: recorded, duplicate or rejected, and what is appended for it; it speaks no SQL.

The order is the contract's: what cannot be identified, then whether this version came before (rule 2, in the order of
the lines), then its fields, whether it came the other way (as a row or as a document), and last, when everything of the
customer is known, whether the customer is, and which version a row of a priority group belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from api.dss.both_ways import BothWays, Joined, Witness, history_digest
from api.dss.checks import Checked, Problem, check, unstorable
from api.dss.entries import Writing
from api.dss.history import PRIORITY_GROUPS
from api.dss.outcome import Reject, Tally, Warned
from api.dss.reader import Line, document_digest
from api.dss.statements import CONSENTS, would_change
from api.dss.translation import class_of, is_closed, translate
from api.dss.versions import Known, Version, derived_id, is_row, known_of, order_of
from ledger.decisions import CLOCK_SKEW
from ledger.store.holdings import Held
from ledger.store.quarantine import Quarantined, Recognised
from ledger.vault.keys import Vault


class Delivered(NamedTuple):
    """One line as read: its file and line number, its bytes, and the parsed line or the problem with it."""

    file: int
    source: str
    number: int
    raw: bytes
    read: Line | Problem


@dataclass(kw_only=True, slots=True)
class Settled:
    """What one transaction writes for a customer, and the counts of its lines."""

    writing: Writing | None = None
    quarantined: list[Quarantined] = field(default_factory=list)
    released: list[UUID] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What all customers settled in one transaction share: vault, time, advisers, quarantine, known versions."""

    vault: Vault
    actor: str
    owner: str
    """The organisation that imports, to which a rejected line belongs."""
    at: datetime
    advisers: Container[str]
    quarantine: Mapping[UUID, Recognised]
    recorded: Mapping[UUID, str | None]
    """Versions that are in the ledger already and the digest of their document, where it still opens."""
    seen: MutableMapping[UUID, str] = field(default_factory=dict)
    """Versions met in this transaction, whoever's they are."""


def settle(stream: UUID | None, lines: list[Delivered], held: Held | None, around: Surroundings) -> Settled:
    """Settle all lines of one customer, or of one document that is about no customer, in the order they were read."""
    return _Settling(stream, held, around).of(lines)


class _Candidate(NamedTuple):
    delivered: Delivered
    line: Line
    version: Version
    released: bool


class _Settling:
    def __init__(self, stream: UUID | None, held: Held | None, around: Surroundings) -> None:
        self._stream, self._held, self._around = stream, held, around
        self._known = Known() if held is None else known_of(held)
        self._settled = Settled()
        self._refused: list[tuple[Line, Delivered]] = []
        self._both_ways: BothWays | None = None

    def of(self, lines: list[Delivered]) -> Settled:
        tally = self._settled.tally
        if self._known.has_rows or any(
            isinstance(candidate.read, Line) and is_row(candidate.read.tag) for candidate in lines
        ):
            self._both_ways = BothWays(self._known)
        candidates = [found for delivered in lines if (found := self._judged(delivered)) is not None]
        tally.read_bytes = sum(len(delivered.raw) for delivered in lines)
        groups = [candidate for candidate in candidates if _is_group(candidate.line)]
        accepted = self._of_known_customers([candidate for candidate in candidates if not _is_group(candidate.line)])
        if self._known.customer.destroyed:
            accepted = [candidate for candidate in accepted if not self._destroyed(candidate)]
        if groups:
            self._join(groups, accepted)
        self._record(accepted)
        self._settled.released += [candidate.version.event for candidate in accepted if candidate.released]
        if self._refused:
            self._say_loudly()
        return self._settled

    def _record(self, accepted: list[_Candidate]) -> None:
        tally = self._settled.tally
        additions = [] if self._both_ways is None else self._both_ways.additions
        if not accepted and not additions:
            return
        assert self._stream is not None
        versions = [candidate.version for candidate in accepted]
        translated = translate(versions, self._known, self._around.advisers, additions, at=self._around.at + CLOCK_SKEW)
        self._settled.writing = Writing(self._around.vault, self._stream, self._held, self._known)
        self._settled.writing.write(translated.made, actor=self._around.actor, at=self._around.at)
        tally.recorded += len(accepted)
        tally.events = len(translated.made)
        if translated.warnings:
            stood = {candidate.version.event: candidate.delivered for candidate in accepted}
            for version, warnings in translated.warnings:
                where = stood[version.event]
                tally.warned.append(Warned(where.source, where.number, warnings))

    def _judged(self, delivered: Delivered) -> _Candidate | None:
        line = delivered.read
        if isinstance(line, Problem):
            self._reject_unidentified(delivered, line)
            return None
        collection, around = line.collection.name, self._around
        event = derived_id(collection, line.id, line.tag)
        content = document_digest(line.document).hex()
        earlier = around.seen.get(event)
        if earlier is None:
            around.seen[event] = content
            if around.recorded and event in around.recorded:
                earlier = around.recorded[event] or content  # its content is gone, so nothing contradicts it
        released = False
        if earlier is None and around.quarantine:
            earlier, released = self._in_quarantine(event, content, _WAITING if _is_group(line) else _HOMELESS)
        if earlier is not None:
            if earlier == content:
                self._settled.tally.duplicates += 1
            else:
                self._reject_conflict(delivered, line, content)
            return None
        checked = self._unacceptable(delivered, line) or check(line.collection, line.document)
        if isinstance(checked, Problem):
            self._reject(delivered, line, checked, id_=event, content=content)
            return None
        order = order_of(delivered.file, delivered.number, line.tag)
        if self._both_ways is not None and self._met(self._both_ways, line, checked, order):
            self._settled.tally.duplicates += 1
            if released:
                self._settled.released.append(event)
            return None
        row_digest = None
        if _names_an_offset(delivered.raw):
            row_digest = history_digest(collection, line.ts, checked.values, line.document)
        version = Version(
            event, collection, line.id, line.tag, line.ts, order, checked.values, checked.warnings, content, row_digest
        )  # fmt: skip
        return _Candidate(delivered, line, version, released)

    def _unacceptable(self, delivered: Delivered, line: Line) -> Problem | None:
        """What no field's own check sees; asked last, since a version that is known came before these bounds.

        A version from the future would be the last word on every consent for years.
        """
        if line.doubled is not None:
            return Problem("malformed_json", line.doubled or None)
        if line.ts > (self._around.at + CLOCK_SKEW).timestamp():
            return Problem("invalid_date", "CosmosTimeStamp" if is_row(line.tag) else "_ts", line.ts)
        return unstorable(delivered.raw, line.document)

    def _met(self, both_ways: BothWays, line: Line, checked: Checked, order: int) -> bool:
        collection = line.collection.name
        if collection == PRIORITY_GROUPS:
            return False
        digest = history_digest(collection, line.ts, checked.values, line.document)
        witness = Witness(tag=line.tag, order=order, values=checked.values, digest=digest, arriving=True)
        return both_ways.met((collection, line.id, line.ts), witness)

    def _in_quarantine(self, event: UUID, content: str, waits: Container[str]) -> tuple[str | None, bool]:
        """The content that was rejected before, if it stays rejected; and whether it may leave the quarantine."""
        before = self._around.quarantine.get(event)
        if before is None:
            return None, False
        same = before.digest == self._around.vault.digest(content.encode())
        if same and before.reason in waits:
            return None, True
        return (content if same else ""), False

    def _of_known_customers(self, candidates: list[_Candidate]) -> list[_Candidate]:
        known = self._known.customer.registered or any(
            candidate.version.collection == "customers" for candidate in candidates
        )
        if known:
            return candidates
        accepted = []
        for candidate in candidates:
            if not candidate.line.collection.has_customer:
                accepted.append(candidate)
            elif candidate.released:
                self._settled.tally.duplicates += 1
            else:
                problem = Problem("unknown_customer", "CustomerId")
                self._reject(
                    candidate.delivered,
                    candidate.line,
                    problem,
                    id_=candidate.version.event,
                    content=candidate.version.document,
                )
        return [candidate._replace(released=False) for candidate in accepted]

    def _join(self, groups: list[_Candidate], accepted: list[_Candidate]) -> None:
        """Give each row of a priority group to the version its customer had in that second, if that lacks the group."""
        assert self._both_ways is not None
        customers = {candidate.version.tag for candidate in accepted if candidate.version.collection == "customers"}
        self._both_ways.keep(customers)
        for candidate in sorted(groups, key=lambda candidate: (candidate.version.ts, candidate.version.order)):
            version, tally = candidate.version, self._settled.tally
            became = self._both_ways.join(version.id, version.ts, version.values["PriorityGroup"], by=version.tag)
            if became == "added":
                tally.recorded += 1
                if version.warnings:
                    tally.warned.append(
                        Warned(candidate.delivered.source, candidate.delivered.number, version.warnings)
                    )
            elif became == "known" or candidate.released:
                tally.duplicates += 1
            else:
                problem = self._not_joined(became, registered=self._known.customer.registered or bool(customers))
                self._reject(candidate.delivered, candidate.line, problem, id_=version.event, content=version.document)
            if candidate.released and became in {"added", "known"}:
                self._settled.released.append(version.event)

    def _not_joined(self, became: Joined, *, registered: bool) -> Problem:
        if became == "contradicted":
            return Problem("etag_conflict", "PriorityGroup")
        if is_closed(self._known, class_of("customers", {})):
            return Problem("destroyed")
        return Problem("unknown_customer", "CosmosTimeStamp" if registered else "CustomerId")

    def _destroyed(self, candidate: _Candidate) -> bool:
        version = candidate.version
        if not is_closed(self._known, class_of(version.collection, version.values)):
            return False
        self._reject(
            candidate.delivered, candidate.line, Problem("destroyed"), id_=version.event, content=version.document
        )
        return True

    def _reject_conflict(self, delivered: Delivered, line: Line, content: str) -> None:
        contradicting = contradiction_id(line, content)
        if contradicting in self._around.quarantine or contradicting in self._around.seen:
            self._settled.tally.duplicates += 1
            return
        self._around.seen[contradicting] = content
        problem = Problem("etag_conflict", "HistoryId" if is_row(line.tag) else "_etag")
        self._reject(delivered, line, problem, id_=contradicting, content=content)

    def _reject_unidentified(self, delivered: Delivered, problem: Problem) -> None:
        # Nothing tells two such lines apart but where they stood, so the same bad line twice in a file is two rejects.
        digest = sha256(delivered.raw).hexdigest()
        id_ = unidentified_id(delivered)
        if id_ in self._around.quarantine:
            self._settled.tally.duplicates += 1
            return
        self._quarantine(delivered, None, problem, id_=id_, content=digest)

    def _reject(self, delivered: Delivered, line: Line, problem: Problem, *, id_: UUID, content: str) -> None:
        self._quarantine(delivered, line.collection.name, problem, id_=id_, content=content)
        if line.collection.name in CONSENTS:
            self._refused.append((line, delivered))

    def _quarantine(
        self, delivered: Delivered, collection: str | None, problem: Problem, *, id_: UUID, content: str
    ) -> None:
        vault, reason, field = self._around.vault, problem.reason, problem.field
        self._settled.tally.rejects.append(Reject(delivered.source, delivered.number, reason, field))
        self._settled.quarantined.append(
            Quarantined(
                id=id_, digest=vault.digest(content.encode()), source=delivered.source, line=delivered.number,
                collection=collection, reason=reason, field=field, received_at=self._around.at,
                blob=vault.lock_away(delivered.raw, id_.bytes), owner=self._around.owner,
            )
        )  # fmt: skip

    def _say_loudly(self) -> None:
        """Warn when a rejected version contains a change of consent, since that change is not recorded."""
        for line, delivered in self._refused:
            names = would_change(self._known, line.collection.name, line.ts, line.document)
            if names:
                warnings = tuple(f"consent_change_rejected:{name}" for name in names)
                self._settled.tally.warned.append(Warned(delivered.source, delivered.number, warnings))


# SQL leaves offsets out, so what it made of such a time cannot be told from the moment that is kept of it.
_names_an_offset = re.compile(rb':\d\d(?:\.\d+)?(?:[+-]|\\u002[bBdD])\d\d(?::?\d\d)?"', re.ASCII).search


_HOMELESS = frozenset({"unknown_customer"})  # rejected only until somebody's other documents come
_WAITING = _HOMELESS | {"etag_conflict"}  # a priority group's own version may still come


def _is_group(line: Line) -> bool:
    return line.collection.name == PRIORITY_GROUPS and is_row(line.tag)


def contradiction_id(line: Line, content: str) -> UUID:
    """What a version is quarantined under when another content came first under its tag."""
    return derived_id(line.collection.name, line.id, line.tag, f":{content}")


def unidentified_id(delivered: Delivered) -> UUID:
    """What a line is quarantined under that is no version of anything."""
    return derived_id(delivered.source, str(delivered.number), kind=sha256(delivered.raw).hexdigest())


def quarantine_ids(delivered: Delivered) -> tuple[UUID, ...]:
    """Everything a line may be known as in the quarantine."""
    line = delivered.read
    if isinstance(line, Problem):
        return (unidentified_id(delivered),)
    content = document_digest(line.document).hex()
    return derived_id(line.collection.name, line.id, line.tag), contradiction_id(line, content)
