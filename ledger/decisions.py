"""Whether a command may be carried out, and what happens then: pure functions of state, command, caller, time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from ledger import errors, events
from ledger.calendars import Calendar, england_and_wales
from ledger.caller import Caller
from ledger.clocks import instant_text, london_day
from ledger.codes.channels import AUTHORISED, OTHER_CHANNEL
from ledger.codes.consent_scopes import channel_of, scope_of
from ledger.codes.items import (
    CARRIED_BY,
    IRRELEVANT,
    ITEM_NAMES,
    ITEMS,
    NHS_ITEMS,
    PRIORITY_GROUPS,
    SPECIAL,
    code_of,
    group_of,
)
from ledger.commands.checks import refuse_unless_checked, refuse_unless_possible
from ledger.commands.declaration import COMMANDS
from ledger.commands.reader import Command, Part
from ledger.events import Event
from ledger.normalise import as_code, normalised
from ledger.retention.classes import KEPT_AS, closed, under_class
from ledger.retention.schedule import ERASABLE, LocalKind
from ledger.rules.channel_hand import TO_WHOM
from ledger.rules.parties import comes_in
from ledger.rules.rule import DIGESTS
from ledger.state.customer import Customer
from ledger.state.registers import OFFICE

HOLD_RESTRICTION = "HOLD_RESTRICTION"
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
    **dict.fromkeys(
        (
            "assess-finding",
            "close-finding",
            "assess-breach-risk",
            "notify-regulator",
            "notify-people",
            "close-breach-assessment",
            "restrict-processing",
            "lift-restriction",
            "review-hold",
            "extend-retention",
            "review-decision",
            "check-accuracy",
            "merge-customers",
            "unmerge-customers",
        ),
        _CONTROLLER,
    ),
    **{
        kind.name: frozenset({"records-manager", "administrator"})
        for kind in COMMANDS.values()
        if kind.about == "organisation" and kind.name != "cleanse-mailbox"
    },
}
"""Who may give which command; a command not named here is open to EVERYBODY. An auditor changes nothing."""
ROLES = EVERYBODY | {"auditor"}

_HAPPENED_AT = {"hold-interaction": "held_at", "keep-appointment": "appointment_at"}
"""When what a command reports took place, where it says so itself."""
_DONE_BY = {"share-data": "sent_by", "receive-data": "received_by", "correct-record": "organisation"}
"""Which field says whose doing it was, of what makes somebody owe something."""
KEEPERS = frozenset({"records-manager", "administrator"})
"""Who may open or discard what is in the quarantine, whoever of their controller's service sent it."""

READS: Mapping[str, Literal["everything", "own organisation"]] = {
    "auditor": "everything",
    "administrator": "everything",
    "case-worker": "everything",
    "records-manager": "everything",
    "contractor": "own organisation",
}
"""Who may read what: a contractor only the customers, shares and due records of their own organisation."""


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
        refuse_unless_possible(customer, command.kind.name, part.said, at)
    made = command.kind.makes(**{**_of_contractor(command, part, by), **completed(command, part)})
    if isinstance(made, events.ConsentWithdrawn | events.ConsentRefused) and closed(customer, made.HOLDS):
        made = made.but(evidence=None)  # a no counts even where its words cannot be kept any more (CONSENT-06)
    return (*under_class(customer, made), *beside(customer, made))


def _of_contractor(command: Command, part: Part, by: Caller) -> dict[str, str]:
    """Whose doing it was when a contractor reports it and names nobody: its own, so that what is owed has an owner."""
    name = _DONE_BY.get(command.kind.name)
    theirs = by.role == "contractor" and not comes_in(part.said.get("direction"))
    return {name: by.organisation} if name is not None and theirs else {}


def beside(customer: Customer, made: Event) -> tuple[Event, ...]:
    """What is recorded with it: a restriction holds the person's records, and lifting it lets them go (RESTRICT-01)."""
    match made:
        case events.ProcessingRestricted():
            number = made.restriction_id
            return (events.HoldPlaced(hold_id=number, code=HOLD_RESTRICTION, review_on=None, owner=None, reason=None),)
        case events.RestrictionLifted() if made.restriction_id in customer.holds:
            return (events.HoldLifted(hold_id=made.restriction_id, reason=None),)
        case _:
            return ()


def refuse_unless_permitted(command: Command, by: Caller, at: datetime) -> None:
    """Raise NotAllowed for a role that may not give this command, Malformed for a command from the future."""
    if by.role not in PERMITTED.get(command.kind.name, EVERYBODY):
        raise errors.NotAllowed(f"The role {by.role} may not {command.kind.name.replace('-', ' ')}.")
    if command.occurred_at > at + CLOCK_SKEW:
        raise errors.Malformed("The field occurred_at lies in the future; only what has happened is recorded.")
    name = _HAPPENED_AT.get(command.kind.name, "")
    for said in (part.said.get(name) for part in command.parts):
        # Retention counts from the last contact, and no later one would move back what is yet to come.
        if said and datetime.fromisoformat(said) > at + CLOCK_SKEW:
            raise errors.Malformed(
                f"The field {name} lies in the future; only what has happened is recorded.", field=name
            )


