"""The command line: every verb does its work, says it as JSON too, and fails in one sentence with its exit code."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.cli import app, run
from api.parameters import moment
from api.routes import examples
from ledger.commands.catalogue import COMMANDS
from ledger.errors import LedgerError
from projections.catalogue import VIEWS

SECRET = "Unmistakable-Canary-Name"
PROGRAM = [sys.executable, "-c", "from api.cli import main; main()"]
ROOT = Path(__file__).parents[2]
VIEW_NAMES = [view.name for view in VIEWS]
UNKNOWN = "00000000-0000-4000-8000-00000000dead"


class Terminal:
    """Runs the program in this process on a database of the test's own."""

    def __init__(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        self._captured = capfdbinary

    def __call__(self, *arguments: str) -> tuple[int, bytes, str]:
        self._captured.readouterr()
        code = run(arguments)
        said = self._captured.readouterr()
        return code, said.out, said.err.decode()

    def json(self, *arguments: str, code: int = 0) -> Any:
        ended, out, err = self(*arguments, "--json")
        assert ended == code, err
        return json.loads(out)

    def refused(self, *arguments: str) -> str:
        """The one sentence of a call that was wrong."""
        code, out, err = self(*arguments)
        assert code == 2, (out, err)
        assert err.startswith("ledger: ")
        assert err.count("\n") == 1
        assert err.endswith(".\n")
        assert "Traceback" not in err
        return err


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Terminal:
    """For calls that are wrong before any database is asked for: there is none."""
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEDGER_DATABASE_URL", "host=/nowhere dbname=none")
    return Terminal(capfdbinary)


@pytest.fixture
def environment(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    ours = {"LEDGER_DATABASE_URL": database, "LEDGER_HOME": str(tmp_path / "home")}
    for name in list(os.environ):
        if name.startswith("LEDGER_"):
            monkeypatch.delenv(name)
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    return ours


@pytest.fixture
def ledger(environment: dict[str, str], capfdbinary: pytest.CaptureFixture[bytes]) -> Terminal:
    return Terminal(capfdbinary)


@pytest.fixture
def recorded(ledger: Terminal, tmp_path: Path) -> Path:
    """The examples of the description, recorded: two people, one of whose service has ended."""
    path = tmp_path / "commands.ndjson"
    path.write_text("".join(json.dumps(one["value"]) + "\n" for one in examples.COMMANDS.values()), encoding="utf-8")
    said = ledger.json("record", str(path))
    counts = {name: said.pop(name) for name in ("findings", "breach_assessments")}
    assert said == {"read": 6, "recorded": 6, "repeated": 0, "refused": 0, "quarantined": 0, "refusals": []}
    # The examples say little, and what is not said is not taken to be true: whoever records is told at once.
    assert counts["findings"] > counts["breach_assessments"] > 0
    assert len(ledger.json("findings")["rows"]) == counts["findings"]
    return path


def standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))


# Help.


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
    assert "Did you mean give-consent" in nowhere.refused("commands", "give-consnt")


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


# Wrong calls.


@pytest.mark.parametrize(
    "arguments",
    [
        [SECRET],
        ["customer"],
        ["customer", SECRET],
        ["customer", UNKNOWN, SECRET],
        ["customer", UNKNOWN, "--nope"],
        ["customer", UNKNOWN, "--as-of", SECRET],
        ["customer", UNKNOWN, "--as-of", "2026-02-30"],
        ["customer", UNKNOWN, "--role", SECRET],
        ["customer", UNKNOWN, "--organisation", ""],
        ["history", "7"],
        ["sar", UNKNOWN, "--format", SECRET],
        ["provenance", UNKNOWN, "--format", SECRET],
        ["consents", UNKNOWN, "--format", SECRET],
        ["portable-copy", UNKNOWN, "--format", SECRET],
        ["due", "--on", SECRET],
        ["due", "--compare-with", SECRET],
        ["destroy", "--on", "31/12/2026"],
        ["rebuild", SECRET],
        ["token", "--role", SECRET],
        ["token", "--minutes", SECRET],
        ["token", "--minutes", "0"],
        ["generate", "--customers", SECRET, "--seed", "1"],
        ["demo", "--customers", "0"],
        ["import"],
        ["import", "dss"],
        ["record"],
        ["quarantine", "--open", SECRET],
        ["quarantine", "--discard", UNKNOWN, "--open", UNKNOWN],
        ["quarantine", "--reason", "not-a-report"],
    ],
    ids=lambda arguments: " ".join(arguments).replace(SECRET, "nonsense"),
)
def test_a_wrong_call_is_one_sentence_that_repeats_nothing_and_exit_code_2(nowhere, arguments):
    said = nowhere.refused(*arguments)

    assert SECRET not in said
    assert "cannot be reached" not in said


