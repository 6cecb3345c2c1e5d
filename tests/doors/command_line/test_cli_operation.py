"""Retention, operation and serving at the command line."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import httpx2
import psycopg
import pytest

from api.casework.runtime import opened
from api.routes import examples
from api.sessions import Sessions
from ledger.caller import Caller
from projections.catalogue import VIEWS
from tests.doors.command_line.terminal import Terminal
from tests.runtimes import settings_of

VIEW_NAMES = [view.name for view in VIEWS]


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


@pytest.mark.parametrize("host", ["::", "192.168.1.5"])
def test_no_token_is_issued_that_would_be_refused(ledger, monkeypatch, host):
    monkeypatch.setenv("LEDGER_HOST", host)
    assert "LEDGER_DEV=1" in ledger.refused("token")
    monkeypatch.setenv("LEDGER_DEV", "1")
    assert ledger.json("token")["role"] == "case-worker"


def signed_in(database: str, home: Path, role: str) -> None:
    caller = Caller(role=role, organisation="controller", subject="Unmistakable Adviser")
    with opened(settings_of(database, home)) as runtime:
        Sessions.of(runtime).begin(caller, instead_of=None)


def test_sessions_are_listed_without_names_and_ended_by_their_id(ledger, database, tmp_path):
    for role in ("auditor", "case-worker"):
        signed_in(database, tmp_path / "home", role)
    listed = ledger.json("sessions")
    assert [session["role"] for session in listed["sessions"]] == ["auditor", "case-worker"]
    _, out, _ = ledger("sessions")
    assert b"Unmistakable" not in out

    assert ledger.json("sessions", "--end", listed["sessions"][0]["id"]) == {"ended": 1}
    assert [session["role"] for session in ledger.json("sessions")["sessions"]] == ["case-worker"]
    assert "no session with this id" in ledger.refused("sessions", "--end", listed["sessions"][0]["id"])
    assert ledger.json("sessions", "--end-all") == {"ended": 1}
    assert ledger.json("sessions") == {"count": 0, "sessions": []}


def test_ending_a_session_needs_its_id(ledger):
    assert "UUID" in ledger.refused("sessions", "--end", "everybody")
    assert "--end-all" in ledger.refused("sessions", "--end-all", "--end", "5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2d01")


def test_a_generated_world_can_be_imported_and_recorded(ledger, tmp_path):
    world = tmp_path / "world"
    said = ledger.json("generate", "--customers", "3", "--seed", "1", "--out", str(world))
    imported = ledger.json("import", "dss", str(world / "feed.ndjson"))

    assert said["documents"] == imported["read"]
    assert imported["recorded"] > 0
    assert "empty" in ledger.refused("generate", "--customers", "3", "--seed", "1", "--out", str(world))


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


def _sign_in(port: int, **headers: str) -> httpx2.Response:
    """What a browser on this machine is answered that signs in at the development issuer."""
    fields = {"role": "auditor", "organisation": "controller"}
    return httpx2.post(f"http://127.0.0.1:{port}/sign-in", data=fields, headers=headers)


def test_served_for_real_a_header_of_a_proxy_moves_nobody_nearer(process, database, tmp_path):
    port = free_port()
    serving = process("serve", LEDGER_PORT=str(port))
    assert serving.stdout.readline() == f"Serving on http://127.0.0.1:{port}\n"
    assert _sign_in(port).status_code == 303
    for header in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"):
        assert _sign_in(port, **{header: "https"}).status_code == 403
    serving.send_signal(signal.SIGTERM)
    assert "sign in" not in serving.communicate(timeout=30)[1]


@pytest.mark.parametrize(("dev", "sentence"), [("1", "can sign in as anybody"), ("", "Nobody can sign in")])
def test_serving_other_machines_without_an_issuer_says_who_can_sign_in(process, dev, sentence):
    port = free_port()
    serving = process("serve", LEDGER_PORT=str(port), LEDGER_HOST="0.0.0.0", LEDGER_DEV=dev)  # noqa: S104
    assert serving.stdout.readline() == f"Serving on http://0.0.0.0:{port}\n"
    answer = _sign_in(port, **{"X-Forwarded-Proto": "https"})
    assert answer.status_code == (303 if dev else 403)
    assert "__Host-" not in answer.headers.get("set-cookie", "")  # this sender is no proxy that anybody trusts
    serving.send_signal(signal.SIGTERM)
    assert sentence in serving.communicate(timeout=30)[1]


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
