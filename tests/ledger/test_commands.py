"""Reading a command: whatever comes in, it is understood or refused in one sentence that never repeats a value."""

from __future__ import annotations

import json
import uuid
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.commands.catalogue import COMMANDS
from ledger.commands.description import described
from ledger.commands.reader import MOST_PEOPLE_IN_ONE_SHARE, organisation_stream, read_command
from ledger.errors import Malformed
from ledger.log.codec import canonical
from ledger.store.receipts import content_of
from tests.ledger.decisions.complete import COMPLETE, ID

CANARY = "zq-unmistakable-zq"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(CANARY),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def complete(name: str, /, **said: Any) -> dict[str, Any]:
    body = {"id": ID, "type": name, "occurred_at": "2026-11-21T09:00:00Z", **COMPLETE[name], **said}
    if COMMANDS[name].subject == "customer" and "customers" not in said:
        body.setdefault("customer_id", str(uuid.UUID(int=7)))
    return body


@pytest.mark.parametrize("name", COMMANDS)
def test_a_complete_command_is_read(name: str):
    assert read_command(complete(name)).kind is COMMANDS[name]


@settings(max_examples=400, deadline=None)
@given(name=st.sampled_from(sorted(COMMANDS)), data=st.data())
def test_any_value_in_any_field_is_understood_or_refused_without_being_repeated(name: str, data: st.DataObject):
    fields = ["id", "type", "occurred_at", "customer_id", "customers", *COMMANDS[name].fields(), "unheard_of"]
    wrong = data.draw(st.dictionaries(st.sampled_from(fields), ANYTHING, max_size=3), label="wrong")
    refused: Malformed | None = None
    try:
        content_of(read_command({**complete(name), **wrong}))
    except Malformed as malformed:
        refused = malformed
    assert CANARY not in f"{refused} {refused.evidence if refused else None}"


@settings(max_examples=200, deadline=None)
@given(body=ANYTHING)
def test_anything_at_all_that_is_no_command_is_malformed(body: Any):
    with pytest.raises(Malformed) as refused:
        read_command(body)
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("type_", [["give-consent"], {"a": 1}, None, 7, "give consent", ""])
def test_a_type_there_is_not_is_refused(type_: Any):
    with pytest.raises(Malformed, match="type"):
        read_command(complete("give-consent") | {"type": type_})


@pytest.mark.parametrize("name", COMMANDS)
def test_a_field_a_command_does_not_have_is_refused_by_name(name: str):
    with pytest.raises(Malformed, match=f"unheard_of is not one that {name} has"):
        read_command(complete(name, unheard_of="x"))


