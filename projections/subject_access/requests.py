"""The person's own rights requests in their report, and what is left out of it under which provision.

Pure: entries, opened payloads and rows of the view come in, words go out. What was weighed against the person's
interest stays in the internal register; they are told what the decision says they are told (DPA 2018 Sch. 2).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ledger import events
from ledger.codes.items import items_named
from ledger.codes.rights import EXEMPTIONS
from ledger.commands.request_answers import FIVE_FACTORS
from ledger.events import Event
from ledger.log.codec import Entry
from ledger.requests import withholding
from ledger.state.replay import event_of
from projections.row import Row
from projections.subject_access.data_copy import EntryInWords, entry_in_words
from projections.subject_access.internal_notes import NOTES
from projections.subject_access.last_words import LEFT_OUT
from projections.subject_access.left_out import LeftOutItem
from projections.subject_access.record import Opened, RequestFile
from projections.wording import codes, dates, outcomes
from projections.wording.parties import Names

STATES = {
    "open": "being dealt with",
    "waiting": "waiting for what you were asked for",
    "paused": "waiting for your answer to a question",
    "answered": "answered",
    "refused": "refused",
    "withdrawn": "withdrawn by you",
}
_INTERNAL: Mapping[str, Collection[str]] = {
    **NOTES,
    "item-withheld": ("extent", "reason", "decided_by"),
    "third-party-decided": ("person", *FIVE_FACTORS, "decided_by"),
}
_BESIDE_IT = ", with the free text beside it,"
_SHOWN_LATER = ", except what was decided later to be shown"
_HAPPENED = frozenset({"D08", "D09", "D12"})
_TOLD_ANYWAY = "; that an appointment or a referral happened, when and with whom, is told"
"""The items that are known from what happened as well, which no decision takes out of the report."""
_NOT_TOLD = "what you are told about it is no longer held"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One decision about leaving something out: which record, which items of it, or all that it says."""

    position: int
    record: str | None
    items: frozenset[str]
    left_out: bool
    provision: str
    told: str
    """What the person is told about it."""

    def covers(self, entry: Entry, event: Event) -> bool:
        """Whether it is about this entry: by any number the entry has, its position and id among them."""
        return self.record is None or self.record in withholding.numbers_of(event, entry.position, entry.id)

    def undoes(self, earlier: Decision) -> bool:
        """Whether this discloses all that an earlier decision left out."""
        mine, theirs = withholding.meant(self.items), withholding.meant(earlier.items)
        same = self.record in {None, earlier.record} and (not mine or mine >= theirs != frozenset())
        return same and not self.left_out


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestInWords(Row):
    """A request with how it stands and every step of it, oldest first."""

    request_id: str
    kind: str
    what: str
    received: str
    state: str
    told_due: str | None
    due: str | None
    late: bool
    findings: list[str]
    steps: list[EntryInWords]


def section(files: Sequence[RequestFile], names: Names) -> list[RequestInWords]:
    """Each request of the person."""
    return [
        RequestInWords(
            request_id=str(row.request_id),
            kind=row.kind,
            what=outcomes.REQUESTS[row.kind],
            received=dates.day(row.received_on),
            state=STATES[row.standing.state],
            told_due=dates.day(row.told_due_on) if row.told_due_on else None,
            due=dates.day(row.standing.due_on) if row.standing.due_on and not row.closed_on else None,
            late=row.standing.late,
            findings=[finding.sentence for finding in row.findings],
            steps=[entry_in_words(entry, _as_told(event), names, _gone(file, entry)) for entry, event in file.history],
        )
        for file in files
        for row in (file.row,)
    ]


def answers(files: Sequence[RequestFile]) -> dict[str, str]:
    """What the person was told at the end of each request that has an end, by its number."""
    answered: dict[str, str] = {}
    for file in files:
        for _, event in file.history:
            match event:
                case events.ResponseSent(message=str() as answer) | events.RequestRefused(reason=str() as answer):
                    answered[str(file.row.request_id)] = answer
                case _:
                    continue
    return answered


