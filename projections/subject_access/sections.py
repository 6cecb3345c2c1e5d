"""The sections of a subject-access report that follow from one customer's events: shares, sources, consents, readings.

Pure: entries, opened payloads and rows of the views come in, words go out. It knows no database and nobody else's data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ledger import events
from ledger.clocks import london_day
from ledger.events import Event
from ledger.log.codec import Entry
from ledger.retention.schedule import SCHEDULE
from ledger.state.customer_at import consent_after
from projections.subject_access import data_copy
from projections.subject_access.data_copy import Section
from projections.wording import words
from projections.wording.words import Names

Told = Sequence[tuple[Entry, Event]]  # entries with their events, opened as far as they still can be

ADDRESSED = ("recipient_addresses", "cc_addresses", "bcc_addresses")
"""To whom a message went: to them, and with a copy seen and unseen by the others; all of them are recipients."""
_WHAT_FOR = {
    "identity": ("to give you the service you asked for", "To enable delivery of the services requested"),
    "service": ("to give you the service you asked for", "To enable delivery of the services requested"),
    "received_from_jcp": (
        "to advise and support you together with Jobcentre Plus",
        "advice, support and assistance to support customers to acquire or enhance skills and qualifications",
    ),
    "payment_evidence": (
        "to show that a contractor may be paid for helping you",
        "To evidence and support payments to organisations delivering careers advice on our behalf",
    ),
    "equality": (
        "to check that the service is fair; only with your consent",
        "To enable us to monitor our performance against our equality and diversity objectives",
    ),
    "research_contact": ("to ask you how satisfied you are; only with your consent", "Customer satisfaction survey"),
    "nhs_careers": (
        "to give you information about careers in the NHS",
        "to provide you with the information about career opportunities",
    ),
    "did_not_attend": ("to know that an appointment was missed", "To enable delivery of the services requested"),
    "access_log": ("to be able to say who looked at your records", "Your information will be held securely"),
}
"""What each class is kept for, and the sentence of the published notice or guidance that says so."""


def purposes(told: Told, classes: Sequence[str]) -> list[Section]:
    """What the data is used for: by class, then as stated for single shares."""
    rows: list[Section] = [
        {"data": words.class_of_records(name), "purpose": _WHAT_FOR[name][0], "sentence": _WHAT_FOR[name][1]}
        for name in classes
        if name in _WHAT_FOR
    ]
    stated = {
        str(purpose)
        for _, event in told
        if isinstance(event, events.DataShared | events.DataReceived) and (purpose := event.purpose)
    }
    rows += [
        {"data": "data that was shared", "purpose": words.PURPOSES.get(one, words.plainly(one)), "sentence": None}
        for one in sorted(stated)
    ]
    return rows


def categories(told: Told, groups: Sequence[Section]) -> list[Section]:
    """Which kinds of data there are, and whether the law protects them specially (UK GDPR Art. 9)."""
    special = {
        (str(getattr(event, "collection", None)), name)
        for _, event in told
        for name in (getattr(event, "values", None) or {})
        if (field := words.field_of(getattr(event, "collection", None), name)) is not None
        and field.personal == "special category"
    }
    equality = any(group["group"] == "equality" for group in groups)
    return [
        {
            "category": group["heading"],
            "entries": len(group["history"]),
            "records": sorted({record["record"] for record in group["current"]}),
            "special_category": (group["group"] == "equality" and equality)
            or any(record["collection"] == collection for record in group["current"] for collection, _ in special),
        }
        for group in groups
    ]


def shares(told: Told, rows: Sequence[Section], names_on: Any, controllers: Sequence[Section]) -> list[Section]:  # noqa: ANN401
    """Every share in both directions with the named organisations as they were called on the day.

    `rows` are the shares view's, `names_on` gives the names on a day; details that are sealed come from the events.
    """
    by_position = {entry.position: event for entry, event in told}
    return [
        _share(row, by_position[row["position"]], names_on(day_of(row)), controllers)
        for row in rows
        if row["position"] in by_position
    ]


def _share(row: Section, event: Event, names: Names, controllers: Sequence[Section]) -> Section:
    others = (row["plans_in_share"] or 1) - 1
    sealed = {
        name: value
        for name in ("recipient_name", *ADDRESSED, "sender_name", "sender_address", "adviser", "file_names")
        if (value := getattr(event, name, None))
    }
    return {
        "share_id": row["share_id"],
        "position": row["position"],
        "what": event.LABEL,
        "direction": words.direction(row["direction"]),
        "at": row["at"],
        "when": words.moment(row["at"]),
        "from": words.organisation(row["from"]["organisation"], names),
        "to": words.organisation(row["to"]["organisation"], names),
        "office": row["office"],
        "recipient_role": row["recipient_role"],
        "channel": words.channel(row["channel"]) if row["channel"] else "not recorded",
        "items": words.items(row["items"]) or _contents(event, row),
        "container": row["container"] and words.CONTAINERS.get(str(row["container"]), words.plainly(row["container"])),
        "purpose": words.PURPOSES.get(str(row["purpose"]), words.plainly(row["purpose"])) if row["purpose"] else None,
        "lawful_basis": row["lawful_basis"] and words.plainly(row["lawful_basis"]),
        "agreement": row["agreement"],
        "encrypted": {True: "yes", False: "no"}.get(row["encrypted"], "not recorded"),
        "other_people_in_share": others or None,
        "confirmed": row["confirmed_at"] and words.moment(row["confirmed_at"]),
        "incorporated": row["incorporated_at"] and words.moment(row["incorporated_at"]),
        "disposed": row["disposed_at"] and words.moment(row["disposed_at"]),
        "controller": controller_on(day_of(row), controllers),
        "details": [
            {"label": labels_of(event)[name], "text": ", ".join(value) if isinstance(value, tuple) else str(value)}
            for name, value in sealed.items()
        ],
    }


def _contents(event: Event, row: Section) -> list[str]:
    values = getattr(event, "values", None)
    if isinstance(values, dict):
        return [words.label_of(getattr(event, "collection", None), name) for name in values]
    if row["kind"] == "referral":
        return ["your record, so far as the organisation needs it to help you"]
    return [f"your action plan {row['plan_id']}"] if row["plan_id"] else ["not recorded item by item"]


def labels_of(event: Event) -> dict[str, str]:
    return events.labels(type(event))


def day_of(row: Section) -> date:
    """The London day of a share: the registers change at midnight there."""
    return london_day(datetime.fromisoformat(str(row["at"])))


def controller_on(day: date, controllers: Sequence[Section]) -> str:
    """Who was the controller on a day, by the register (PARTY-03)."""
    known = controller_at(day, controllers)
    return str(known["name"]) if known else "not registered"


def controller_at(day: date, controllers: Sequence[Section]) -> Section | None:
    """The register's entry of the controller on a day, or None when none was in office then."""
    said = day.isoformat()
    latest = {one["organisation"]: one for one in controllers if str(one["valid_from"] or "") <= said}
    in_office = [one for one in latest.values() if said <= str(one["valid_until"] or "9999")]
    return max(in_office, key=lambda one: str(one["valid_from"] or ""), default=None)


