"""The subject-access report: sections R0 to R13 (UK GDPR Art. 15 as amended) about one person, in plain English.

Pure: it is composed from what was gathered of that person's own records, so nobody else's data can be in it. How it
looks on a page is `report_page`'s affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from ledger.clocks import london_day
from ledger.events import NCS, Json
from ledger.log.codec import Entry
from ledger.state.replay import state_of
from projections.customers.rows import Tombstone
from projections.organisations.read import Controller
from projections.row import Row, json_of
from projections.subject_access import (
    breaches,
    claims,
    consents,
    controllers,
    data_copy,
    internal_notes,
    left_out,
    notifications,
    others_data,
    requests,
    restrictions,
    retention,
    rights,
    safeguards,
    search,
    sections,
    serving,
    shares,
    transfers,
)
from projections.subject_access.data_copy import Group
from projections.subject_access.last_words import identity
from projections.subject_access.left_out import LeftOutItem
from projections.subject_access.record import Gathered, History, Opened, PersonRecord, history_of
from projections.subject_access.requests import Decision
from projections.subject_access.retention import DestroyedClass, KeptClass
from projections.wording import dates, parties
from projections.wording.parties import Names


@dataclass(frozen=True, kw_only=True, slots=True)
class CopySection(Row):
    """Section R1."""

    heading: str
    groups: list[Group]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListSection(Row):
    """A section that is a list."""

    heading: str
    rows: Sequence[Row | dict[str, Json]]


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionSection(Row):
    """Section R5."""

    heading: str
    rows: list[KeptClass]
    extended: list[restrictions.Extension]


@dataclass(frozen=True, kw_only=True)
class RecordReport:
    """The report of one record of a person: its head, and its sections by their key."""

    customer_id: UUID
    title: str
    made_at: datetime
    made: str
    as_of_position: int
    made_by: str
    person: dict[str, Json] | None
    """Names and ways to reach them as last said; None when they were destroyed."""
    sections: Mapping[str, Row]

    def as_json(self) -> dict[str, Json]:
        """The head and the sections beside each other."""
        return {
            "customer_id": str(self.customer_id),
            "title": self.title,
            "made_at": json_of(self.made_at),
            "made": self.made,
            "as_of_position": self.as_of_position,
            "made_by": self.made_by,
            "person": json_of(self.person),
            **{key: section.as_json() for key, section in self.sections.items()},
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """The report about a person: of the record that was asked for, then of each other of theirs that may be read."""

    records: Sequence[RecordReport]
    not_shown: int

    def as_json(self) -> dict[str, Json]:
        """The first record's report, with the others' in `other_records`."""
        first, *others = (record.as_json() for record in self.records)
        return {**first, "other_records": [*others], "other_records_not_shown": self.not_shown}


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What is told of one record, with what is left out taken out of it."""

    record: PersonRecord
    decisions: Sequence[Decision]
    entries: Sequence[Entry]
    opened: Opened
    history: History
    other_files: Mapping[int, int]
    """How many files of a message for several people bear no name of this person's, by position."""
    left_out: Sequence[LeftOutItem]
    """What the person is told of what decisions left out, and of the controller's own notes."""


def compose(gathered: Gathered) -> Report:
    """The report of everything that was gathered; what a request about any of the records leaves out is in none."""
    decisions = requests.decisions(gathered.files)
    reports = [_of_record(gathered, _shown(record, decisions)) for record in gathered.records]
    return Report(records=reports, not_shown=gathered.not_shown)


def _shown(record: PersonRecord, decisions: Sequence[Decision]) -> _Shown:
    unsealed, other_files = others_data.without_files(record.entries, record.opened)
    kept = requests.without(unsealed, record.entries, decisions)
    entries, opened = kept.entries, internal_notes.without(kept.entries, kept.opened)
    noted_in = [(entries, kept.opened), *((file.entries, file.opened) for file in record.requests)]
    return _Shown(
        record=record,
        decisions=decisions,
        entries=entries,
        opened=opened,
        history=history_of(entries, opened),
        other_files=other_files,
        left_out=[*requests.left_out(decisions, kept.shown), *internal_notes.left_out(noted_in)],
    )


def _of_record(gathered: Gathered, shown: _Shown) -> RecordReport:
    names, by = gathered.organisations.names, gathered.by
    return RecordReport(
        customer_id=shown.record.customer_id,
        title="Everything we hold about you",
        made_at=gathered.at,
        made=dates.moment(gathered.at),
        as_of_position=gathered.upto,
        made_by=parties.role_at(by.role, by.organisation, names),
        person=identity(shown.entries, shown.opened),
        sections=_sections(gathered, shown, names),
    )


