"""The envelope of an entry is RFC 8785 for every value, as a canonicaliser of somebody else's writes it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.casework.runtime import Runtime
from api.cli.operations import _verdict_lines
from api.routes.events import events as event_feed
from ledger.errors import Malformed
from ledger.events import EVENTS, ConsentRefused, DataReceived, Event
from ledger.log.codec import Entry, canonical, canonical_entry, make_entry
from ledger.log.merkle import leaf_hash, root_of
from ledger.recording import Ledger
from ledger.store.append_call import Batch
from ledger.verify import MOST_LISTED, verify
from tests.conftest import CASE_WORKER, RECORDS_MANAGER, Record

AT = datetime(2026, 11, 22, 9, 0, 0, 120, tzinfo=UTC)
AWKWARD = [
    'a "quoted" part', "back\\slash", "ends in \\", "\\N", "\t\r\n\b\f\v", "\x01\x1f\x7f\x80\u2028", "é",
    "\ufffd\uffff", "\U0001f4d2", "{}[],:", 'x","previous":null,"x":"', "</script>", "\\u0000", "\\\\u0000", "x" * 3000,
]  # fmt: skip
TEXT = st.one_of(st.sampled_from(AWKWARD), st.text(st.characters(exclude_characters="\x00", codec="utf-8")))
VALUE = st.recursive(
    st.one_of(TEXT, st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=8,
)
INSTANT = st.datetimes(timezones=st.just(UTC))
FORGED = 'receipt-1"}}\n{"position":2,"entry":{"actor":"somebody else'


@st.composite
def entries(draw: st.DrawFn, kind: str) -> Entry:
    """An entry of a type, with any text wherever there is text."""
    facts = {name: draw(VALUE) for name in draw(st.sets(st.sampled_from(EVENTS[kind].FACTS or ("",)))) if name}
    facts.update({name: draw(TEXT) for name in ("part", "kept_as", "assessment_id") if name in facts})
    return make_entry(
        EVENTS[kind].of({**_nothing(EVENTS[kind]), **facts}),
        id_=draw(st.uuids()), stream=draw(st.uuids()), version=draw(st.integers(1, 2**31 - 1)),
        previous=draw(st.none() | st.binary(min_size=32, max_size=32)), occurred_at=draw(INSTANT),
        recorded_at=draw(INSTANT), actor=draw(TEXT), blob=draw(st.none() | st.binary()),
    )  # fmt: skip


def _nothing(kind: type[Event]) -> dict[str, Any]:
    return dict.fromkeys(kind.FIELDS)


def somebody_elses(entry: Entry) -> bytes:
    """The envelope as the other canonicaliser writes it from the columns."""

    def instant(moment: datetime) -> str:
        return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"

    columns = {
        "id": str(entry.id), "stream": str(entry.stream), "version": entry.version, "type": entry.type,
        "type_version": entry.type_version, "class": entry.class_, "part": entry.part, "actor": entry.actor,
        "occurred_at": instant(entry.occurred_at), "recorded_at": instant(entry.recorded_at),
        "facts": json.loads(entry.facts), "commitment": entry.commitment.hex() if entry.commitment else None,
        "previous": entry.previous.hex() if entry.previous else None,
    }  # fmt: skip
    return rfc8785.dumps(columns)


@pytest.mark.parametrize("kind", sorted(EVENTS))
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_the_envelope_of_any_entry_of_each_type_is_what_another_canonicaliser_writes(kind: str, data: st.DataObject):
    entry = data.draw(entries(kind))
    assert canonical_entry(entry) == somebody_elses(entry)
    assert entry.leaf == leaf_hash(somebody_elses(entry))


@given(value=VALUE)
@example(value={"\U0001f4d2": 1, "\ufb01": 2, "a": {"\U0001f4d2": [], "\uffff": {}}})
@settings(max_examples=400, deadline=None)
def test_any_fact_is_written_as_another_canonicaliser_writes_it(value: object):
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["half \ud83d of a pair", "\udcd2", "a NUL \x00"], ids=["first", "second", "NUL"])
@pytest.mark.parametrize("column", ["part", "actor"])
def test_a_text_that_json_or_the_database_cannot_hold_is_refused(text: str, column: str):
    with pytest.raises(Malformed):
        make_entry(
            received(text if column == "part" else "receipt-1"),
            id_=uuid.uuid4(), stream=uuid.uuid4(), version=1, previous=None, occurred_at=AT, recorded_at=AT,
            actor=text if column == "actor" else "somebody", blob=b"sealed",
        )  # fmt: skip


def received(part: str, **facts: Any) -> Event:
    """Data that came, in a part of this name."""
    return DataReceived.of({**_nothing(DataReceived), "part": part, "note": "invented", **facts})


def receive(ledger: Ledger, customer: uuid.UUID, part: str, **facts: Any) -> None:
    plan = (customer, ledger.recorder.history(customer), (received(part, **facts),))
    ledger.append([plan], CASE_WORKER)


def test_entries_with_any_text_verify_and_are_fed_line_by_line(
    ledger: Ledger, runtime: Runtime, database: str, customer: uuid.UUID
):
    for number, text in enumerate(AWKWARD):
        receive(ledger, customer, f"{number} {text}", receipt_id=text, purpose=text, items=(text, text))
    receive(ledger, customer, FORGED)

    verdict = verify(database, vault=ledger.vault)
    lines = fed(runtime)

    assert (verdict.ok, verdict.misfits) == (True, ())
    assert [line["position"] for line in lines] == list(range(1, verdict.entries + 1))
    assert [line["entry"]["part"] for line in lines][1:] == [
        *(f"{number} {text}" for number, text in enumerate(AWKWARD)), FORGED,
    ]  # fmt: skip
    assert root_of([leaf_hash(rfc8785.dumps(line["entry"])) for line in lines]).hex() == verdict.root


def fed(runtime: Runtime) -> list[dict[str, Any]]:
    """What the event feed answers the controller, line by line."""
    body = bytes(event_feed(RECORDS_MANAGER, runtime, after=0, limit=500).body)
    return [json.loads(line) for line in body.splitlines()]


def receive_in_the_old_form(ledger: Ledger, database: str, customer: uuid.UUID, part: str) -> int:
    """Record an entry as the program did that put text between quotation marks as it stood, and migrate then."""
    history = ledger.recorder.history(customer)
    writing = ledger.sealed.continuation(customer, history)
    made = received(part, receipt_id="receipt-1")
    entry = writing.entry(uuid.uuid4(), made, occurred_at=AT, recorded_at=AT, actor="case-worker@0000000101/0")
    commitment, previous = hashlib.sha256(entry.blob or b"").hexdigest(), history[-1].leaf.hex()
    old_form = (
        f'{{"actor":"case-worker@0000000101/0","class":"received_from_jcp","commitment":"{commitment}",'
        f'"facts":{entry.facts.decode()},"id":"{entry.id}","occurred_at":"2026-11-22T09:00:00.000120Z","part":"{part}",'
        f'"previous":"{previous}","recorded_at":"2026-11-22T09:00:00.000120Z","stream":"{customer}",'
        f'"type":"data-received","type_version":{DataReceived.VERSION},"version":{entry.version}}}'
    )
    stored = entry._replace(leaf=leaf_hash(old_form.encode()))
    appended = ledger.recorder.append(Batch(entries=[stored], keys=writing.new_keys))
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE ledger.escaped_envelope SET after_position = %s", [appended.last])
    return appended.last


@pytest.mark.parametrize("part", ['a "quoted" part', "back\\slash", FORGED, "\t and \x1f"])
def test_an_entry_that_fits_only_the_old_form_is_named_as_such_and_the_rest_is_checked(
    ledger: Ledger, record: Record, database: str, customer: uuid.UUID, part: str
):
    position = receive_in_the_old_form(ledger, database, customer, part)
    record("give-consent", customer, scope="market_research", mechanism="said yes")
    verdict = verify(database, vault=ledger.vault)
    with psycopg.connect(database) as connection:
        leaves = [row[0] for row in connection.execute("SELECT leaf FROM ledger.event ORDER BY position")]

    assert (verdict.ok, verdict.first_bad, verdict.misfit_count) == (False, position, 1)
    assert verdict.why == (
        f"Entry {position} was written before the escape was mended at position {position}, and fits only the old form."
    )
    assert (verdict.entries, verdict.root) == (position + 1, root_of(leaves).hex())


def test_an_entry_of_the_old_form_is_none_after_the_migration(ledger: Ledger, database: str, customer: uuid.UUID):
    position = receive_in_the_old_form(ledger, database, customer, 'a "quoted" part')
    alter(database, "UPDATE ledger.escaped_envelope SET after_position = after_position - 1")
    assert verify(database).why == f"Entry {position} is not what was written: its values do not give its leaf hash."


def test_what_is_changed_behind_an_entry_of_the_old_form_or_in_it_is_found(
    ledger: Ledger, record: Record, database: str, customer: uuid.UUID
):
    position = receive_in_the_old_form(ledger, database, customer, 'a "quoted" part')
    for scope in ("market_research", "collect_ethnicity"):
        record("give-consent", customer, scope=scope, mechanism="said yes")
    alter(database, f"UPDATE ledger.event SET actor = actor || 'f' WHERE position = {position + 2}")
    behind = verify(database)
    alter(database, f"UPDATE ledger.event SET actor = actor || 'f' WHERE position = {position}")
    within = verify(database)

    assert [misfit.position for misfit in behind.misfits] == [position, position + 2]
    assert behind.entries == position + 1
    assert [misfit.why for misfit in within.misfits] == [
        f"Entry {bad} is not what was written: its values do not give its leaf hash."
        for bad in (position, position + 2)
    ]


def test_the_feed_shows_no_forged_line_of_an_entry_of_the_old_form(
    ledger: Ledger, runtime: Runtime, database: str, customer: uuid.UUID
):
    position = receive_in_the_old_form(ledger, database, customer, FORGED)
    lines = fed(runtime)
    assert [line["position"] for line in lines] == list(range(1, position + 1))
    assert (lines[-1]["entry"]["part"], lines[-1]["entry"]["actor"]) == (FORGED, "case-worker@0000000101/0")


def test_every_entry_that_does_not_fit_is_counted_and_the_first_hundred_are_listed(
    ledger: Ledger, database: str, customer: uuid.UUID
):
    refusals = tuple(ConsentRefused(scope="market_research") for _ in range(150))
    ledger.append([(customer, ledger.recorder.history(customer), refusals)], CASE_WORKER)
    alter(database, "UPDATE ledger.event SET actor = 'nobody' WHERE position > 1")
    alter(database, "DELETE FROM ledger.event WHERE position = 2")
    verdict = verify(database)

    assert (verdict.first_bad, verdict.why) == (2, "Entry 2 is missing.")
    # the gap, the entry that follows nothing in its stream any more, and every entry but the first
    assert (verdict.misfit_count, len(verdict.misfits)) == (151, MOST_LISTED)
    assert [misfit.position for misfit in verdict.misfits[:4]] == [2, 3, 3, 4]
    printed = list(_verdict_lines(json.loads(json.dumps(dataclasses.asdict(verdict)))))
    assert printed[:3] == [
        "Entry 2 is the first that does not fit. Entry 2 is missing.",
        "151 things do not fit. The first 100:",
        "- Entry 2 is missing.",
    ]


def alter(database: str, statement: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(statement.encode()).rowcount
