"""Every command is declared once: what its declaration says holds, and its example is accepted and breaks no rule."""

from __future__ import annotations

import re
from typing import Any

import pytest

from api.routes import command_schemas
from ledger import errors, events
from ledger.caller import Caller
from ledger.commands.catalogue import COMMANDS, body_of, example_of, world_of
from ledger.commands.conditions import CONDITIONS
from ledger.commands.declaration import CustomerCommand, Declaration, Example, RequestStep
from ledger.commands.description import described, with_example
from ledger.commands.reader import read_command
from ledger.recording import Ledger
from ledger.retention.approved_list import list_stream
from ledger.state.replay import event_of

BY = Caller(role="records-manager", organisation="controller", subject="records manager one", operator=True)
ASKER = Caller(role="auditor", organisation="controller", subject="auditor one", operator=True)
"""Whoever asks for a grant does not approve it."""
EXAMPLES = [
    pytest.param(kind, example, id=f"{kind.name}/{label}" if label else kind.name)
    for kind in COMMANDS.values()
    for label, example in kind.examples.items()
    if kind.subject != "claim"  # an answer needs a claim of somebody else: `tests/ledger/test_claims.py`
]
DECLARED = [pytest.param(kind, id=kind.name) for kind in COMMANDS.values()]

# What the tables said that these declarations replaced, written out so that a flip is seen.

OWN_IDS = {
    "refer-customer": "referral_id",
    "keep-appointment": "appointment_id",
    "miss-appointment": "appointment_id",
    "hold-interaction": "interaction_id",
    "share-data": "share_id",
    "receive-data": "receipt_id",
    "correct-record": "correction_id",
    "place-hold": "hold_id",
    "flag-at-risk": "flag_id",
    "request-grant": "grant_id",
    "extend-retention": "extension_id",
    "restrict-processing": "restriction_id",
    "contest-decision": "decision_id",
    "merge-customers": "merge_id",
    "ask-clarification": "clarification_id",
    "withhold-item": "decision_id",
    "decide-third-party": "decision_id",
}
SETTLING = {
    "incorporate-data", "dispose-copy", "pass-to-work-coach", "notify-recipient", "notify-controller",
    "notify-regulator", "notify-people", "close-breach-assessment", "cleanse-mailbox", "destroy-records",
}  # fmt: skip
STEPS = {
    "receive-request", "acknowledge-request", "ask-identity", "confirm-identity", "ask-fee", "confirm-fee",
    "ask-clarification", "receive-clarification", "extend-time", "withhold-item", "decide-third-party",
    "check-accuracy", "prepare-report", "send-response", "refuse-request", "withdraw-request",
}  # fmt: skip
JUDGED = {
    *SETTLING, *STEPS, "share-data", "receive-data", "keep-record", "correct-record", "refer-customer",
    "confirm-receipt", "find-late", "assess-finding", "restrict-processing", "end-service", "give-consent",
    "refuse-consent", "withdraw-consent", "ask-consent", "expire-consent", "invalidate-consent", "confirm-claim",
}  # fmt: skip
OF_REGISTERS = {
    "register-organisation", "register-office", "set-retention-period", "recognise-line", "nominate-contact",
    "register-work-domain", "approve-courier", "register-system", "sign-agreement", "start-contract", "end-contract",
    "publish-notice", "set-item-profile", "name-data-protection-officer", "instruct-destruction", "publish-calendar",
    "publish-rule-set",
}  # fmt: skip
FROM_ANYBODY = {"receive-request", "refuse-consent", "withdraw-consent", "contest-decision"}
ONLY_OF_CONTROLLER = {
    "approve-grant", "refuse-grant",
    "ask-identity", "confirm-identity", "ask-fee", "ask-clarification", "extend-time", "withhold-item",
    "decide-third-party", "prepare-report", "send-response", "refuse-request", "assess-finding", "close-finding",
    "assess-breach-risk", "notify-regulator", "notify-people", "close-breach-assessment", "restrict-processing",
    "lift-restriction", "review-hold", "extend-retention", "review-decision", "check-accuracy", "merge-customers",
    "unmerge-customers", "place-hold", "lift-hold", "assign-customer",
}  # fmt: skip
OF_FINDINGS = {
    "assess-finding", "remediate-finding", "close-finding", "find-late", "assess-breach-risk", "notify-regulator",
    "notify-people", "close-breach-assessment",
}  # fmt: skip
FILLED_IN = {
    "read-personal-data": {"grant_id", "namesake"},
    "assign-customer": {"because", "served_before", "identifiers"},
    "end-serving": {"because"},
    "confirm-claim": {"happened_at", "organisation"},
    "dispute-claim": {"organisation"},
    "find-late": {"finding_id", "rule", "rule_set", "severity", "fields", "organisation", "prime", "overridden"},
    "merge-customers": {"duplicate"},
    "register-office": {"kind"},
    "publish-rule-set": {"digest"},
    "acknowledge-request": {"calendar", "findings"},
    "extend-time": {"calendar", "findings", "in_time", "notice_due_on"},
    "prepare-report": {"withheld"},
    "send-response": {"due_on", "calendar", "late", "findings"},
    "refuse-request": {"due_on", "calendar", "late", "findings"},
}


