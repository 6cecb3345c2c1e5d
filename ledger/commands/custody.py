"""Commands about holds, extended retention, destruction and access to personal data."""

from __future__ import annotations

import re
from datetime import date, datetime
from uuid import UUID

from ledger import errors, events
from ledger.caller import RECORDERS
from ledger.clocks import instant_text, london_day
from ledger.commands.conditions import OTHER_REASON as FOR_ANOTHER_REASON
from ledger.commands.declaration import CONTROLLERS, CustomerCommand, Example, Fields, closed, known, only_when
from ledger.commands.invented import CUSTOMER, OF_NHS, PRIME
from ledger.commands.preconditions import known_id, needs_reason, new_id, refuse_unknown_classes
from ledger.events import NHS
from ledger.retention.approved_list import row_hash
from ledger.retention.schedule import OTHER_REASON, PRE_DELETION_CHECKS
from ledger.state.customer import Customer

HOLD_CODES = (*PRE_DELETION_CHECKS, OTHER_REASON)
EXTENDABLE = "nhs_careers"
_MAY_HOLD = CONTROLLERS
_A_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
"""A hold's code is stored in clear and for ever, so its form leaves no room for personal data."""


def _place_hold(customer: Customer, fields: Fields) -> None:
    if fields["hold_id"] in customer.lifted:
        raise errors.AlreadyDone("A hold of this number was lifted; a new hold needs a number of its own.")
    # A hold without a review day is accepted; its review is overdue the next day.
    if not _A_CODE.fullmatch(fields["code"]):
        codes = ", ".join(HOLD_CODES)
        raise errors.Malformed(f"The field code must be a code, such as {codes}.", field="code", rule_id="DEST-03")
    if fields["code"] == OTHER_REASON:
        needs_reason(customer, fields, "place-hold", events.HoldPlaced)
    refuse_unknown_classes(fields)
    new_id(lambda record: record.holds, "hold_id")(customer, fields)


def _lift_hold(customer: Customer, fields: Fields) -> None:
    if fields["hold_id"] not in customer.holds:
        raise errors.UnknownReference("No hold with this number is in force for this customer.")
    if fields["hold_id"] in customer.restrictions:
        raise errors.UnknownReference(
            "This hold goes with a restriction; lift the restriction, once the person was told."
        )


def _extend(customer: Customer, fields: Fields) -> None:
    """Only NHS Health Careers states that its period may be extended; the other periods are maxima (RET-NHS-03)."""
    if customer.programme != NHS or set(fields["classes"]) != {EXTENDABLE}:
        raise errors.Malformed(
            "Only what NHS Health Careers holds, the class nhs_careers, may be kept for longer.",
            field="classes",
            rule_id="RET-NHS-03",
        )
    new_id(lambda record: record.extensions, "extension_id")(customer, fields)


def refuse_destruction_unless_due(customer: Customer, fields: Fields, at: datetime) -> None:
    """Raise NotDue, Held, AlreadyDone or Malformed unless each of the classes named may be destroyed as is stated.

    Whether what is stated is true, `ledger.authority.destruction.refuse_unless_due` asks of the entries.
    """
    for records in fields["destroyed"]:
        class_, part = records.get("class"), records.get("part") or ""
        if not isinstance(class_, str) or class_ not in events.CLASSES or not isinstance(part, str):
            raise errors.Malformed("Each of destroyed must name a retention class, such as identity or service.")
        if _day(records.get("destroy_by")) > _day(fields["on"]) or _day(fields["on"]) > london_day(at):
            raise errors.NotDue
        if customer.held(class_):
            raise errors.Held
        if records.get("rule") == "DEST-01" and not records.get("because"):
            raise errors.NotDue(
                "Destruction at the end of a contract cites the controller's instruction in because.", rule_id="DEST-01"
            )
        if (class_, part) in customer.destroyed:
            raise errors.AlreadyDone("These records were already destroyed.")
    named = {(records["class"], records.get("part") or "") for records in fields["destroyed"]}
    if len(named) < len(fields["destroyed"]):
        raise errors.Malformed("The field destroyed must name each class and part once.", field="destroyed")


def _day(text: object) -> date:
    try:
        return date.fromisoformat(text if isinstance(text, str) else "")
    except ValueError as no_date:
        raise errors.Malformed("Each of destroyed must say its destroy_by as a date such as 2026-11-22.") from no_date