def decisions(files: Iterable[RequestFile]) -> list[Decision]:
    """Every decision to leave something out or to disclose it after all, in the order they were made."""
    made = []
    for file in files:
        for entry, event in file.history:
            match event:
                case events.ItemWithheld():
                    provision, left_out = EXEMPTIONS.get(event.provision, event.provision), True
                case events.ThirdPartyDecided():
                    provision, left_out = EXEMPTIONS["EX-16"], event.outcome != "disclose"
                case _:
                    continue
            decision = Decision(
                position=entry.position,
                record=event.record_id,
                items=frozenset(event.items),
                left_out=left_out,
                provision=provision,
                told=event.told or _NOT_TOLD,
            )
            made.append(decision)
    return sorted(made, key=lambda decision: decision.position)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is left of a person's entries and of their payloads, and which decisions did not have the last word."""

    entries: Sequence[Entry]
    opened: dict[int, dict[str, Any]]
    shown: frozenset[int]
    """The decisions, by position, of which something is shown after all because of a later one."""


def left_out(made: Sequence[Decision], shown: Collection[int]) -> list[LeftOutItem]:
    """What the person is told about each thing that is left out; `shown` is that of `Kept` (SAR-11)."""
    return [
        LeftOutItem(
            position=decision.position,
            what=_what(decision) + (_SHOWN_LATER if decision.position in shown else ""),
            provision=decision.provision,
            why=decision.told,
        )
        for place, decision in enumerate(made)
        if decision.left_out and not any(later.undoes(decision) for later in made[place + 1 :])
    ]


def without(opened: Opened, entries: Sequence[Entry], made: Sequence[Decision]) -> Kept:
    """The entries and the opened payloads without what is left out; the later decision about an item holds.

    Nothing is changed in the ledger: the whole can always be made again (DPA 2018 s.180A).
    """
    payloads: dict[int, dict[str, Any]] = {}
    kept: list[Entry] = []
    shown: set[int] = set()
    for entry in entries:
        payload, event = opened.get(entry.position), event_of(entry)
        about = {
            decision.position: withholding.about(event, payload or {}, decision.items)
            for decision in made
            if decision.covers(entry, event)
        }
        hidden: frozenset[str] = frozenset()
        for decision in made:
            names = about.get(decision.position, frozenset())
            hidden = hidden | names if decision.left_out else hidden - names
        shown |= {
            decision.position
            for decision in made
            if decision.left_out and about.get(decision.position, frozenset()) - hidden
        }
        kept.append(_less_facts(entry, event, hidden))
        if payload is not None:
            payloads[entry.position] = _less(payload, hidden)
    return Kept(entries=kept, opened=payloads, shown=frozenset(shown))


def _less(payload: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    less = {name: value for name, value in payload.items() if name not in hidden}
    if isinstance(less.get("values"), dict):
        less["values"] = {name: LEFT_OUT if name in hidden else value for name, value in less["values"].items()}
    return less


def _less_facts(entry: Entry, event: Event, hidden: frozenset[str]) -> Entry:
    """An entry without the facts that are items of data, such as the time of an appointment."""
    if hidden.isdisjoint(event.FACTS):
        return entry
    kept = {name: value for name, value in orjson.loads(entry.facts).items() if name not in hidden}
    return entry._replace(facts=orjson.dumps(kept))


def _what(decision: Decision) -> str:
    items = ", ".join(sorted(set(codes.items(sorted(withholding.meant(decision.items)))))) or "everything it says"
    beside = _BESIDE_IT if any(map(items_named, decision.items)) else ""
    where = f"of record {decision.record}" if decision.record else "wherever it stands"
    anyway = _TOLD_ANYWAY if withholding.meant(decision.items) & _HAPPENED else ""
    return f"{items}{beside} {where}{anyway}"


def _as_told(event: Event) -> Event:
    internal = dict.fromkeys(_INTERNAL.get(event.NAME, ()))
    return dataclasses.replace(event, **internal)


def _gone(file: RequestFile, entry: Entry) -> str | None:
    return "destroyed" if entry.commitment is not None and entry.position not in file.opened else None
