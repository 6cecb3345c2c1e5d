"""From accepted versions to events, pure: one event carries each version, and what it means follows as its own events.

An event says what changed against the version before it in the source's order, which need not be the order of arrival:
a version that arrives late is compared with its own predecessor, and its successor is stated again where that matters.
Facts hold ids, codes and dates; every value a person gave is sealed. This file knows no file, no line and no database.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from api.dss.checking import JSON
from api.dss.dictionary import COLLECTIONS
from api.dss.statements import Statement, consents, service, to_repeat
from api.dss.versions import Known, Past, Version, derived_id, touchpoint_of
from ledger.events import (
    AppointmentKept,
    AppointmentMissed,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    CustomerReferred,
    CustomerRegistered,
    DataReceived,
    DataShared,
    Event,
    InteractionHeld,
    RecordKept,
    ReferralAccepted,
    ServiceEnded,
    ServiceResumed,
)
from ledger.keeping import KEPT_AS, closed, kept

JOBCENTRE_PLUS = "jobcentre-plus"
NOT_RECORDED = "not recorded"
_INTRODUCED_WITH_DATA, _SIGNPOSTED_WITH_DATA, _SIGNPOSTED_WITHOUT_DATA = 27, 14, 15
_DUPLICATE = 3
_CONSENT = {"given": ConsentGiven, "refused": ConsentRefused, "withdrawn": ConsentWithdrawn}

PARENTS: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType({
    name: tuple((f.name, f.references) for f in each.fields if f.references and f.references != "customers")
    for name, each in COLLECTIONS.items()
})  # fmt: skip
_SPECIAL = {
    name: {f.name for f in each.fields if f.personal == "special category"} for name, each in COLLECTIONS.items()
}


class Made(NamedTuple):
    """An event to be recorded."""

    id: UUID
    event: Event
    occurred_at: datetime


class Translated(NamedTuple):
    """The events in their order, and the warnings of each version that has any."""

    made: list[Made]
    warnings: list[tuple[Version, tuple[str, ...]]]


class _Placed(NamedTuple):
    version: Version
    before: dict[str, JSON]
    after: Past | None
    touchpoint: str | None


def class_of(collection: str, values: Mapping[str, JSON]) -> str:
    """The retention class under which a version, or what is not special about it, will be kept."""
    if collection == "diversitydetails":
        return RecordKept.HOLDS
    if collection == "sessions" and values.get("SessionAttended") is False:
        return AppointmentMissed.HOLDS
    return KEPT_AS.get(collection, RecordKept.HOLDS)


def translate(versions: Sequence[Version], known: Known, advisers: Container[str]) -> Translated:
    """The events of one stream's new versions; `known` is brought up to date, and `advisers` are those on record."""
    return _Translation(known, advisers).of(versions)


