"""What versions state about consent and about the end of the service, one statement per change, in the source's order.

Null or absent states nothing, and saying the same again is no change. A version that arrives late may turn what was
recorded of a later one into something else, so the statements are drawn from the whole history each time. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from api.dss.checks import JSON
from api.dss.versions import Known, Past, derived_id
from ledger.codes.dictionary import COLLECTIONS

CONSENTS: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType({
    name: asked for name, each in COLLECTIONS.items()
    if (asked := tuple((f.name, f.consent_purpose) for f in each.fields if f.consent_purpose))
})  # fmt: skip
SERVICE = "service"


class Statement(NamedTuple):
    """A change: the version that says it, what it is about, and what it then is."""

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


class Said(NamedTuple):
    """An explicit answer to the question for a consent."""

    ts: float
    order: int
    scope: str
    value: bool
    collection: str
    record: str
    tag: str
    values: Mapping[str, JSON]


def answers(known: Known) -> list[Said]:
    """Every explicit answer in order: of the versions, and of consent events whose version is not open to us."""
    said = [
        Said(past.ts, past.order, scope, value, collection, record, past.tag, past.values)
        for (collection, record), chain in known.records.items() if collection in CONSENTS
        for past in chain
        for name, scope in CONSENTS[collection]
        if isinstance(value := past.values.get(name), bool)
    ]  # fmt: skip
    if known.recorded:
        open_to_us = {(one.scope, one.tag) for one in said}
        said += [
            Said(one.at, one.order, one.subject, one.state == "given", "", "", "", {})
            for one in known.recorded
            if one.subject != SERVICE and (one.subject, one.tag) not in open_to_us
        ]
    return sorted(said, key=lambda one: one[:2])


def consents(known: Known) -> list[Statement]:
    """The changes among them that a version states."""
    changes = []
    last: dict[str, bool] = {}
    for said in answers(known):
        before = last.get(said.scope)
        if before == said.value:
            continue
        last[said.scope] = said.value
        if said.collection:
            state = "given" if said.value else "withdrawn" if before else "refused"
            changes.append(Statement(int(said.ts), said.order, said.scope, state, *said[4:]))
    return changes


def service(known: Known) -> list[Statement]:
    """When the service ended, ended at another date or for another reason, and was resumed."""
    return [
        statement for (collection, record), chain in known.records.items() if collection == "customers"
        for statement in _service(record, chain)
    ]  # fmt: skip


def _service(record: str, chain: Sequence[Past]) -> Iterator[Statement]:
    before: tuple[JSON, JSON] | None = None
    for past in chain:
        ended = past.values.get("DateOfTermination")
        now = None if ended is None else (ended, past.values.get("ReasonForTermination"))
        if now != before:
            state = "resumed" if now is None else "ended"
            yield Statement(past.ts, past.order, SERVICE, state, "customers", record, past.tag, past.values)
        before = now


def to_repeat(known: Known, statements: Iterable[Statement], made: Sequence[UUID]) -> list[Statement]:
    """Where something older was recorded after what holds now, what holds now is to be said once more.

    Decisions and retention go by the order of recording, so the last event must say what the last version says.
    """
    subjects: dict[str, dict[UUID, Statement]] = {}
    for statement in statements:
        subjects.setdefault(statement.subject, {})[statement.id] = statement
    found = []
    for subject, changes in subjects.items():
        last = max(changes.values(), key=lambda one: one[:2])
        newly = [id_ for id_ in made if id_ in changes]
        by_command = (one for one in known.recorded if one.subject == subject and one.tag is None)
        if newly and newly[-1] != last.id and not any(one.at > last.ts for one in by_command):
            found.append(last)
    return found


def would_change(known: Known, collection: str, ts: int, document: Mapping[str, JSON]) -> tuple[str, ...]:
    """The consent fields of a rejected document whose answer differs from the one in force when it was written.

    An answer that is no true or false cannot be read; it is counted as a change, for nobody can say that it is none.
    """
    found = []
    given: list[Said] | None = None
    for name, scope in CONSENTS.get(collection, ()):
        value = document.get(name)
        if value is None:
            continue
        given = answers(known) if given is None else given
        before = [one.value for one in given if one.scope == scope and one.ts < ts]
        if not isinstance(value, bool) or not before or before[-1] != value:
            found.append(name)
    return tuple(found)
