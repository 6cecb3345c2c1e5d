"""The commands that put records in and take them out: import, record, search, customer, history, sar, provenance."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
import typer

from api.cli.options import (
    CASE_WORKER,
    CONTROLLER,
    AsJson,
    CustomerId,
    Organisation,
    Out,
    Role,
    caller,
    object_in,
    opened_runtime,
    texts_in,
    write_out,
)
from api.cli.output import outline, progress, say, show, table

if TYPE_CHECKING:
    from api.dss.outcome import Reject

MOST_REFUSALS_LISTED = 1_000
_HISTORY = {
    "position": "position",
    "occurred_at": "occurred",
    "label": "what happened",
    "actor": "by",
    "class": "class",
}


def import_dss(
    files: Annotated[list[str], typer.Argument(help="NDJSON files, or - for standard input.", metavar="FILE…")],
    collection: Annotated[
        str | None, typer.Option(help="The collection of the documents, when a file's name does not say it.")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="List every rejected line in this file: number and reason only.", dir_okay=False)
    ] = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Import documents of the Data Sharing Service or rows of its SQL history.

    Each line ends recorded, duplicate or rejected; what comes both ways is recorded once. Exit 1 when any was rejected.
    """
    from api.dss.importer import import_documents, rejects_of

    by = caller(role, organisation)
    with opened_runtime() as runtime, progress("reading", of_bytes=True) as advance:
        imported = import_documents(
            runtime.ledger,
            files,
            by=by,
            collection=collection,
            progress=None if advance is None else lambda done, total, what: advance(what, done, total),
        )
        if rejects is not None:
            write_out(b"".join(map(_reject_line, rejects_of(runtime.ledger, imported))), rejects)
    result = imported.as_json()
    show(result, as_json=as_json, lines=lambda: _import_lines(result))
    if imported.rejected:
        raise typer.Exit(1)


def _reject_line(reject: Reject) -> bytes:
    return orjson.dumps(reject._asdict(), option=orjson.OPT_APPEND_NEWLINE)


def _import_lines(result: dict[str, Any]) -> Iterator[str]:
    became = ", ".join(f"{result[word]:,} {word}" for word in ("recorded", "duplicates", "rejected"))
    yield f"{result['read']:,} lines read: {became}."
    if result["rejects"]:
        yield from table(
            result["rejects"],
            {"file": "file", "line": "line", "reason": "reason", "field": "field"},
            total=result["rejected"],
        )