class _Translation:
    def __init__(self, known: Known, advisers: Container[str]) -> None:
        self._known, self._advisers = known, advisers
        self._made: list[Made] = []
        self._numbers: set[str | None] = {*known.customer.receipts, *known.customer.shares, *known.customer.referrals}
        self._warned: list[tuple[Version, tuple[str, ...]]] = []

    def of(self, versions: Sequence[Version]) -> Translated:
        known = self._known
        placed = [
            _Placed(version, *known.place(version), touchpoint_of(version.values))
            for version in sorted(versions, key=_in_order)
        ]
        consented, served = consents(known), service(known)
        self._service = served
        said: dict[tuple[str, str, str], list[Statement]] = {}
        for statement in (*consented, *served):
            said.setdefault((statement.collection, statement.record, statement.etag), []).append(statement)
        first = None
        if not known.customer.registered:
            first = next((one for one in placed if one.version.collection == "customers"), None)
        if first is not None:
            placed.remove(first)
            placed.insert(0, first)
        for one in placed:
            self._version(one, registers=one is first)
            if said:
                key = (one.version.collection, one.version.id, one.version.etag)
                for statement in said.pop(key, ()):
                    self._state(statement)
        for statements in said.values():  # an older version may mean something else now that a late one is known
            for statement in statements:
                self._state(statement)
        if known.recorded:
            late = placed[-1].version
            for statement in to_repeat(known, (*consented, *served), [made.id for made in self._made]):
                self._state(statement, again=f":again:{late.collection}/{late.id}/{late.etag}")
        return Translated(self._made, self._warned)

    def _version(self, one: _Placed, *, registers: bool) -> None:
        version, before = one.version, one.before
        said, cleared = _difference(before, version.values)
        warnings = version.warnings
        if more := self._oddities(one, said, cleared):
            warnings += more
        if warnings:
            self._warned.append((version, warnings))
        at = datetime.fromtimestamp(version.ts, UTC)
        base = {
            "collection": version.collection,
            "record_id": version.id,
            "etag": version.etag,
            "written_at": f"{at.isoformat()[:19]}Z",
            "touchpoint": one.touchpoint,
            "changed": tuple(said),
            "cleared": cleared,
            "warnings": _without_codes(version.collection, warnings) if warnings else (),
            "values": said,
            "document": version.document,
        }
        self._add(version.event, _carrier(one, base, registers=registers), at)
        for kind, event in _meanings(one):
            self._add(derived_id(version.collection, version.id, version.etag, kind), event, at)
        if one.after is not None:
            self._restate(one, one.after)

    def _add(self, id_: UUID, event: Event, at: datetime) -> None:
        known = self._known
        number = _number(event)
        if known.ids and id_ in known.ids:
            return
        if number is not None:
            if number in self._numbers:
                return
            self._numbers.add(number)
        parts = kept(known.customer, event)
        for one in parts:
            if not known.customer.destroyed or not is_closed(known, one.retention_class(), one.retention_part()):
                self._made.append(Made(id_, one, at))
            if one is not parts[-1]:
                id_ = derived_id(str(id_), one.retention_part(), kind=":part")

    def _restate(self, one: _Placed, after: Past) -> None:
        """The successor said what it changed against another predecessor; say what it also changed against this one."""
        version, before = one.version, one.before
        values = {
            name: value for name, value in after.values.items()
            if version.values.get(name) != value and before.get(name) == value
        }  # fmt: skip
        cleared = tuple(name for name in version.values if name not in after.values and name not in before)
        class_ = KEPT_AS.get(version.collection, RecordKept.HOLDS)
        if not (values or cleared) or is_closed(self._known, class_):
            return
        event = RecordKept(**_facts(
            collection=version.collection, record_id=version.id, etag=after.etag, written_at=_written(after.ts),
            touchpoint=touchpoint_of(after.values), changed=tuple(values), cleared=cleared, kept_as=class_,
            values=values or None,
        ))  # fmt: skip
        id_ = derived_id(version.collection, version.id, after.etag, f":after:{version.etag}")
        self._add(id_, event, datetime.fromtimestamp(after.ts, UTC))

    def _state(self, statement: Statement, *, again: str = "") -> None:
        id_ = statement.id
        if again:
            id_ = derived_id(statement.collection, statement.record, statement.etag, f"{statement.kind}{again}")
        at = datetime.fromtimestamp(statement.ts, UTC)
        match statement.state:
            case "ended":
                at = datetime.fromisoformat(str(statement.values["DateOfTermination"]))
                event: Event = ServiceEnded(**_facts(
                    reason=_code(statement.values.get("ReasonForTermination")), etag=statement.etag,
                    organisation=touchpoint_of(statement.values), audit_minimum=self._audit_minimum(statement),
                ))  # fmt: skip
            case "resumed":
                event = ServiceResumed(**_facts(organisation=touchpoint_of(statement.values)))
            case state:
                event = _CONSENT[state](**_facts(
                    scope=statement.subject, organisation=touchpoint_of(statement.values), etag=statement.etag,
                    written_at=_written(statement.ts),
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

    def _oddities(self, one: _Placed, said: Mapping[str, JSON], cleared: tuple[str, ...]) -> tuple[str, ...]:
        found = []
        version = one.version
        for name, parent in PARENTS[version.collection]:
            id_ = version.values.get(name)
            if id_ is None or (parent, id_) in self._known.records:
                continue
            if parent != "adviserdetails" or id_ not in self._advisers:
                found.append(f"dangling_parent:{name}")
        if self._service and self._after_termination(version, said, cleared):
            found.append("after_termination")
        return tuple(found)

    def _after_termination(self, version: Version, said: Mapping[str, JSON], cleared: tuple[str, ...]) -> bool:
        earlier = [statement for statement in self._service if statement.ts < version.ts]
        if not earlier or earlier[-1].state != "ended":
            return False
        if version.collection == "digitalidentities" and "DateOfClosure" in version.values:
            return False  # the terminating call itself closes the online account
        emptied = (
            version.collection == "outcomes"
            and bool(cleared)
            and _OUTCOME_DATES.issuperset(cleared)
            and _EDIT_FIELDS.issuperset(said)
        )
        return not (emptied and earlier[-1].values.get("ReasonForTermination") == _DUPLICATE)


_AUDITED = {"given_name": "GivenName", "family_name": "FamilyName", "date_of_birth": "DateofBirth"}
_OUTCOME_DATES = frozenset({"OutcomeClaimedDate", "OutcomeEffectiveDate"})
_EDIT_FIELDS = frozenset({"LastModifiedDate", "LastModifiedTouchpointId"})


def is_closed(known: Known, class_: str, part: str = "") -> bool:
    """Whether a class, or a part that rests on a consent, was destroyed and nothing new may be kept under it."""
    return bool(known.customer.destroyed) and closed(known.customer, class_, part)


def _in_order(version: Version) -> tuple[int, int]:
    return version.ts, version.order


def _difference(before: dict[str, JSON], now: dict[str, JSON]) -> tuple[dict[str, JSON], tuple[str, ...]]:
    if not before:
        return now, ()
    said = {name: value for name, value in now.items() if name not in before or before[name] != value}
    return said, tuple(name for name in before if name not in now)


def _written(ts: int) -> str:
    return f"{datetime.fromtimestamp(ts, UTC).isoformat()[:19]}Z"


def _facts(**said: Any) -> dict[str, Any]:  # noqa: ANN401 (an event's fields are of many types)
    """Some of an event's fields; what is not said is None."""
    return said


def _code(value: JSON) -> int | None:
    return value if isinstance(value, int) else None


def _text(value: JSON) -> str | None:
    return value if isinstance(value, str) else None


def _without_codes(collection: str, warnings: tuple[str, ...]) -> tuple[str, ...]:
    """A retired code of ethnicity, health or need is still such a code, so a fact only names the field."""
    special = _SPECIAL[collection]
    return tuple(
        warning.partition("=")[0] if warning.partition(":")[2].partition("=")[0] in special else warning
        for warning in warnings
    )


def _carrier(one: _Placed, base: dict[str, Any], *, registers: bool) -> Event:
    version, values = one.version, one.version.values
    match version.collection:
        case "customers" if registers:
            organisation = _text(values.get("CreatedBy")) or one.touchpoint
            introduced_by = _code(values.get("IntroducedBy"))
            return CustomerRegistered(**base, organisation=organisation, introduced_by=introduced_by)
        case "interactions":
            return InteractionHeld(
                **base, interaction_id=version.id, held_at=_text(values.get("DateandTimeOfInteraction")),
                channel=_code(values.get("Channel")), organisation=_text(values.get("TouchpointId")) or one.touchpoint,
            )  # fmt: skip
        case "sessions" if values.get("SessionAttended") is not None:
            met: dict[str, Any] = {
                "appointment_id": version.id,
                "appointment_at": values.get("DateandTimeOfSession"),
                "organisation": one.touchpoint,
            }
            if values["SessionAttended"] is True:
                return AppointmentKept(**base, **met)
            return AppointmentMissed(**base, **met, reason_code=_code(values.get("ReasonForNonAttendance")))
        case "transfers" if _is_referred(one):
            return _referred(one, base)
        case "transfers" if _is_accepted(one):
            return _accepted(one, base)
    return RecordKept(**base, kept_as=KEPT_AS.get(version.collection, RecordKept.HOLDS))


def _is_referred(one: _Placed) -> bool:
    return one.before.get("TargetTouchpointId") != one.version.values.get("TargetTouchpointId")


def _is_accepted(one: _Placed) -> bool:
    return any(
        name in one.version.values and one.before.get(name) != one.version.values[name]
        for name in ("DateandTimeofTransferAccepted", "ActualCallbackTime")
    )


def _referred(one: _Placed, base: dict[str, Any]) -> Event:
    values = one.version.values
    return CustomerReferred(
        **base, referral_id=one.version.id, referred_by=_text(values.get("OriginatingTouchpointId")) or one.touchpoint,
        referred_to=_text(values.get("TargetTouchpointId")), requested_at=_text(values.get("DateandTimeOfTransfer")),
    )  # fmt: skip


def _accepted(one: _Placed, base: dict[str, Any]) -> Event:
    values = one.version.values
    return ReferralAccepted(
        **base, referral_id=one.version.id, accepted_at=_text(values.get("DateandTimeofTransferAccepted")),
        called_back_at=_text(values.get("ActualCallbackTime")),
    )  # fmt: skip


def _meanings(one: _Placed) -> Iterator[tuple[str, Event]]:
    """What a version means beside what it says; these events hold facts only."""
    version, values = one.version, one.version.values
    match version.collection:
        case "transfers" if _is_referred(one) and _is_accepted(one):
            source = {"record_id": version.id, "etag": version.etag, "written_at": _written(version.ts)}
            yield "referral-accepted", _accepted(one, {**source, "touchpoint": one.touchpoint})
        case "customers" if _becomes(one, "IntroducedBy", _INTRODUCED_WITH_DATA):
            receipt = str(derived_id("customers", version.id, kind="received"))
            yield "data-received", DataReceived(**_facts(
                receipt_id=receipt, part=receipt, received_from=JOBCENTRE_PLUS, received_by=one.touchpoint,
                channel=NOT_RECORDED, record_id=version.id, etag=version.etag,
            ))  # fmt: skip
        case "actions" if _becomes(one, "SignpostedToCategory", _SIGNPOSTED_WITH_DATA):
            yield "data-shared", DataShared(**_facts(
                share_id=str(derived_id("actions", version.id, kind="shared")), sent_by=one.touchpoint,
                sent_to=JOBCENTRE_PLUS, channel=NOT_RECORDED, record_id=version.id, etag=version.etag,
                plan_id=_text(values.get("ActionPlanId")),
            ))  # fmt: skip
        case "actions" if _becomes(one, "SignpostedToCategory", _SIGNPOSTED_WITHOUT_DATA):
            yield "customer-referred", CustomerReferred(**_facts(
                referral_id=str(derived_id("actions", version.id, kind="signposted")), referred_by=one.touchpoint,
                referred_to=JOBCENTRE_PLUS, record_id=version.id, etag=version.etag, written_at=_written(version.ts),
                requested_at=_text(values.get("DateActionAgreed")), touchpoint=one.touchpoint, with_data=False,
            ))  # fmt: skip


def _becomes(one: _Placed, name: str, code: int) -> bool:
    return one.version.values.get(name) == code and one.before.get(name) != code


def _number(event: Event) -> str | None:
    """The derived number of a share, receipt or signposting: the code may come and go, the matter is one."""
    match event:
        case DataReceived():
            return event.receipt_id
        case DataShared():
            return event.share_id
        case CustomerReferred() if event.collection is None:
            return event.referral_id
    return None
