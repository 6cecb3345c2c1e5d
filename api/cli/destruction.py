"""The commands of a records manager: what is due on any date, how the rule before ours compares, and destroying it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import (
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
from api.cli.output import ROWS_SHOWN, progress, say, show, table

if TYPE_CHECKING:
    from datetime import date

    from api.casework import comparison, destruction
    from api.casework.runtime import House

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
_REVIEWS = {
    "customer_id": "customer",
    "hold_id": "hold",
    "code": "reason",
    "owner": "owner",
    "look_at_on": "to be reviewed by",
}
_CERTIFICATES = {
    "customer_id": "customer",
    "class": "class",
    "part": "part",
    "events": "events",
    "rule": "rule",
    "position": "entry",
}


_COMPARED = {
    "customer_id": "customer",
    "verdict": "verdict",
    "destroy_by": "destroy by",
    "classes": "classes due",
    "held_by": "held by",
    "dss": "the old rule",
    "because": "because",
}


def due(
    on: OnDay = None,
    compare_with: Annotated[
        str | None,
        typer.Option("--compare-with", help="Show whom the rule before ours, dss, treats otherwise.", metavar="RULE"),
    ] = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """List what is due for destruction on a date, past or future, and what has no period to be destroyed by."""
    from ledger.decisions import may_read
    from projections.retention import read as retention

    by, said = caller(role, organisation), _said(on)
    own = None if may_read(by, ()) else organisation
    if compare_with is not None:
        _compare(compare_with, said, own, as_json=as_json)
        return
    with opened_house() as house:
        day = said or _today(house)
        with house.current_views() as connection:
            rows = list(retention.every_due(connection, day, organisation=own))
            exceptions = list(retention.every_exception(connection, day, organisation=own))
            reviews = list(retention.every_hold_review(connection, day, organisation=own))
    result: dict[str, Any] = {
        "on": day.isoformat(),
        "count": len(rows),
        "rows": rows,
        "exceptions_count": len(exceptions),
        "exceptions": exceptions,
        "hold_reviews": reviews,
    }
    show(result, as_json=as_json, lines=lambda: _due_lines(result))


def _compare(name: str, said: date | None, own: str | None, *, as_json: bool) -> None:
    from api.casework import comparison

    comparison.only_known(name)
    with opened_house() as house:
        day = said or _today(house)
        with house.current_views() as connection:
            pages = comparison.every_page(connection, day, organisation=own)
            if as_json:
                _write_compared(comparison.heading(day), pages)
            else:
                for line in _compared_lines(comparison.heading(day), pages):
                    typer.echo(line)


def _write_compared(heading: dict[str, Any], pages: Iterator[comparison.Page]) -> None:
    """One JSON document, written page by page: the rows may be as many as there are customers."""
    import orjson

    from api.casework import comparison

    out, counts, separator = sys.stdout.buffer, Counter[str](), b""
    out.write(orjson.dumps(heading)[:-1] + b',"rows":[')
    for page in pages:
        counts.update(page.counts)
        for row in page.rows:
            out.write(separator + orjson.dumps(row))
            separator = b","
    out.write(b"]," + orjson.dumps(comparison.counted(counts))[1:] + b"\n")
    out.flush()


def _compared_lines(heading: dict[str, Any], pages: Iterator[comparison.Page]) -> Iterator[str]:
    from api.casework import comparison

    counts, first = Counter[str](), list[dict[str, Any]]()
    for page in pages:
        counts.update(page.counts)
        first += page.rows[: ROWS_SHOWN - len(first)]
    rule = f"version {heading['rule']}, cut-off {heading['cut_off']}" if heading["rule"] else "none was in force"
    who = "customer" if counts.total() == 1 else "customers"
    yield f"{counts.total():,} {who} on {heading['on']}, beside the old rule dss ({rule})."
    yield f"{counts['both_take']:,} both take, {counts['both_keep']:,} both keep."
    for verdict, meaning in comparison.VERDICTS.items():
        yield f"{counts[verdict]:,} {verdict.replace('_', ' ')}: {meaning}."
    if first:
        rows = [
            {**row, **row["ledger"], "verdict": row["verdict"].replace("_", " "), "dss": row["dss"]["because"]}
            for row in first
        ]
        yield from table(rows, _COMPARED, total=sum(counts[verdict] for verdict in comparison.VERDICTS))


def _due_lines(result: dict[str, Any]) -> Iterator[str]:
    held = sum(bool(row["held_by"]) for row in result["rows"])
    yield f"{result['count']:,} due on {result['on']}, {held:,} of them held."
    if result["rows"]:
        yield from table(result["rows"], _DUE)
    if result["exceptions"]:
        yield f"{result['exceptions_count']:,} without a period: an organisation must set one."
        yield from table(result["exceptions"], _EXCEPTIONS, total=result["exceptions_count"])
    if result["hold_reviews"]:
        yield f"{len(result['hold_reviews']):,} holds whose review is overdue."
        yield from table(result["hold_reviews"], _REVIEWS)


def destroy(
    on: OnDay = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what a run would do, with the digest it must match.")
    ] = False,
    digest: Annotated[
        str | None, typer.Option("--digest", help="Destroy only if the list still has this digest.", metavar="DIGEST")
    ] = None,
    instruction: Annotated[
        str | None, typer.Option("--instruction", help="Only what the controller's instruction names.", metavar="ID")
    ] = None,
    role: Role = RECORDS_MANAGER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Destroy what is due and not held: keys, ciphertext and search tokens, with a certificate for each.

    Look first with --dry-run, and give its digest with --digest. Without one a terminal is asked before anything goes.
    """
    from api.casework import destruction

    by, said = caller(role, organisation), _said(on)
    with opened_house() as house:
        day = said or _today(house)
        if dry_run:
            outcome = destruction.preview(house, day, by, instruction=instruction)
        else:
            if digest is None and sys.stdin.isatty():
                digest = _confirmed(destruction.preview(house, day, by, instruction=instruction))
            with progress("destroying") as advance:
                outcome = destruction.destroy(
                    house,
                    day,
                    by,
                    digest=digest,
                    instruction=instruction,
                    progress=None if advance is None else lambda done, total: advance("destroying", done, total),
                )
    result = outcome.as_json()
    show(result, as_json=as_json, lines=lambda: _destroy_lines(result))


