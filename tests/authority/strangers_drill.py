"""The long play, and the play without one guard: `python -m tests.authority.strangers_drill --steps 10000`."""

from __future__ import annotations

import argparse
import logging
import time
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger import claims
from ledger.authority import access, rulings
from tests.authority.strangers_play import Counts, Strangers
from tests.authority.strangers_world import Databases, databases_of, server_in_memory

STEPS_IN_A_WORLD = 250


def play(databases: Databases, *, steps: int, worlds: int, seeded: int | None = None) -> Counts:
    """Play so many steps in each of so many worlds. The counts hold the first change that the model does not allow."""
    counts = Counts()
    machine: Any = type(
        "Play", (Strangers,), {"databases": staticmethod(databases), "counts": counts, "salt": seeded or 0}
    )
    chosen = settings(
        max_examples=worlds, stateful_step_count=steps, deadline=None, database=None, derandomize=seeded is None,
        phases=[Phase.generate], suppress_health_check=[*HealthCheck], print_blob=False, report_multiple_bugs=False,
    )  # fmt: skip
    if seeded is not None:
        machine = seed(seeded)(machine)
    try:
        run_state_machine_as_test(machine, settings=chosen)
    except Exception:
        if counts.failure is None:
            raise
    return counts


def _everybody_serves(_: Any) -> Any:
    class Everybody:
        referrals: dict[str, str] = {}

        def by(self, _: str) -> bool:
            return True

    return Everybody()


def take_out(guard: str) -> None:
    """Take one guard out of this process."""
    match guard:
        case "serving-to-read":
            access.serving_of = _everybody_serves
        case "serving-to-report":
            rulings.serving_of = _everybody_serves
        case "anothers-act":
            rulings.acting_organisation = lambda _: None
        case "of-an-office":
            rulings._OF_AN_OFFICE = type("Every", (), {"__contains__": lambda *_: True})()
        case "parties-of-references":
            rulings.parties_of = lambda *_: frozenset()
        case "consent-rests-on-its-claim":
            claims.Entitlement._unconfirmed = staticmethod(lambda plan, *_: plan)  # type: ignore[method-assign, assignment]
        case "own-request":
            rulings._of_own_request = lambda *_: True
        case "other-programme":
            rulings.programme_of = lambda _: "National Careers Service"


GUARDS = (
    "serving-to-read", "serving-to-report", "anothers-act", "of-an-office", "parties-of-references",
    "consent-rests-on-its-claim", "own-request", "other-programme",
)  # fmt: skip


def told(counts: Counts) -> str:
    """The counts, for the note."""
    rows = [
        f"  {name:30}{n:6}{counts.waiting[name]:9}{counts.refused[name]:9}"
        for name, n in sorted(counts.commands.items())
    ]
    return "\n".join([
        f"steps {counts.steps}, callers {len(counts.callers)}, readings {dict(counts.readings)},"
        f" seconds {time.monotonic() - counts.began:.0f}",
        f"  {'command':30}{'taken':>6}{'waiting':>9}{'refused':>9}", *rows,
        f"never recorded: {sorted({*counts.refused} - {*counts.commands})}",
    ])  # fmt: skip


def main() -> None:
    """Play, or see a guard missed."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--steps", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--without", choices=GUARDS)
    chosen = asked.parse_args()
    logging.disable(logging.CRITICAL)
    if chosen.without:
        take_out(chosen.without)
    worlds = max(1, -(-chosen.steps // STEPS_IN_A_WORLD))
    with server_in_memory() as server, databases_of(server) as databases:
        counts = play(databases, steps=min(chosen.steps, STEPS_IN_A_WORLD), worlds=worlds, seeded=chosen.seed)
    if counts.failure is not None:
        print(f"FOUND {chosen.without or 'a hole'}: {counts.failure}", flush=True)
    print(told(counts))
    raise SystemExit(counts.failure is not None)


if __name__ == "__main__":
    main()
