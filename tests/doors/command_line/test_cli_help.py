"""The help of every verb."""

from __future__ import annotations

import subprocess
import sys

import pytest

from api.cli import app, run
from ledger.commands.catalogue import COMMANDS
from tests.doors.command_line.terminal import ROOT, Terminal


def verbs() -> list[list[str]]:
    return [[str(one.name)] for one in app.registered_commands] + [["import", "dss"]]


@pytest.mark.parametrize("verb", verbs(), ids=" ".join)
def test_the_help_of_every_verb_says_what_it_does_and_has_an_example(capsys, verb):
    assert run([*verb, "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())

    assert f"Example: ledger {' '.join(verb)}" in said


def test_every_verb_that_prints_a_result_can_print_it_as_json(capsys):
    without = []
    for verb in verbs():
        run([*verb, "--help"])
        if "--json" not in capsys.readouterr().out:
            without.append(" ".join(verb))

    assert without == ["serve"]


def test_the_verbs_of_this_stage_are_there_and_no_others():
    assert {" ".join(verb) for verb in verbs()} == {
        *("demo", "serve", "migrate", "import dss", "record", "search", "customer", "history", "sar", "provenance"),
        *("consents", "portable-copy", "propose", "findings", "breaches", "obligations", "rules", "quarantine"),
        *("begin-serving", "claims", "claim", "attempts", "grants", "access-review", "poison"),
        *(
            "commands",
            "requests",
            "request",
            "due",
            "destroy",
            "project",
            "rebuild",
            "verify",
            "token",
            "sessions",
            "generate",
            "bench",
        ),
    }


def test_a_command_is_explained_by_name_and_one_there_is_not_is_refused(nowhere: Terminal):
    said = nowhere.json("commands", "give-consent")
    assert (said["about"], said["needs"]) == ("customer_id", ["scope", "mechanism"])
    code, out, _ = nowhere("commands", "give-consent")
    assert (code, b"scope" in out) == (0, True)
    assert {row["type"] for row in nowhere.json("commands")["commands"]} == set(COMMANDS)
    assert "the nearest are give-consent" in nowhere.refused("commands", "give-consnt")


def test_a_command_is_shown_for_a_channel_with_its_codes_and_an_example(nowhere: Terminal):
    shown = nowhere.json("commands", "share-data", "--for", "email")
    fields = {row["field"]: row for row in shown["fields"]}
    assert ("recipient_addresses" in fields, "courier" in fields) == (True, False)
    assert "email" in fields["channel"]["codes"]
    assert shown["example"]["channel"] == "email"
    assert {command["type"] for command in shown["before"]} == {*shown["after"]}
    code, out, _ = nowhere("commands", "share-data", "--for", "post", "--for", "special-categories")
    assert (code, b"postal_product" in out, b"special_condition" in out, b"cc_addresses" in out) == (0, 1, 1, 0)
    assert {row["type"] for row in nowhere.json("commands", "--for", "email")["commands"]} == {
        "share-data",
        "receive-data",
    }
    assert "one of these: jobcentre-plus, email" in nowhere.refused("commands", "share-data", "--for", "fax")


def test_the_help_does_not_wait_for_what_only_some_verbs_need():
    script = (
        "import sys; from api.cli import run; run(['--help']); slow = {'fastapi', 'uvicorn', 'psycopg', 'faker',"
        "'eventsourcing', 'jinja2'}; print(sorted(slow & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)

    assert said.stdout.splitlines()[-1] == "[]"
