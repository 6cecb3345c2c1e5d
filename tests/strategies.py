"""Random histories of several invented customers, valid because the ledger's own decisions let them by."""

from __future__ import annotations

import calendar
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from ledger import merges
from ledger.calendars import england_and_wales
from ledger.caller import Caller
from ledger.commands.declaration import CustomerCommand
from ledger.commands.reader import Command, read_command
from ledger.decisions import decide
from ledger.errors import Refused
from ledger.events import EVENTS, Event
from ledger.judging.case import Case
from ledger.log.codec import Entry, make_entry, payload_of
from ledger.requests import steps as rights
from ledger.retention.schedule import EARLIER_OF, PRE_DELETION_CHECKS
from ledger.state import request as requests
from ledger.state.customer import Customer, evolve
from ledger.state.request import Request, Step

ORGANISATIONS = ("0000000101", "0000000102", "controller")
CUSTOMERS = tuple(uuid.uuid5(uuid.NAMESPACE_URL, f"invented customer {number}") for number in range(4))
REQUESTS = tuple(uuid.uuid5(uuid.NAMESPACE_URL, f"invented request {number}") for number in range(3))
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ANYBODY = Caller(role="records-manager", organisation="controller", subject="records manager one", operator=True)
SCOPES = ("market_research", "collect_ethnicity", "collect_lldd_health", "equality_monitoring")
ITEMS_WRITTEN = (
    ["D03"], ["email_address"], ["Email Address", "D28"], ["name", "postcode"], ["PG 5"], ["Ethnic origin"],
    ["Outcomes"], ["ConsentToEthnic", "D28"], ["ethnicity"],
)  # fmt: skip
CLASSES = ("identity", "service", "payment_evidence", "received_from_jcp", "equality", "did_not_attend", "access_log")


class Told(NamedTuple):
    """One event of a history, not stored yet."""

    stream: uuid.UUID
    event: Event
    occurred_at: datetime


def moments() -> st.SearchStrategy[datetime]:
    """Instants of nine years, often on the days where calendars go wrong."""
    awkward = st.sampled_from(
        [date(2016, 2, 29), date(2020, 2, 29), date(2024, 2, 29), date(2023, 8, 31), date(2025, 3, 30)]
    )
    any_day = st.dates(date(2016, 1, 1), date(2026, 11, 21))
    return st.builds(
        lambda day, seconds: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds),
        st.one_of(any_day, awkward),
        st.integers(0, 86_399),
    )


def _number() -> st.SearchStrategy[str]:
    return st.sampled_from(["first", "second", "third"])


