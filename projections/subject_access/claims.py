"""The sections on reports about the person that had to be confirmed, and on who serves them and served them before.

A claim is shown as the entry it would have made: so every field has its label, and what is left out of the person's
own records, by a decision or since it may be about somebody else, is left out of it too. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from ledger.commands.catalogue import COMMANDS
from ledger.events import ClaimConfirmed, ClaimDisputed, ClaimReceived, Json
from ledger.log.codec import Entry
from ledger.state.replay import event_of
from projections.row import Row
from projections.subject_access import internal_notes, others_data, requests
from projections.subject_access.data_copy import EntryInWords, Field, entry_in_words, fields
from projections.subject_access.record import GONE, Opened, PersonRecord
from projections.subject_access.requests import Decision
from projections.wording import claims as wording
from projections.wording import dates, parties
from projections.wording.parties import Names


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimedInWords(Row):
    """What was reported, as the event it would be, with each field in words."""

    what: str
    fields: list[Field]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimInWords(Row):
    """A report about the person: what, by whom, why it had to be confirmed, and what came of it."""

    claim_id: str
    position: int
    what: str
    reported_by: str
    received: str
    happened: str
    because: str
    effect: str
    """Whether it took effect at once."""
    state: str
    """waiting, confirmed or disputed."""
    outcome: str
    answered_by: str | None
    answered: str | None
    reason: str | None
    destroyed: bool
    fields: list[Field]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimsSection(Row):
    """The reports that had to be confirmed; `entries` are all that is recorded of them."""

    heading: str
    sentence: str
    rows: list[ClaimInWords]
    entries: list[EntryInWords]


def claimed_in_words(entry: Entry, claimed: Mapping[str, Json] | None, names: Names) -> ClaimedInWords:
    """What a claim reports; only its kind when its contents were destroyed."""
    reported, payload = _as_reported(entry, claimed or {})
    event = event_of(reported, payload)
    return ClaimedInWords(what=event.LABEL, fields=fields(event, names) if claimed is not None else [])


def section(record: PersonRecord, decisions: Sequence[Decision], names: Names) -> ClaimsSection:
    """Every report about the person that had to be confirmed, oldest first."""
    received = [entry for entry in record.claims if entry.type == ClaimReceived.NAME]
    shown = _without_what_is_left_out(record, received, decisions)
    answers = {_claim_id(entry): entry for entry in reversed(record.claims) if entry.type in _ANSWERS}
    rows = [_row(record, entry, shown, answers.get(_claim_id(entry)), names) for entry in received]
    return ClaimsSection(
        heading="Reports about you that had to be confirmed",
        sentence=wording.WHY_CLAIMS if rows else "No report about you had to be confirmed.",
        rows=rows,
        entries=[_in_words(record, entry, names) for entry in record.claims],
    )


_ANSWERS = frozenset({ClaimConfirmed.NAME, ClaimDisputed.NAME})
_Shown = tuple[Mapping[int, Entry], Opened]
"""Each claim as the entry it would have made and its payload, by the claim's position."""


def _as_reported(entry: Entry, claimed: Mapping[str, Json]) -> tuple[Entry, dict[str, Json]]:
    """A claim as the entry it would have made, and that entry's sealed fields."""
    claim = event_of(entry)
    assert isinstance(claim, ClaimReceived), "only claims are shown as what they report"
    makes = COMMANDS[claim.command].makes
    facts = {name: value for name, value in claimed.items() if name in makes.FACTS}
    sealed = {name: value for name, value in claimed.items() if name in makes.SEALED}
    return entry._replace(type=makes.NAME, type_version=makes.VERSION, facts=orjson.dumps(facts)), sealed


def _without_what_is_left_out(record: PersonRecord, received: Sequence[Entry], decisions: Sequence[Decision]) -> _Shown:
    claimed = {
        entry.position: record.claims_opened[entry.position].get("fields") or {}
        for entry in received
        if entry.position in record.claims_opened
    }
    made = {entry.position: _as_reported(entry, claimed.get(entry.position, {})) for entry in received}
    reported = [entry for entry, _ in made.values()]
    payloads = {position: payload for position, (_, payload) in made.items() if position in claimed}
    own, _ = others_data.without_files(reported, {**record.opened, **payloads})
    kept = requests.without({position: own[position] for position in payloads}, reported, decisions)
    opened = internal_notes.without(kept.entries, kept.opened)
    return {entry.position: entry for entry in kept.entries}, opened


def _row(record: PersonRecord, entry: Entry, shown: _Shown, answer: Entry | None, names: Names) -> ClaimInWords:
    claim = event_of(entry)
    assert isinstance(claim, ClaimReceived), "a row is made of a claim"
    entries, opened = shown
    held = entry.position in opened
    reported = event_of(entries[entry.position], opened.get(entry.position))
    state = answer.type.removeprefix("claim-") if answer is not None else "waiting"
    answered = event_of(answer, record.claims_opened.get(answer.position)) if answer is not None else None
    by = getattr(answered, "organisation", None)
    return ClaimInWords(
        claim_id=claim.claim_id,
        position=entry.position,
        what=reported.LABEL,
        reported_by=parties.organisation(claim.claimant, names),
        received=dates.moment(entry.recorded_at),
        happened=dates.moment(claim.happened_at),
        because=wording.because_to_person(claim.because, claim.claimant, claim.organisation, names),
        effect=wording.effect_to_person(taken=claim.taken),
        state=state,
        outcome=wording.outcome_to_person(state, taken=claim.taken, destroyed=not held),
        answered_by=parties.organisation(by, names) if answered is not None else None,
        answered=dates.moment(answer.recorded_at) if answer is not None else None,
        reason=_reason(record, answer),
        destroyed=not held,
        fields=fields(reported, names) if held else [],
    )


def _reason(record: PersonRecord, answer: Entry | None) -> str | None:
    if answer is None or answer.commitment is None:
        return None
    reason = record.claims_opened.get(answer.position, {}).get("reason")
    return str(reason) if reason else GONE


def _in_words(record: PersonRecord, entry: Entry, names: Names) -> EntryInWords:
    """An entry without what was reported, which its row shows."""
    payload = {name: value for name, value in record.claims_opened.get(entry.position, {}).items() if name != "fields"}
    gone = "destroyed" if entry.commitment is not None and entry.position not in record.claims_opened else None
    return entry_in_words(entry, event_of(entry, payload), names, gone)


def _claim_id(entry: Entry) -> str:
    return str(getattr(event_of(entry), "claim_id", ""))
