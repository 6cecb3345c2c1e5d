"""The command that begins to serve a person who stands in front of an adviser."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.cli.options import AsJson, Role, caller, object_in, opened_runtime
from api.cli.output import say, show

CONTRACTOR = "contractor"


def begin_serving(
    organisation: Annotated[
        str, typer.Option("--organisation", help="The contractor you act for, as registered.", metavar="CODE")
    ],
    role: Role = CONTRACTOR,
    as_json: AsJson = False,
) -> None:
    """Begin to serve the person whom standard input describes, as one JSON object, so that no name is in the command.

    It gives given_name, family_name, date_of_birth, one more identifier (email, telephone, postcode,
    universal_credit_id or unique_learner_number) and the reason. All must match one person.
    """
    from api.casework import serving

    by = caller(role, organisation)
    if sys.stdin.isatty():
        say('Type one JSON object, such as {"given_name": "…", "family_name": "…", …}, then Ctrl-D.')
    body = object_in("-")
    with opened_runtime() as runtime:
        served = serving.begin(runtime, body, by, route="ledger begin-serving")
    result = {"customer_id": str(served.customer_id), "served": True}
    sentence = f"{organisation} {'serves' if served.began else 'already serves'} customer {served.customer_id}."
    show(result, as_json=as_json, lines=lambda: iter([sentence]))
