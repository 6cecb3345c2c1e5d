"""A session of the pages: on the server, ended by signing out, by idleness, by age and by the operator."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from api.pages.forms import COOKIE
from api.sessions import Sessions
from ledger.caller import Caller
from ledger.errors import NotSignedIn, Tampered
from ledger.recording import Ledger
from tests.conftest import Clock

Visit = Callable[..., TestClient]
ADVISER = Caller(role="case-worker", organisation="0000000101", subject="Unmistakable Adviser")
WORKER = {"role": "case-worker", "organisation": "0000000101"}


def signed_in(client: TestClient) -> TestClient:
    assert client.post("/sign-in", data=WORKER).status_code == 303
    return client


def cookie_of(client: TestClient) -> str:
    return str(client.cookies[COOKIE])


def let_in(client: TestClient, cookie: str) -> bool:
    client.cookies.clear()
    client.cookies.set(COOKIE, cookie, domain="127.0.0.1")
    return client.get("/requests").status_code == 200


def form_token(client: TestClient, path: str = "/search") -> str:
    found = re.search(r'name="form_token" value="([^"]*)"', client.get(path).text)
    assert found is not None
    return found[1]


@pytest.fixture
def sessions(ledger: Ledger) -> Sessions:
    return Sessions(ledger, issuer="an issuer", idle=timedelta(minutes=30), longest=timedelta(minutes=480))


def rows(database: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute("SELECT * FROM ledger.session").fetchall()


# Signing out, and the cookie.


def test_a_cookie_is_of_no_use_after_signing_out(visit: Visit):
    client = signed_in(visit())
    cookie = cookie_of(client)
    assert let_in(client, cookie)

    client.post("/sign-out", data={"form_token": form_token(client)})

    assert not let_in(client, cookie)


def test_signing_out_of_one_browser_leaves_the_other_signed_in(visit: Visit):
    client = visit()
    first = cookie_of(signed_in(client))
    client.cookies.clear()
    second = cookie_of(signed_in(client))
    client.post("/sign-out", data={"form_token": form_token(client)})

    assert let_in(client, first)
    assert not let_in(client, second)


def test_nobody_is_signed_out_by_another_site(visit: Visit):
    client = signed_in(visit())
    assert client.post("/sign-out").status_code == 403
    token = form_token(client)
    elsewhere = {"origin": "https://elsewhere.example"}
    assert client.post("/sign-out", data={"form_token": token}, headers=elsewhere).status_code == 403
    assert let_in(client, cookie_of(client))


def test_over_https_the_cookie_is_for_this_host_and_protected_connections_only(visit: Visit):
    client = visit(address="https://ledger.example", LEDGER_DEV="1", LEDGER_ALLOWED_HOSTS="ledger.example")
    set_ = client.post("/sign-in", data=WORKER).headers["set-cookie"]

    assert set_.startswith(f"__Host-{COOKIE}=")
    for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert part in set_
    assert "Domain" not in set_
    assert client.get("/requests").status_code == 200
    dropped = client.post("/sign-out", data={"form_token": form_token(client)}).headers["set-cookie"]
    assert dropped.startswith(f'__Host-{COOKIE}="";')
    assert "Secure" in dropped


def test_over_https_a_cookie_without_the_prefix_is_not_looked_at(visit: Visit):
    client = visit(address="https://ledger.example", LEDGER_DEV="1", LEDGER_ALLOWED_HOSTS="ledger.example")
    signed_in(client)
    secret = client.cookies[f"__Host-{COOKIE}"]
    client.cookies.clear()
    client.cookies.set(COOKIE, secret)

    assert client.get("/requests").status_code == 303


def test_a_session_chosen_by_somebody_else_is_not_taken_over(visit: Visit, database: str):
    client = visit()
    client.cookies.set(COOKIE, "chosen-by-somebody-else", domain="127.0.0.1")
    client.post("/sign-in", data=WORKER)

    assert not let_in(client, "chosen-by-somebody-else")
    assert len(rows(database)) == 1


def test_signing_in_again_gives_a_new_secret_and_ends_the_session_before(visit: Visit, database: str):
    client = signed_in(visit())
    before = cookie_of(client)
    after = cookie_of(signed_in(client))

    assert before != after
    assert not let_in(client, before)
    assert let_in(client, after)
    assert len(rows(database)) == 1


def test_a_form_belongs_to_its_session_and_not_to_the_next_of_the_same_person(visit: Visit):
    client = signed_in(visit())
    token = form_token(client)
    signed_in(client)

    assert client.post("/search", data={"form_token": token, "email": "a@a.example"}).status_code == 403
    fields = {"form_token": form_token(client), "email": "a@a.example"}
    assert client.post("/search", data=fields).status_code == 200


# When it ends by itself.


def test_a_session_nobody_uses_for_half_an_hour_ends(sessions: Sessions, clock: Clock):
    secret = sessions.begin(ADVISER, instead_of=None)
    for _ in range(5):
        clock.time += timedelta(minutes=29)
        assert sessions.caller(secret) == ADVISER
    clock.time += timedelta(minutes=30)

    with pytest.raises(NotSignedIn):
        sessions.caller(secret)


def test_a_session_ends_after_eight_hours_however_much_it_is_used(sessions: Sessions, clock: Clock):
    secret, began = sessions.begin(ADVISER, instead_of=None), clock.time
    while clock.time - began < timedelta(minutes=460):
        clock.time += timedelta(minutes=20)
        sessions.caller(secret)
    clock.time += timedelta(minutes=20)

    with pytest.raises(NotSignedIn):
        sessions.caller(secret)


def test_the_operator_sets_both_limits(visit: Visit, clock: Clock):
    client = signed_in(visit(LEDGER_SESSION_IDLE_MINUTES="2", LEDGER_SESSION_MINUTES="5"))
    for _ in range(2):
        clock.time += timedelta(minutes=1, seconds=50)
        assert client.get("/requests").status_code == 200
    clock.time += timedelta(minutes=1, seconds=50)
    assert client.get("/requests").status_code == 303

    signed_in(client)
    clock.time += timedelta(minutes=2)
    assert client.get("/requests").status_code == 303


def test_reading_pages_writes_the_last_use_down_once_a_minute(sessions: Sessions, clock: Clock, database: str):
    secret = sessions.begin(ADVISER, instead_of=None)
    before = rows(database)
    for _ in range(10):
        sessions.caller(secret)
    assert rows(database) == before
    clock.time += timedelta(minutes=1)
    sessions.caller(secret)
    assert rows(database) != before


def test_sessions_that_ended_are_deleted_when_the_next_begins_or_somebody_looks(
    sessions: Sessions, clock: Clock, database: str
):
    for _ in range(3):
        sessions.begin(ADVISER, instead_of=None)
        clock.time += timedelta(minutes=20)
    assert len(sessions.listed()) == 1
    assert len(rows(database)) == 1
    clock.time += timedelta(hours=9)
    sessions.begin(ADVISER, instead_of=None)
    assert len(rows(database)) == 1


# What the database holds.


def test_several_processes_share_the_sessions(ledger: Ledger, sessions: Sessions):
    secret = sessions.begin(ADVISER, instead_of=None)
    assert ledger.opening is not None
    other = ledger.opening.open()
    other.now = ledger.now
    elsewhere = Sessions(other, issuer="an issuer", idle=timedelta(minutes=30), longest=timedelta(minutes=480))

    assert elsewhere.caller(secret) == ADVISER
    elsewhere.end(secret)
    other.close()
    with pytest.raises(NotSignedIn):
        sessions.caller(secret)


def test_the_database_holds_neither_the_secret_nor_whose_session_it_is(sessions: Sessions, database: str):
    secret = sessions.begin(ADVISER, instead_of=None)
    (row,) = rows(database)
    kept = b"".join(part if isinstance(part, bytes) else str(part).encode() for part in row)

    assert hashlib.sha256(secret.encode()).digest() in kept
    assert secret.encode() not in kept
    assert b"Unmistakable" not in kept
    assert len(secret) >= 43


def test_only_the_writer_sees_the_sessions(database: str):
    with psycopg.connect(database) as connection:
        granted = connection.execute(
            "SELECT DISTINCT grantee FROM information_schema.role_table_grants WHERE table_name = 'session'"
        ).fetchall()
    assert {str(grantee).rsplit("_", maxsplit=1)[-1] for (grantee,) in granted} == {"owner", "writer"}


def test_a_row_that_somebody_altered_makes_nobody_a_records_manager(sessions: Sessions, database: str):
    secret, other = (sessions.begin(by, instead_of=None) for by in (ADVISER, Caller(
        role="records-manager", organisation="controller", subject="somebody")))  # fmt: skip
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE ledger.session SET role = 'records-manager', organisation = 'controller'")
    assert sessions.caller(secret).role == "case-worker"  # what is listed decides nothing
    with psycopg.connect(database) as connection:
        connection.execute(
            "UPDATE ledger.session SET blob = (SELECT blob FROM ledger.session WHERE digest = %s)",
            [hashlib.sha256(other.encode()).digest()],
        )
    with pytest.raises(Tampered):
        sessions.caller(secret)


def test_a_session_of_another_issuer_is_none(ledger: Ledger, sessions: Sessions):
    secret = sessions.begin(ADVISER, instead_of=None)
    later = Sessions(ledger, issuer="another issuer", idle=timedelta(minutes=30), longest=timedelta(minutes=480))

    with pytest.raises(NotSignedIn):
        later.caller(secret)


def test_a_session_of_the_development_issuer_is_of_no_use_where_that_does_not_work(visit: Visit):
    client = signed_in(visit(LEDGER_DEV="1", sender="192.168.1.9"))
    cookie = cookie_of(client)
    assert let_in(client, cookie)

    assert not let_in(visit(sender="192.168.1.9"), cookie)
    assert not let_in(visit(LEDGER_OIDC_ISSUER="https://issuer.example"), cookie)
    assert let_in(visit(), cookie)


@pytest.mark.parametrize("made_up", ["", "x", "\udce9", "A" * 5000])
def test_a_made_up_secret_is_no_session(sessions: Sessions, made_up: str):
    with pytest.raises(NotSignedIn):
        sessions.caller(made_up)