def _sections(gathered: Gathered, shown: _Shown, names: Names) -> dict[str, Row]:
    record, history = shown.record, shown.history
    tombstones = retention.destroyed(record.customer.destroyed)
    groups = data_copy.groups(history, names, _gone(shown, record.customer.destroyed, tombstones))
    kept_classes = list(dict.fromkeys(row.class_ for row in record.kept))
    in_office: Sequence[Controller] = gathered.organisations.controllers(record.customer.programme or NCS)
    names_on = cache(gathered.organisations.names_on)
    today = controllers.controller_name_on(london_day(gathered.at), in_office)
    every = sorted((*shown.entries, *record.claims), key=lambda entry: entry.position)
    found = notifications.matters(history, record.obligations, _other_histories(gathered, record))
    return {
        "R0": search.held(len(every), kept_classes, destroyed=bool(tombstones)),
        "R1": CopySection(heading="Your data", groups=groups),
        "R2": ListSection(heading="What your data is used for", rows=sections.purposes(history, kept_classes)),
        "R3": ListSection(heading="Kinds of data", rows=sections.categories(history, groups)),
        "R4": ListSection(
            heading="Who received your data, and from whom we received it",
            rows=shares.shares(history, record.shares, names_on, in_office),
        ),
        "R5": RetentionSection(
            heading="How long your data is kept",
            rows=retention.retention(record.kept, record.holds),
            extended=restrictions.extensions(history),
        ),
        "R6": rights.RIGHTS,
        "R6a": rights.complaint_to_controller(today),
        "R7": rights.complaint_to_regulator(gathered.regulator),
        "R8": ListSection(heading="Where your data came from", rows=sections.sources(history, names)),
        "R9": safeguards.decisions(history, names),
        "R10": transfers.section(history, record.shares, names_on),
        "R11": search.searched(every, upto=gathered.upto, views_upto=gathered.views_upto, at=gathered.at),
        "R12": left_out.section(
            groups, shown.other_files, shown.left_out, incomplete=record.customer.incomplete is not None
        ),
        "R13": controllers.section(
            gathered.at,
            history,
            controllers=in_office,
            shares=record.shares,
            names=names,
            registers=gathered.registers,
        ),
        "consents": ListSection(heading="Your consents", rows=consents.consents(history, names)),
        "holds": ListSection(heading="Holds that stop destruction", rows=retention.holds(record.holds)),
        "recipients": safeguards.recipients(found, names),
        "limits": restrictions.limits(history, requests.answers(record.requests)),
        "breaches": breaches.breaches(history),
        "claims": claims.section(record, shown.decisions, names),
        "serving": serving.section(shown.entries, shown.opened, gathered.registers, names, flagged=_flagged(gathered)),
        "readings": ListSection(heading="Who looked at your records", rows=sections.readings(history, names)),
        "grants": ListSection(heading="Who else asked to look at your records", rows=sections.grants(history, names)),
        "destroyed": ListSection(heading="What was destroyed", rows=tombstones),
        "requests": ListSection(
            heading="Your requests and complaints about your data", rows=requests.section(record.requests, names)
        ),
    }


def _flagged(gathered: Gathered) -> bool:
    """Whether a flag is in force on any record of the person."""
    every = [*(record.entries for record in gathered.records), *gathered.others]
    return any(state_of(entries).at_risk() for entries in every)


def _other_histories(gathered: Gathered, record: PersonRecord) -> list[History]:
    """The facts of the person's other records: who received data from any of them counts as a recipient."""
    others = [other.entries for other in gathered.records if other is not record]
    return [history_of(entries, {}) for entries in (*others, *gathered.others)]


def _gone(shown: _Shown, rows: Sequence[Tombstone], tombstones: Sequence[DestroyedClass]) -> dict[int, str]:
    """What became of each entry whose contents can no longer be read."""
    destroyed = {(row.class_, row.part): row for row in rows}
    words = {row.position: row for row in tombstones}
    gone = {}
    for entry in shown.entries:
        if entry.commitment is None or entry.position in shown.opened:
            continue
        row = destroyed.get((entry.class_ or "", entry.part or ""))
        gone[entry.position] = f"destroyed on {words[row.position].when} under rule {row.rule}" if row else "destroyed"
    return gone