def permitted(name: str) -> set[str]:
    recorders = {
        "case-worker", "records-manager", "contractor", "contractor-manager", "jobcentre-plus", "importer",
    }  # fmt: skip
    if name in OF_REGISTERS:
        return {"records-manager", "administrator"}
    if name in ONLY_OF_CONTROLLER:
        return {"case-worker", "records-manager"}
    if name in FROM_ANYBODY:
        return recorders | {"administrator"}
    if name in {"request-grant", "end-grant"}:  # who may read anybody
        return (recorders | {"auditor"}) - {"importer"}
    if name == "lift-at-risk":  # who serves the person, and the controller
        return {"case-worker", "records-manager", "contractor", "contractor-manager"}
    return {"destroy-records": {"records-manager"}, "read-personal-data": recorders | {"auditor"}}.get(name, recorders)


def test_the_declarations_say_what_the_tables_said():
    every = COMMANDS.values()
    assert {kind.name: kind.own_id for kind in every if kind.own_id} == OWN_IDS
    assert {kind.name for kind in every if kind.settles} == SETTLING
    assert {kind.name for kind in every if kind.judged} == JUDGED
    assert {kind.name: set(kind.permitted) for kind in every} == {kind.name: permitted(kind.name) for kind in every}
    assert {kind.name: set(kind.filled_in) for kind in every if kind.filled_in} == FILLED_IN
    assert {kind.name: kind.done_by for kind in every if kind.done_by} == {
        "share-data": "sent_by",
        "receive-data": "received_by",
        "correct-record": "organisation",
    }
    assert {kind.name for kind in every if kind.several is not None} == {"share-data", "receive-data"}
    assert {kind.name for kind in every if kind.begins} == {"register-customer", "receive-request"}
    people = [kind for kind in every if isinstance(kind, CustomerCommand)]
    assert {kind.name for kind in people if kind.merges} == {"merge-customers", "unmerge-customers"}
    assert {kind.name for kind in people if kind.on_request_file} == OF_FINDINGS
    steps = [kind for kind in every if isinstance(kind, RequestStep)]
    assert {kind.name for kind in steps} == STEPS
    assert {kind.name for kind in steps if kind.withholds} == {"withhold-item", "decide-third-party"}


@pytest.mark.parametrize("kind", DECLARED)
def test_every_field_is_fully_declared(kind: Declaration):
    fields = kind.fields()
    named = {*kind.needs, *kind.codes, *kind.when, *filter(None, (kind.own_id, kind.done_by))}

    assert named <= fields.keys()
    assert kind.filled_in <= kind.makes.FIELDS
    for field in fields.values():
        assert field.label
        assert field.type.words
        assert field.type.schema
        assert field.sealed == (field.name in kind.makes.SEALED)
        assert all(CONDITIONS[condition.name] is condition for condition in field.when)
        assert not (field.needed and field.when), "what is always needed matters always"


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        pytest.param(kind, name, id=f"{kind.name}-{name}")
        for kind in COMMANDS.values()
        for name, codes in kind.codes.items()
        if codes.closed
    ],
)
def test_closed_codes_are_taken_and_nothing_else_is(ledger: Ledger, kind: Declaration, field: str):
    """A code may be refused for another reason, such as the kind of a request, and never as none of the codes."""
    example = example_of(kind)
    for before, needed in world_of(example):
        ledger.record(body_of(before, needed), BY)
    body = body_of(kind, example)
    listed = kind.fields()[field].type.schema["type"] == "array"
    wrong = "no-such-code"
    with pytest.raises(errors.Malformed, match=f"{field}|the class "):
        ledger.record({**body, field: [wrong] if listed else wrong}, BY)
    for code in kind.codes[field].values:
        assert "must be one of" not in why_not(ledger, {**body, field: [code] if listed else code})