def completed(command: Command, part: Part) -> dict[str, Any]:
    """What was said, with the times the command itself implies and the part a receipt is kept under."""
    said = dict(part.said)
    kind = command.kind.makes
    occurred = instant_text(command.occurred_at)
    if kind in _OF_ITEMS:
        _write_items(said, kind)
    if kind in {events.DataShared, events.DataReceived}:
        _write_ways(said)
    if kind is events.DataReceived:
        said["part"] = said["receipt_id"]
    elif issubclass(kind, events.Consent):
        _write_consent(said)
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
        if kind is events.RecordCorrected:
            said["items"] = said.get("items") or tuple(sorted(CARRIED_BY.get(str(said.get("collection")), ())))
    elif kind is events.PersonalDataRead:
        said["part"] = occurred[:7]  # readings are kept, and destroyed, by the month they were made in
    elif kind is events.OrganisationRegistered:
        if said.get("part_of") == said["organisation"]:
            raise errors.Malformed("An organisation is part of another one than itself.", field="part_of")
        if command.kind.name == "register-office":
            said["kind"] = OFFICE
    elif kind is events.MailboxCleansed:
        said.setdefault("valid_from", london_day(command.occurred_at).isoformat())
    elif kind is events.RuleSetPublished:
        said["digest"] = DIGESTS.get(said["rule_set"])
    elif kind is events.CalendarPublished:
        _refuse_unless_a_calendar(said)
    elif kind is events.DestructionInstructed:
        refuse_unless_checked(said)
        said["classes"] = tuple(said.get("classes") or ERASABLE)
    elif kind is events.RetentionPeriodSet:
        if said["kind"] not in get_args(LocalKind):
            raise errors.Malformed(f"The field kind must be one of {', '.join(get_args(LocalKind))}.", field="kind")
        said.setdefault("valid_from", london_day(command.occurred_at).isoformat())
    return said


def _refuse_unless_a_calendar(said: Mapping[str, Any]) -> None:
    """A list that reached less far than the one it replaces would leave clocks without a last day."""
    days = {name: said[name] for name in ("holidays", "first_day", "last_day")}
    try:
        made = Calendar.published(version="", holidays=days["holidays"], first=days["first_day"], last=days["last_day"])
    except ValueError as wrong:
        raise errors.Malformed(
            "The field holidays must list dates such as 2026-12-25, each from first_day to last_day.", field="holidays"
        ) from wrong
    known = england_and_wales()
    if made.first > known.first or made.last < known.last:
        raise errors.Malformed(
            f"The list must reach from {known.first} or earlier to {known.last} or later.", field="last_day"
        )


def _write_consent(said: dict[str, Any]) -> None:
    """Its scope by its code. A way of speaking without a code is kept in the person's own words, which are sealed."""
    said["scope"] = scope_of(said["scope"])
    if not (words := said.get("channel")):
        return
    said["channel"] = channel_of(words)
    if said["channel"] == OTHER_CHANNEL and words.strip().upper() != OTHER_CHANNEL:
        said["evidence"] = "; ".join(filter(None, (said.get("evidence"), words)))


def _write_items(said: dict[str, Any], kind: type[Event]) -> None:
    """Items as the catalogue writes them. Which priority group somebody is in may tell their health, so the items say
    in clear that a group is meant and not which; which is kept where it can be sealed, or where `values` say it.
    """
    items, told = (
        tuple(_WRITTEN.get(one.strip().casefold(), one) for one in said.get(name) or ())
        for name in ("items", "priority_groups")
    )
    groups = tuple(dict.fromkeys((*told, *(group for item in items if (group := group_of(item))))))
    if items:
        rest = (item for item in items if code_of(item) != "D29")
        said["items"] = tuple(dict.fromkeys((*rest, "D29") if groups else items))
    if groups and "priority_groups" in kind.SEALED:
        said["priority_groups"] = groups


def _write_ways(said: dict[str, Any]) -> None:
    """A channel and a recipient's role by their codes, which tell what is owed for them; others as they were said."""
    channel, role = said.get("channel"), said.get("recipient_role")
    if channel and channel.casefold() not in AUTHORISED and normalised(channel) in AUTHORISED:
        said["channel"] = normalised(channel)
    if as_code(role) in TO_WHOM:
        said["recipient_role"] = as_code(role)


_OF_ITEMS = (
    events.DataShared, events.DataReceived, events.RecordCorrected, events.ProcessingRestricted, events.ItemProfileSet,
)  # fmt: skip
_WRITTEN = {
    one.casefold(): one for one in (*ITEMS, *ITEM_NAMES.values(), *PRIORITY_GROUPS, *SPECIAL, *IRRELEVANT, *NHS_ITEMS)
}
