"""A wrong call of the command line is one sentence and an exit code."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from api.routes import examples
from ledger.errors import LedgerError
from tests.doors.command_line.terminal import SECRET

UNKNOWN = "00000000-0000-4000-8000-00000000dead"


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
    ("name", "value"), [("LEDGER_PORT", "eighty"), ("LEDGER_OIDC_JWKS_URL", "https://issuer.example/keys")]
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
