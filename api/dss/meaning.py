"""What a version is and means as events: which event carries it, and which say beside it what it means. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from api.dss.checks import JSON
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
    """A version in its place: the values before it, the version after it if that came earlier, and who wrote it."""

    version: Version
    before: dict[str, JSON]
    after: Past | None
    touchpoint: str | None


def written(ts: int) -> str:
    return instant_text(datetime.fromtimestamp(ts, UTC))


def facts_of(**said: Any) -> dict[str, Any]:  # noqa: ANN401 (an event's fields are of many types)
    """Some of an event's fields; what is not said is None."""
    return said


def code_of(value: JSON) -> int | None:
    return value if isinstance(value, int) else None


def _str(value: JSON) -> str | None:
    return value if isinstance(value, str) else None


def carrier(one: Placed, base: dict[str, Any], *, registers: bool) -> Event:
    version, values = one.version, one.version.values
    match version.collection:
        case "customers" if registers:
            organisation = _str(values.get("CreatedBy")) or one.touchpoint
            introduced_by = code_of(values.get("IntroducedBy"))
            return CustomerRegistered(**base, organisation=organisation, introduced_by=introduced_by)
        case "interactions":
            return InteractionHeld(
                **base, interaction_id=version.id, held_at=_str(values.get("DateandTimeOfInteraction")),
                channel=code_of(values.get("Channel")),
                organisation=_str(values.get("TouchpointId")) or one.touchpoint,
            )  # fmt: skip
        case "sessions" if values.get("SessionAttended") is not None:
            met: dict[str, Any] = {
                "appointment_id": version.id,
                "appointment_at": values.get("DateandTimeOfSession"),
                "organisation": one.touchpoint,
            }
            if values["SessionAttended"] is True:
                return AppointmentKept(**base, **met)
            return AppointmentMissed(**base, **met, reason_code=code_of(values.get("ReasonForNonAttendance")))
        case "transfers" if _is_referred(one):
            return _referred(one, base)
        case "transfers" if _is_accepted(one):
            return _accepted(one, base)
    return RecordKept(**base, kept_as=KEPT_AS.get(version.collection, RecordKept.HOLDS))


def _is_referred(one: Placed) -> bool:
    return one.before.get("TargetTouchpointId") != one.version.values.get("TargetTouchpointId")


def _is_accepted(one: Placed) -> bool:
    return any(
        name in one.version.values and one.before.get(name) != one.version.values[name]
        for name in ("DateandTimeofTransferAccepted", "ActualCallbackTime")
    )


def _referred(one: Placed, base: dict[str, Any]) -> Event:
    values = one.version.values
    return CustomerReferred(
        **base, referral_id=one.version.id, referred_by=_str(values.get("OriginatingTouchpointId")) or one.touchpoint,
        referred_to=_str(values.get("TargetTouchpointId")), requested_at=_str(values.get("DateandTimeOfTransfer")),
    )  # fmt: skip


def _accepted(one: Placed, base: dict[str, Any]) -> Event:
    values = one.version.values
    return ReferralAccepted(
        **base, referral_id=one.version.id, accepted_at=_str(values.get("DateandTimeofTransferAccepted")),
        called_back_at=_str(values.get("ActualCallbackTime")),
    )  # fmt: skip


def meanings(one: Placed) -> Iterator[tuple[str, Event]]:
    """What a version means beside what it says; these events hold facts only."""
    version, values = one.version, one.version.values
    match version.collection:
        case "transfers" if _is_referred(one) and _is_accepted(one):
            source = {"record_id": version.id, **stated_by(version.tag), "written_at": written(version.ts)}
            yield "referral-accepted", _accepted(one, {**source, "touchpoint": one.touchpoint})
        case "customers" if _becomes(one, "IntroducedBy", _INTRODUCED_WITH_DATA):
            receipt = str(derived_id("customers", version.id, kind="received"))
            yield "data-received", DataReceived(**facts_of(
                receipt_id=receipt, part=receipt, received_from=JOBCENTRE_PLUS, received_by=one.touchpoint,
                channel=NOT_RECORDED, record_id=version.id, **stated_by(version.tag),
            ))  # fmt: skip
        case "actions" if _becomes(one, "SignpostedToCategory", _SIGNPOSTED_WITH_DATA):
            yield "data-shared", DataShared(**facts_of(
                share_id=str(derived_id("actions", version.id, kind="shared")), sent_by=one.touchpoint,
                sent_to=JOBCENTRE_PLUS, direction="NCS_TO_JCP", channel=NOT_RECORDED, record_id=version.id,
                **stated_by(version.tag), plan_id=_str(values.get("ActionPlanId")),
            ))  # fmt: skip
        case "actions" if _becomes(one, "SignpostedToCategory", _SIGNPOSTED_WITHOUT_DATA):
            yield "customer-referred", CustomerReferred(**facts_of(
                referral_id=str(derived_id("actions", version.id, kind="signposted")), referred_by=one.touchpoint,
                referred_to=JOBCENTRE_PLUS, record_id=version.id, **stated_by(version.tag),
                written_at=written(version.ts), requested_at=_str(values.get("DateActionAgreed")),
                touchpoint=one.touchpoint, with_data=False,
            ))  # fmt: skip


def _becomes(one: Placed, name: str, code: int) -> bool:
    return one.version.values.get(name) == code and one.before.get(name) != code


def number_of(event: Event) -> str | None:
    """The derived number of a share, receipt or signposting: the code may come and go, the matter is one."""
    match event:
        case DataReceived():
            return event.receipt_id
        case DataShared():
            return event.share_id
        case CustomerReferred() if event.collection is None:
            return event.referral_id
    return None
