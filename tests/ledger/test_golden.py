"""What was stored once can be read for ever: the bytes of every event and version, kept as they were first written.

A golden file is written once and never changed. After adding an event, a version or a field, run
`python -m tests.ledger.test_golden`: it writes the files that are missing, and only those. Each line is one stored
event: its canonical envelope, its payload (null when nothing is sealed), and the fields it is read as.
"""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from ledger import events
from ledger.events import EVENTS, Event
from ledger.log.codec import Entry, canonical_entry, event_from, facts_of, make_entry, payload_of
from ledger.log.merkle import leaf_hash

GOLDEN = Path(__file__).with_name("golden")
FILES = sorted(GOLDEN.glob("*.ndjson"))
WRITTEN_AT = datetime(2026, 11, 22, 9, 30, 0, 120, tzinfo=UTC)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Golden:
    """One line of a golden file."""

    envelope: bytes
    payload: bytes | None
    read_as: dict[str, Any]

    @property
    def said(self) -> dict[str, Any]:
        return typing.cast("dict[str, Any]", orjson.loads(self.envelope))

    def event(self) -> Event:
        said = self.said
        return event_from(
            said["type"], said["type_version"], said["facts"], orjson.loads(self.payload) if self.payload else None
        )


def read(file: Path) -> list[Golden]:
    lines = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    return [
        Golden(envelope=envelope.encode(), payload=payload.encode() if payload else None, read_as=read_as)
        for envelope, payload, read_as in lines
    ]


def fields_of(event: Event) -> dict[str, Any]:
    return typing.cast("dict[str, Any]", orjson.loads(orjson.dumps(dataclasses.asdict(event))))


def stored_again(event: Event, golden: Golden) -> Entry:
    """The entry this event makes today, in the place of the golden one; the payload stands for its own ciphertext."""
    said = golden.said
    return make_entry(
        event,
        id_=uuid.UUID(said["id"]),
        stream=uuid.UUID(said["stream"]),
        version=said["version"],
        previous=bytes.fromhex(said["previous"]) if said["previous"] else None,
        occurred_at=datetime.fromisoformat(said["occurred_at"]),
        recorded_at=datetime.fromisoformat(said["recorded_at"]),
        actor=said["actor"],
        blob=payload_of(event),
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_golden_bytes_are_read_as_the_same_event(file: Path):
    for golden in read(file):
        event = golden.event()
        # A field that was added since says nothing.
        assert fields_of(event) == {**fields_of(type(event)()), **golden.read_as}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_todays_code_writes_the_golden_bytes_of_its_own_version(file: Path):
    for golden in read(file):
        event = golden.event()
        if golden.said["type_version"] == event.VERSION:
            entry = stored_again(event, golden)
            assert canonical_entry(entry) == golden.envelope
            assert entry.leaf == leaf_hash(golden.envelope)
            assert b'"facts":' + facts_of(event) + b',"id":' in golden.envelope
            assert payload_of(event) == golden.payload


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_its_version_and_each_of_its_fields_is_in_a_golden_file(name: str):
    assert not uncovered(EVENTS[name]), "run `python -m tests.ledger.test_golden` and commit the new file"


def test_every_golden_file_is_of_an_event_this_program_knows():
    assert {file.name.split(".")[0] for file in FILES} == set(EVENTS)


def uncovered(kind: type[Event]) -> set[str]:
    """The fields of an event that no golden file of its present version says anything in."""
    covered: set[str] = set()
    for file in GOLDEN.glob(f"{kind.NAME}.v{kind.VERSION}.*.ndjson"):
        for golden in read(file):
            covered |= golden.said["facts"].keys() | (orjson.loads(golden.payload or b"{}")).keys()
    return {*kind.FACTS, *kind.SEALED} - covered


def sample(kind: type[Event]) -> Event:
    """The event with something in every field."""
    hints = typing.get_type_hints(kind, vars(events))
    said = {name: _something(name, hints[name]) for name in (*kind.FACTS, *kind.SEALED)}
    if "kept_as" in said:
        said["kept_as"] = "equality"
    return kind(**said)


def _something(name: str, hint: Any) -> Any:
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    for option in options:
        if typing.get_origin(option) is tuple:
            inner = typing.get_args(option)[0]
            return ("first", "second") if inner is str else ({"class": "service", "part": "", "count": 2},)
        if typing.get_origin(option) is dict:
            return {"text": 'é "quoted" \\ back', "number": -3, "nothing": None, "list": [True, {"b": 1, "a": 2}]}
    plain = next(option for option in options if option is not type(None))
    if plain is str:
        return "2026-01-05T09:00:00Z" if name.endswith("_at") else f"some {name}"
    return plain(1)


def write_missing() -> list[Path]:
    """Add a golden file for every event that has a field in none; what is there is left as it is."""
    GOLDEN.mkdir(exist_ok=True)
    written = []
    for kind in EVENTS.values():
        prefix = f"{kind.NAME}.v{kind.VERSION}"
        if uncovered(kind):
            number = len(list(GOLDEN.glob(f"{prefix}.*.ndjson"))) + 1
            file = GOLDEN / f"{prefix}.{number}.ndjson"
            with file.open("xb") as lines:
                lines.writelines(_line(event) for event in (sample(kind), kind()))
            written.append(file)
    return written


def _line(event: Event) -> bytes:
    payload = payload_of(event)
    entry = make_entry(
        event,
        id_=uuid.uuid5(uuid.NAMESPACE_OID, event.NAME),
        stream=uuid.uuid5(uuid.NAMESPACE_OID, "a customer"),
        version=2,
        previous=leaf_hash(b"the entry before"),
        occurred_at=WRITTEN_AT,
        recorded_at=WRITTEN_AT,
        actor="case-worker@0000000101/0123456789abcdef",
        blob=payload,
    )
    said = [canonical_entry(entry).decode(), payload.decode() if payload else None, fields_of(event)]
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    sys.stdout.writelines(f"{file.name}\n" for file in write_missing())