_TEXT = st.just({"note": "invented"})
_ORGANISATION = st.sampled_from(ORGANISATIONS)
_SAID: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "register-customer": st.fixed_dictionaries(
        {"values": _TEXT, "organisation": _ORGANISATION},
        optional={"programme": st.sampled_from(["National Careers Service", "NHS Health Careers"])},
    ),
    "keep-record": st.fixed_dictionaries(
        {
            "collection": st.sampled_from(
                ["customers", "contacts", "actionplans", "diversitydetails", "outcomes", "digitalidentities"]
            ),
            "values": _TEXT,
        },
        optional={"record_id": _number()},
    ),
    "correct-record": st.fixed_dictionaries(
        {"collection": st.sampled_from(["customers", "contacts", "diversitydetails"]), "values": _TEXT},
        optional={
            "record_id": _number(),
            "correction_id": _number(),
            "organisation": _ORGANISATION,
            "items": st.sampled_from(ITEMS_WRITTEN),
        },
    ),
    "refer-customer": st.fixed_dictionaries(
        {"referral_id": _number(), "referred_by": _ORGANISATION, "referred_to": _ORGANISATION}
    ),
    "accept-referral": st.fixed_dictionaries({"referral_id": _number()}),
    "keep-appointment": st.fixed_dictionaries({"appointment_id": _number(), "organisation": _ORGANISATION}),
    "miss-appointment": st.fixed_dictionaries(
        {"appointment_id": _number()}, optional={"note": st.just("invented"), "organisation": _ORGANISATION}
    ),
    "hold-interaction": st.fixed_dictionaries(
        {"channel": st.sampled_from(["telephone", "ACCOUNT_LOGIN"]), "interaction_id": _number()},
        optional={"note": st.just("invented"), "organisation": _ORGANISATION},
    ),
    "inform-customer": st.fixed_dictionaries({"method": st.just("told")}),
    "give-consent": st.fixed_dictionaries({"scope": st.sampled_from(SCOPES), "mechanism": st.just("said yes")}),
    "refuse-consent": st.fixed_dictionaries({"scope": st.sampled_from(SCOPES)}),
    "withdraw-consent": st.fixed_dictionaries({"scope": st.sampled_from(SCOPES)}),
    "share-data": st.fixed_dictionaries(
        {
            "share_id": _number(),
            "channel": st.sampled_from(["EMAIL", "post", "hand", "telephone"]),
            "sent_to": st.sampled_from(["jcp", *ORGANISATIONS]),
            "sent_by": _ORGANISATION,
        },
        optional={
            "items": st.sampled_from(ITEMS_WRITTEN),
            "subject": st.just("invented"),
            "recipient_role": st.just("NOMINATED_POC"),
            "dispatched_at": moments().map(datetime.isoformat),
        },
    ),
    "receive-data": st.fixed_dictionaries(
        {
            "receipt_id": _number(),
            "channel": st.sampled_from(["EMAIL", "courier", "system"]),
            "received_from": st.sampled_from(["jcp", *ORGANISATIONS]),
        },
        optional={
            "values": _TEXT,
            "received_by": _ORGANISATION,
            "sent_at": moments().map(datetime.isoformat),
            "routed": st.booleans(),
        },
    ),
    "route-data": st.fixed_dictionaries({"receipt_id": _number(), "adviser": st.just("invented")}),
    "pass-to-work-coach": st.fixed_dictionaries({"share_id": _number()}),
    "chase-recipient": st.one_of(
        st.fixed_dictionaries({"share_id": _number()}),
        st.fixed_dictionaries({"matter_id": _number(), "recipient": st.sampled_from(["jcp", *ORGANISATIONS])}),
    ),
    "notify-recipient": st.fixed_dictionaries(
        {"matter_id": _number(), "recipient": st.sampled_from(["jcp", *ORGANISATIONS])},
        optional={"not_told_because": st.just("impossible"), "reason": st.just("invented")},
    ),
    "confirm-correction": st.fixed_dictionaries(
        {"matter_id": _number(), "recipient": st.sampled_from(["jcp", *ORGANISATIONS])}
    ),
    "restrict-processing": st.fixed_dictionaries(
        {"restriction_id": _number(), "ground": st.just("requested")},
        optional={"items": st.sampled_from(ITEMS_WRITTEN), "organisation": _ORGANISATION},
    ),
    "lift-restriction": st.fixed_dictionaries(
        {"restriction_id": _number(), "person_told_at": st.just("2026-01-01T09:00:00Z")}
    ),
    "review-hold": st.fixed_dictionaries(
        {"hold_id": _number(), "review_on": st.just("2027-06-30"), "reason": st.just("invented")}
    ),
    "extend-retention": st.fixed_dictionaries(
        {
            "classes": st.just(["nhs_careers"]),
            "until": st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(date.isoformat),
            "purpose": st.just("NHS_INFORMATION_SERVICE"),
            "reason": st.just("invented"),
            "approved_by": st.just("invented"),
        }
    ),
    "confirm-receipt": st.fixed_dictionaries({"share_id": _number()}),
    "incorporate-data": st.fixed_dictionaries({"receipt_id": _number()}, optional={"record_id": _number()}),
    "dispose-copy": st.fixed_dictionaries(
        {"medium": st.sampled_from(["email", "paper"])},
        optional={
            "receipt_id": _number(),
            "share_id": _number(),
            "method": st.sampled_from(["shredded", "duplicate", "Nothing to incorporate"]),
        },
    ),
    "end-service": st.fixed_dictionaries(
        {"reason": st.integers(1, 5)}, optional={"audit_minimum": _TEXT, "organisation": _ORGANISATION}
    ),
    "resume-service": st.just({}),
    "place-hold": st.fixed_dictionaries(
        {
            "code": st.just("HOLD_LEGAL"),
            "hold_id": _number(),
            "owner": st.just("records manager"),
            "review_on": st.just("2027-01-31"),
        },
        optional={"classes": st.lists(st.sampled_from(CLASSES), max_size=2)},
    ),
    "lift-hold": st.fixed_dictionaries({"hold_id": _number()}),
    "merge-customers": st.fixed_dictionaries(
        {"into": st.sampled_from(CUSTOMERS).map(str), "merge_id": _number(), "reason": st.just("invented")}
    ),
    "unmerge-customers": st.fixed_dictionaries(
        {"merge_id": _number(), "data_exposed": st.booleans(), "reason": st.just("invented")}
    ),
    "read-personal-data": st.fixed_dictionaries(
        {"purpose": st.just("customer view"), "route": st.just("page"), "read_by": st.just("invented")}
    ),
    "destroy-records": st.fixed_dictionaries(
        {
            "destroyed": st.lists(
                st.fixed_dictionaries(
                    {
                        "class": st.sampled_from(CLASSES),
                        "part": st.sampled_from(["", "first", "generation-2"]),
                        "destroy_by": st.just("2026-01-01"),
                        "rule": st.just("RET-NCS-01"),
                    }
                ),
                min_size=1,
                max_size=2,
                unique_by=lambda one: (one["class"], one["part"]),
            ),
            "on": st.just("2026-01-01"),
            "digest": st.just("00"),
        }
    ),
}
_FIRST_DAY = st.dates(date(2016, 1, 1), date(2026, 1, 1)).map(date.isoformat)
_REGISTERS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "register-organisation": st.fixed_dictionaries(
        {"organisation": _ORGANISATION, "name": st.just("An invented organisation"), "kind": st.just("prime")},
        optional={"part_of": _ORGANISATION, "valid_from": _FIRST_DAY},
    ),
    "start-contract": st.fixed_dictionaries(
        {"organisation": _ORGANISATION, "contract": _number()}, optional={"valid_from": _FIRST_DAY}
    ),
    "register-work-domain": st.fixed_dictionaries({"organisation": _ORGANISATION, "domain": st.just("mail.example")}),
    "cleanse-mailbox": st.fixed_dictionaries({"organisation": _ORGANISATION, "mailbox": st.just("mail.example")}),
    "instruct-destruction": st.fixed_dictionaries(
        {
            "organisation": st.just("controller"),
            "instruction": _number(),
            "contractor": _ORGANISATION,
            "contract": st.just("invented"),
            "valid_from": st.dates(date(2020, 1, 1), date(2027, 1, 1)).map(date.isoformat),
            "checked": st.just([*PRE_DELETION_CHECKS]),
        },
        optional={"classes": st.just(["identity", "received_from_jcp"])},
    ),
    "publish-calendar": st.fixed_dictionaries(
        {
            "organisation": st.just("controller"),
            "version": st.sampled_from(["first list", "second list"]),
            "holidays": st.lists(
                st.dates(date(2016, 1, 1), date(2027, 12, 31)).map(date.isoformat), min_size=1, max_size=9, unique=True
            ),
            "first_day": st.just("2012-01-01"),
            "last_day": st.just("2035-12-31"),
        }
    ),
    "publish-rule-set": st.fixed_dictionaries(
        {
            "organisation": st.just("controller"),
            "rule_set": st.just(EARLIER_OF),
            "valid_from": st.dates(date(2016, 1, 1), date(2026, 1, 1)).map(date.isoformat),
        },
        optional={"valid_until": st.dates(date(2016, 1, 1), date(2026, 1, 1)).map(date.isoformat)},
    ),
    "set-retention-period": st.fixed_dictionaries(
        {
            "organisation": _ORGANISATION,
            "kind": st.sampled_from(["after_service", "did_not_attend", "inactivity"]),
            "months": st.integers(0, 48),
        },
        optional={"valid_from": st.dates(date(2016, 1, 1), date(2026, 1, 1)).map(date.isoformat)},
    ),
}
_CUSTOMER = st.sampled_from(CUSTOMERS).map(str)
_RIGHTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "receive-request": st.fixed_dictionaries(
        {"kind": st.sampled_from(["access", "erasure", "complaint", "objection", "restriction", "rectification"])},
        optional={
            "customer_id": _CUSTOMER,
            "asked": st.just("invented"),
            "organisation": _ORGANISATION,
            "restrict": st.booleans(),
        },
    ),
    "ask-identity": st.just({"reason": "invented"}),
    "confirm-identity": st.fixed_dictionaries({"method": st.just("told")}, optional={"customer_id": _CUSTOMER}),
    "ask-clarification": st.fixed_dictionaries(
        {"clarification_id": _number(), "reason": st.just("invented"), "question": st.just("invented")}
    ),
    "receive-clarification": st.fixed_dictionaries({"clarification_id": _number()}),
    "extend-time": st.just({"ground": "complexity", "reason": "invented"}),
    "send-response": st.just({"outcome": "granted"}),
    "withdraw-request": st.just({}),
}


