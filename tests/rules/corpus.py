"""Facts to judge for the digests of the rules: the vectors, each field varied alone, and draws from a fixed seed.

A case is data that names no class and no function of the program; `facts_of` makes the facts of it. The same seed
gives the same cases on every version of Python, for of the generator only `random.Random.random` is used.
A change of a case changes the digest of every rule that finds something in it, so nothing here is changed lightly:
the digests of before become aliases (`Source.aliases`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from ledger.clocks import london_day
from ledger.events import EVENTS, Event
from ledger.names import name_of
from ledger.rules.facts import Confirmation, Facts, Receipt, Record, Referral, Share
from ledger.state.customer_at import CustomerAt
from tests.rules.fields import ANY_ITEM, FIELDS
from tests.rules.other_cases import ARRIVALS, CONFIRMATIONS, KEEPINGS, REFERRALS
from tests.rules.pools import BASES, BESIDE, SCOPES, SPECIAL_ITEMS, STANDING
from tests.rules.variations import CROSSED, FOCUS, NAMED
from tests.rules.vectors import VECTORS
from tests.rules.worlds import ITEM_CODES, registers_of

SEED = 20_260_302
DRAWS = 1_600
T = TypeVar("T")


class Case(NamedTuple):
    """One thing to judge, by the name of its kind in a digest and by what it says."""

    name: str
    kind: str
    fields: Mapping[str, Any]
    """The event's fields, the customer's state and what is known beside it, one beside another."""


def corpus(seed: int = SEED) -> tuple[Case, ...]:
    """Every case, in an order that stays."""
    rng = random.Random(seed)
    return (
        *(Case(name, kind, fields) for name, kind, fields in VECTORS),
        *_varied(),
        *_every_item(),
        *_named(),
        *_drawn(rng),
        *_others(rng),
    )


def facts_of(case: Case) -> Facts:
    """The facts that a case is about, as the program knows them."""
    fields = {**STANDING, **BESIDE, **case.fields}
    at = datetime.fromisoformat(fields.pop("at"))
    registers = registers_of(fields.pop("world")).on(london_day(at))
    people, name, names, age_years = (fields.pop(field) for field in ("people", "name", "names", "age_years"))
    state = {field: fields.pop(field) for field in STANDING}
    standing = CustomerAt(
        programme=state["programme"], informed=state["informed"], benefits_explained=state["benefits_explained"],
        consents=state["consents"], explicit=frozenset(state["explicit"]), introducers=frozenset(state["introducers"]),
        channels=state["channels"], restrictions={key: tuple(value) for key, value in state["restrictions"].items()},
        objections=frozenset(state["objections"]), ended=state["ended"],
    )  # fmt: skip
    event: Any = _event(fields.pop("event", None) or _EVENT_OF[case.kind], fields)
    if case.kind == "share":
        own = name_of(*name) if name else None
        known = tuple(name_of(*parts) for parts in names) if names is not None else (own,) if own else ()
        return Share(
            event=event, at=at, people=people, name=own, names=known, age_years=age_years, customer=standing,
            registers=registers,
        )  # fmt: skip
    return _KINDS[case.kind](event=event, at=at, customer=standing, registers=registers)


_KINDS: dict[str, Any] = {"receipt": Receipt, "record": Record, "referral": Referral, "confirmation": Confirmation}
_EVENT_OF = {
    "share": "data-shared", "receipt": "data-received", "record": "record-kept", "referral": "customer-referred",
    "confirmation": "receipt-confirmed",
}  # fmt: skip


def _event(name: str, fields: Mapping[str, Any]) -> Event:
    stated = {field: value for field, value in fields.items() if value is not None}
    return EVENTS[name].of(
        {field: tuple(value) if isinstance(value, list) else value for field, value in stated.items()}
    )


def _varied() -> Iterator[Case]:
    """Every good share, and every value of every field that matters to it: one at a time, and some two at a time."""
    for base, share in BASES.items():
        yield Case(f"good/{base}", "share", share)
        for field in dict.fromkeys(FOCUS[base]):
            for number, value in enumerate(FIELDS[field]):
                yield Case(f"varied/{base}/{field}/{number}", "share", {**share, field: value})
    for pair, (base, changed, fields) in enumerate(CROSSED):
        for field in fields:
            for number, value in enumerate(FIELDS[field]):
                yield Case(f"crossed/{pair}/{field}/{number}", "share", {**BASES[base], **changed, field: value})


def _every_item() -> Iterator[Case]:
    """Every spelling of every item, where a verdict tells its code; and each that is special by each condition."""
    for code in ITEM_CODES:
        fields = {**BASES["email"], "office": f"only-{code}", "items": [*ANY_ITEM], "items_reason": "asked for"}
        yield Case(f"items/{code}", "share", fields)
    for base in ("email", "specialist", "nhs", "nhs-to-jcp"):
        yield Case(f"items/{base}", "share", {**BASES[base], "items": [*ANY_ITEM], "office": None})
    given = ((*SCOPES,), ("equality_monitoring",), ("survey", "equality_monitoring"), ("share_with_jcp",))
    for base in ("email", "research", "specialist", "nhs"):
        for number, item in enumerate(SPECIAL_ITEMS):
            for variant, scopes in enumerate(given):
                yield Case(f"special/{base}/{number}/{variant}", "share", {
                    **BASES[base], "items": ["D01", item], "special_condition": "A9-2-a", "office": None,
                    "consents": dict.fromkeys(scopes, "given"), "explicit": [*SCOPES],
                })  # fmt: skip


def _named() -> Iterator[Case]:
    """Names of several parts, and files that are called after them in several ways."""
    for place, (name, file) in enumerate(NAMED):
        yield Case(f"named/{place}", "share", {**BASES["email"], "name": [*name], "file_names": [file]})


def _drawn(rng: random.Random) -> Iterator[Case]:
    """Shares with several fields changed at once."""
    kinds = (*BASES, "email", "email", "nhs", "nhs", "specialist", "research", "system", "system", "post", "post")
    every = tuple(FIELDS)
    for number in range(DRAWS):
        base = kinds[number % len(kinds)]
        fields = dict(BASES[base])
        for _ in range(2 + int(rng.random() * 4)):
            field = choice(rng, FOCUS[base] if rng.random() < 0.75 else every)
            fields[field] = choice(rng, FIELDS[field])
        if rng.random() < 0.3:
            fields["items"] = [choice(rng, ANY_ITEM) for _ in range(1 + int(rng.random() * 4))]
        yield Case(f"drawn/{number}", "share", fields)


def _others(rng: random.Random) -> Iterator[Case]:
    """Receipts, records, referrals and confirmations: each field alone, and draws of several."""
    record, parts = KEEPINGS
    for number, part in enumerate(parts["part"]):
        for place, consents in enumerate(parts["consents"]):
            yield Case(f"record/part/{number}/{place}", "record", {**record, "part": part, "consents": consents})
    for kind, (base, pools) in {
        "receipt": ARRIVALS, "record": KEEPINGS, "referral": REFERRALS, "confirmation": CONFIRMATIONS,
    }.items():  # fmt: skip
        for field, values in pools.items():
            for number, value in enumerate(values):
                yield Case(f"{kind}/{field}/{number}", kind, {**base, field: value})
        for number in range(150):
            fields = dict(base)
            for _ in range(1 + int(rng.random() * 4)):
                field = choice(rng, tuple(pools))
                fields[field] = choice(rng, pools[field])
            yield Case(f"{kind}/drawn/{number}", kind, fields)


def choice(rng: random.Random, values: Sequence[T]) -> T:
    """One of these, by a way to choose that no version of Python changes."""
    return values[int(rng.random() * len(values))]