def _confirmed(preview: destruction.Destruction) -> str:
    """The digest of a list that somebody has seen and agreed to; any other answer ends the command with 1."""
    for line in _destroy_lines(preview.as_json()):
        typer.echo(line, err=True)
    if not typer.confirm("Destroy these records for good? Nobody can bring them back.", err=True):
        say("ledger: nothing was destroyed.")
        raise typer.Exit(1)
    return preview.digest


def _destroy_lines(result: dict[str, Any]) -> Iterator[str]:
    would = "would be destroyed" if result["dry_run"] else "destroyed"
    left = f"{result['held']:,} held, {result['exceptions']:,} without a period"
    yield f"On {result['on']}: {result['destroyed']:,} {would}, {left}."
    for class_, count in result["by_class"].items():
        yield f"  {count:,} of {class_}"
    if result["late"]:
        leaves = "would leave" if result["dry_run"] else "left"
        yield f"{result['late']:,} of them after their last day: each {leaves} a finding (RET-GEN-02)."
    yield f"Digest of the list: {result['digest']}"
    if result.get("rows"):
        yield from table(result["rows"], _DUE)
    for owed, count in result.get("copies_left", {}).items():
        yield f"Copies outside the record, {owed}: {count:,}"
    if result.get("copies_found"):
        yield f"Findings recorded about copies that are left: {result['copies_found']:,}"
    if result["certificates"]:
        yield from table(result["certificates"], _CERTIFICATES)


def _said(on: str | None) -> date | None:
    from api.parameters import day

    return day(on) if on is not None else None


def _today(house: House) -> date:
    from ledger.clocks import london_day

    return london_day(house.ledger.now())
