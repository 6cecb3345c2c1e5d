"""Every field of every event says what it is: that makes a subject-access report complete by construction (D4)."""

from __future__ import annotations

import dataclasses

import pytest

from ledger.errors import Tampered
from ledger.events import CLASSES, EVENTS, Event, event, fact, labels, sealed
from ledger.log.codec import event_from, facts_of, payload_of


@pytest.fixture
def vocabulary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events declared in a test are gone after it."""
    monkeypatch.setattr("ledger.events.declaration.EVENTS", dict(EVENTS))


@pytest.mark.usefixtures("vocabulary")
def test_an_event_with_a_field_that_is_neither_fact_nor_sealed_cannot_be_declared() -> None:
    class Careless(Event):
        name_in_clear: str | None = None

    with pytest.raises(TypeError, match="name_in_clear"):
        event("careless-event", "Something careless happened")(Careless)


@pytest.mark.usefixtures("vocabulary")
def test_a_declared_field_is_stored_where_it_says() -> None:
    class Careful(Event):
        code: str | None = fact("a code")
        name: str | None = sealed("your name")

    declared = event("careful-event", "Something careful happened")(Careful)
    happened = declared(code="c", name="Sam Placeholder")

    assert facts_of(happened) == b'{"code":"c"}'
    assert payload_of(happened) == b'{"name":"Sam Placeholder"}'


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS.keys())
def test_every_field_of_every_event_has_a_plain_english_label_and_one_place(kind: type[Event]) -> None:
    declared = {field.name for field in dataclasses.fields(kind)}

    assert declared == set(kind.FACTS) | set(kind.SEALED)
    assert not set(kind.FACTS) & set(kind.SEALED)
    for label in [kind.LABEL, *labels(kind).values()]:
        assert label
        assert "_" not in label


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS.keys())
def test_every_stored_name_is_a_literal_in_kebab_case_and_no_python_path(kind: type[Event]) -> None:
    assert kind.NAME.replace("-", "").isalpha()
    assert kind.NAME.lower() == kind.NAME
    assert kind.HOLDS in CLASSES


def test_an_event_that_holds_an_unknown_field_is_not_quietly_read() -> None:
    with pytest.raises(Tampered):
        event_from("hold-lifted", 1, {"hold_id": "h1", "invented": True})


def test_an_event_of_a_newer_program_is_not_quietly_read() -> None:
    with pytest.raises(Tampered):
        event_from("hold-lifted", 2, {"hold_id": "h1"})
