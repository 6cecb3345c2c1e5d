"""Lists that were approved for destruction, and commands that destroy a row of them, for tests of what comes after."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.events import DestructionApproved, ErasureUpheld
from ledger.log.merkle import Tree
from ledger.recording import Ledger
from ledger.retention.approved_list import list_stream, proof, row_hash
from ledger.retention.due_dates import due_dates
from ledger.state.replay import kept_events
from ledger.store.receipts import Receipt
from tests.commands import give

MANAGER = Caller(role="records-manager", organisation="controller", subject="records manager one", operator=True)


def approved(
    ledger: Ledger, stream: uuid.UUID, items: Sequence[dict[str, Any]], *, on: str, by: Caller = MANAGER
) -> dict[str, Any]:
    """The fields of a command that destroys these rows of one person, whose list is approved with this."""
    rows = [
        row_hash(stream, item["class"], item.get("part", ""), destroy_by=item["destroy_by"], rule=item["rule"])
        for item in items
    ]
    tree = Tree(rows)
    digest = tree.root().hex()
    made = DestructionApproved(on=on, digest=digest, rows=len(rows), organisation=by.organisation, instruction=None)
    ledger.note(list_stream(on, digest), made, by)
    proven = [{**item, **proof(place, tree.path(place))} for place, item in enumerate(items)]
    return {"destroyed": proven, "on": on, "digest": digest}


def due_now(ledger: Ledger, stream: uuid.UUID, *named: str, by: Caller = MANAGER) -> list[dict[str, Any]]:
    """Rows for these classes ("class" or "class/part") of somebody, once an erasure of them was upheld today."""
    keys = [name.partition("/")[::2] for name in named]
    classes = tuple(dict.fromkeys(class_ for class_, _ in keys))
    ledger.note(stream, ErasureUpheld(erasure_id="erased", classes=classes, organisation=None), by)
    dues = due_dates(kept_events(ledger.history(stream)), ledger.registers().registers)
    return [
        {"class": class_, "part": part, "destroy_by": str(due.destroy_by), "rule": due.rule, "because": due.because}
        for class_, part in keys
        for due in [dues[class_, part]]
    ]


def destroy(
    ledger: Ledger, stream: uuid.UUID, *named: str, at: str | None = None, by: Caller = MANAGER, **more: Any
) -> Receipt:
    """Destroy these classes of somebody, after an erasure of them was upheld."""
    fields = approved(
        ledger, stream, due_now(ledger, stream, *named, by=by), on=str(london_day(ledger.now())), by=by
    )  # fmt: skip
    return give(
        ledger, "destroy-records", stream, by=by, at=at or ledger.now().isoformat(), **{**fields, **more}
    )  # fmt: skip