@pytest.mark.parametrize("verb", ["customer", "history", "sar", "provenance", "consents", "portable-copy"])
def test_an_unknown_customer_is_one_sentence(ledger, verb):
    assert "customer" in ledger.refused(verb, UNKNOWN)


def test_a_file_that_is_not_there_is_one_sentence(ledger, tmp_path):
    assert "cannot be read" in ledger.refused("record", str(tmp_path / "none.ndjson"))
    assert "none.ndjson" in ledger.refused("import", "dss", str(tmp_path / "none.ndjson"))


def test_a_file_that_is_a_directory_is_one_sentence(ledger, tmp_path):
    assert "directory" in ledger.refused("record", str(tmp_path))


def test_a_file_that_is_not_ndjson_is_one_sentence(ledger, tmp_path):
    path = tmp_path / "archive.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)))

    assert "not NDJSON" in ledger.refused("import", "dss", str(path))
    code, _, err = ledger("record", str(path))
    assert code == 2
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"), [("LEDGER_PORT", "eighty"), ("LEDGER_OIDC_ISSUER", "https://issuer.example")]
)
def test_a_setting_that_makes_no_sense_is_one_sentence_that_names_it(ledger, monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    assert name in ledger.refused("due")


def test_a_database_that_cannot_be_reached_is_one_sentence_without_its_password(ledger, monkeypatch, tmp_path):
    monkeypatch.setenv("LEDGER_DATABASE_URL", f"host={tmp_path} dbname=none user=ledger password={SECRET}")

    for verb in ("migrate", "due"):
        assert "cannot be reached" in ledger.refused(verb)


def test_an_address_of_a_database_that_is_none_is_one_sentence(ledger, monkeypatch):
    monkeypatch.setenv("LEDGER_DATABASE_URL", f"{SECRET} is no address")

    for verb in ("migrate", "due"):
        assert SECRET not in ledger.refused(verb)


def test_a_database_without_a_ledger_says_to_migrate(ledger, server, monkeypatch):
    name = f"bare_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    monkeypatch.setenv("LEDGER_DATABASE_URL", server.conninfo(dbname=name))

    assert "ledger migrate" in ledger.refused("due")
    assert ledger.json("migrate")["applied"]
    assert ledger.json("migrate")["applied"] == []
    assert ledger.json("due")["count"] == 0


def test_a_missing_key_file_is_one_sentence(ledger, recorded, tmp_path):
    (tmp_path / "home" / "key").unlink()

    assert "key file" in ledger.refused("verify")


def test_an_error_nobody_expected_is_one_sentence_without_its_message(ledger, monkeypatch):
    from api.casework import customers

    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(customers, "customer", break_down)
    said = ledger.refused("customer", UNKNOWN)

    assert "RuntimeError" in said
    assert SECRET not in said


def test_a_home_that_cannot_be_made_is_one_sentence(ledger, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path / "file" / "home"))

    for verb in ("token", "due"):
        assert "not a directory" in ledger.refused(verb).lower()


def test_a_reader_that_leaves_early_is_no_error(process, ledger, recorded):
    asked = process("history", examples.CUSTOMER, "--json")
    asked.stdout.close()
    asked.wait(timeout=60)

    assert (asked.returncode, asked.stderr.read()) == (0, "")


