"""Whether a command may be carried out, and what happens then: pure functions of state, command, caller, time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

from ledger import errors, events
from ledger.clocks import london_day
from ledger.commands import COMMANDS, Command, Part
from ledger.customer import Customer
from ledger.events import Event
from ledger.keeping import KEPT_AS, NCS, NHS, kept
from ledger.rules.bases import BASES
from ledger.rules.consent_scopes import SCOPES
from ledger.rules.items import PRIORITY_GROUPS
from ledger.rules.retention import LocalKind

NOT_CONSENT = frozenset({"page_visit", "silence", "pre_ticked_box", "continued_use"})
CLOCK_SKEW = timedelta(minutes=5)

EVERYBODY = frozenset({"case-worker", "contractor", "records-manager", "administrator"})
_CONTROLLER = EVERYBODY - {"contractor"}
"""The controller answers requests; anybody may receive one and what comes after it, which starts its clock (SAR-01)."""
PERMITTED: Mapping[str, frozenset[str]] = {
    "place-hold": frozenset({"case-worker", "records-manager", "administrator"}),
    "lift-hold": frozenset({"case-worker", "records-manager", "administrator"}),
    "destroy-records": frozenset({"records-manager"}),
    "read-personal-data": EVERYBODY | {"auditor"},
    **dict.fromkeys(
        (
            "ask-identity",
            "confirm-identity",
            "ask-fee",
            "ask-clarification",
            "extend-time",
            "withhold-item",
            "decide-third-party",
            "prepare-report",
            "send-response",
            "refuse-request",
        ),
        _CONTROLLER,
    ),
    "assess-finding": frozenset({"case-worker", "records-manager", "administrator"}),
    "close-finding": frozenset({"case-worker", "records-manager", "administrator"}),
    **{
        kind.name: frozenset({"records-manager", "administrator"})
        for kind in COMMANDS.values()
        if kind.about == "organisation"
    },
}
"""Who may give which command; a command not named here is open to EVERYBODY. An auditor changes nothing."""
ROLES = EVERYBODY | {"auditor"}

READS: Mapping[str, Literal["everything", "own organisation"]] = {
    "auditor": "everything",
    "administrator": "everything",
    "case-worker": "everything",
    "records-manager": "everything",
    "contractor": "own organisation",
}
"""Who may read what: a contractor only the customers, shares and due records of their own organisation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who gives a command: a role, an organisation and, sealed wherever it is written, a person."""

    role: str
    organisation: str
    subject: str


def may_read(by: Caller, organisations: Collection[str]) -> bool:
    """Whether a caller may read what concerns these organisations; none named means what concerns them all."""
    match READS.get(by.role):
        case "everything":
            return True
        case "own organisation":
            return by.organisation in organisations
        case _:
            return False


def organisations_serving(history: Iterable[Event]) -> frozenset[str]:
    """The organisations that registered or served a customer; reading about somebody is not serving them."""
    return frozenset(
        code
        for event in history
        if not isinstance(event, events.PersonalDataRead)
        for name in ("organisation", "touchpoint", "referred_to", "received_by", "sent_by")
        if (code := getattr(event, name, None))
    )


def decide(customer: Customer, command: Command, part: Part, by: Caller, at: datetime) -> tuple[Event, ...]:
    """The events that one part of a command makes; raises a subclass of Refused when it may not be carried out."""
    refuse_unless_permitted(command, by, at)
    if command.kind.about == "customer":
        _refuse_unless_possible(customer, command.kind.name, part.said, at)
    made = command.kind.makes(**completed(command, part))
    return kept(customer, made)


def refuse_unless_permitted(command: Command, by: Caller, at: datetime) -> None:
    """Raise NotAllowed for a role that may not give this command, Malformed for a command from the future."""
    if by.role not in PERMITTED.get(command.kind.name, EVERYBODY):
        raise errors.NotAllowed(f"The role {by.role} may not {command.kind.name.replace('-', ' ')}.")
    if command.occurred_at > at + CLOCK_SKEW:
        raise errors.Malformed("The field occurred_at lies in the future; only what has happened is recorded.")


def _refuse_unless_possible(customer: Customer, name: str, said: Mapping[str, Any], at: datetime) -> None:
    if issubclass(COMMANDS[name].makes, events.FromDocument) and said.get("lawful_basis") not in {None, *BASES}:
        raise errors.Malformed(f"The field lawful_basis must be one of {', '.join(BASES)}.", field="lawful_basis")
    if name == "register-customer":
        if customer.registered:
            raise errors.AlreadyRegistered
        if said.get("programme") not in {None, NCS, NHS}:
            raise errors.Malformed(f"The field programme must be {NCS} or {NHS}.", field="programme")
        return
    if not customer.registered:
        raise errors.NotRegistered
    if name == "destroy-records":
        refuse_destruction_unless_due(customer, said, at)
    elif name in _CHECKS:
        _CHECKS[name](customer, said)


def _accept_referral(customer: Customer, said: Mapping[str, Any]) -> None:
    if said["referral_id"] not in customer.referrals:
        raise errors.UnknownReference("No referral with this number is known for this customer.")
    if said["referral_id"] in customer.accepted:
        raise errors.AlreadyDone("This referral has already been accepted.")


def _appointment(outcome: str) -> Callable[[Customer, Mapping[str, Any]], None]:
    def check(customer: Customer, said: Mapping[str, Any]) -> None:
        if (said["appointment_id"], outcome) in customer.appointments:
            raise errors.AlreadyDone(f"This appointment has already been recorded as {outcome}.")

    return check


def _known_scope(_: Customer, said: Mapping[str, Any]) -> None:
    if said["scope"] not in SCOPES:
        raise errors.Malformed(f"The field scope must be one of {', '.join(SCOPES)}.", field="scope")


def _give_consent(customer: Customer, said: Mapping[str, Any]) -> None:
    _known_scope(customer, said)
    if said["mechanism"] in NOT_CONSENT:
        raise errors.NotConsent


def _finding(customer: Customer, said: Mapping[str, Any]) -> None:
    state = customer.findings.get(said["finding_id"])
    if state is None:
        raise errors.UnknownReference("No finding with this number is known for this customer.")
    if state == "closed":
        raise errors.AlreadyDone("This finding is closed.")
    if said.get("severity") not in {None, "S1", "S2", "S3"}:
        raise errors.Malformed("The field severity must be S1, S2 or S3.", field="severity")


def _close_finding(customer: Customer, said: Mapping[str, Any]) -> None:
    _finding(customer, said)
    if customer.findings[said["finding_id"]] == "open":
        raise errors.NotAssessed


def _new_number(kind: str, name: str) -> Callable[[Customer, Mapping[str, Any]], None]:
    def check(customer: Customer, said: Mapping[str, Any]) -> None:
        if said[name] in getattr(customer, kind):
            raise errors.AlreadyDone(f"The field {name} repeats a number that is already recorded for this customer.")

    return check


def _confirm_receipt(customer: Customer, said: Mapping[str, Any]) -> None:
    if said["share_id"] not in customer.shares:
        raise errors.UnknownReference("No share with this number is known for this customer.")
    if said["share_id"] in customer.confirmed:
        raise errors.AlreadyDone("Receipt of this share has already been confirmed.")


def _incorporate(customer: Customer, said: Mapping[str, Any]) -> None:
    if said["receipt_id"] not in customer.receipts:
        raise errors.UnknownReference("No receipt with this number is known for this customer.")
    if said["receipt_id"] in customer.incorporated:
        raise errors.AlreadyDone("This receipt has already been incorporated.")


def _dispose_copy(customer: Customer, said: Mapping[str, Any]) -> None:
    if said.get("receipt_id") not in customer.receipts and said.get("share_id") not in customer.shares:
        raise errors.UnknownReference("Name the receipt or the share whose copy was disposed of.")
    if said["medium"] not in {"email", "paper"}:
        raise errors.Malformed("The field medium must be email or paper.")


def _end_service(customer: Customer, _: Mapping[str, Any]) -> None:
    if customer.ended:
        raise errors.ServiceIsEnded


def _resume_service(customer: Customer, _: Mapping[str, Any]) -> None:
    if not customer.ended:
        raise errors.ServiceNotEnded


def _place_hold(customer: Customer, said: Mapping[str, Any]) -> None:
    if said["hold_id"] in customer.lifted:
        raise errors.AlreadyDone("A hold of this number was lifted; a new hold needs a number of its own.")
    unknown = [name for name in said.get("classes", ()) if name not in events.CLASSES]
    if unknown:
        raise errors.Malformed("The field classes must name retention classes, such as identity or service.")
    _new_number("holds", "hold_id")(customer, said)


def _lift_hold(customer: Customer, said: Mapping[str, Any]) -> None:
    if said["hold_id"] not in customer.holds:
        raise errors.UnknownReference("No hold with this number is in force for this customer.")


def refuse_destruction_unless_due(customer: Customer, said: Mapping[str, Any], at: datetime) -> None:
    """Raise NotDue, Held, AlreadyDone or Malformed unless each of the classes named may be destroyed now."""
    for one in said["destroyed"]:
        class_, part = one.get("class"), one.get("part") or ""
        if not isinstance(class_, str) or class_ not in events.CLASSES or not isinstance(part, str):
            raise errors.Malformed("Each of destroyed must name a retention class, such as identity or service.")
        if _day(one.get("destroy_by")) > _day(said["on"]) or _day(said["on"]) > london_day(at):
            raise errors.NotDue
        if customer.held(class_):
            raise errors.Held
        if (class_, part) in customer.destroyed:
            raise errors.AlreadyDone("These records were already destroyed.")


def _day(text: object) -> date:
    try:
        return date.fromisoformat(text if isinstance(text, str) else "")
    except ValueError as no_date:
        raise errors.Malformed("Each of destroyed must say its destroy_by as a date such as 2026-11-22.") from no_date


_CHECKS: Mapping[str, Callable[[Customer, Mapping[str, Any]], None]] = {
    "accept-referral": _accept_referral,
    "keep-appointment": _appointment("kept"),
    "miss-appointment": _appointment("missed"),
    "refer-customer": _new_number("referrals", "referral_id"),
    "give-consent": _give_consent,
    "ask-consent": _known_scope,
    "refuse-consent": _known_scope,
    "expire-consent": _known_scope,
    "invalidate-consent": _known_scope,
    "assess-finding": _finding,
    "remediate-finding": _finding,
    "close-finding": _close_finding,
    "share-data": _new_number("shares", "share_id"),
    "receive-data": _new_number("receipts", "receipt_id"),
    "confirm-receipt": _confirm_receipt,
    "incorporate-data": _incorporate,
    "dispose-copy": _dispose_copy,
    "end-service": _end_service,
    "resume-service": _resume_service,
    "place-hold": _place_hold,
    "lift-hold": _lift_hold,
}


def completed(command: Command, part: Part) -> dict[str, Any]:
    """What was said, with the times the command itself implies and the part a receipt is kept under."""
    said = dict(part.said)
    kind = command.kind.makes
    occurred = command.occurred_at.isoformat().replace("+00:00", "Z")
    if kind is events.DataReceived:
        said["part"] = said["receipt_id"]
    elif kind is events.DataShared:
        _without_groups_in_clear(said)
    elif kind is events.InteractionHeld:
        said.setdefault("held_at", occurred)
    elif kind in (events.AppointmentKept, events.AppointmentMissed):
        said.setdefault("appointment_at", occurred)
    elif kind is events.CustomerReferred:
        said.setdefault("requested_at", occurred)
    elif kind is events.ReferralAccepted:
        said.setdefault("accepted_at", occurred)
    elif kind in (events.RecordKept, events.RecordCorrected):
        said.setdefault("changed", tuple(sorted(said.get("values") or ())))
        said.setdefault("kept_as", KEPT_AS.get(str(said.get("collection")), "service"))
    elif kind is events.PersonalDataRead:
        said["part"] = occurred[:7]  # readings are kept, and destroyed, by the month they were made in
    elif kind is events.RetentionPeriodSet:
        if said["kind"] not in get_args(LocalKind):
            raise errors.Malformed(f"The field kind must be one of {', '.join(get_args(LocalKind))}.", field="kind")
        said.setdefault("valid_from", occurred[:10])
    return said


def _without_groups_in_clear(said: dict[str, Any]) -> None:
    """Which priority group somebody is in may tell their health: the items say that a group was shared, not which."""
    groups = [item for item in said.get("items", ()) if item in PRIORITY_GROUPS]
    if groups:
        rest = (item for item in said["items"] if item not in PRIORITY_GROUPS)
        said["items"] = tuple(dict.fromkeys((*rest, "D29")))
        said["priority_groups"] = tuple(dict.fromkeys((*said.get("priority_groups", ()), *groups)))