@st.composite
def _one_command(draw: st.DrawFn, weighty: Sequence[str]) -> dict[str, Any]:
    kind = draw(st.sampled_from([*_SAID, *_REGISTERS, *_RIGHTS, *weighty]))
    body = dict(draw((_SAID | _REGISTERS | _RIGHTS)[kind]))
    if kind in _RIGHTS:
        body["request_id"] = str(draw(st.sampled_from(REQUESTS)))
    if kind in _SAID:
        body["customer_id"] = str(draw(st.sampled_from(CUSTOMERS)))
    body["occurred_at"] = draw(moments()).isoformat()
    return {"type": kind, **body}


def bodies(weighty: Sequence[str] = ("register-customer",) * 8) -> st.SearchStrategy[dict[str, Any]]:
    """One command as a caller would send it, less its id; it need not be one that would be accepted."""
    return _one_command(weighty)


ASSESSMENTS = ("first assessment", "second assessment")
_STEPS_OF_A_BREACH = st.one_of(
    st.fixed_dictionaries(
        {
            "name": st.just("breach-assessment-opened"),
            "became_aware_at": moments().map(datetime.isoformat),
            "due_at": moments().map(datetime.isoformat),
        },
        optional={"controller_due_at": moments().map(datetime.isoformat), "organisation": _ORGANISATION},
    ),
    st.fixed_dictionaries(
        {"name": st.just("breach-risk-assessed"), "risk": st.sampled_from(["high", "high", "likely", "none"])}
    ),
    st.fixed_dictionaries({"name": st.sampled_from(["controller-notified", "regulator-notified", "people-notified"])}),
    st.just({"name": "breach-assessment-closed", "outcome": "breach_reported"}),
)


