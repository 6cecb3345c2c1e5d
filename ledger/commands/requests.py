"""Commands that open a rights request, ask what is needed for it, and lengthen or withdraw it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from ledger import errors, events
from ledger.calendars import Calendar
from ledger.caller import EVERYBODY
from ledger.codes import rights
from ledger.commands.declaration import CONTROLLERS, Example, Fields, RequestStep, closed
from ledger.commands.invented import CUSTOMER, RECTIFICATION
from ledger.commands.preconditions import refuse_unless_one_of
from ledger.state.request import Request, RequestStatus, status_on

StepCheck = Callable[[Request, Fields, date], None]


def _receive(request: Request, fields: Fields, day: date) -> None:
    if request.received_on is not None:
        raise errors.AlreadyDone("A request with this id has already been received.")
    refuse_unless_one_of("kind", fields["kind"], rights.KINDS)
    if day < rights.UK_GDPR_FROM:
        raise errors.Malformed("Requests received before 25 May 2018 fell under another Act and are not kept here.")


def _acknowledge(request: Request, _: Fields, __: date) -> None:
    if request.acknowledged_on is not None:
        raise errors.AlreadyDone("This request has already been acknowledged.")


def _ask(what: str) -> StepCheck:
    def check(request: Request, fields: Fields, _: date) -> None:
        if what in request.waiting_for:
            raise errors.AlreadyDone(f"The {what} was already asked for and has not come.")
        if fields.get("amount_pence", 1) <= 0:
            raise errors.Malformed("The field amount_pence must be more than nothing.", field="amount_pence")

    return check


def _came(what: str) -> StepCheck:
    def check(request: Request, fields: Fields, day: date) -> None:
        assert request.received_on is not None, "only a request that was received has steps"
        came_on = fields.get("received_on")
        if came_on and not request.received_on.isoformat() <= came_on <= day.isoformat():
            raise errors.Malformed("The field received_on must lie between the request and this step.")
        if what == "fee" and what not in request.waiting_for:
            raise errors.UnknownReference("No fee was asked for, or it has already come.")
        named = fields.get("customer_id")
        if named and request.customer is not None and str(request.customer) != named:
            raise errors.AlreadyDone("This request is already known to be about another customer.")

    return check


def _ask_clarification(request: Request, fields: Fields, _: date) -> None:
    if fields["clarification_id"] in request.clarifications:
        raise errors.AlreadyDone("A question with this clarification_id was already asked.")


def _receive_clarification(request: Request, fields: Fields, day: date) -> None:
    asked = request.clarifications.get(fields["clarification_id"])
    if asked is None:
        raise errors.UnknownReference("No question with this clarification_id was asked.")
    if asked.received_on is not None:
        raise errors.AlreadyDone("This question has already been answered.")
    if day < asked.asked_on:
        raise errors.Malformed("The field occurred_at lies before the question was asked.", field="occurred_at")


def _extend(request: Request, fields: Fields, _: date) -> None:
    if request.kind == "complaint":
        raise errors.NotOfThisKind("A complaint has no time that could be extended.", rule_id="LAW-CLK-10")
    if request.extension_asked:
        raise errors.AlreadyDone("The time of a request is extended once.", rule_id="LAW-CLK-06")
    refuse_unless_one_of("ground", fields["ground"], rights.EXTENSION_GROUNDS)


def _acknowledged(_: Request, after: Request, fields: Fields, day: date, calendar: Calendar) -> dict[str, Any]:
    at = status_on(after, day, calendar)
    # After a late answer the finding is recorded with the answer already.
    late = after.kind == "complaint" and at.late and after.closed in {None, "withdrawn"}
    told_due_on = fields.get("told_due_on") or (None if after.kind == "complaint" else due_text(at))
    return {"told_due_on": told_due_on, "calendar": calendar.label, "findings": ("LAW-CLK-10",) if late else ()}


def _extended(request: Request, _: Request, fields: Fields, day: date, calendar: Calendar) -> dict[str, Any]:
    """The fields of an extension: its notice is in time by the limit before it, and tells the limit after it."""
    before = status_on(request, day, calendar)
    assert before.clock is not None, "only a complaint has no such clock"
    in_time = day <= before.clock.notice_due
    longer = status_on(replace(request, notified_on=day), day, calendar)
    return {
        "in_time": in_time,
        "notice_due_on": before.clock.notice_due.isoformat(),
        "told_due_on": fields.get("told_due_on") or (due_text(longer) if in_time else None),
        "calendar": calendar.label,
        "findings": () if in_time else ("LAW-CLK-06",),
    }


def due_text(at: RequestStatus) -> str | None:
    """The last day for the answer, as text for an event."""
    return None if at.due_on is None else at.due_on.isoformat()


RECEIVE = RequestStep(
    name="receive-request",
    makes=events.RequestReceived,
    effect="protects",
    permitted=EVERYBODY,
    needs=("kind",),
    begins=True,
    check=_receive,
    codes={"kind": closed(*rights.KINDS)},
    examples={
        "": Example(
            at="2026-09-01T10:00:00Z",
            after=("register-customer",),
            fields={"kind": "access", "customer_id": CUSTOMER, "channel": "email", "asked": "all that you hold"},
        ),
        "rectification": Example(
            at="2026-09-01T10:00:00Z",
            about=RECTIFICATION,
            after=("register-customer",),
            fields={"kind": "rectification", "customer_id": CUSTOMER, "channel": "email", "asked": "my postcode"},
        ),
    },
)
ACKNOWLEDGE = RequestStep(
    name="acknowledge-request",
    makes=events.RequestAcknowledged,
    filled_in=frozenset({"calendar", "findings"}),
    check=_acknowledge,
    reckons=_acknowledged,
    examples={
        "": Example(at="2026-09-02T10:00:00Z", after=("receive-request",), fields={"channel": "email"}),
    },
)
ASK_IDENTITY = RequestStep(
    name="ask-identity",
    makes=events.IdentityAsked,
    needs=("reason",),
    permitted=CONTROLLERS,
    check=_ask("identity"),
    examples={
        "": Example(
            at="2026-09-02T10:00:00Z",
            after=("receive-request",),
            fields={"channel": "email", "reason": "it came from another address"},
        )
    },
)
CONFIRM_IDENTITY = RequestStep(
    name="confirm-identity",
    makes=events.IdentityConfirmed,
    needs=("method",),
    permitted=CONTROLLERS,
    check=_came("identity"),
    examples={
        "": Example(
            at="2026-09-04T10:00:00Z",
            after=("ask-identity",),
            fields={"method": "three details", "received_on": "2026-09-03"},
        )
    },
)
ASK_FEE = RequestStep(
    name="ask-fee",
    makes=events.FeeAsked,
    needs=("amount_pence", "reason"),
    permitted=CONTROLLERS,
    check=_ask("fee"),
    examples={
        "": Example(
            at="2026-09-02T10:00:00Z",
            after=("receive-request",),
            fields={"amount_pence": 1000, "reason": "a third copy within a month"},
        )
    },
)
CONFIRM_FEE = RequestStep(
    name="confirm-fee",
    makes=events.FeePaid,
    check=_came("fee"),
    examples={
        "": Example(at="2026-09-04T10:00:00Z", after=("ask-fee",), fields={"received_on": "2026-09-03"}),
    },
)
ASK_CLARIFICATION = RequestStep(
    name="ask-clarification",
    makes=events.ClarificationAsked,
    needs=("reason", "question"),
    permitted=CONTROLLERS,
    own_id="clarification_id",
    check=_ask_clarification,
    examples={
        "": Example(
            at="2026-09-03T10:00:00Z",
            after=("receive-request",),
            fields={
                "clarification_id": "question-1",
                "channel": "email",
                "reason": "there are ten years of records",
                "question": "Which years do you mean?",
            },
        )
    },
)
RECEIVE_CLARIFICATION = RequestStep(
    name="receive-clarification",
    makes=events.ClarificationReceived,
    needs=("clarification_id",),
    check=_receive_clarification,
    examples={
        "": Example(
            at="2026-09-07T10:00:00Z",
            after=("ask-clarification",),
            fields={"clarification_id": "question-1", "channel": "email", "answer": "the last two"},
        )
    },
)
EXTEND = RequestStep(
    name="extend-time",
    makes=events.TimeExtended,
    needs=("ground", "reason"),
    permitted=CONTROLLERS,
    filled_in=frozenset({"calendar", "findings", "in_time", "notice_due_on"}),
    check=_extend,
    reckons=_extended,
    codes={"ground": closed(*rights.EXTENSION_GROUNDS)},
    examples={
        "": Example(
            at="2026-09-21T10:00:00Z",
            after=("receive-request",),
            fields={"ground": "complexity", "reason": "four organisations hold records"},
        )
    },
)
WITHDRAW = RequestStep(
    name="withdraw-request",
    makes=events.RequestWithdrawn,
    examples={
        "": Example(at="2026-09-08T10:00:00Z", after=("receive-request",), fields={"channel": "telephone"}),
    },
)

DECLARED = (
    RECEIVE, ACKNOWLEDGE, ASK_IDENTITY, CONFIRM_IDENTITY, ASK_FEE, CONFIRM_FEE, ASK_CLARIFICATION,
    RECEIVE_CLARIFICATION, EXTEND, WITHDRAW,
)  # fmt: skip