def test_a_refusal_in_the_middle_of_a_command_keeps_its_sentence(ledger, monkeypatch):
    from api.casework import customers

    def refuse(*_: object, **__: object) -> None:
        raise LedgerError("The sentence.")

    monkeypatch.setattr(customers, "history", refuse)

    assert ledger.refused("history", UNKNOWN) == "ledger: The sentence.\n"


# Recording.


def test_commands_again_are_repeated_and_change_nothing(ledger, recorded):
    before = ledger.json("verify")
    again = ledger.json("record", str(recorded))

    assert (again["recorded"], again["repeated"]) == (0, 6)
    assert ledger.json("verify") == before


def test_a_refused_line_is_told_and_does_not_stop_the_lines_after_it(ledger, tmp_path):
    path = tmp_path / "commands.ndjson"
    good = examples.COMMANDS["register"]["value"]
    lines = [json.dumps({**good, "nickname": SECRET}), "{", "", json.dumps(good)]
    path.write_text("\n".join(lines), encoding="utf-8")
    code, out, err = ledger("record", str(path), "--json")
    said = json.loads(out)

    assert code == 2
    assert (said["read"], said["recorded"], said["refused"]) == (3, 1, 2)
    assert [one["line"] for one in said["refusals"]] == [1, 2]
    assert "line 1" in err
    assert err.count("\n") == 1
    assert SECRET not in out.decode() + err


def test_commands_are_taken_from_standard_input_too(ledger, monkeypatch):
    standard_input(monkeypatch, json.dumps(examples.COMMANDS["register"]["value"]).encode())

    assert ledger.json("record", "-")["recorded"] == 1


def test_an_auditor_records_nothing(ledger, tmp_path):
    path = tmp_path / "commands.ndjson"
    path.write_text(json.dumps(examples.COMMANDS["register"]["value"]), encoding="utf-8")

    assert "auditor" in ledger.refused("record", str(path), "--role", "auditor")
    assert ledger.json("verify")["entries"] == 0


def test_an_import_tells_counts_that_add_up_and_lists_its_rejects(ledger, tmp_path):
    customer = {"_collection": "customers", "document": {"id": str(uuid.uuid4()), "FamilyName": SECRET}}
    path, rejects = tmp_path / "feed.ndjson", tmp_path / "rejects.ndjson"
    path.write_text(json.dumps(customer) + "\nnot json\n", encoding="utf-8")
    said = ledger.json("import", "dss", str(path), "--rejects", str(rejects))

    assert said["read"] == 2 == said["recorded"] + said["duplicates"] + said["rejected"]
    assert said["rejected"] >= 1
    listed = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
    assert len(listed) == said["rejected"]
    assert {"file", "line", "reason", "field"} == set(listed[0])
    assert SECRET not in rejects.read_text(encoding="utf-8")


# Asking.


def test_a_customer_is_shown_with_the_keys_of_the_contract(ledger, recorded):
    said = ledger.json("customer", examples.CUSTOMER)

    assert {
        *("customer_id", "consents", "last_interaction_at", "service_ended_at", "referrals", "shared_with"),
        *("received_from", "restricted", "holds", "destroyed"),
    } <= set(said)
    assert said["consents"]["market_research"]["state"] == "given"
    assert [one["organisation"] for one in said["shared_with"]] == ["0000000102", "JCP"]


def test_a_customer_is_shown_to_people_as_lines(ledger, recorded):
    code, out, _ = ledger("customer", examples.CUSTOMER)

    assert code == 0
    assert b"service ended at: 2026-06-30T16:00:00Z" in out


def test_a_customer_is_shown_as_of_an_earlier_moment(ledger, recorded):
    assert "at that time" in ledger.refused("customer", examples.CUSTOMER, "--as-of", "2026-01-01")
    assert ledger.json("customer", examples.CUSTOMER, "--as-of", "2100-01-01")["service_ended_at"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-07-01", "2026-07-01T22:59:59.999999+00:00"),
        ("2026-01-01", "2026-01-01T23:59:59.999999+00:00"),
        ("2026-01-01T10:00:00+01:00", "2026-01-01T09:00:00+00:00"),
    ],
)
def test_a_day_means_its_end_in_london(said, meant):
    assert moment(said).isoformat() == meant