def _read(fields: Fields, occurred_at: datetime) -> Fields:
    """Readings are kept, and destroyed, by the month they were made in."""
    return {**fields, "part": instant_text(occurred_at)[:7]}


PLACE_HOLD = CustomerCommand(
    name="place-hold",
    makes=events.HoldPlaced,
    effect="protects",
    needs=("code",),
    permitted=_MAY_HOLD,
    own_id="hold_id",
    check=_place_hold,
    codes={"code": known(*HOLD_CODES), "classes": closed(*events.CLASSES)},
    when=only_when({(FOR_ANOTHER_REASON,): "reason"}),
    examples={
        "": Example(
            at="2026-02-09T10:00:00Z",
            after=("register-customer",),
            fields={
                "hold_id": "hold-1", "code": "HOLD_LEGAL", "owner": "records manager", "review_on": "2027-02-09",
            },
        )
    },
)  # fmt: skip
REVIEW_HOLD = CustomerCommand(
    name="review-hold",
    makes=events.HoldReviewed,
    needs=("hold_id", "review_on", "reason"),
    permitted=CONTROLLERS,
    check=known_id(lambda customer: customer.holds, "hold_id", "hold in force"),
    examples={
        "": Example(
            at="2026-08-10T10:00:00Z",
            after=("place-hold",),
            fields={"hold_id": "hold-1", "review_on": "2027-08-10", "reason": "the claim goes on"},
        )
    },
)
LIFT_HOLD = CustomerCommand(
    name="lift-hold",
    makes=events.HoldLifted,
    needs=("hold_id",),
    permitted=_MAY_HOLD,
    check=_lift_hold,
    examples={
        "": Example(
            at="2026-09-14T10:00:00Z",
            after=("place-hold",),
            fields={"hold_id": "hold-1", "reason": "the claim is settled"},
        )
    },
)
EXTEND_RETENTION = CustomerCommand(
    name="extend-retention",
    makes=events.RetentionExtended,
    needs=("classes", "until", "purpose", "reason", "approved_by"),
    permitted=CONTROLLERS,
    own_id="extension_id",
    check=_extend,
    codes={"classes": closed(EXTENDABLE)},
    examples={
        "": Example(
            at="2026-10-05T10:00:00Z",
            about=OF_NHS,
            after=("register-customer/nhs",),
            fields={
                "classes": [EXTENDABLE],
                "until": "2028-12-31",
                "purpose": "NHS_INFORMATION_SERVICE",
                "reason": "asked to be kept informed",
                "approved_by": "Information Owner (invented)",
            },
        )
    },
)
_DUE = {"destroy_by": "2026-09-30", "rule": "RET-NCS-03"}
DESTROY = CustomerCommand(
    name="destroy-records",
    makes=events.RecordsDestroyed,
    needs=("destroyed", "on", "digest"),
    permitted=frozenset({"records-manager"}),
    settles=True,
    check_at=refuse_destruction_unless_due,
    codes={"remains": known(*events.CLASSES)},
    examples={
        "": Example(
            at="2026-09-30T10:00:00Z",
            after=("keep-record", "set-retention-period/short", "end-service"),
            fields={
                "destroyed": [{"class": "service", "part": "", **_DUE, "place": 0, "path": []}],
                "on": "2026-09-30",
                "digest": row_hash(UUID(CUSTOMER), "service", "", **_DUE).hex(),
                "remains": ["identity"],
            },
        )
    },
)
READ_PERSONAL_DATA = CustomerCommand(
    name="read-personal-data",
    makes=events.PersonalDataRead,
    needs=("purpose", "route"),
    permitted=RECORDERS | {"auditor"},
    filled_in=frozenset({"grant_id", "namesake"}),
    fills_in=_read,
    examples={
        "": Example(
            at="2026-02-16T10:00:00Z",
            after=("register-customer",),
            fields={"purpose": "preparing an interview", "route": "page", "role": "case-worker", "organisation": PRIME},
        )
    },
)

DECLARED = (PLACE_HOLD, REVIEW_HOLD, LIFT_HOLD, EXTEND_RETENTION, DESTROY, READ_PERSONAL_DATA)
