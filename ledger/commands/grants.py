"""Commands about grants: asking to read somebody one does not serve, and a second person's approval."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ledger import errors, events
from ledger.caller import IMPORTER, RECORDERS
from ledger.clocks import instant_text, london_day
from ledger.commands.declaration import CONTROLLERS, CustomerCommand, Example, Fields
from ledger.state.customer import Customer

LONGEST = timedelta(days=30)
READERS = (RECORDERS | {"auditor"}) - {IMPORTER}
"""The roles that may read people, or may ask to."""
_GRANT = "00000000-0000-4000-8000-0000000000e1"


def _in_its_month(fields: Fields, occurred_at: datetime) -> Fields:
    """Grants are kept, and destroyed, with the readings of the month they were asked for or decided in."""
    return {**fields, "part": instant_text(occurred_at)[:7]}


def _asked(fields: Fields, occurred_at: datetime) -> Fields:
    tomorrow = london_day(occurred_at + timedelta(days=1)).isoformat()
    return _in_its_month({"until": tomorrow, **fields}, occurred_at)


def _request(customer: Customer, fields: Fields, at: datetime) -> None:
    if fields["grant_id"] in customer.grants:
        raise errors.AlreadyDone("The field grant_id repeats a number that is already recorded for this customer.")
    today = london_day(at)
    if fields.get("until") is None and not fields.get("emergency"):
        raise errors.Malformed("request-grant needs the field until, unless it is an emergency.", field="until")
    if fields.get("until") and not today <= date.fromisoformat(fields["until"]) <= today + LONGEST:
        raise errors.Malformed("The field until must be a day from today up to 30 days later.", field="until")


def _waits(customer: Customer, fields: Fields) -> None:
    _known(customer, fields)
    if customer.grants[fields["grant_id"]] != "waiting":
        raise errors.AlreadyDone("This grant has been decided.")


def _goes_on(customer: Customer, fields: Fields) -> None:
    _known(customer, fields)
    if customer.grants[fields["grant_id"]] in {"refused", "ended"}:
        raise errors.AlreadyDone("This grant has ended.")


def _known(customer: Customer, fields: Fields) -> None:
    if fields["grant_id"] not in customer.grants:
        raise errors.UnknownReference("No grant with this number is known for this customer.")


REQUEST = CustomerCommand(
    name="request-grant",
    makes=events.GrantRequested,
    needs=("reason",),
    permitted=READERS,
    own_id="grant_id",
    fills_in=_asked,
    check_at=_request,
    examples={
        "emergency": Example(
            at="2026-06-01T10:00:00Z",
            after=("register-customer",),
            fields={"grant_id": _GRANT, "emergency": True, "reason": "taken ill in the waiting room"},
        )
    },
)
APPROVE = CustomerCommand(
    name="approve-grant",
    makes=events.GrantApproved,
    needs=("grant_id",),
    permitted=CONTROLLERS,
    fills_in=_in_its_month,
    check=_waits,
    examples={
        "": Example(
            at="2026-06-01T11:00:00Z",
            after=("request-grant",),
            fields={"grant_id": _GRANT, "reason": "the family had to be reached"},
        )
    },
)
REFUSE = CustomerCommand(
    name="refuse-grant",
    makes=events.GrantRefused,
    needs=("grant_id", "reason"),
    permitted=CONTROLLERS,
    fills_in=_in_its_month,
    check=_waits,
    examples={
        "": Example(
            at="2026-06-01T11:00:00Z",
            after=("request-grant",),
            fields={"grant_id": _GRANT, "reason": "the facts are enough for an audit"},
        )
    },
)
END = CustomerCommand(
    name="end-grant",
    makes=events.GrantEnded,
    needs=("grant_id",),
    permitted=READERS,
    fills_in=_in_its_month,
    check=_goes_on,
    examples={
        "": Example(
            at="2026-06-01T12:00:00Z",
            after=("request-grant",),
            fields={"grant_id": _GRANT, "reason": "the matter is settled"},
        )
    },
)
DECISIONS = frozenset({APPROVE.name, REFUSE.name, END.name})
"""The commands about a grant that somebody asked for."""
DECLARED = (REQUEST, APPROVE, REFUSE, END)
