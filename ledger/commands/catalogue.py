"""Every command there is, from the declarations of all subjects, and the examples as they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID, uuid5

from ledger.commands import (
    claims,
    consents,
    custody,
    customers,
    findings,
    grants,
    merges,
    received,
    registers,
    request_answers,
    requests,
    restrictions,
    schedules,
    serving,
    sharing,
)
from ledger.commands.declaration import Declaration, Example
from ledger.commands.invented import CUSTOMER, REQUEST
from ledger.events import Json

_SUBJECTS = (
    customers, serving, claims, consents, sharing, received, findings, restrictions, merges, custody, grants, requests,
    request_answers, registers, schedules,
)  # fmt: skip
COMMANDS: Mapping[str, Declaration] = {
    declared.name: declared for subject in _SUBJECTS for declared in subject.DECLARED
}
"""Every command by its name."""
_NAMESPACE = UUID("8f0e3b52-6d0c-5a43-9c1f-2b1f6f6e7a11")


def example_of(kind: Declaration, label: str | None = None) -> Example:
    """The example with a label; the first example, which breaks no rule, without a label or for an unknown one."""
    return kind.examples.get(label or "", next(iter(kind.examples.values())))


def body_of(kind: Declaration, example: Example) -> dict[str, Json]:
    """An example as the JSON body to send; its id is always the same."""
    label = next(name for name, labelled in kind.examples.items() if labelled is example)
    command_id = str(uuid5(_NAMESPACE, f"{kind.name}/{label}"))
    body: dict[str, Json] = {"id": command_id, "type": kind.name, "occurred_at": example.at}
    if kind.subject == "customer":
        body["customer_id"] = example.about or CUSTOMER
    elif kind.subject == "request":
        body["request_id"] = example.about or REQUEST
    return {**body, **example.fields}


def world_of(example: Example) -> list[tuple[Declaration, Example]]:
    """The examples to record before this one, in an order in which all are accepted."""
    return [*dict.fromkeys(_before(example))]


def _before(example: Example) -> Iterator[tuple[Declaration, Example]]:
    for name in example.after:
        type_, _, label = name.partition("/")
        kind = COMMANDS[type_]
        needed = kind.examples[label] if label else example_of(kind)
        yield from _before(needed)
        yield kind, needed
