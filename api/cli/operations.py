"""The commands of an operator: serve, migrate, project, rebuild, verify, token, generate and bench."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import CASE_WORKER, AsJson, opened_runtime, settings
from api.cli.output import outline, progress, say, show, table

if TYPE_CHECKING:
    from projections.catalogue import View

_BENCH = {
    "what": "what",
    "rival": "rival",
    "ours_per_s": "ours/s",
    "rival_per_s": "rival/s",
    "ratio": "ratio",
    "target": "target",
    "ok": "ok",
}


def serve(
    no_projector: Annotated[
        bool, typer.Option("--no-projector", help="Another process keeps the views up: `ledger project --follow`.")
    ] = False,
) -> None:
    """Serve the HTTP routes and pages until stopped; keeps the views up beside it."""
    from api import server

    with server.stopped_by_signal(), opened_runtime() as runtime:
        server.serve(
            runtime,
            ready=lambda address: typer.echo(f"Serving on {address}"),
            warn=say,
            follow=not no_projector,
        )


def migrate(as_json: AsJson = False) -> None:
    """Bring the database to this program's schema; safe to repeat, and to run twice at once.

    It registers the first controller, which LEDGER_CONTROLLER names.
    """
    from api.casework.first_controller import register_first_controller
    from api.casework.runtime import database
    from ledger.recording import Ledger
    from ledger.store import migrate as migration

    with database(settings()) as conninfo:
        applied = migration.migrate(conninfo, notify=say)
        ledger = Ledger.open(conninfo, settings().key_file, settings().fence_file)
        try:
            registered = register_first_controller(ledger, settings())
        finally:
            ledger.close()
    head = migration.head()
    sentence = (
        f"{len(applied)} migrations applied; the schema is {head}."
        if applied
        else f"Nothing to do; the schema is {head}."
    )
    if registered:
        sentence += f" The first controller is registered: {settings().controller}."
    result = {"applied": applied, "head": head, "registered": settings().controller if registered else None}
    show(result, as_json=as_json, lines=lambda: iter([sentence]))


def project(
    follow: Annotated[bool, typer.Option("--follow", help="Go on until stopped.")] = False,
    as_json: AsJson = False,
) -> None:
    """Apply to the views what has been recorded since; with --follow, keep them up."""
    from api import server

    with server.stopped_by_signal(), opened_runtime() as runtime:
        if follow:
            runtime.follow()
            typer.echo("Keeping the views up.")
            threading.Event().wait()
        with progress("projecting") as advance:
            position = runtime.project(progress=None if advance is None else advance)
    sentence = f"Every view is at position {position:,}."
    show({"position": position}, as_json=as_json, lines=lambda: iter([sentence]))


def rebuild(
    view: Annotated[str | None, typer.Argument(help="One view; all of them when left out.", metavar="[VIEW]")] = None,
    patience: Annotated[
        int, typer.Option("--patience", help="How many minutes new tables wait for a backup to end.", min=0)
    ] = 240,
    as_json: AsJson = False,
) -> None:
    """Make views again from the events beside the live ones, then swap; readers notice nothing.

    While a backup or another long reading holds a view, its new tables wait, and the old ones are read as before.
    """
    from projections import runner

    wanted = _views(view)
    positions = {}
    with opened_runtime() as runtime, runtime.projector() as connection, progress("rebuilding") as advance:
        for chosen in wanted:
            positions[chosen.name] = runner.rebuild(
                connection, chosen, progress=advance, notify=say, patience=60.0 * patience
            )
    rows = [{"view": name, "position": position} for name, position in positions.items()]
    show({"views": rows}, as_json=as_json, lines=lambda: table(rows, {"view": "view", "position": "position"}))


def _views(name: str | None) -> list[View]:
    from ledger.errors import Malformed
    from projections.catalogue import VIEWS

    wanted = [view for view in VIEWS if name in (None, view.name)]
    if not wanted:
        raise Malformed(f"The view must be one of {', '.join(view.name for view in VIEWS)}.")
    return wanted


def verify(as_json: AsJson = False) -> None:
    """Read every value again and say whether it all fits; exit code 1 when it does not."""
    from ledger import verify

    with opened_runtime() as runtime, progress("verifying") as advance:
        verdict = verify.verify(
            runtime.conninfo,
            vault=runtime.ledger.vault,
            progress=None if advance is None else lambda done, total: advance("verifying", done, total),
        )
    result = asdict(verdict)
    show(result, as_json=as_json, lines=lambda: _verdict_lines(result))
    if not verdict.ok:
        raise typer.Exit(1)


def _verdict_lines(result: dict[str, Any]) -> Iterator[str]:
    if result["ok"]:
        yield f"{result['entries']:,} entries, each as it was written. Root: {result['root']}"
    else:
        where = "" if result["first_bad"] is None else f"Entry {result['first_bad']:,} is the first that does not fit. "
        yield f"{where}{result['why']}"
        if result["misfit_count"] > 1:
            shown = len(result["misfits"])
            first = f" The first {shown}:" if shown < result["misfit_count"] else ""
            yield f"{result['misfit_count']:,} things do not fit.{first}"
            yield from (f"- {misfit['why']}" for misfit in result["misfits"])


def token(
    role: Annotated[str, typer.Option(help="The role the token is for.", metavar="ROLE")] = CASE_WORKER,
    organisation: Annotated[
        str, typer.Option(help="The organisation the token is for.", metavar="CODE")
    ] = "controller",
    subject: Annotated[str | None, typer.Option(help="Whose token it is; your login when left out.")] = None,
    minutes: Annotated[int, typer.Option(help="How long it is valid.")] = 60,
    as_json: AsJson = False,
) -> None:
    """Issue a bearer token of the development issuer; off when LEDGER_OIDC_ISSUER is set, or others could use it."""
    from api.hosts import refuse_development_for_others
    from api.issuer import Issuer
    from ledger.clocks import instant_text

    refuse_development_for_others(settings())
    issued = Issuer.open(settings()).issue(
        role=role, organisation=organisation, subject=subject or getpass.getuser(), minutes=minutes
    )
    expires = instant_text(datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes))
    result = {"token": issued, "role": role, "organisation": organisation, "expires_at": expires}
    show(result, as_json=as_json, lines=lambda: iter([issued]))


def generate(
    customers: Annotated[int, typer.Option(help="How many invented customers.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")],
    out: Annotated[Path, typer.Option("--out", help="An empty or new directory.", metavar="DIRECTORY")] = Path("world"),
    as_json: AsJson = False,
) -> None:
    """Write an invented world: documents for `ledger import dss` and commands for `ledger record`."""
    from api.world import write_world

    with progress("generating") as advance:
        written = write_world(
            out,
            customers=customers,
            seed=seed,
            progress=None if advance is None else lambda done, total: advance("generating", done, total),
        )
    result = written.as_json()
    show(result, as_json=as_json, lines=lambda: outline(result))


def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer and smaller runs: to see that it works.")] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="append, command, import, rebuild, verify, report or due.")
    ] = None,
    events: Annotated[
        int | None,
        typer.Option("--events", min=1, help="How many events the rebuild and the report are measured up to."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the ledger beside what others would use, in the same run; exit code 1 when a target is missed."""
    import bench as benchmarks

    say("Measuring; this takes a few minutes.")
    result = benchmarks.run(settings(), quick=quick, only=only or (), events=events, notify=say)
    show(result, as_json=as_json, lines=lambda: table(result["rows"], _BENCH))
    if not all(row["ok"] for row in result["rows"]):
        raise typer.Exit(1)
