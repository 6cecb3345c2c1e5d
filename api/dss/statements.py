"""Derives statements about consent and the end of service from versions: one per change, in the source's order.

A null or absent field states nothing, and repeating a value is no change. A version that arrives late may change what a
later one means, so statements are derived from the whole history each time. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from api.dss.checks import JSON
from api.dss.moments import has_been
from api.dss.versions import Known, Past, derived_id
from ledger.codes.dictionary import COLLECTIONS

CONSENTS: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType({
    name: asked for name, collection in COLLECTIONS.items()
    if (asked := tuple((f.name, f.consent_purpose) for f in collection.fields if f.consent_purpose))
})  # fmt: skip
SERVICE = "service"


class Statement(NamedTuple):
    """A change of a consent or of the service: its subject, the new state, and the version that states it."""

    ts: int
    order: int
    subject: str
    state: str
    collection: str
    record: str
    tag: str
    values: Mapping[str, JSON]

    @property
    def kind(self) -> str:
        return f":{self.subject}:{self.state}"

    @property
    def id(self) -> UUID:
        return derived_id(self.collection, self.record, self.tag, self.kind)


class Answer(NamedTuple):
    """An explicit answer to the question for a consent."""

    ts: float
    order: int
    scope: str
    value: bool
    collection: str
    record: str
    tag: str
    values: Mapping[str, JSON]


def answers(known: Known) -> list[Answer]:
    """Every explicit answer in order, from the versions and from consent events whose version cannot be opened."""
    found = [
        Answer(past.ts, past.order, scope, value, collection, record, past.tag, past.values)
        for (collection, record), chain in known.records.items() if collection in CONSENTS
        for past in chain
        for name, scope in CONSENTS[collection]
        if isinstance(value := past.values.get(name), bool)
    ]  # fmt: skip
    if known.recorded:
        open_to_us = {(answer.scope, answer.tag) for answer in found}
        found += [
            Answer(event.at, event.order, event.subject, event.state == "given", "", "", "", {})
            for event in known.recorded
            if event.subject != SERVICE and (event.subject, event.tag) not in open_to_us
        ]
    return sorted(found, key=lambda answer: answer[:2])


def consents(known: Known) -> list[Statement]:
    """The answers of versions that change a consent."""
    changes = []
    last: dict[str, bool] = {}
    for answer in answers(known):
        before = last.get(answer.scope)
        if before == answer.value:
            continue
        last[answer.scope] = answer.value
        if answer.collection:
            state = "given" if answer.value else "withdrawn" if before else "refused"
            changes.append(Statement(int(answer.ts), answer.order, answer.scope, state, *answer[4:]))
    return changes


def service(known: Known, at: datetime) -> list[Statement]:
    """When the service ended, ended at another date or for another reason, and was resumed.

    An end that lies ahead of `at` is none yet, so that nothing is kept or destroyed by it; it is stated with the first
    document that comes afterwards.
    """
    return [
        statement for (collection, record), chain in known.records.items() if collection == "customers"
        for statement in _service(record, chain, at)
    ]  # fmt: skip


def _service(record: str, chain: Sequence[Past], at: datetime) -> Iterator[Statement]:
    before: tuple[JSON, JSON] | None = None
    for past in chain:
        ended = has_been(past.values.get("DateOfTermination"), at)
        now = None if ended is None else (ended, past.values.get("ReasonForTermination"))
        if now != before:
            state = "resumed" if now is None else "ended"
            yield Statement(past.ts, past.order, SERVICE, state, "customers", record, past.tag, past.values)
        before = now


def to_repeat(known: Known, statements: Iterable[Statement], made: Sequence[UUID]) -> list[Statement]:
    """The current statements to record again, because an older one was recorded after them.

    Decisions and retention follow the order of recording, so the last event must agree with the last version.
    """
    subjects: dict[str, dict[UUID, Statement]] = {}
    for statement in statements:
        subjects.setdefault(statement.subject, {})[statement.id] = statement
    found = []
    for subject, changes in subjects.items():
        last = max(changes.values(), key=lambda recorded: recorded[:2])
        newly = [id_ for id_ in made if id_ in changes]
        by_command = (recorded for recorded in known.recorded if recorded.subject == subject and recorded.tag is None)
        if newly and newly[-1] != last.id and not any(recorded.at > last.ts for recorded in by_command):
            found.append(last)
    return found


def would_change(known: Known, collection: str, ts: int, document: Mapping[str, JSON]) -> tuple[str, ...]:
    """The consent fields of a rejected document whose answer differs from the one in force when it was written.

    An answer that is neither true nor false cannot be read and is counted as a change.
    """
    found = []
    given: list[Answer] | None = None
    for name, scope in CONSENTS.get(collection, ()):
        value = document.get(name)
        if value is None:
            continue
        given = answers(known) if given is None else given
        before = [answer.value for answer in given if answer.scope == scope and answer.ts < ts]
        if not isinstance(value, bool) or not before or before[-1] != value:
            found.append(name)
    return tuple(found)
