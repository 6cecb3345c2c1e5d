"""The subject-access report: sections R0 to R13 (UK GDPR Art. 15 as amended) about one customer, in plain English.

The reading is recorded before anything is opened. The data comes from that customer's own events alone, so nobody
else's can be in it. How it looks on a page is `report_page`'s affair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from api.casework import customers as answers
from api.casework.runtime import House
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.errors import UnknownCustomer
from ledger.events import NCS
from ledger.log.codec import Entry
from ledger.state.replay import event_of
from projections import runner
from projections.customers import read as customers
from projections.obligations import read as obligations
from projections.requests import read as requests
from projections.retention import read as retention
from projections.shares import read as shares
from projections.subject_access import controllers as report_controllers
from projections.subject_access import (
    data_copy,
    internal_notes,
    others_data,
    recipients,
    safeguards,
    sections,
    transfers,
)
from projections.subject_access import requests as report_requests
from projections.subject_access.data_copy import Section
from projections.subject_access.recipients import Matter
from projections.subject_access.requests import Decision, File
from projections.subject_access.sections import Told
from projections.wording import words as wording
from projections.wording.words import Names

PURPOSE = "subject-access report"


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What the ledger says about one customer up to one position, before it is put into words."""

    upto: int
    at: datetime
    views_upto: int
    told: Told
    entries: Sequence[Entry]
    opened: dict[int, dict[str, Any]]
    other_files: dict[int, int]
    """How many files of a message for several people bear no name of this person's, by position."""
    names: Names
    names_on: Callable[[date], Names]
    view: Section
    shares: Sequence[Section]
    kept: Sequence[Section]
    holds: Sequence[Section]
    controllers: Sequence[Section]
    requests: Sequence[File]
    by_decision: Sequence[Section]
    """What the person is told of what decisions left out; everything above is already without it."""
    notes: Sequence[Section]
    """What the controller noted for itself, which is left out too."""
    matters: Sequence[Matter]


def report(house: House, customer_id: UUID, by: Caller, route: str) -> Section:
    """Everything that is held about a person, as of the reading that this report itself is. Raises UnknownCustomer.

    A person with merged records has a report of each, the others' in `other_records`; those that the caller may not
    read are counted in `other_records_not_shown` (LEDG-18).
    """
    with house.current_views() as connection:
        if customers.for_customer(connection, customer_id) is None:
            raise UnknownCustomer
    answers.record_reading(house, customer_id, by, purpose=PURPOSE, route=route)
    others, not_shown = answers.other_records(house, customer_id, by, purpose=PURPOSE, route=route)
    records = [customer_id, *others]
    made = [_of_record(house, number, by) for number in records]
    return {**made[0], "other_records": made[1:], "other_records_not_shown": not_shown}


def _of_record(house: House, customer_id: UUID, by: Caller) -> Section:
    found = _found(house, customer_id)
    tombstones = sections.destroyed(found.view["destroyed"])
    groups = data_copy.groups(found.entries, found.opened, found.names, _gone(found, tombstones))
    classes = [str(row["class"]) for row in found.kept]
    return {
        "customer_id": str(customer_id),
        "title": "Everything we hold about you",
        "made_at": data_copy.text_of(found.at),
        "made": wording.moment(found.at),
        "as_of_position": found.upto,
        "made_by": wording.role_at(by.role, by.organisation, found.names),
        "person": answers.person(house, customer_id, opened=found.opened),
        **_sections(house, found, groups, list(dict.fromkeys(classes)), tombstones),
    }


