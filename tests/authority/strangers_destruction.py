"""Destroying what is due: the controller draws up and approves a list, and anybody tries to destroy a row of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.events import DestructionApproved
from ledger.retention.approved_list import list_stream, proof
from ledger.retention.schedule import ERASABLE
from projections.retention import due as retention
from projections.retention.due import DueRow
from tests.authority.strangers_bodies import DESTROYS
from tests.authority.strangers_model import Model
from tests.authority.strangers_pools import number, written
from tests.authority.strangers_world import NOW, World


def destruction(
    world: World, model: Model, rnd: random.Random, controller: str, people: Sequence[str]
) -> dict[str, Any] | None:
    """A command to destroy something of one of these people that is due, on a list that was approved; None for none.

    The list is approved as `ledger destroy` does it, by the controller's records manager. Some commands name a row of
    no list, or a row of it for somebody else.
    """
    runtime, today = world.http.runtime, london_day(NOW)
    by = Caller(role="records-manager", organisation=controller, subject="approves lists")
    with runtime.current_views(by) as views:
        due = retention.all_due(views, today)
    known = {*people}
    free = [row for row in due if not row.held_by and str(row.customer_id) in known and row.class_ != "rights_request"]
    if not free:
        return None
    tree = retention.tree_of(due)
    digest = tree.root().hex()
    stream = list_stream(today.isoformat(), digest)
    if not runtime.ledger.recorder.history(stream):
        approved = DestructionApproved(
            on=today.isoformat(), digest=digest, rows=len(due), organisation=controller, instruction=None
        )
        runtime.ledger.note(stream, approved, by)
    model.approved |= {(digest, str(row.customer_id), row.class_, row.part) for row in free}
    chosen = rnd.choice(free)
    place, customer_id = due.index(chosen), str(chosen.customer_id)
    listed = _recorded(chosen) | proof(place, tree.path(place))
    drawn = rnd.random()
    if drawn < 0.2:
        customer_id = rnd.choice(people)
    elif drawn < 0.4:
        listed |= {"place": 0, "path": [], "class": rnd.choice(ERASABLE), "part": ""}
    return {"id": number(rnd), "type": DESTROYS, "occurred_at": written(NOW), "customer_id": customer_id,
            "destroyed": [listed], "on": today.isoformat(), "digest": digest}  # fmt: skip


def _recorded(row: DueRow) -> dict[str, Any]:
    return {"class": row.class_, "part": row.part, "rule": row.rule, "because": row.because, "events": 1,
            "destroy_by": row.destroy_by.isoformat() if row.destroy_by else None}  # fmt: skip
