"""The commands of a records manager: what is due on any date, and destroying it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.asking import (
    CASE_WORKER,
    CONTROLLER,
    RECORDS_MANAGER,
    AsJson,
    OnDay,
    Organisation,
    Role,
    caller,
    opened_house,
)
from api.cli.showing import progress, show, table

if TYPE_CHECKING:
    from datetime import date

    from api.wiring import House

_DUE = {
    "customer_id": "customer",
    "class": "class",
    "part": "part",
    "destroy_by": "destroy by",
    "rule": "rule",
    "because": "because of entry",
    "held_by": "held by",
}
_EXCEPTIONS = {
    "customer_id": "customer",
    "class": "class",
    "part": "part",
    "since": "since",
    "rule": "rule",
    "why": "why",
}
_CERTIFICATES = {
    "customer_id": "customer",
    "class": "class",
    "part": "part",
    "events": "events",
    "rule": "rule",
    "position": "entry",
}


def due(
    on: OnDay = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """List what is due for destruction on a date, past or future, and what has no period to be destroyed by."""
    from ledger.decisions import may_read
    from projections import retention

    by, said = caller(role, organisation), _said(on)
    own = None if may_read(by, ()) else organisation
    with opened_house() as house:
        day = said or _today(house)
        with house.current_views() as connection:
            rows = list(retention.every_due(connection, day, organisation=own))
            exceptions = retention.exceptions_page(connection, day, limit=1_000, organisation=own)
            count = retention.count_exceptions(connection, day, organisation=own)
    result: dict[str, Any] = {
        "on": day.isoformat(),
        "count": len(rows),
        "rows": rows,
        "exceptions_count": count,
        "exceptions": exceptions,
    }
    show(result, as_json=as_json, lines=lambda: _due_lines(result))


def _due_lines(result: dict[str, Any]) -> Iterator[str]:
    held = sum(bool(row["held_by"]) for row in result["rows"])
    yield f"{result['count']:,} due on {result['on']}, {held:,} of them held."
    if result["rows"]:
        yield from table(result["rows"], _DUE)
    if result["exceptions"]:
        yield f"{result['exceptions_count']:,} without a period: an organisation must set one."
        yield from table(result["exceptions"], _EXCEPTIONS, total=result["exceptions_count"])


def destroy(
    on: OnDay = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what a run would do, with the digest it must match.")
    ] = False,
    digest: Annotated[
        str | None, typer.Option("--digest", help="Destroy only if the list still has this digest.", metavar="DIGEST")
    ] = None,
    role: Role = RECORDS_MANAGER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Destroy what is due and not held: keys, ciphertext and search tokens, with a certificate for each."""
    from api import destroying

    by, said = caller(role, organisation), _said(on)
    with opened_house() as house:
        day = said or _today(house)
        if dry_run:
            outcome = destroying.preview(house, day)
        else:
            with progress("destroying") as advance:
                outcome = destroying.destroy(
                    house,
                    day,
                    by,
                    digest=digest,
                    progress=None if advance is None else lambda done, total: advance("destroying", done, total),
                )
    result = outcome.as_json()
    show(result, as_json=as_json, lines=lambda: _destroy_lines(result))


def _destroy_lines(result: dict[str, Any]) -> Iterator[str]:
    would = "would be destroyed" if result["dry_run"] else "destroyed"
    left = f"{result['held']:,} held, {result['exceptions']:,} without a period"
    yield f"On {result['on']}: {result['destroyed']:,} {would}, {left}."
    yield f"Digest of the list: {result['digest']}"
    if result["certificates"]:
        yield from table(result["certificates"], _CERTIFICATES)


def _said(on: str | None) -> date | None:
    from api.asked import day

    return day(on) if on is not None else None


def _today(house: House) -> date:
    from ledger.clocks import london_day

    return london_day(house.ledger.now())