def _sections(
    house: House, found: _Found, groups: list[Section], classes: list[str], tombstones: list[Section]
) -> dict[str, Section]:
    told, names, controllers = found.told, found.names, found.controllers
    return {
        "R0": _whether(found, classes, tombstones),
        "R1": {"heading": "Your data", "groups": groups},
        "R2": {"heading": "What your data is used for", "rows": sections.purposes(told, classes)},
        "R3": {"heading": "Kinds of data", "rows": sections.categories(told, groups)},
        "R4": {
            "heading": "Who received your data, and from whom we received it",
            "rows": sections.shares(told, found.shares, found.names_on, controllers),
        },
        "R5": {
            "heading": "How long your data is kept",
            "rows": sections.retention(found.kept, found.holds),
            "extended": safeguards.extensions(told),
        },
        "R6": _RIGHTS,
        "R6a": _complaint_to_controller(found),
        "R7": _complaint_to_regulator(house.settings.regulator),
        "R8": {"heading": "Where your data came from", "rows": sections.sources(told, names)},
        "R9": safeguards.decisions(told, names),
        "R10": transfers.section(told, found.shares, found.names_on),
        "R11": _search(found),
        "R12": others_data.section(groups, found.other_files, [*found.by_decision, *found.notes]),
        "R13": report_controllers.section(
            found.at,
            told,
            controllers=controllers,
            shares=found.shares,
            names=names,
            registers=house.ledger.registers(),
        ),
        "consents": {"heading": "Your consents", "rows": sections.consents(told, names)},
        "holds": {
            "heading": "Holds that stop destruction",
            "rows": sections.holds(found.holds),
        },
        "recipients": safeguards.recipients(found.matters, names),
        "limits": safeguards.limits(told, report_requests.answers(found.requests)),
        "breaches": safeguards.breaches(told),
        "readings": {"heading": "Who looked at your records", "rows": sections.readings(told, names)},
        "destroyed": {"heading": "What was destroyed", "rows": tombstones},
        "requests": {
            "heading": "Your requests and complaints about your data",
            "rows": report_requests.section(found.requests, names),
        },
    }


def _found(house: House, number: UUID) -> _Found:
    """What there is of one record; what a request about any of the person's records leaves out is left out of each."""
    upto = house.ledger.recorder.max_notification_id() or 0
    whole = [entry for entry in house.ledger.history(number) if entry.position <= upto]
    asked = files(house, number, upto)
    decisions = decisions_about(house, number, upto)
    unsealed = house.ledger.unsealed(number)
    other_files = others_data.leave_out_files(whole, unsealed)
    kept = report_requests.without(unsealed, whole, decisions)
    entries, opened = kept.entries, internal_notes.without(kept.entries, kept.opened)
    told = [(entry, event_of(entry, opened.get(entry.position))) for entry in entries]
    with house.current_views() as connection:
        view = customers.for_customer(connection, number)
        if view is None:
            raise UnknownCustomer
        others = [
            [(entry, event_of(entry)) for entry in house.ledger.history(other) if entry.position <= upto]
            for other in customers.same_person(connection, number)
            if other != number
        ]
        rows = [row for row in shares.for_customer(connection, number) if int(str(row["position"])) <= upto]
        days = {sections.day_of(row) for row in rows}
        named = {day: shares.names_of(connection, on=day) for day in days}
        names = shares.names_of(connection)
        return _Found(
            upto=upto,
            at=house.ledger.now(),
            views_upto=min(state.position for state in runner.states(connection)),
            told=told,
            entries=entries,
            opened=opened,
            other_files=other_files,
            names=names,
            names_on=cache(lambda day: {**names, **named[day]}),
            view=view,
            shares=rows,
            kept=[row.as_json() for row in retention.for_customer(connection, number)],
            holds=[hold.as_json() for hold in retention.holds(connection, number)],
            controllers=shares.controllers(connection, programme=str(view["programme"] or NCS)),
            requests=asked,
            by_decision=report_requests.left_out(decisions, kept.shown),
            notes=internal_notes.left_out([(entries, kept.opened), *((file.entries, file.opened) for file in asked)]),
            matters=recipients.matters(told, _owed(connection, number, upto, house.ledger.now()), others),
        )


def _owed(connection: Any, number: UUID, upto: int, at: datetime) -> list[Section]:  # noqa: ANN401 (no psycopg here)
    rows = obligations.for_customer(connection, number, at=at)
    return [row.as_json() for row in rows if row.position <= upto]


def decisions_about(house: House, number: UUID, upto: int) -> list[Decision]:
    """What was decided in the requests about a person, whichever of their records each was about (LEDG-18)."""
    with house.current_views() as connection:
        records = customers.same_person(connection, number)
    return report_requests.decisions([file for record in records for file in files(house, record, upto)])


def files(house: House, number: UUID, upto: int) -> list[File]:
    """The files of every request about a person, as far as they had been recorded."""
    with house.current_views() as connection:
        on, calendar = london_day(house.ledger.now()), house.ledger.calendar()
        rows = requests.for_customer(connection, number, on=on, calendar=calendar)
    found = []
    for row in rows:
        stream = row.request_id
        entries = [entry for entry in house.ledger.history(stream) if entry.position <= upto]
        if entries:
            found.append(File(row=row.as_json(), entries=entries, opened=house.ledger.unsealed(stream)))
    return found