def test_asking_is_recorded_before_anything_is_shown(ledger, recorded):
    before = ledger.json("verify")["entries"]
    ledger.json("customer", examples.CUSTOMER)
    last = ledger.json("history", examples.CUSTOMER)["entries"][-2]

    assert ledger.json("verify")["entries"] == before + 2
    assert (last["type"], last["facts"]["route"]) == ("personal-data-read", "ledger customer")


def test_a_customer_is_found_by_what_standard_input_says(ledger, recorded, monkeypatch):
    standard_input(monkeypatch, json.dumps(examples.SEARCHES["name"]["value"]).encode())

    assert [one["customer_id"] for one in ledger.json("search")["customers"]] == [examples.CUSTOMER]


@pytest.mark.parametrize("asked", [b"", b"Robin Example", b"[]", b'{"shoe": "9"}'])
def test_a_search_that_makes_no_sense_is_one_sentence(ledger, monkeypatch, asked):
    standard_input(monkeypatch, asked)

    assert "Robin" not in ledger.refused("search")


def test_the_report_is_json_or_a_page_and_its_file_is_for_its_owner_only(ledger, recorded, tmp_path):
    page = tmp_path / "report.html"
    code, _, err = ledger("sar", examples.CUSTOMER, "--format", "html", "--out", str(page))

    assert code == 0, err
    assert "<html" in page.read_text(encoding="utf-8")
    assert page.stat().st_mode & 0o777 == 0o600
    said = ledger.json("sar", examples.CUSTOMER)
    assert "Sample" not in json.dumps(said)


def test_a_report_that_cannot_be_written_is_one_sentence(ledger, recorded, tmp_path):
    assert "cannot be written" in ledger.refused("sar", examples.CUSTOMER, "--out", str(tmp_path / "no" / "report"))


@pytest.mark.parametrize(("format_", "begins"), [("prov-json", b"{"), ("svg", b"<svg"), ("table", b"")])
def test_provenance_is_shown_in_every_format(ledger, recorded, format_, begins):
    code, out, err = ledger("provenance", examples.CUSTOMER, "--format", format_)

    assert code == 0, err
    assert out.lstrip().startswith(begins)
    assert out.strip()


def test_consents_are_written_as_records_and_as_linked_data(ledger, recorded):
    [record] = ledger.json("consents", examples.CUSTOMER)["records"]
    code, out, err = ledger("consents", examples.CUSTOMER, "--format", "json-ld")

    assert code == 0, err
    assert json.loads(out)["@graph"][0]["dct:identifier"] == record["record_id"]


def test_a_portable_copy_as_csv_is_a_file_for_oneself_and_says_beside_it_that_something_is_left_out(
    ledger, recorded, tmp_path
):
    file = tmp_path / "copy.csv"
    code, _, err = ledger("portable-copy", examples.CUSTOMER, "--format", "csv", "--out", str(file))

    assert code == 0, err
    assert file.read_bytes() == b"record,collection,field,value,since,basis\r\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "The list is in --format json." in err
    assert ledger.json("portable-copy", examples.CUSTOMER)["left_out"]


# Retention.


@pytest.fixture
def overdue(ledger: Terminal, tmp_path: Path) -> str:
    """A customer whose service ended long ago, with payment evidence and without a local period."""
    number = str(uuid.uuid4())
    registered = {**examples.COMMANDS["register"]["value"], "id": str(uuid.uuid4()), "customer_id": number}
    ended = {
        **examples.COMMANDS["end"]["value"],
        "id": str(uuid.uuid4()),
        "customer_id": number,
        "audit_minimum": {"outcome": "advised"},
    }
    path = tmp_path / "overdue.ndjson"
    lines = [{**registered, "occurred_at": "2015-01-05T09:00:00Z"}, {**ended, "occurred_at": "2016-01-05T09:00:00Z"}]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    ledger.json("record", str(path))
    return number


