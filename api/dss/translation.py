"""From accepted versions to events, pure: one event carries each version, and what it means follows as its own events.

An event says what changed against the version before it in the source's order, which need not be the order of arrival:
a version that arrives late is compared with its own predecessor, and its successor is stated again where that matters.
Facts hold ids, codes and dates; every value a person gave is sealed. This file knows no file, no line and no database.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from api.dss.checks import JSON
from api.dss.history import lost
from api.dss.meaning import Placed, carrier, code_of, facts_of, meanings, subject_id_of, written
from api.dss.moments import has_been
from api.dss.statements import Statement, consents, service, to_repeat
from api.dss.versions import Addition, Known, Past, Version, derived_id, is_row, stated_by, touchpoint_of
from ledger.codes.dictionary import COLLECTIONS
from ledger.commands.bounds import FIRST_YEAR
from ledger.events import (
    AppointmentMissed,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    Event,
    RecordKept,
    ServiceEnded,
    ServiceResumed,
)
from ledger.retention.classes import KEPT_AS, closed, under_class

_DUPLICATE = 3
_CONSENT = {"given": ConsentGiven, "refused": ConsentRefused, "withdrawn": ConsentWithdrawn}

PARENTS: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType({
    name: tuple((f.name, f.references) for f in collection.fields if f.references and f.references != "customers")
    for name, collection in COLLECTIONS.items()
})  # fmt: skip
_SPECIAL = {
    name: {f.name for f in collection.fields if f.personal == "special category"}
    for name, collection in COLLECTIONS.items()
}


_PAST = {
    name: tuple(f.name for f in collection.fields if f.kind in {"datetime", "date"} and not f.ahead)
    for name, collection in COLLECTIONS.items()
}
"""The dates that say when something happened. Whatever lies ahead among them is kept, and decides nothing."""


class Made(NamedTuple):
    """An event to be recorded."""

    id: UUID
    event: Event
    occurred_at: datetime


class Translated(NamedTuple):
    """The events in their order, and the warnings of each version that has any."""

    made: list[Made]
    warnings: list[tuple[Version, tuple[str, ...]]]


def class_of(collection: str, values: Mapping[str, JSON]) -> str:
    """The retention class under which a version, or what is not special about it, will be kept."""
    if collection == "diversitydetails":
        return RecordKept.HOLDS
    if collection == "sessions" and values.get("SessionAttended") is False:
        return AppointmentMissed.HOLDS
    return KEPT_AS.get(collection, RecordKept.HOLDS)


def translate(
    versions: Sequence[Version],
    known: Known,
    advisers: Container[str],
    additions: Sequence[Addition] = (),
    *,
    at: datetime,
) -> Translated:
    """The events of one stream's new versions, and of what is added to those it has.

    `known` is brought up to date; `advisers` are those on record; nothing is said to have happened later than `at`.
    """
    return _Translation(known, advisers, at).of(versions, additions)


class _Translation:
    def __init__(self, known: Known, advisers: Container[str], at: datetime) -> None:
        self._known, self._advisers, self._at = known, advisers, at
        self._made: list[Made] = []
        self._numbers: set[str | None] = {*known.customer.receipts, *known.customer.shares, *known.customer.referrals}
        self._warned: list[tuple[Version, tuple[str, ...]]] = []
        self._new: set[tuple[str, str, str]] = set()

    def of(self, versions: Sequence[Version], additions: Sequence[Addition]) -> Translated:
        known = self._known
        added = [(addition, known.add(addition)) for addition in additions]
        self._new = {(placement.collection, placement.id, placement.tag) for placement in versions}
        placed = [
            Placed(
                version, *known.place(version), _writer(version.collection, version.tag, version.ts, version.values),
                self._at,
            )
            for version in sorted(versions, key=_in_order)
        ]  # fmt: skip
        consented, served = consents(known), service(known, self._at)
        self._service = served
        by_version: dict[tuple[str, str, str], list[Statement]] = {}
        for statement in (*consented, *served):
            by_version.setdefault((statement.collection, statement.record, statement.tag), []).append(statement)
        first = None
        if not known.customer.registered:
            first = next((placement for placement in placed if placement.version.collection == "customers"), None)
        if first is not None:
            placed.remove(first)
            placed.insert(0, first)
        for placement in placed:
            self._version(placement, registers=placement is first)
            if by_version:
                key = (placement.version.collection, placement.version.id, placement.version.tag)
                for statement in by_version.pop(key, ()):
                    self._state(statement)
        for addition, past in added:
            self._addition(addition, past)
        for statements in by_version.values():  # an older version may mean something else now that a late one is known
            for statement in statements:
                self._state(statement)
        if known.recorded:
            late: Version | Addition = placed[-1].version if placed else additions[-1]
            for statement in to_repeat(known, (*consented, *served), [made.id for made in self._made]):
                self._state(statement, again=f":again:{late.collection}/{late.id}/{late.tag}")
        return Translated(self._made, self._warned)

    def _version(self, placed: Placed, *, registers: bool) -> None:
        version, before = placed.version, placed.before
        changed, cleared = _difference(before, version.values)
        if is_row(version.tag):
            cleared = _without_lost(cleared, version.collection, version.ts)
            # Recorded although unchanged, so that it is known later that this row contained it.
            unsure = sorted(lost(version.collection, version.ts) & version.values.keys())
            changed |= {name: version.values[name] for name in unsure}
        warnings = version.warnings
        if more := self._oddities(placed, changed, cleared):
            warnings += more
        if warnings:
            self._warned.append((version, warnings))
        at = datetime.fromtimestamp(version.ts, UTC)
        base = {
            "collection": version.collection,
            "record_id": version.id,
            **stated_by(version.tag),
            "written_at": written(version.ts),
            "touchpoint": placed.touchpoint,
            "changed": tuple(changed),
            "cleared": cleared,
            "warnings": _without_codes(version.collection, warnings) if warnings else (),
            "values": changed,
            "document": version.document,
            "history_digest": version.history_digest,
        }
        self._add(version.event, carrier(placed, base, registers=registers), at)
        for kind, event in meanings(placed):
            self._add(derived_id(version.collection, version.id, version.tag, kind), event, at)
        if placed.after is not None:
            self._restate(placed, placed.after)
            if placed.after.ts == version.ts:
                self._repeat_last_of_second(placed)

    def _add(self, id_: UUID, event: Event, at: datetime) -> None:
        known = self._known
        subject_id = subject_id_of(event)
        if known.ids and id_ in known.ids:
            return
        if subject_id is not None:
            if subject_id in self._numbers:
                return
            self._numbers.add(subject_id)
        parts = under_class(known.customer, event)
        for part in parts:
            if not known.customer.destroyed or not is_closed(known, part.retention_class(), part.retention_part()):
                self._made.append(Made(id_, part, at))
            if part is not parts[-1]:
                id_ = derived_id(str(id_), part.retention_part(), kind=":part")

    def _addition(self, addition: Addition, past: Past) -> None:
        collection, id, tag = addition.collection, addition.id, addition.tag
        touchpoint = _writer(collection, tag, past.ts, past.values)
        event = RecordKept(**facts_of(
            collection=collection, record_id=id, **stated_by(tag), written_at=written(past.ts), touchpoint=touchpoint,
            changed=tuple(addition.values), kept_as=KEPT_AS.get(collection, RecordKept.HOLDS), values=addition.values,
        ))  # fmt: skip
        event_id = derived_id(collection, id, tag, f":with:{addition.by}")
        self._add(event_id, event, datetime.fromtimestamp(past.ts, UTC))
        chain = self._known.records[collection, id]
        after = next((later for later in chain if later[:2] > past[:2]), None)
        if (
            after is not None and (collection, id, after.tag) not in self._new
        ):  # a new one was compared with this version as it is now
            values = {**past.values, **addition.values}
            version = Version(event_id, collection, id, tag, past.ts, past.order, values, (), "")
            self._restate(
                Placed(version, past.values, None, touchpoint, self._at), after, because=f"{tag}:with:{addition.by}"
            )

    def _restate(self, placed: Placed, after: Past, *, because: str = "") -> None:
        """Record again what the successor changed, now that this version has become its predecessor."""
        version, before = placed.version, placed.before
        collection = version.collection
        values = {
            name: value for name, value in after.values.items()
            if version.values.get(name) != value and before.get(name) == value
        }  # fmt: skip
        cleared = tuple(name for name in version.values if name not in after.values and name not in before)
        if cleared and is_row(after.tag):
            cleared = _without_lost(cleared, collection, after.ts)
        class_ = KEPT_AS.get(collection, RecordKept.HOLDS)
        if not (values or cleared) or is_closed(self._known, class_):
            return
        touchpoint = _writer(collection, after.tag, after.ts, after.values)
        event = RecordKept(**facts_of(
            collection=collection, record_id=version.id, **stated_by(after.tag), written_at=written(after.ts),
            touchpoint=touchpoint, changed=tuple(values), cleared=cleared, kept_as=class_, values=values or None,
        ))  # fmt: skip
        id_ = derived_id(collection, version.id, after.tag, f":after:{because or version.tag}")
        self._add(id_, event, datetime.fromtimestamp(after.ts, UTC))

    def _repeat_last_of_second(self, placed: Placed) -> None:
        """Record the last version of this second again, because readers order by second and position.

        Only rows are placed before existing versions; documents of one second are in order of arrival.
        """
        version, before = placed.version, placed.before
        collection, id = version.collection, version.id
        last = [
            past for past in self._known.records[collection, id]
            if past.ts == version.ts and (collection, id, past.tag) not in self._new
        ][-1]  # fmt: skip
        values = {n: v for n, v in last.values.items() if version.values.get(n) != v or before.get(n) != v}
        cleared = tuple(name for name in {**before, **version.values} if name not in last.values)
        if is_row(last.tag):
            cleared = _without_lost(cleared, collection, last.ts)
        touchpoint = _writer(collection, last.tag, last.ts, last.values)
        retold = version._replace(tag=last.tag, order=last.order, values=last.values)
        event = carrier(Placed(retold, version.values, None, touchpoint, self._at), facts_of(
            collection=collection, record_id=id, **stated_by(last.tag), written_at=written(last.ts),
            touchpoint=touchpoint, changed=tuple(values), cleared=cleared, values=values,
        ), registers=False)  # fmt: skip
        event_id = derived_id(collection, id, last.tag, f":last:{version.tag}")
        self._add(event_id, event, datetime.fromtimestamp(last.ts, UTC))

    def _state(self, statement: Statement, *, again: str = "") -> None:
        id_ = statement.id
        if again:
            id_ = derived_id(statement.collection, statement.record, statement.tag, f"{statement.kind}{again}")
        at = datetime.fromtimestamp(statement.ts, UTC)
        organisation = _writer(statement.collection, statement.tag, statement.ts, statement.values)
        match statement.state:
            case "ended":
                at = datetime.fromisoformat(str(statement.values["DateOfTermination"]))
                event: Event = ServiceEnded(**facts_of(
                    reason=code_of(statement.values.get("ReasonForTermination")), **stated_by(statement.tag),
                    organisation=organisation, audit_minimum=self._audit_minimum(statement),
                ))  # fmt: skip
            case "resumed":
                event = ServiceResumed(**facts_of(organisation=organisation))
            case state:
                event = _CONSENT[state](**facts_of(
                    scope=statement.subject, organisation=organisation, **stated_by(statement.tag),
                    written_at=written(statement.ts),
                ))  # fmt: skip
        self._add(id_, event, at)

    def _audit_minimum(self, statement: Statement) -> dict[str, Any] | None:
        if is_closed(self._known, ServiceEnded.HOLDS):
            return None
        minimum = {name: statement.values.get(theirs) for name, theirs in _AUDITED.items()}
        addresses = [
            past for (collection, _), chain in self._known.records.items() if collection == "addresses"
            for past in chain if past.ts <= statement.ts and past.values.get("PostCode")
        ]  # fmt: skip
        if addresses:
            minimum["postcode"] = max(addresses, key=lambda past: past[:2]).values["PostCode"]
        return {name: value for name, value in minimum.items() if value is not None} or None

    def _oddities(self, placed: Placed, changed: Mapping[str, JSON], cleared: tuple[str, ...]) -> tuple[str, ...]:
        found = []
        version = placed.version
        for name, parent in PARENTS[version.collection]:
            id_ = version.values.get(name)
            if id_ is None or (parent, id_) in self._known.records:
                continue
            if parent != "adviserdetails" or id_ not in self._advisers:
                found.append(f"dangling_parent:{name}")
        found += [f"future_date:{name}" for name in _PAST[version.collection] if self._lies_ahead(changed.get(name))]
        if self._service and self._after_termination(version, changed, cleared):
            found.append("after_termination")
        return tuple(found)

    def _lies_ahead(self, value: JSON) -> bool:
        return isinstance(value, str) and has_been(value, self._at) is None and value[:4] >= str(FIRST_YEAR)

    def _after_termination(self, version: Version, changed: Mapping[str, JSON], cleared: tuple[str, ...]) -> bool:
        earlier = [statement for statement in self._service if statement.ts < version.ts]
        if not earlier or earlier[-1].state != "ended":
            return False
        if version.collection == "digitalidentities" and "DateOfClosure" in version.values:
            return False  # the terminating call itself closes the online account
        emptied = (
            version.collection == "outcomes"
            and bool(cleared)
            and _OUTCOME_DATES.issuperset(cleared)
            and _EDIT_FIELDS.issuperset(changed)
        )
        return not (emptied and earlier[-1].values.get("ReasonForTermination") == _DUPLICATE)


_AUDITED = {"given_name": "GivenName", "family_name": "FamilyName", "date_of_birth": "DateofBirth"}
_OUTCOME_DATES = frozenset({"OutcomeClaimedDate", "OutcomeEffectiveDate"})
_EDIT_FIELDS = frozenset({"LastModifiedDate", "LastModifiedTouchpointId"})


def is_closed(known: Known, class_: str, part: str = "") -> bool:
    """Whether a class and part was destroyed and accepts no new data."""
    return bool(known.customer.destroyed) and closed(known.customer, class_, part)


def _writer(collection: str, tag: str, ts: int, values: Mapping[str, JSON]) -> str | None:
    return touchpoint_of(values, lost(collection, ts) if is_row(tag) else ())


def _without_lost(cleared: tuple[str, ...], collection: str, ts: int) -> tuple[str, ...]:
    """`cleared` without fields that SQL has no column for: a row cannot empty them."""
    return tuple(name for name in cleared if name not in lost(collection, ts))


def _in_order(version: Version) -> tuple[int, int]:
    return version.ts, version.order


def _difference(before: dict[str, JSON], now: dict[str, JSON]) -> tuple[dict[str, JSON], tuple[str, ...]]:
    if not before:
        return now, ()
    changed = {name: value for name, value in now.items() if name not in before or before[name] != value}
    return changed, tuple(name for name in before if name not in now)


def _without_codes(collection: str, warnings: tuple[str, ...]) -> tuple[str, ...]:
    """The warnings without codes of special category fields: facts may name the field only."""
    special = _SPECIAL[collection]
    return tuple(
        warning.partition("=")[0] if warning.partition(":")[2].partition("=")[0] in special else warning
        for warning in warnings
    )