def _gone(found: _Found, tombstones: Sequence[Section]) -> dict[int, str]:
    """What became of each entry whose contents can no longer be read."""
    when = {(row["class"], row["part"]): row for row in found.view["destroyed"]}
    words = {row["position"]: row for row in tombstones}
    gone = {}
    for entry in found.entries:
        if entry.commitment is None or entry.position in found.opened:
            continue
        row = when.get((entry.class_, entry.part))
        gone[entry.position] = (
            f"destroyed on {words[row['position']]['when']} under rule {row['rule']}" if row else "destroyed"
        )
    return gone


def _whether(found: _Found, classes: Sequence[str], tombstones: Sequence[Section]) -> Section:
    personal = [name for name in classes if name != "access_log"]
    count = f"{len(found.entries)} entries"
    if personal:
        sentence = f"Yes. Data about you is held: {count} in the data-sharing ledger, all of which are in this report."
    elif tombstones:
        sentence = (
            "What was held about you has been destroyed. The ledger keeps only proof of what happened: numbers, dates"
            f" and codes in {count}, without your name, your details or anything you said. They are in this report."
        )
    else:
        sentence = f"The ledger holds {count} about you with numbers, dates and codes, but nothing you said."
    return {
        "heading": "Whether data about you is held",
        "held": bool(personal),
        "entries": len(found.entries),
        "sentence": sentence,
    }


_RIGHTS: Section = {
    "heading": "Your rights",
    "sentence": "Which right you have depends on why the data is used. Most of it is used for a public task, and the"
    " optional parts only with your consent.",
    "rows": [
        {
            "right": "To have wrong or incomplete data put right",
            "when": "always; everyone who received the wrong data is to be told",
        },
        {
            "right": "To have data erased",
            "when": "where it is used with your consent and you withdraw it, is no longer needed, or used unlawfully"
            "; not while it is needed for a public task or the law requires it",
        },
        {
            "right": "To have the use of data restricted",
            "when": "while its accuracy or an objection is being looked into, or when you need it for a legal claim",
        },
        {
            "right": "To object",
            "when": "where data is used for a public task; to direct marketing, always",
        },
        {
            "right": "To withdraw consent",
            "when": "at any time, as easily as you gave it; what was done before stays lawful",
        },
        {
            "right": "To receive your data in a form another service can read",
            "when": "where it is used with your consent or for a contract",
        },
    ],
}


def _complaint_to_controller(found: _Found) -> Section:
    who = sections.controller_on(london_day(found.at), found.controllers)
    return {
        "heading": "Your right to complain to the controller",
        "provision": "UK GDPR Article 15(1)(ea); Data Protection Act 2018, section 164A",
        "sentence": "You can complain to the controller if you think your data was used against the law. The controller"
        " must acknowledge your complaint within 30 days, look into it and tell you the outcome without undue delay."
        + (f" Today the controller is {who}." if who != "not registered" else ""),
    }


def _complaint_to_regulator(regulator: str) -> Section:
    return {
        "heading": "Your right to complain to the regulator",
        "provision": "UK GDPR Article 15(1)(f); Data Protection Act 2018, section 165",
        "regulator": regulator,
        "sentence": f"You can also complain to {regulator}, who oversees data protection in the United Kingdom. You can"
        " go to court too.",
    }


def _search(found: _Found) -> Section:
    first, last = found.entries[0], found.entries[-1]
    behind = found.upto - found.views_upto
    sentences = [
        (
            f"The data-sharing ledger was searched by your customer number up to entry {found.upto:,}, on"
            f" {wording.moment(found.at)}."
        ),
        (
            f"It holds {len(found.entries)} entries about you, recorded from {wording.day(first.recorded_at)} to"
            f" {wording.day(last.recorded_at)}; the last is the making of this report."
        ),
        (
            "It is complete because the entries are numbered without gaps, every field of every entry declares what it"
            " is, and this report prints them all."
        ),
        "Not searched: the recipients' own systems, mailboxes and paper files. “Who received your data” names them.",
    ]
    if behind > 0:
        sentences.append(
            f"The lists of shares and retention were {behind} entries behind when this report was made; the copy of"
            " your data was not."
        )
    return {
        "heading": "What was searched",
        "systems": ["the data-sharing ledger"],
        "searched_by": "customer number",
        "upto_position": found.upto,
        "views_upto_position": found.views_upto,
        "at": data_copy.text_of(found.at),
        "entries": len(found.entries),
        "sentences": sentences,
    }
