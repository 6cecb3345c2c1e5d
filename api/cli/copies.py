"""The commands that export a person's data in a standard form: consents and portable-copy."""

from __future__ import annotations

from typing import Annotated, Literal

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
    opened_runtime,
    write_out,
)
from api.cli.output import say


def consents(
    customer_id: CustomerId,
    format_: Annotated[Literal["json", "json-ld"], typer.Option("--format", help="json, or json-ld.")] = "json",
    out: Out = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Export what a customer consented to as records of ISO/IEC TS 27560, one for each thing consent was asked for.

    The id of a record is a UUID of version 5: the same consent of the same person has the same one every time.
    """
    from api.casework import exports
    from api.parameters import customer_number
    from projections.exports.linked_data import linked_data

    number, by = customer_number(customer_id), caller(role, organisation)
    with opened_runtime() as runtime:
        made = exports.consent_records(runtime, number, by, route="ledger consents")
    graph = format_ == "json-ld" and not as_json
    write_out(orjson.dumps(linked_data(made) if graph else made.as_json(), option=orjson.OPT_INDENT_2), out)


def portable_copy(
    customer_id: CustomerId,
    format_: Annotated[Literal["json", "csv"], typer.Option("--format", help="json, or csv.")] = "json",
    out: Out = None,
    role: Role = CASE_WORKER,
    organisation: Organisation = CONTROLLER,
    as_json: AsJson = False,
) -> None:
    """Export the data a customer may take with them: what they provided, used with consent or for a contract.

    The JSON also lists what is left out and why. In the CSV, a cell that a spreadsheet could take for a formula has an
    apostrophe in front; take one off a cell that begins with one, and the value is as it was.
    """
    from api.casework import exports
    from api.parameters import customer_number
    from projections.exports.portable_copy import as_csv

    number, by = customer_number(customer_id), caller(role, organisation)
    with opened_runtime() as runtime:
        copy = exports.portable_copy(runtime, number, by, route="ledger portable-copy")
    if format_ == "csv" and not as_json:
        write_out(as_csv(copy), out)
        say(copy.sentence + (" The list is in --format json." if copy.left_out else ""))
    else:
        write_out(orjson.dumps(copy.as_json(), option=orjson.OPT_INDENT_2), out)