@st.composite
def breaches(draw: st.DrawFn, *, most: int = 16) -> list[Told]:
    """Steps of the assessments of possible breaches in any order, whatever a command would have made of them."""
    steps = draw(st.lists(_STEPS_OF_A_BREACH, max_size=most))
    return [
        happened(
            draw(st.sampled_from(CUSTOMERS[:2])), occurred_at=draw(moments()),
            assessment_id=draw(st.sampled_from(ASSESSMENTS)), **step,
        )
        for step in steps
    ]  # fmt: skip


_RECIPIENTS = st.sampled_from(["jcp", *ORGANISATIONS[:2]])
_MATTERS = st.sampled_from(["first matter", "second matter"])
_MERGES = st.sampled_from(["first merge", "second merge"])
_STEPS_OF_TELLING = st.one_of(
    st.fixed_dictionaries(
        {"name": st.just("record-corrected"), "correction_id": _MATTERS},
        optional={"items": st.sampled_from(ITEMS_WRITTEN).map(tuple), "organisation": _RECIPIENTS},
    ),
    st.fixed_dictionaries(
        {"name": st.just("data-shared"), "sent_to": _RECIPIENTS},
        optional={"items": st.sampled_from(ITEMS_WRITTEN).map(tuple)},
    ),
    st.fixed_dictionaries(
        {
            "name": st.just("recipients-found"),
            "matter_id": _MATTERS,
            "recipients": st.lists(_RECIPIENTS, min_size=1, unique=True).map(tuple),
            "merge_id": _MERGES,
        }
    ),
    st.fixed_dictionaries({"name": st.just("customers-unmerged"), "merge_id": _MERGES}),
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["recipient-notified", "correction-confirmed"]),
            "matter_id": _MATTERS,
            "recipient": _RECIPIENTS,
        }
    ),
)


@st.composite
def tellings(draw: st.DrawFn, *, most: int = 16) -> list[Told]:
    """Steps of telling one person's past recipients in any order; a correction's number is given once, as always."""
    steps = draw(st.lists(_STEPS_OF_TELLING, max_size=most))
    told = [happened(CUSTOMERS[0], occurred_at=draw(moments()), **step) for step in steps]
    numbers = [getattr(one.event, "correction_id", None) for one in told]
    return [
        one for place, (one, number) in enumerate(zip(told, numbers, strict=True))
        if number is None or number not in numbers[:place]
    ]  # fmt: skip


