"""The command line: one table of verbs, and how each way to fail becomes one sentence and an exit code.

0 done, 1 the check failed, 2 the input or the call was wrong. Modules that take long to load are loaded by the command
that needs them, so that `ledger --help` answers at once.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import typer
from typer.exceptions import Abort, TyperException

from api.cli import (
    access,
    claims,
    commands,
    copies,
    demonstration,
    destruction,
    obligations,
    operations,
    options,
    poison,
    quarantine,
    records,
    requests,
    rules,
    serving,
    sessions,
)

DONE, WRONG, INTERRUPTED = 0, 2, 130

_SOMEBODY = "5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2a01"
_VERBS: tuple[tuple[Callable[..., Any], str, str], ...] = (
    (demonstration.demo, "demo", "demo --no-serve"),
    (operations.serve, "serve", "serve"),
    (operations.migrate, "migrate", "migrate"),
    (records.record, "record", "record commands.ndjson --json"),
    (commands.commands, "commands", "commands share-data --for email"),
    (records.search, "search", "search < asked.json"),
    (serving.begin_serving, "begin-serving", "begin-serving --organisation 0000000201 < shown.json"),
    (records.customer, "customer", f"customer {_SOMEBODY} --as-of 2026-03-31"),
    (records.history, "history", f"history {_SOMEBODY}"),
    (records.sar, "sar", f"sar {_SOMEBODY} --format html --out report.html"),
    (records.provenance, "provenance", f"provenance {_SOMEBODY} --format svg --out picture.svg"),
    (copies.consents, "consents", f"consents {_SOMEBODY} --format json-ld --out consents.jsonld"),
    (copies.portable_copy, "portable-copy", f"portable-copy {_SOMEBODY} --format csv --out copy.csv"),
    (requests.requests, "requests", "requests --state open --late"),
    (requests.request, "request", "request 3d2f4c1e-8a5b-4f6d-9c7e-1b2a3d4e5f60 --known-on 2026-10-01"),
    (rules.propose, "propose", "propose share.json"),
    (rules.findings, "findings", "findings --severity S1"),
    (rules.breaches, "breaches", "breaches --state open"),
    (obligations.obligations, "obligations", "obligations --organisation 0000000201 --state late"),
    (access.attempts, "attempts", "attempts --who 0123456789abcdef"),
    (access.grants, "grants", "grants --state waiting"),
    (access.access_review, "access-review", "access-review --quarter 2026Q4 --format csv --out review.csv"),
    (claims.claims, "claims", "claims --state waiting"),
    (claims.claim, "claim", "claim 5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2d01"),
    (rules.rules, "rules", "rules CH-EMAIL-01"),
    (quarantine.quarantine, "quarantine", "quarantine --open 5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2c01 --out line.json"),
    (destruction.due, "due", "due --on 2027-03-31"),
    (destruction.destroy, "destroy", "destroy --dry-run"),
    (operations.project, "project", "project --follow"),
    (operations.rebuild, "rebuild", "rebuild retention"),
    (poison.poison, "poison", "poison"),
    (operations.verify, "verify", "verify --json"),
    (operations.token, "token", "token --role auditor --organisation controller"),
    (sessions.sessions, "sessions", "sessions --end 5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2d01"),
    (operations.generate, "generate", "generate --customers 500 --seed 1 --out world"),
    (operations.bench, "bench", "bench --json"),
)

_REPEATING = (
    (r"^No such command .*", "There is no such command."),
    (r"^Got unexpected extra argument.*", "There are more arguments than this command takes."),
    (r"^(Invalid value for [^:]*): .* is not (.*)$", r"\1: it is not \2"),
)
"""The framework's sentences that quote what was typed, and what is said instead."""

app = typer.Typer(
    name="ledger",
    help="What is held about a person, where it came from, who got it, and that it was destroyed.",
    add_completion=False,
    pretty_exceptions_enable=False,  # it would print the values of local variables, and they hold personal data
)
imports = typer.Typer(help="Import documents of another service.")
app.add_typer(imports, name="import")
imports.command("dss", epilog="Example: ledger import dss feed.ndjson --rejects rejects.ndjson")(records.import_dss)
for _function, _name, _example in _VERBS:
    app.command(_name, epilog=f"Example: ledger {_example}")(_function)


def main() -> None:
    """The `ledger` program."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line and return its exit code; what goes wrong is one sentence on standard error."""
    from ledger.errors import LedgerError

    options.CALLING.set(_calling(arguments))
    try:
        return app(args=list(arguments) or ["--help"], prog_name="ledger", standalone_mode=False) or DONE
    except TyperException as wrong_call:
        return _say(f"{_without_values(wrong_call)} (see `ledger --help`).")
    except LedgerError as refused:
        return _say(refused.sentence)
    except (KeyboardInterrupt, Abort):
        return INTERRUPTED
    except SystemExit as left:
        # The framework ends with 1 when whoever reads us has gone, but 1 means that a check failed.
        if isinstance(left.__context__, BrokenPipeError):
            return DONE
        raise
    except OSError as failed:
        from api.metrics import where

        reason = (failed.strerror or type(failed).__name__).lower()
        return _say(f"the operating system says “{reason}”, in {where(failed)}.")
    except Exception as unexpected:  # noqa: BLE001 (its message may quote personal data, so only its kind is told)
        from api.metrics import where
        from ledger.store.database_faults import fault_behind

        fault = fault_behind(unexpected)
        if fault is not None:
            return _say(fault.sentence)
        return _say(f"an error of the kind {type(unexpected).__name__} was not expected, in {where(unexpected)}.")


def _calling(arguments: Sequence[str]) -> options.Calling:
    """The command as a refusal is recorded: a verb there is, and the first id; whatever else was typed stays out."""
    verbs = {name for _, name, _ in _VERBS} | {"import"}
    verb = next((argument for argument in arguments if argument in verbs), "none")
    for argument in arguments:
        with contextlib.suppress(ValueError):
            return options.Calling(verb=verb, about=UUID(argument))
    return options.Calling(verb=verb)


def _say(sentence: str) -> int:
    print(f"ledger: {sentence}", file=sys.stderr)
    return WRONG


def _without_values(wrong_call: TyperException) -> str:
    """What is wrong with the call in one sentence; whatever was typed stays out of it, for it may be a name."""
    message = " ".join(wrong_call.format_message().split())
    for repeated, instead in _REPEATING:
        message = re.sub(repeated, instead, message)
    return message.rstrip(".")