def sources(told: Told, names: Names) -> list[Section]:
    """Where the data came from, when that was not the person: one row for each organisation and way."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry, event in told:
        who = getattr(event, "received_from", None) or getattr(event, "touchpoint", None)
        who = who or (getattr(event, "organisation", None) if hasattr(event, "cleared") else None)
        if not who:
            continue
        how = "a receipt" if isinstance(event, events.DataReceived) else "records it wrote about you"
        found.setdefault((words.organisation(who, names), how), []).append(entry)
    introduced = [
        {
            "source": words.coded("customers", "IntroducedBy", event.introduced_by),
            "how": "introduced you to the service",
            "entries": 1,
            "first": words.day(entry.occurred_at),
            "last": words.day(entry.occurred_at),
        }
        for entry, event in told
        if isinstance(event, events.CustomerRegistered) and event.introduced_by is not None
    ]
    return introduced + [
        {
            "source": who,
            "how": how,
            "entries": len(entries),
            "first": words.day(min(entry.occurred_at for entry in entries)),
            "last": words.day(max(entry.occurred_at for entry in entries)),
        }
        for (who, how), entries in found.items()
    ]


def statements(told: Told) -> dict[str, list[tuple[Entry, events.Consent]]]:
    """Everything that was said about each consent, in the order it was said; scopes in alphabetical order."""
    said: dict[str, list[tuple[Entry, events.Consent]]] = {}
    for entry, event in told:
        if isinstance(event, events.Consent):
            said.setdefault(event.scope, []).append((entry, event))
    return {scope: sorted(said[scope], key=lambda one: (one[0].occurred_at, one[0].position)) for scope in sorted(said)}


def state_after(said: Sequence[tuple[Entry, events.Consent]]) -> tuple[str, Entry]:
    """How a consent stands, and the entry since which it does; being asked again changes no answer (CONSENT-17)."""
    state, since = None, said[0][0]
    for entry, event in said:
        after = consent_after(state, event)
        state, since = (after, entry) if after != state else (state, since)
    assert state is not None, "a consent about which nothing was said is not in the list"
    return state, since


def consents(told: Told, names: Names) -> list[Section]:
    """Each consent as it stands and everything that was ever said about it, in the order it was said."""
    rows = []
    for scope, said in statements(told).items():
        state, since = state_after(said)
        rows.append(
            {
                "scope": scope,
                "consent": words.SCOPES.get(scope, words.plainly(scope)),
                "state": state,
                "since": words.moment(since.occurred_at),
                "history": [_statement(entry, event, names) for entry, event in said],
            }
        )
    return rows


def _statement(entry: Entry, event: events.Consent, names: Names) -> Section:
    mechanism = getattr(event, "mechanism", None)
    return {
        "position": entry.position,
        "state": event.NAME.removeprefix("consent-"),
        "at": data_copy.text_of(entry.occurred_at),
        "when": words.moment(entry.occurred_at),
        "how": ", ".join(part for part in (event.channel and words.channel(event.channel), mechanism) if part)
        or "not recorded",
        "said_to": words.organisation(event.organisation, names),
        "notice": event.notice or "not recorded",
        "evidence": event.evidence,
    }


def readings(told: Told, names: Names) -> list[Section]:
    """Who looked at the records: role, organisation, date and purpose."""
    return [
        {
            "position": entry.position,
            "at": data_copy.text_of(entry.occurred_at),
            "when": words.moment(entry.occurred_at),
            "role": words.ROLES.get(event.role, words.plainly(event.role)),
            "organisation": words.organisation(event.organisation, names),
            "purpose": words.PURPOSES.get(event.purpose, words.plainly(event.purpose)),
            "route": event.route,
        }
        for entry, event in told
        if isinstance(event, events.PersonalDataRead)
    ]


def retention(rows: Sequence[Section], holds: Sequence[Section]) -> list[Section]:
    """How long each class is kept: the day, the rule in its own words, and what holds it back."""
    holding = {hold["hold_id"]: words.HOLDS.get(str(hold["code"]), words.plainly(hold["code"])) for hold in holds}
    return [
        {
            "class": row["class"],
            "data": words.records(row["class"], row["part"]),
            "entries": row["events"],
            "destroy_by": row["destroy_by"],
            "until": _until(row),
            "rule": row["rule"],
            "sentence": sentence(str(row["class"]), row["rule"]),
            "criteria": [_criterion(one) for one in row["criteria"]],
            "held_by": [holding.get(number, "a hold") for number in row["held_by"]],
        }
        for row in rows
    ]


def _until(row: Section) -> str:
    if row["destroy_by"]:
        return f"to be destroyed by {words.day(row['destroy_by'])}"
    if row["exception"]:
        return (
            "no date yet: the organisation responsible has not set its local period; this is on the list of exceptions"
        )
    return "no date yet: the time starts to run with one of the events named beside"


def _criterion(one: Mapping[str, Any]) -> str:
    start = words.CLOCKS.get(str(one["clock"]), words.plainly(one["clock"]))
    if one["months"] is None:
        return f"after {start}, for the local period that the organisation responsible has set (rule {one['rule']})"
    if not one["months"]:
        return f"as soon as {start} (rule {one['rule']})"
    return f"at most {words.period(one['months'])} after {start} (rule {one['rule']})"


def sentence(class_: str, rule: object) -> str | None:
    """The sentence of the notice or guidance a rule stands on."""
    return next((line.sentence for line in SCHEDULE if line.class_ == class_ and line.rule == rule), None)


def destroyed(rows: Sequence[Section]) -> list[Section]:
    """What was destroyed, when and under which rule."""
    return [
        {
            "class": row["class"],
            "data": words.records(row["class"], row["part"]),
            "destroyed_at": row["destroyed_at"],
            "when": words.moment(row["destroyed_at"]),
            "due_by": row["destroy_by"] and words.day(row["destroy_by"]),
            "rule": row["rule"],
            "sentence": sentence(str(row["class"]), row["rule"]),
            "position": row["position"],
        }
        for row in rows
    ]


def holds(rows: Sequence[Section]) -> list[Section]:
    """Every hold ever placed, in words."""
    return [
        {
            **row,
            "kind": words.HOLDS.get(str(row["code"]), words.plainly(row["code"])),
            "covers": [words.class_of_records(one) for one in row["classes"]] or ["all records"],
            "placed": words.moment(row["placed_at"]),
            "review": row["review_on"] and words.day(row["review_on"]),
            "lifted": row["lifted_at"] and words.moment(row["lifted_at"]),
        }
        for row in rows
    ]
