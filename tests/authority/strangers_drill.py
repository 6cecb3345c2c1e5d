"""The long play, and the play without one guard: `python -m tests.authority.strangers_drill --steps 10000`."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger import claims, decider, holdings
from ledger.authority import access, rulings
from ledger.store.readers import Reading
from tests.authority.strangers_bodies import ANSWERS, PLAYED
from tests.authority.strangers_checks import Counts
from tests.authority.strangers_play import Strangers
from tests.authority.strangers_world import NCS, Databases, databases_of, server_in_memory

STEPS_IN_A_WORLD = 500


def play(
    databases: Databases, *, steps: int, worlds: int, seeded: int | None = None, counts: Counts | None = None
) -> Counts:
    """Play so many steps in each of so many worlds. The counts hold the first change that the model does not allow."""
    counts = counts or Counts()
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


class _Every:
    """Holds whatever is asked for."""

    def __contains__(self, _: object) -> bool:
        return True


def _as_planned(plan: object, *_: object) -> object:
    return plan


def _of_a_step(command: Any, *_: object) -> bool:
    return command.kind.name in rulings._OF_WHO_RECEIVED


def _reads_as_the_controller(*_: object) -> Reading:
    return Reading(side="controller", role="case-worker", organisation="controller-one", programme=NCS)


def _nothing(*_: object, **__: object) -> None:
    return None


GUARDS: dict[str, tuple[object, str, object]] = {
    "serving-to-read": (access, "serves", lambda *_: True),
    "serving-to-report": (rulings, "serves", lambda *_: True),
    "anothers-act": (rulings, "acting_organisation", _nothing),
    "of-an-office": (rulings, "_OF_AN_OFFICE", _Every()),
    "parties-of-references": (rulings, "parties_of", lambda *_: frozenset()),
    "consent-rests-on-its-claim": (claims.Entitlement, "_unconfirmed", staticmethod(_as_planned)),
    "findings-of-others": (claims, "_found_of_another", lambda *_: False),
    "own-request": (rulings, "_of_own_request", _of_a_step),
    "other-programme": (rulings, "programme_of_person", lambda *_: NCS),
    "contractors-records-manager": (decider, "as_recorded", _as_planned),
    "both-records-of-a-merge": (rulings, "_joined", _nothing),
    "who-decides-a-grant": (decider, "refuse_deciding", _nothing),
    "who-destroys": (decider, "refuse_destroying_for_others", _nothing),
    "what-is-due": (decider, "refuse_unless_due", _nothing),
    "who-instructs": (decider, "refuse_instructing_for_others", _nothing),
    "rows-by-caller": (holdings, "reads_as", _reads_as_the_controller),
}
"""What may be taken out, and what is there instead."""


@contextmanager
def without(guard: str | None) -> Iterator[None]:
    """A guard is taken out of this process while the block lasts."""
    if guard is None:
        yield
        return
    holder, name, instead = GUARDS[guard]
    before = vars(holder)[name]
    setattr(holder, name, instead)
    try:
        yield
    finally:
        setattr(holder, name, before)


EVERY_COMMAND = sorted({*PLAYED, *ANSWERS})
OFTEN, OF_STEPS = 50, 10_000


def seldom(counts: Counts) -> list[str]:
    """The commands that succeeded less often than 50 times in 10,000 steps, in proportion."""
    least = OFTEN * counts.steps // OF_STEPS
    return [name for name in EVERY_COMMAND if counts.commands[name] < least]


def report_of(counts: Counts) -> str:
    """The counts, for the note."""
    heading = f"steps {counts.steps}, callers {len(counts.callers)}, readings {dict(counts.readings)}"
    by_sql = (
        f"by SQL as the reader: {counts.rows} rows for {len(counts.by_sql)} callers in {counts.by_sql.total()} readings"
    )
    columns = f"{'command':30}{'recorded':>9}{'effect':>9}{'waiting':>9}{'refused':>9}"
    rows = [
        f"{name:30}{counts.commands[name]:9}{counts.commands[name] - counts.waiting[name]:9}"
        f"{counts.waiting[name]:9}{counts.refused[name]:9}"
        for name in EVERY_COMMAND
    ]
    missing = f"too seldom: {', '.join(seldom(counts)) or 'none'}"
    return "\n".join([f"{heading}, seconds {time.monotonic() - counts.began:.0f}", by_sql, columns, *rows, missing, ""])


def main() -> None:
    """Play, with every guard or without one of them; or see how soon each guard is missed."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--steps", type=int, default=OF_STEPS)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--without", choices=GUARDS, help="take out this guard")
    asked.add_argument("--without-each", action="store_true", help="take out each guard in turn")
    chosen = asked.parse_args()
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended early, it still says what was played
    quiet = redirect_stderr(StringIO())  # the log of each request
    with quiet, server_in_memory() as server, databases_of(server) as databases:
        if chosen.without_each:
            raise SystemExit(_without_each(databases, chosen))
        with without(chosen.without):
            counts = _played(databases, chosen, reported=True)
    if counts.failure is not None:
        sys.stdout.write(f"not allowed, at {counts.failure}\n")
    sys.stdout.write(report_of(counts))
    raise SystemExit(1 if counts.failure is not None else 2 if seldom(counts) else 0)


def _played(databases: Databases, chosen: argparse.Namespace, *, reported: bool = False) -> Counts:
    worlds = max(1, -(-chosen.steps // STEPS_IN_A_WORLD))
    counts = Counts()

    def tell() -> None:
        seconds = time.monotonic() - counts.began
        sys.stdout.write(f"{counts.steps} steps, {seconds:.0f} s, seldom {len(seldom(counts))}\n")
        sys.stdout.flush()

    counts.after_world = tell if reported else None
    steps = min(chosen.steps, STEPS_IN_A_WORLD)
    try:
        return play(databases, steps=steps, worlds=worlds, seeded=chosen.seed, counts=counts)
    except KeyboardInterrupt:
        return counts


def _without_each(databases: Databases, chosen: argparse.Namespace) -> int:
    """How many guards nobody missed; a line for each says at which step it was missed, and by what."""
    never = 0
    for guard in GUARDS:
        with without(guard):
            counts = _played(databases, chosen)
        found = (counts.failure or "not missed").splitlines()[0]
        seconds = time.monotonic() - counts.began
        sys.stdout.write(f"{guard:30}{counts.steps:7} steps {seconds:5.0f} s  {found}\n")
        sys.stdout.flush()
        never += counts.failure is None
    return never


if __name__ == "__main__":
    main()
