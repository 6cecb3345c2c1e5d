"""The commands about the rules: rules, propose and findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.options import CASE_WORKER, CONTROLLER, AsJson, Organisation, Role, caller, object_in, opened_runtime
from api.cli.output import ROWS_SHOWN, json_rows, show, table

if TYPE_CHECKING:
    from projections.findings.rows import ListedFinding

_RULES = {"id": "rule", "severity": "severity", "proposed": "proposed", "status": "status", "findings": "findings"}
_FINDINGS = {
    "rule_id": "rule",
    "severity": "severity",
    "state": "state",
    "organisation": "about",
    "customer_id": "customer",
    "subject_id": "share or record",
    "fields": "shown by",
    "occurred_at": "occurred",
}
_SAID = {"rule_id": "rule", "answer": "answer", "fields": "shown by", "sentence": "sentence"}


def rules(
    rule_id: Annotated[str | None, typer.Argument(help="One rule, such as CH-EMAIL-01.", metavar="[ID]")] = None,
    as_json: AsJson = False,
) -> None:
    """Show every rule of the sources, or one: its sentence, what became of it and how many findings it has."""
    from api.casework import findings
    from ledger.rules.catalogue import RULES, described

    chosen = RULES if rule_id is None else (findings.rule_named(rule_id),)
    with opened_runtime() as runtime:
        counts = findings.counts(runtime, caller(CASE_WORKER, CONTROLLER))
    rows = [{**described(rule), "findings": counts.get(rule.id, 0)} for rule in chosen]
    if rule_id is not None:
        show(rows[0], as_json=as_json)
    else:
        show({"count": len(rows), "rules": rows}, as_json=as_json, lines=lambda: table(rows, _RULES, total=len(rows)))


def propose(
    file: Annotated[str, typer.Argument(help="One command as JSON, or - for standard input.", metavar="FILE|-")],
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Ask the rules about a command before doing it; nothing is recorded but a refusal. Exit 1 when it is refused."""
    from api.casework import proposals

    by, body = caller(role, organisation), object_in(file)
    with opened_runtime() as runtime:
        proposal = proposals.propose(runtime, body, by)
    result = proposal.as_json()
    show(result, as_json=as_json, lines=lambda: _answer(result))
    if proposal.answer == "refuse":
        raise typer.Exit(1)


def _answer(result: dict[str, Any]) -> Iterator[str]:
    yield f"The answer is {result['answer']}."
    for name in ("suggested_emails", "suggested_parcels"):
        if name in result:
            yield f"It may go in {result[name]} {name.removeprefix('suggested_')}."
    if result["items_refused"]:
        yield f"These items may not go: {', '.join(result['items_refused'])}."
    if result["rules"]:
        yield from table([{**row, "fields": ", ".join(row["fields"])} for row in result["rules"]], _SAID)


def findings(
    rule: Annotated[str | None, typer.Option(help="Of this rule only.", metavar="ID")] = None,
    severity: Annotated[str | None, typer.Option(help="S1, S2 or S3.", metavar="S")] = None,
    state: Annotated[
        str | None, typer.Option(help="Only open, assessed, remediated or closed ones.", metavar="STATE")
    ] = None,
    about: Annotated[
        str | None, typer.Option("--about", help="Of this organisation and its sub-contractors.", metavar="CODE")
    ] = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Show the rules that were broken, in the order they were recorded."""
    from api.casework.findings import everything, wanted

    by = caller(role, organisation)
    with opened_runtime() as runtime:
        asked = wanted(runtime, by, rule=rule, severity=severity, state=state, organisation=about)
        found = everything(runtime, by, asked)
    show(found.as_json(), as_json=as_json, lines=lambda: _findings(found.rows))


def _findings(rows: Sequence[ListedFinding]) -> Iterator[str]:
    """The findings as a table; `shown by` names the fields of the share or record that the rule looked at."""
    shown = [{**row.as_json(), "fields": ", ".join(row.finding.fields)} for row in rows[:ROWS_SHOWN]]
    return table(shown, _FINDINGS, total=len(rows))


_BREACHES = {
    "assessment_id": "assessment",
    "due_at": "regulator by",
    "risk": "risk",
    "controller_notified_at": "controller told",
    "regulator_notified_at": "regulator told",
    "outcome": "outcome",
    "organisation": "about",
    "customer_id": "customer",
}


def breaches(
    state: Annotated[Literal["open", "closed"] | None, typer.Option(help="Only what is open, or closed.")] = None,
    about: Annotated[
        str | None, typer.Option("--about", help="Of this organisation and its sub-contractors.", metavar="CODE")
    ] = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Show the register of breach assessments: until when the regulator must know, and what came of each."""
    from api.casework.findings import every_breach

    by = caller(role, organisation)
    open_ = None if state is None else state == "open"
    with opened_runtime() as runtime:
        found = every_breach(runtime, by, organisation=about, open_=open_)
    rows = found.rows
    show(found.as_json(), as_json=as_json, lines=lambda: table(json_rows(rows), _BREACHES, total=len(rows)))