def test_what_is_due_is_listed_for_any_date(ledger, overdue):
    assert ledger.json("due", "--on", "2022-01-04")["rows"] == []
    said = ledger.json("due", "--on", "2022-01-05")

    assert said["on"] == "2022-01-05"
    assert said["count"] == len(said["rows"]) == 1
    [row] = said["rows"]
    assert set(row) >= {"customer_id", "class", "destroy_by", "rule", "because", "held_by"}
    assert (row["customer_id"], row["class"], row["destroy_by"]) == (overdue, "payment_evidence", "2022-01-05")
    assert {one["class"] for one in said["exceptions"]} >= {"identity"}


def test_the_holds_to_review_are_listed_with_what_is_due(ledger, overdue, tmp_path):
    """DEST-03"""
    path = tmp_path / "hold.json"
    about = {
        "id": str(uuid.uuid4()),
        "type": "place-hold",
        "occurred_at": "2016-02-01T09:00:00Z",
        "customer_id": overdue,
    }
    said = {"hold_id": "h", "code": "HOLD_LEGAL", "owner": "legal team", "review_on": "2022-01-04"}
    path.write_text(json.dumps({**about, **said}), encoding="utf-8")
    ledger.json("record", str(path))

    assert ledger.json("due", "--on", "2022-01-04")["hold_reviews"] == []
    [row] = ledger.json("due", "--on", "2022-01-05")["hold_reviews"]
    assert (row["customer_id"], row["hold_id"], row["owner"]) == (overdue, "h", "legal team")


@pytest.mark.parametrize("answered", ["n", "y"])
def test_on_a_terminal_nothing_is_destroyed_before_somebody_has_seen_the_list_and_said_yes(
    ledger, overdue, monkeypatch, answered
):
    terminal, typed = os.openpty()
    os.write(terminal, f"{answered}\n".encode())
    with os.fdopen(typed) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        code, _, err = ledger("destroy", "--on", "2022-01-05")
    os.close(terminal)
    assert code == (1 if answered == "n" else 0)
    assert ("nothing was destroyed" in err) == (answered == "n")
    assert all(said in err for said in (overdue, "1 of payment_evidence", "Digest of the list:", "Nobody can bring"))
    assert ledger.json("due", "--on", "2022-01-05")["count"] == (1 if answered == "n" else 0)


def test_a_dry_run_gives_the_digest_that_the_run_then_has(ledger, overdue):
    planned = ledger.json("destroy", "--on", "2022-01-05", "--dry-run")
    assert ledger.json("due", "--on", "2022-01-05")["count"] == 1
    done = ledger.json("destroy", "--on", "2022-01-05", "--digest", planned["digest"])

    assert done["digest"] == planned["digest"]
    assert (planned["destroyed"], done["destroyed"], done["held"]) == (1, 1, 0)
    assert [one["customer_id"] for one in done["certificates"]] == [overdue]
    assert ledger.json("due", "--on", "2022-01-05")["count"] == 0
    assert [one["class"] for one in ledger.json("customer", overdue)["destroyed"]] == ["payment_evidence"]
    assert ledger.json("verify")["ok"] is True


def test_a_run_with_another_digest_destroys_nothing(ledger, overdue):
    assert "changed" in ledger.refused("destroy", "--on", "2022-01-05", "--digest", "0" * 64)
    assert ledger.json("due", "--on", "2022-01-05")["count"] == 1


def test_only_a_records_manager_destroys(ledger, overdue):
    assert "records manager" in ledger.refused("destroy", "--role", "case-worker")


# Operating.


def test_verify_ends_with_1_and_names_the_first_entry_that_does_not_fit(ledger, recorded, database):
    fine = ledger.json("verify")
    assert (fine["ok"], fine["entries"], fine["first_bad"]) == (True, ledger.json("project")["position"], None)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE ledger.event SET actor = actor || 'x' WHERE position = 3")

    said = ledger.json("verify", code=1)
    assert (said["ok"], said["first_bad"]) == (False, 3)
    code, out, err = ledger("verify")
    assert code == 1
    assert b"3" in out
    assert err == ""


