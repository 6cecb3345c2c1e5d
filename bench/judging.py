"""What judging costs: shares recorded with every rule on, beside the same ledger recording the same shares with none.

The shares are good ones, so every rule of their kind is asked and nothing is found: what is measured is the asking.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from bench.measure import Room, Row, Scale, rate_of_clients, side_by_side
from ledger.caller import Caller
from ledger.recording import Ledger
from ledger.rules.catalogue import RULES
from ledger.rules.rule import Rule

BY = Caller(role="case-worker", organisation="0000000101", subject="the benchmark", operator=True)
MANAGER = Caller(role="records-manager", organisation="controller", subject="the benchmark", operator=True)
CUSTOMERS_A_CLIENT = 40
TARGET = 0.8
TURNS = 3
"""Many short turns: the two differ by less than a shared machine does from one second to the next."""
_REGISTERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("register-organisation", {"organisation": "controller", "name": "A controller", "kind": "controller"}),
    ("register-organisation", {"organisation": "0000000101", "name": "A prime", "kind": "prime"}),
    ("register-organisation", {"organisation": "jobcentre-plus", "name": "Jobcentre Plus", "kind": "Jobcentre Plus"}),
    ("start-contract", {"organisation": "0000000101", "contract": "contract"}),
    ("sign-agreement", {"organisation": "controller", "agreement": "agreement", "with_organisation": "jobcentre-plus"}),
    ("register-work-domain", {"organisation": "0000000101", "domain": "contractor.example"}),
)
_SHARE = {
    "sent_by": "0000000101",
    "sent_to": "jobcentre-plus",
    "channel": "email",
    "encrypted": False,
    "attachment_kind": "file",
    "container": "CSAP",
    "items": ["D01", "D12", "D25"],
    "purpose": "NCS_SERVICE_DELIVERY",
    "support_link": "advice",
    "lawful_basis": "A6-1-e",
    "public_task": "careers guidance for adults",
    "agreement": "agreement",
    "contract": "contract",
    "controller": "controller",
    "security_basis": "the guidance's rules for email",
    "adviser": "An adviser (invented)",
    "sender_address": "adviser@contractor.example",
    "recipient_addresses": ["coach@dwp.gov.uk"],
    "subject": "Sam Placeholder",
}


def rows(room: Room, scale: Scale) -> Iterator[Row]:
    """The most clients at once, each with customers of its own."""
    clients = scale.clients[-1]
    with room.database() as conninfo, room.runtime(conninfo) as runtime:
        ledger = runtime.ledger
        people = _prepared(ledger, clients * CUSTOMERS_A_CLIENT)
        ours, theirs = side_by_side(
            scale.repeats * TURNS,
            partial(_rate, ledger, RULES, people, clients, scale.append_seconds),
            partial(_rate, ledger, (), people, clients, scale.append_seconds),
        )
        ledger.decider.rules = RULES
    yield Row(
        what=f"shares judged by every rule, {clients} clients", rival="the same, judged by none", ours_per_s=ours,
        rival_per_s=theirs, target=TARGET,
    )  # fmt: skip


def _rate(ledger: Ledger, rules: Sequence[Rule], people: Sequence[uuid.UUID], clients: int, seconds: float) -> float:
    ledger.decider.rules = rules
    turn = itertools.cycle(people)
    return rate_of_clients(
        clients, seconds, lambda: ledger.record(_command("share-data", customer_id=str(next(turn)), **_SHARE), BY)
    )


def _prepared(ledger: Ledger, count: int) -> list[uuid.UUID]:
    for type_, fields in _REGISTERS:
        ledger.record(_command(type_, **fields), MANAGER)
    people = [uuid.uuid4() for _ in range(count)]
    for customer_id in people:
        name = {"given_name": "Sam", "family_name": "Placeholder", "date_of_birth": "1990-02-01"}
        ledger.record(_command("register-customer", customer_id=str(customer_id), values=name), BY)
        informed = _command("inform-customer", customer_id=str(customer_id), method="told", benefits_explained=True)
        ledger.record(informed, BY)
    return people


def _command(type_: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (any field of any command)
    return {"id": str(uuid.uuid4()), "type": type_, "occurred_at": "2026-03-02T09:00:00Z", **fields}
