"""An operator lists the entries that a view cannot apply and sets one aside at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg

from tests.doors.command_line.terminal import Terminal
from tests.projections.poisoning import poison


def test_an_operator_lists_a_poisoned_entry_and_sets_it_aside(
    ledger: Terminal, environment: dict[str, str], recorded: Path
) -> None:
    assert ledger.json("poison") == {"count": 0, "rows": []}
    database = environment["LEDGER_DATABASE_URL"]
    with psycopg.connect(database) as owner:
        row = owner.execute("SELECT position, stream FROM ledger.event WHERE type = 'data-shared' LIMIT 1").fetchone()
    assert row is not None
    position, record = row
    poison(database, position, plans_in_share=3_000_000_000)
    ledger.json("rebuild", "shares")

    (listed,) = ledger.json("poison")["rows"]
    assert (listed["view"], listed["position"], listed["stream"]) == ("shares", position, str(record))
    assert listed["why"] == "NumericValueOutOfRange (SQLSTATE 22003)"
    shown = ledger.json("customer", str(record))
    assert shown["incomplete"].startswith(
        f"This record is incomplete because of entry {position}, which the view shares"
    )
    assert {consent["state"] for consent in shown["consents"].values()} == {"unknown"}

    decided = ledger.json("poison", "--set-aside", str(position), "--view", "shares", "--reason", "changes-nothing")
    assert decided["set_aside"] > position
    assert "incomplete" not in ledger.json("customer", str(record))
    assert "3000000000" not in json.dumps(listed) + json.dumps(shown)
