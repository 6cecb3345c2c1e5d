"""The commands of a records manager: what is due on any date, how the rule before ours compares, and destroying it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

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
    opened_runtime,
)
from api.cli.output import ROWS_SHOWN, json_rows, progress, say, show, table

if TYPE_CHECKING:
    from datetime import date

    from api.casework.certificates import Destruction
    from api.casework.retention import DueList
    from api.casework.verdicts import Difference, Heading, Page
    from ledger.caller import Caller

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
    from api.casework import retention

    by, day = caller(role, organisation), _day(on)
    if compare_with is not None:
        _compare(compare_with, by, day, as_json=as_json)
        return
    with opened_runtime() as runtime:
        found = retention.everything(runtime, by, day)
    show(found.as_json(), as_json=as_json, lines=lambda: _due_lines(found))


def _compare(name: str, by: Caller, on: date | None, *, as_json: bool) -> None:
    from api.casework import comparison, retention

    comparison.only_known(name)
    with opened_runtime() as runtime:
        day = on or retention.today(runtime)
        heading, pages = comparison.heading(day), comparison.every_page(runtime, by, day)
        if as_json:
            _write_compared(heading, pages)
        else:
            for line in _compared_lines(heading, pages):
                typer.echo(line)


def _write_compared(heading: Heading, pages: Iterator[Page]) -> None:
    """One JSON document, written page by page: the rows may be as many as there are customers."""
    import orjson

    from api.casework.verdicts import VerdictCounts

    out, counts, separator = sys.stdout.buffer, Counter[str](), b""
    out.write(orjson.dumps(heading.as_json())[:-1] + b',"rows":[')
    for page in pages:
        counts.update(page.counts.by_verdict)
        for row in page.rows:
            out.write(separator + orjson.dumps(row.as_json()))
            separator = b","
    out.write(b"]," + orjson.dumps(VerdictCounts(by_verdict=counts).as_json())[1:] + b"\n")
    out.flush()


def _compared_lines(heading: Heading, pages: Iterator[Page]) -> Iterator[str]:
    from api.casework.verdicts import VERDICTS
    from ledger.clocks import instant_text

    counts = Counter[str]()
    first: list[Difference] = []
    for page in pages:
        counts.update(page.counts.by_verdict)
        first += page.rows[: ROWS_SHOWN - len(first)]
    rule = "none was in force"
    if heading.rule and heading.cut_off:
        rule = f"version {heading.rule}, cut-off {instant_text(heading.cut_off)}"
    who = "customer" if counts.total() == 1 else "customers"
    yield f"{counts.total():,} {who} on {heading.on}, beside the old rule dss ({rule})."
    yield f"{counts['both_take']:,} both take, {counts['both_keep']:,} both keep."
    for verdict, meaning in VERDICTS.items():
        yield f"{counts[verdict]:,} {verdict.replace('_', ' ')}: {meaning}."
    if first:
        rows = [
            {**row.as_json(), **row.ours.as_json(), "verdict": row.verdict.replace("_", " "), "dss": row.dss_because}
            for row in first
        ]
        yield from table(rows, _COMPARED, total=sum(counts[verdict] for verdict in VERDICTS))


def _due_lines(found: DueList) -> Iterator[str]:
    held = sum(bool(row.held_by) for row in found.rows)
    yield f"{len(found.rows):,} due on {found.on}, {held:,} of them held."
    if found.rows:
        yield from table(json_rows(found.rows), _DUE, total=len(found.rows))
    if found.exceptions:
        yield f"{len(found.exceptions):,} without a period or with a date that cannot be, each with why."
        yield from table(json_rows(found.exceptions), _EXCEPTIONS, total=len(found.exceptions))
    if found.hold_reviews:
        yield f"{len(found.hold_reviews):,} holds whose review is overdue."
        yield from table(json_rows(found.hold_reviews), _REVIEWS, total=len(found.hold_reviews))


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
    from api.casework import destruction, retention

    by, asked = caller(role, organisation), _day(on)
    with opened_runtime() as runtime:
        day = asked or retention.today(runtime)
        if dry_run:
            outcome = destruction.preview(runtime, day, by, instruction=instruction)
        else:
            if digest is None and sys.stdin.isatty():
                digest = _confirmed(destruction.preview(runtime, day, by, instruction=instruction))
            with progress("destroying") as advance:
                outcome = destruction.destroy(
                    runtime,
                    day,
                    by,
                    digest=digest,
                    instruction=instruction,
                    progress=None if advance is None else lambda done, total: advance("destroying", done, total),
                )
    show(outcome.as_json(), as_json=as_json, lines=lambda: _destroy_lines(outcome))


def _confirmed(preview: Destruction) -> str:
    """The digest of a list that somebody has seen and agreed to; any other answer ends the command with 1."""
    for line in _destroy_lines(preview):
        typer.echo(line, err=True)
    if not typer.confirm("Destroy these records for good? Nobody can bring them back.", err=True):
        say("ledger: nothing was destroyed.")
        raise typer.Exit(1)
    return preview.digest


def _destroy_lines(outcome: Destruction) -> Iterator[str]:
    would = "would be destroyed" if outcome.dry_run else "destroyed"
    left = f"{outcome.held:,} held, {outcome.exceptions:,} without a period"
    yield f"On {outcome.on}: {outcome.destroyed:,} {would}, {left}."
    for class_, count in sorted(outcome.by_class.items()):
        yield f"  {count:,} of {class_}"
    if outcome.late:
        leaves = "would leave" if outcome.dry_run else "left"
        yield f"{outcome.late:,} of them after their last day: each {leaves} a finding (RET-GEN-02)."
    yield from (f"{record}: {sentence}" for record, sentence in outcome.incomplete.items())
    yield f"Digest of the list: {outcome.digest}"
    if outcome.rows:
        yield from table(json_rows(outcome.rows), _DUE, total=len(outcome.rows))
    for duty, count in outcome.copies_left.items():
        yield f"Copies outside the record, {duty}: {count:,}"
    if outcome.copies_found:
        yield f"Findings recorded about copies that are left: {outcome.copies_found:,}"
    if outcome.certificates:
        yield from table(json_rows(outcome.certificates), _CERTIFICATES, total=len(outcome.certificates))


def _day(on: str | None) -> date | None:
    from api.parameters import day

    return day(on) if on is not None else None