@st.composite
def histories(draw: st.DrawFn, *, most: int = 60) -> list[Told]:
    """What the ledger would have recorded of a random run of commands: those that are refused leave no trace."""
    told: list[Told] = []
    customers = dict.fromkeys(CUSTOMERS, Customer())
    asked = dict.fromkeys(REQUESTS, Request())
    first = [{"type": "register-customer", "customer_id": str(c), "values": {}} for c in CUSTOMERS[:2]]
    registered = [
        {**body, "values": {"note": "invented"}, "occurred_at": draw(moments()).isoformat()} for body in first
    ]
    for number, body in enumerate([*registered, *draw(st.lists(bodies(), max_size=most))]):
        command = read_command({"id": str(uuid.UUID(int=number + 1)), **body})
        told += _asked(asked, customers, command) if command.kind.subject == "request" else _told(customers, command)
    return told


def _asked(asked: dict[uuid.UUID, Request], customers: dict[uuid.UUID, Customer], command: Command) -> Iterable[Told]:
    part = command.parts[0]
    before = asked[part.stream]
    named = part.fields.get("customer_id")
    person = before.customer or (uuid.UUID(named) if named else None)
    try:
        decided = rights.decide(
            before, customers[person] if person else Customer(), command, part,
            by=ANYBODY, at=NOW, calendar=england_and_wales(),
        )  # fmt: skip
    except Refused:
        return
    for event in decided.on_request:
        step = Step(event=event, occurred_at=command.occurred_at, recorded_at=NOW)
        asked[part.stream] = requests.evolve(asked[part.stream], step)
        yield Told(part.stream, event, command.occurred_at)
    for event in decided.on_customer:
        assert person is not None
        customers[person] = evolve(customers[person], event)
        yield Told(person, event, command.occurred_at)


def _told(customers: dict[uuid.UUID, Customer], command: Command) -> Iterable[Told]:
    for part in command.parts:
        customer = customers.get(part.stream, Customer())
        try:
            made = decide(customer, command, part, ANYBODY, NOW)
            if isinstance(command.kind, CustomerCommand) and command.kind.merges:
                yield from _joined(customers, command, made)
                return
        except Refused:
            return
        for event in made:
            fenced = (event.retention_class(), event.retention_part()) in customer.destroyed
            if fenced and payload_of(event) is not None:
                return
            customers[part.stream] = customer = evolve(customer, event)
            yield Told(part.stream, event, command.occurred_at)


def _joined(customers: dict[uuid.UUID, Customer], command: Command, made: tuple[Event, ...]) -> Iterable[Told]:
    """What a merge or its undoing records with each of the two records."""
    part = command.parts[0]
    before = customers.get(part.stream, Customer())
    other = merges.counterpart(before, part)
    there = merges.on_counterpart(before, customers.get(other, Customer()), part, made[0])
    if ("service", "") in before.destroyed and payload_of(made[0]) is not None:
        return
    for stream, event in ((part.stream, made[0]), (other, there)):
        case = Case(command=command, stream=stream, made=(event,), history=())
        for one in (event, *merges.exposing(case, NOW)):
            customers[stream] = evolve(customers.get(stream, Customer()), one)
            yield Told(stream, one, command.occurred_at)


def entries_of(told: Iterable[Told], *, actor: str = "system@controller/0000000000000000") -> list[Entry]:
    """The stored form of a history; what would be sealed is stood for by bytes, as no view can read it anyway."""
    last: dict[uuid.UUID, Entry] = {}
    entries = []
    for number, one in enumerate(told, start=1):
        before = last.get(one.stream)
        sealed = payload_of(one.event) is not None
        entry = make_entry(
            one.event,
            id_=uuid.uuid5(uuid.NAMESPACE_OID, str(number)),
            stream=one.stream,
            version=before.version + 1 if before else 1,
            previous=before.leaf if before else None,
            occurred_at=one.occurred_at,
            recorded_at=NOW + timedelta(seconds=number),
            actor=actor,
            blob=hashlib.sha256(str(number).encode()).digest() * 3 if sealed else None,
        )
        last[one.stream] = entry
        entries.append(entry)
    return entries


def same_day_later(day: date, months: int) -> date:
    """Calendar months that clamp, reckoned the slow and plain way, as a second opinion on the views' SQL."""
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def happened(stream: uuid.UUID, name: str, occurred_at: datetime, **said: Any) -> Told:
    """One event of the given stored name, whatever any command would have made of it."""
    return Told(stream, EVENTS[name](**said), occurred_at)