def test_views_are_projected_and_rebuilt_to_the_head(ledger, recorded):
    head = ledger.json("verify")["entries"]
    assert ledger.json("project") == {"position": head}
    rebuilt = ledger.json("rebuild")["views"]
    assert {one["view"]: one["position"] for one in rebuilt} == dict.fromkeys(VIEW_NAMES, head)
    assert ledger.json("rebuild", "shares")["views"] == [{"view": "shares", "position": head}]


def test_a_token_is_printed_alone_so_that_a_shell_can_use_it(ledger):
    code, out, _ = ledger("token", "--role", "auditor")

    assert code == 0
    assert out.count(b".") == 2
    assert out.count(b"\n") == 1
    assert ledger.json("token", "--minutes", "5")["role"] == "case-worker"


def test_no_token_is_issued_when_another_issuer_is_set(ledger, monkeypatch):
    monkeypatch.setenv("LEDGER_OIDC_ISSUER", "https://issuer.example")
    monkeypatch.setenv("LEDGER_OIDC_KEYS", "/nowhere")

    assert "LEDGER_OIDC_ISSUER" in ledger.refused("token")


def test_a_generated_world_can_be_imported_and_recorded(ledger, tmp_path):
    world = tmp_path / "world"
    said = ledger.json("generate", "--customers", "3", "--seed", "1", "--out", str(world))
    imported = ledger.json("import", "dss", str(world / "feed.ndjson"))

    assert said["documents"] == imported["read"]
    assert imported["recorded"] > 0
    assert "empty" in ledger.refused("generate", "--customers", "3", "--seed", "1", "--out", str(world))


# Serving: a process of its own, since it listens to signals.


@pytest.fixture
def process(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environ: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        ours = {**os.environ, "PYTHONUNBUFFERED": "1", **environ}
        running = subprocess.Popen([*PROGRAM, *arguments], env=ours, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)
        started.append(running)
        return running

    yield start
    for running in started:
        running.kill()
        running.communicate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_serve_prints_its_address_answers_and_stops_cleanly_when_told_to(process, tmp_path):
    port = free_port()
    home = tmp_path / "own home"
    serving = process("serve", LEDGER_PORT=str(port), LEDGER_HOME=str(home), LEDGER_DATABASE_URL="")
    assert serving.stdout.readline() == f"Serving on http://127.0.0.1:{port}\n"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
        assert answer.status == 200
    until = time.monotonic() + 20
    while json.loads(_readiness(port))["ready"] is not True:
        assert time.monotonic() < until
        time.sleep(0.1)
    serving.send_signal(signal.SIGTERM)
    _, err = serving.communicate(timeout=30)

    assert serving.returncode == 0, err
    assert "Traceback" not in err
    assert not (home / "data" / "postmaster.pid").exists()


def _readiness(port: int) -> bytes:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as not_yet:
        return bytes(not_yet.read())


def test_a_port_that_is_taken_is_one_sentence(process):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        _, err = (serving := process("serve", LEDGER_PORT=str(port))).communicate(timeout=60)

    assert serving.returncode == 2
    assert err.startswith(f"ledger: Port {port} of 127.0.0.1 cannot be listened on")
    assert err.count("\n") == 1


def test_project_follows_until_it_is_told_to_stop(process, ledger, recorded, database):
    following = process("project", "--follow")
    assert following.stdout.readline() == "Keeping the views up.\n"
    until = time.monotonic() + 20
    while _position(database) < 7:
        assert time.monotonic() < until
        time.sleep(0.1)
    following.send_signal(signal.SIGTERM)
    _, err = following.communicate(timeout=30)

    assert (following.returncode, err) == (0, "")


def _position(database: str) -> int:
    with psycopg.connect(database) as connection:
        if connection.execute("SELECT to_regclass('view.progress') IS NULL").fetchone() == (True,):
            return 0
        row = connection.execute("SELECT coalesce(min(position), 0) FROM view.progress").fetchone()
    return int(row[0]) if row else 0