@pytest.mark.parametrize(
    "field", ["etag", "document", "warnings", "changed", "cleared", "written_at", "kept_as", "part"]
)
def test_the_import_s_bookkeeping_is_nothing_a_caller_may_say(field: str):
    """Above all not the retention class: it would choose how long the record lives."""
    with pytest.raises(Malformed, match=field):
        read_command(complete("keep-record", **{field: "x"}))


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("give-consent", "occurred_at", "2026-11-22"),
        ("give-consent", "occurred_at", "2026-11-22T09:00:00"),
        ("give-consent", "occurred_at", "2026-02-30T09:00:00Z"),
        ("give-consent", "occurred_at", "0001-01-01T00:00:00+14:00"),
        ("give-consent", "occurred_at", "9999-12-31T23:59:59-14:00"),
        ("give-consent", "occurred_at", 1),
        ("give-consent", "id", "1234"),
        ("give-consent", "customer_id", "somebody"),
        ("give-consent", "scope", ["market_research"]),
        ("give-consent", "explicit", "yes"),
        ("keep-record", "values", [1]),
        ("share-data", "items", "name"),
        ("share-data", "items", [1]),
        ("share-data", "plans_in_share", True),
        ("place-hold", "review_on", "next Tuesday"),
        ("place-hold", "review_on", "2026-02-30"),
        ("set-retention-period", "valid_from", "2026"),
        ("set-retention-period", "months", -1),
        ("set-retention-period", "months", 10**9),
        ("set-retention-period", "months", True),
        ("register-organisation", "valid_from", "0000-00-00"),
        ("destroy-records", "on", "today"),
        ("destroy-records", "destroyed", "all"),
        ("destroy-records", "destroyed", ["identity"]),
        ("hold-interaction", "held_at", "yesterday"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_the_field_s_name(name: str, field: str, value: Any):
    with pytest.raises(Malformed, match=field):
        read_command(complete(name, **{field: value}))


@pytest.mark.parametrize(
    "instant", ["2026-11-22T09:00:00Z", "2026-11-22T10:00:00+01:00", "2026-11-22T09:00:00.000000+00:00"]
)
def test_an_instant_is_the_same_however_it_is_written(instant: str):
    assert (
        read_command(complete("give-consent", occurred_at=instant)).occurred_at.isoformat()
        == "2026-11-22T09:00:00+00:00"
    )


def test_what_is_null_was_not_said():
    """LEDG-11: missing is not false."""
    assert "explicit" not in read_command(complete("give-consent", explicit=None)).parts[0].fields


def test_a_share_names_up_to_five_hundred_people_and_no_more():
    people = [{"customer_id": str(uuid.UUID(int=n))} for n in range(1, MOST_PEOPLE_IN_ONE_SHARE + 2)]
    assert len(read_command(complete("share-data", customers=people[:-1])).parts) == MOST_PEOPLE_IN_ONE_SHARE
    with pytest.raises(Malformed, match="customers"):
        read_command(complete("share-data", customers=people))


@pytest.mark.parametrize("people", [[], "everybody", [7], [{"customer_id": None}]])
def test_a_list_of_people_that_is_none_is_refused(people: Any):
    with pytest.raises(Malformed, match="customer"):
        read_command(complete("share-data", customers=people))


def test_the_same_person_is_named_once():
    one = {"customer_id": str(uuid.UUID(int=1))}
    with pytest.raises(Malformed, match="twice"):
        read_command(complete("share-data", customers=[one, one]))


def test_only_a_share_or_a_receipt_names_several_people():
    with pytest.raises(Malformed, match="several customers"):
        read_command(complete("end-service", customers=[{"customer_id": str(uuid.UUID(int=1))}]))


def test_an_organisation_s_command_goes_to_the_organisation_s_own_stream():
    assert read_command(complete("register-organisation")).parts[0].stream == organisation_stream("0000000101")


@pytest.mark.parametrize("value", [1.5, 2**53, float("nan"), "a\x00b", {"a\x00": 1}, "\ud800", object(), {1: "a"}])
def test_what_canonical_bytes_cannot_hold_is_malformed(value: Any):
    with pytest.raises(Malformed):
        canonical({"a": value})


def test_what_is_nested_without_end_is_malformed():
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Malformed):
        canonical(deep)


TEXT = st.text(st.characters(exclude_characters="\x00", codec="utf-8"))
FACTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(value=FACTS)
def test_canonical_bytes_say_the_same_and_are_the_same_for_equal_values(value: Any):
    written = canonical(value)
    assert orjson.loads(written) == value
    assert canonical(json.loads(json.dumps(value))) == written


@pytest.mark.parametrize(
    ("name", "said"),
    [("file_names", ["Sam Placeholder.docx"]), ("values", {"a": 1}), ("note", "about Sam"), ("plan_id", "p")],
)
def test_what_is_about_one_person_cannot_be_said_of_several(name: str, said: object):
    """LEDG-20"""
    several = [{"customer_id": str(uuid.uuid4())}, {"customer_id": str(uuid.uuid4())}]
    body = {"id": ID, "type": "share-data", "occurred_at": "2026-01-05T09:00:00Z", "channel": "email", "sent_to": "jcp"}
    with pytest.raises(Malformed, match=f"say {name} within each of customers"):
        read_command({**body, "customers": several, name: said})


# What is told about them.


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_explained_with_every_field_it_takes_and_where_personal_data_belongs(name: str):
    said: Any = described(COMMANDS[name])

    told = {row["field"]: row for row in said["fields"]}
    assert {*told, said["about"]} == {*COMMANDS[name].fields(), said["about"]}
    assert {field for field, row in told.items() if row["needed"]} == {*COMMANDS[name].needs} - {said["about"]}
    assert {field for field, row in told.items() if row["kept"] == "sealed"} <= {*COMMANDS[name].makes.SEALED}
    assert all(row["means"] and row["must_be"] for row in told.values())


@pytest.mark.parametrize(
    ("type_", "field", "wrong"),
    [
        ("share-data", "recipient_addresses", "one@dwp.gov.uk"),
        ("share-data", "encrypted", "yes"),
        ("share-data", "announced_at", "2026-11-02"),
        ("set-retention-period", "months", "12"),
        ("place-hold", "review_on", "soon"),
        ("merge-customers", "into", "them"),
        ("keep-record", "values", []),
    ],
)
def test_what_a_field_must_be_is_told_as_it_is_refused(type_: str, field: str, wrong: Any):
    said: Any = described(COMMANDS[type_])
    [told] = [row for row in said["fields"] if row["field"] == field]
    with pytest.raises(Malformed) as refused:
        read_command(complete(type_, **{field: wrong}))
    assert told["must_be"].removesuffix(" of named values") in refused.value.sentence
