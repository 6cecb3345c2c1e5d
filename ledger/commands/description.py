"""A command as the doors explain it: what it records, whom it is about, its fields and an example."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from ledger.commands.catalogue import COMMANDS, body_of, example_of, world_of
from ledger.commands.conditions import CONDITIONS, together
from ledger.commands.declaration import Declaration, Field, Subject
from ledger.errors import Malformed
from ledger.events import Json

SUBJECT_FIELD: Mapping[Subject, str] = {
    "customer": "customer_id",
    "organisation": "organisation",
    "request": "request_id",
    "claim": "about",
}
"""The field that names whom a command is about."""


def command_named(name: str) -> Declaration:
    """The command with this name. Raises Malformed, naming the commands that are written almost so."""
    if name not in COMMANDS:
        near = get_close_matches(name, COMMANDS)
        meant = f"the nearest are {', '.join(near)}, and " if near else ""
        raise Malformed(f"There is no such command to record; {meant}`ledger commands` lists them all.")
    return COMMANDS[name]


def refuse_unknown_conditions(names: Collection[str]) -> None:
    """Raise Malformed for an unknown condition, listing the names that exist."""
    if not CONDITIONS.keys() >= set(names):
        raise Malformed(f"A command can be shown for one of these: {', '.join(CONDITIONS)}.")


def conditions_of(kind: Declaration) -> list[str]:
    """The names of the conditions on which fields of a command depend, in the order of their declaration."""
    named = {condition.name for field in kind.fields().values() for condition in field.when}
    return [name for name in CONDITIONS if name in named]


def described(kind: Declaration, conditions: Collection[str] = (), also: Collection[str] = ()) -> dict[str, Json]:
    """A command with its fields; with conditions, only those that then matter, and those in `also`.

    A field has its name, meaning, type, codes, whether it is needed, when it matters, and whether it is stored
    `in clear` or `sealed`, which shows where personal data belongs.
    """
    subject = SUBJECT_FIELD[kind.subject]
    holding = together(frozenset(conditions))
    fields = [
        field
        for field in kind.fields().values()
        if field.name != subject and (not conditions or field.matters(holding) or field.name in also)
    ]
    rows: list[Json] = [_row(field) for field in sorted(fields, key=lambda field: (not field.needed, field.name))]
    return {
        "type": kind.name,
        "records": kind.makes.LABEL,
        "about": subject,
        "needs": [*kind.needs],
        "permitted": [*sorted(kind.permitted)],
        "conditions": [*conditions_of(kind)],
        "fields": rows,
    }


def with_example(kind: Declaration, conditions: Collection[str] = ()) -> dict[str, Json]:
    """A command as described, with an example, and the commands to record before it so that it is accepted."""
    label = next((name for name in conditions if name in kind.examples), None)
    example = example_of(kind, label)
    world = world_of(example)
    return {
        **described(kind, conditions, example.fields),
        "example": body_of(kind, example),
        "after": [*dict.fromkeys(needed.name for needed, _ in world)],
        "before": [body_of(needed, earlier) for needed, earlier in world],
    }


def when_words(field: Field) -> str:
    """When a field matters, in words."""
    return " or ".join(condition.words for condition in field.when) or "always"


def _row(field: Field) -> Json:
    return {
        "field": field.name,
        "needed": field.needed,
        "must_be": field.type.words,
        "limits": field.type.limits,
        "codes": [*field.codes.values] if field.codes else [],
        "other_values": field.codes is None or not field.codes.closed,
        "kept": "sealed" if field.sealed else "in clear",
        "when": when_words(field),
        "means": field.label,
    }