def why_not(ledger: Ledger, body: dict[str, Any]) -> str:
    """Why a command would be refused; nothing of it is recorded."""
    try:
        ledger.propose(read_command(body), BY)
    except errors.Refused as refused:
        return refused.sentence
    return ""


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_every_example_is_accepted_and_breaks_no_rule(ledger: Ledger, kind: Declaration, example: Example):
    for before, needed in world_of(example):
        ledger.record(body_of(before, needed), ASKER if before.name == "request-grant" else BY)
    command = read_command(body_of(kind, example))
    if kind.name == "destroy-records":
        on, digest = (str(example.fields[name]) for name in ("on", "digest"))
        listed = events.DestructionApproved(on=on, digest=digest, rows=1, organisation=None, instruction=None)
        ledger.note(list_stream(on, digest), listed, BY)
    receipt = ledger.record(command, BY)

    assert not receipt.repeated
    assert found(ledger, command.parts[0].stream, receipt.first) == [*example.finds]
    assert receipt.findings == len(example.finds)


def found(ledger: Ledger, stream: Any, first: int) -> list[str]:
    made = (event_of(entry) for entry in ledger.history(stream) if entry.position >= first)
    return sorted(one.rule for one in made if isinstance(one, events.FindingRaised))


def test_the_first_example_of_every_command_breaks_no_rule():
    breaking = {kind.name for kind in COMMANDS.values() if example_of(kind).finds}
    assert breaking == {"find-late"}, "which reports a finding, and is recorded as one"
    ids = [body_of(kind, one)["id"] for kind in COMMANDS.values() for one in kind.examples.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("channel", ["email", "telephone", "hand", "post", "courier", "system"])
def test_a_share_is_shown_with_what_matters_for_its_channel(channel: str):
    shown: Any = with_example(COMMANDS["share-data"], [channel])
    names = {row["field"] for row in shown["fields"]}
    every: Any = described(COMMANDS["share-data"])

    assert shown["example"]["channel"] == channel
    assert {*shown["example"]} - {"id", "type", "occurred_at", "customer_id"} <= names
    assert len(names) < len(every["fields"])
    assert "support_link" in names
    assert ("recipient_addresses" in names) == (channel == "email")
    assert ("media" in names) == (channel in {"hand", "post", "courier"})


# The description of the HTTP interface.


@pytest.mark.parametrize("kind", DECLARED)
def test_a_command_s_schema_takes_its_examples_and_no_unknown_field(kind: Declaration):
    schema: Any = command_schemas.schemas()[command_schemas.schema_name(kind)]
    assert schema["properties"]["type"]["const"] == kind.name
    for example in kind.examples.values():
        body = body_of(kind, example)
        assert fits(body, schema), body
        assert not fits({**body, "unheard_of": 1}, schema)
        for name in kind.needs:
            assert not fits({key: value for key, value in body.items() if key != name}, schema)


def test_any_command_is_one_schema_told_apart_by_its_type():
    body: Any = command_schemas.any_command()
    named = {f"#/components/schemas/{name}" for name in command_schemas.schemas()}

    assert {one["$ref"] for one in body["oneOf"]} == named == {*body["discriminator"]["mapping"].values()}
    assert body["discriminator"]["propertyName"] == "type"
    assert body["discriminator"]["mapping"]["share-data"] == "#/components/schemas/ShareData"
    assert {*body["discriminator"]["mapping"]} == {*COMMANDS}


TYPES: dict[str, type] = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value is valid by a JSON Schema, of the keywords that the schemas of commands use."""
    known = {"type", "format", "description", "title", "examples", "const", "enum", "items", "properties", "required",
             "additionalProperties", "anyOf", "minLength", "minItems", "maxItems", "minProperties", "minimum",
             "maximum", "propertyNames", "maxLength", "pattern", "maxProperties"}  # fmt: skip
    assert schema.keys() <= known
    named = schema.get("type", [])
    wanted = [named] if isinstance(named, str) else named
    if wanted and type(value) not in {TYPES[name] for name in wanted}:
        return False
    if isinstance(value, str) and not (
        len(value) <= schema.get("maxLength", len(value)) and re.search(schema.get("pattern", ""), value)
    ):
        return False
    if ("const" in schema and value != schema["const"]) or ("enum" in schema and value not in schema["enum"]):
        return False
    if not all(fits(item, schema.get("items", {})) for item in (value if isinstance(value, list) else ())):
        return False
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        if not schema.get("additionalProperties", True) and not value.keys() <= properties.keys():
            return False
        if not {*schema.get("required", [])} <= value.keys():
            return False
        if not all(fits(value[name], properties[name]) for name in value.keys() & properties.keys()):
            return False
    return not schema.get("anyOf") or any({*one["required"]} <= value.keys() for one in schema["anyOf"])