def record(
    file: Annotated[str, typer.Argument(help="Commands as NDJSON, or - for standard input.", metavar="FILE|-")],
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Record commands, as NDJSON or a JSON array, plain or in gzip; a refused line does not stop the lines after it.

    A line that cannot be read, or has the id of another command, is kept in the quarantine. What is recorded is judged:
    `ledger findings` and `ledger breaches` list what was found.
    """
    from api.entries import record_lines
    from ledger.store.quarantine import RECORD

    by = caller(role, organisation)
    counts: Counter[str] = Counter()
    refusals: list[Any] = []
    quarantined = unkept = 0
    found = {"findings": 0, "breach_assessments": 0}
    with opened_runtime() as runtime, texts_in(file) as texts, progress("recording") as advance:
        for done, outcome in enumerate(record_lines(runtime.ledger, texts, by, source=RECORD), start=1):
            counts[outcome.word] += 1
            quarantined += outcome.quarantined
            unkept += outcome.unkept
            if outcome.receipt is not None:
                found["findings"] += outcome.receipt.findings
                found["breach_assessments"] += outcome.receipt.assessments
            if outcome.refused is not None and len(refusals) < MOST_REFUSALS_LISTED:
                refusals.append(
                    {"line": outcome.line, "reason": outcome.refused.sentence, "rule_id": outcome.refused.rule_id}
                )
            if advance is not None:
                advance("recording", done, None)
    read = counts.total()
    result = {
        "read": read,
        **{word: counts[word] for word in ("recorded", "repeated", "refused")},
        "quarantined": quarantined,
        **({"not_kept": unkept} if unkept else {}),
        **found,
        "refusals": refusals,
    }
    if as_json or read > 1 or not refusals:
        show(result, as_json=as_json)
    if unkept:
        from api.errors import QUARANTINE_FULL

        say(f"ledger: {unkept:,} lines: {QUARANTINE_FULL}")
    if refusals:
        first = refusals[0]
        refused = f"{counts['refused']} of {read} commands refused"
        say(f"ledger: {refused}, the first in line {first['line']}: {first['reason']}")
        raise typer.Exit(2)


def search(role: Role = CASE_WORKER, organisation: Organisation = CONTROLLER, as_json: AsJson = False) -> None:
    """Find a customer by what standard input says, as one JSON object; names never stand in the command itself."""
    from api.casework import customers

    by = caller(role, organisation)
    if sys.stdin.isatty():
        say('Type one JSON object, such as {"family_name": "…", "date_of_birth": "1990-02-01"}, then Ctrl-D.')
    asked = object_in("-")
    with opened_runtime() as runtime:
        found = [hit.as_json() for hit in customers.search(runtime, by, asked, route="ledger search")]
    show({"customers": found}, as_json=as_json, lines=lambda: outline(found) if found else iter(["Nobody found."]))


def customer(
    customer_id: CustomerId,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="As recorded by this moment, or the end of this day.", metavar="T")
    ] = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Show what is known about a customer now, or as it had been recorded at an earlier moment."""
    from api.casework import customers
    from api.parameters import customer_number, moment

    number, at, by = customer_number(customer_id), moment(as_of) if as_of else None, caller(role, organisation)
    with opened_runtime() as runtime:
        answer = customers.customer(runtime, number, by, route="ledger customer", as_of=at)
    show(answer, as_json=as_json)


def history(
    customer_id: CustomerId,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Show every event about a customer in the order they were recorded."""
    from api.casework import customers
    from api.parameters import customer_number

    number, by = customer_number(customer_id), caller(role, organisation)
    with opened_runtime() as runtime:
        entries = customers.history(runtime, number, by, route="ledger history")
    rows = [entry.as_json() for entry in entries]
    result = {"customer_id": str(number), "entries": rows}
    show(result, as_json=as_json, lines=lambda: table(rows, _HISTORY))


def sar(
    customer_id: CustomerId,
    format_: Annotated[Literal["json", "html"], typer.Option("--format", help="json, or html to send.")] = "json",
    out: Out = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Make the subject-access report of a customer: everything that is held, ready to send."""
    from api import report_page
    from api.casework import subject_access
    from api.parameters import customer_number

    number, by = customer_number(customer_id), caller(role, organisation)
    with opened_runtime() as runtime:
        made = subject_access.report(runtime, number, by, route="ledger sar")
    html = format_ == "html" and not as_json
    write_out(report_page.render(made).encode() if html else orjson.dumps(made, option=orjson.OPT_INDENT_2), out)


def provenance(
    customer_id: CustomerId,
    format_: Annotated[
        Literal["table", "prov-json", "svg"], typer.Option("--format", help="table, prov-json or svg.")
    ] = "table",
    out: Out = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Show where each item about a customer came from and everyone it went to."""
    from api.casework import provenance as made
    from api.parameters import customer_number

    number, by = customer_number(customer_id), caller(role, organisation)
    with opened_runtime() as runtime:
        match format_:
            case "svg":
                write_out(made.svg(runtime, number, by, route="ledger provenance").encode(), out)
            case "prov-json":
                prov = made.prov_json(runtime, number, by, route="ledger provenance")
                write_out(orjson.dumps(prov, option=orjson.OPT_INDENT_2), out)
            case "table":
                answer = made.table(runtime, number, by, route="ledger provenance")
                if out is None:
                    show(answer, as_json=as_json, lines=lambda: _provenance_lines(answer))
                else:
                    write_out(orjson.dumps(answer, option=orjson.OPT_INDENT_2), out)


_OF_RECORD = {"customer_id": "record"}
_CAME = {"item": "item", "from": "came from", "when": "when", "how": "how", "went": "and went to"}


def _provenance_lines(answer: dict[str, Any]) -> Iterator[str]:
    """One line for each item, with everybody it went to; --json and the page have what happened to it in between."""
    rows = [
        {**row, "went": "; ".join(f"{share['to']} ({share['when']})" for share in row["went_to"])}
        for row in answer["rows"]
    ]
    yield from table(rows, {**_CAME, **_OF_RECORD} if answer["other_records"] else _CAME)
    if answer["other_records_not_shown"]:
        yield f"Not shown: {answer['other_records_not_shown']} other records of this person, which you may not read."
    for share in answer["shares_without_items"]:
        yield f"{share['when']}: {share['by']} to {share['to']}, {share['how']}; it is not recorded which items went."
