"""Maps a document version to events: the one that carries its values, and those that state what it means. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from api.dss.checks import JSON
from api.dss.moments import has_been
from api.dss.versions import Past, Version, derived_id, stated_by
from ledger.clocks import instant_text
from ledger.events import (
    AppointmentKept,
    AppointmentMissed,
    CustomerReferred,
    CustomerRegistered,
    DataReceived,
    DataShared,
    Event,
    InteractionHeld,
    RecordKept,
    ReferralAccepted,
)
from ledger.retention.classes import KEPT_AS

JOBCENTRE_PLUS = "jobcentre-plus"
NOT_RECORDED = "not recorded"
_INTRODUCED_WITH_DATA, _SIGNPOSTED_WITH_DATA, _SIGNPOSTED_WITHOUT_DATA = 27, 14, 15


class Placed(NamedTuple):
    """A version placed in its record's history: the values before it, the version after it if any, and its author."""

    version: Version
    before: dict[str, JSON]
    after: Past | None
    touchpoint: str | None
    at: datetime
    """When it is imported: no fact says that something happened later."""

    def moment(self, name: str) -> str | None:
        """When something happened, by this field."""
        return has_been(self.version.values.get(name), self.at)


def written(ts: int) -> str:
    return instant_text(datetime.fromtimestamp(ts, UTC))


def facts_of(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 (an event's fields are of many types)
    """Some of an event's fields; the others are None."""
    return fields


def code_of(value: JSON) -> int | None:
    return value if isinstance(value, int) else None


def _str(value: JSON) -> str | None:
    return value if isinstance(value, str) else None


def carrier(placed: Placed, base: dict[str, Any], *, registers: bool) -> Event:
    version, values = placed.version, placed.version.values
    match version.collection:
        case "customers" if registers:
            organisation = _str(values.get("CreatedBy")) or placed.touchpoint
            introduced_by = code_of(values.get("IntroducedBy"))
            return CustomerRegistered(
                **base, organisation=organisation, introduced_by=introduced_by,
                registered_at=placed.moment("DateOfRegistration"),
            )  # fmt: skip
        case "interactions":
            return InteractionHeld(
                **base, interaction_id=version.id, held_at=placed.moment("DateandTimeOfInteraction"),
                channel=code_of(values.get("Channel")),
                organisation=_str(values.get("TouchpointId")) or placed.touchpoint,
            )  # fmt: skip
        case "sessions" if values.get("SessionAttended") is not None:
            met: dict[str, Any] = {
                "appointment_id": version.id,
                "appointment_at": placed.moment("DateandTimeOfSession"),
                "organisation": placed.touchpoint,
            }
            if values["SessionAttended"] is True:
                return AppointmentKept(**base, **met)
            return AppointmentMissed(**base, **met, reason_code=code_of(values.get("ReasonForNonAttendance")))
        case "transfers" if _is_referred(placed):
            return _referred(placed, base)
        case "transfers" if _is_accepted(placed):
            return _accepted(placed, base)
    return RecordKept(**base, kept_as=KEPT_AS.get(version.collection, RecordKept.HOLDS))


def _is_referred(placed: Placed) -> bool:
    return placed.before.get("TargetTouchpointId") != placed.version.values.get("TargetTouchpointId")


def _is_accepted(placed: Placed) -> bool:
    return any(
        name in placed.version.values and placed.before.get(name) != placed.version.values[name]
        for name in ("DateandTimeofTransferAccepted", "ActualCallbackTime")
    )


def _referred(placed: Placed, base: dict[str, Any]) -> Event:
    values = placed.version.values
    return CustomerReferred(
        **base, referral_id=placed.version.id,
        referred_by=_str(values.get("OriginatingTouchpointId")) or placed.touchpoint,
        referred_to=_str(values.get("TargetTouchpointId")), requested_at=placed.moment("DateandTimeOfTransfer"),
    )  # fmt: skip


def _accepted(placed: Placed, base: dict[str, Any]) -> Event:
    return ReferralAccepted(
        **base, referral_id=placed.version.id, accepted_at=placed.moment("DateandTimeofTransferAccepted"),
        called_back_at=placed.moment("ActualCallbackTime"),
    )  # fmt: skip


def meanings(placed: Placed) -> Iterator[tuple[str, Event]]:
    """The kind and event of each thing a version means beyond its values; these events hold facts only."""
    version, values = placed.version, placed.version.values
    match version.collection:
        case "transfers" if _is_referred(placed) and _is_accepted(placed):
            source = {"record_id": version.id, **stated_by(version.tag), "written_at": written(version.ts)}
            yield "referral-accepted", _accepted(placed, {**source, "touchpoint": placed.touchpoint})
        case "customers" if _becomes(placed, "IntroducedBy", _INTRODUCED_WITH_DATA):
            receipt = str(derived_id("customers", version.id, kind="received"))
            yield "data-received", DataReceived(**facts_of(
                receipt_id=receipt, part=receipt, received_from=JOBCENTRE_PLUS, received_by=placed.touchpoint,
                channel=NOT_RECORDED, record_id=version.id, **stated_by(version.tag),
            ))  # fmt: skip
        case "actions" if _becomes(placed, "SignpostedToCategory", _SIGNPOSTED_WITH_DATA):
            yield "data-shared", DataShared(**facts_of(
                share_id=str(derived_id("actions", version.id, kind="shared")), sent_by=placed.touchpoint,
                sent_to=JOBCENTRE_PLUS, direction="NCS_TO_JCP", channel=NOT_RECORDED, record_id=version.id,
                **stated_by(version.tag), plan_id=_str(values.get("ActionPlanId")),
            ))  # fmt: skip
        case "actions" if _becomes(placed, "SignpostedToCategory", _SIGNPOSTED_WITHOUT_DATA):
            yield "customer-referred", CustomerReferred(**facts_of(
                referral_id=str(derived_id("actions", version.id, kind="signposted")), referred_by=placed.touchpoint,
                referred_to=JOBCENTRE_PLUS, record_id=version.id, **stated_by(version.tag),
                written_at=written(version.ts), requested_at=placed.moment("DateActionAgreed"),
                touchpoint=placed.touchpoint, with_data=False,
            ))  # fmt: skip


def _becomes(placed: Placed, name: str, code: int) -> bool:
    return placed.version.values.get(name) == code and placed.before.get(name) != code


def subject_id_of(event: Event) -> str | None:
    """The derived id of a share, receipt or signposting, the same however often its code is set and cleared."""
    match event:
        case DataReceived():
            return event.receipt_id
        case DataShared():
            return event.share_id
        case CustomerReferred() if event.collection is None:
            return event.referral_id
    return None
