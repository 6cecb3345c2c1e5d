"""Unmistakable strings in every personal field, by every door: they appear in no column, index, log, error or dump."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import typing
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework import serving
from api.casework.runtime import Runtime
from api.dss.importer import import_documents, rejects_of
from api.issuer import Issuer
from ledger.caller import Caller
from ledger.codes.dictionary import COLLECTIONS
from ledger.commands.catalogue import COMMANDS
from ledger.commands.declaration import hints_of
from ledger.commands.reader import claims_stream
from ledger.errors import LedgerError
from ledger.events import EVENTS, ClaimReceived, Event
from ledger.retention.schedule import ERASABLE
from ledger.store import migrate, postgres
from ledger.store.postgres import find_binaries
from tests.conftest import CASE_WORKER, Clock
from tests.destroying import destroy
from tests.dss.documents import sample
from tests.ledger.decisions.complete import COMPLETE
from tests.runtimes import open_runtime
from tests.sharing import register

MARK = "Zqcanary"
DIGESTS = {"document", "history_digest"}  # sealed, but made by the import and of no command
BY = Caller(role="records-manager", organisation="controller", subject="Zqcanary the records manager", operator=True)
ASKER = Caller(role="auditor", organisation="controller", subject="Zqcanary the auditor", operator=True)
"""Whoever asks for a grant does not approve it."""
CUSTOMER = uuid.UUID(int=0xCA)
STRANGER = Caller(role="contractor", organisation="0000000102", subject="Zqcanary the stranger")
ANSWERS = ("confirm-claim", "dispute-claim")
OF_NHS, AGAIN = uuid.UUID(int=0xCA2), uuid.UUID(int=0xCA3)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("canary")


@pytest.fixture(scope="module")
def own_server(home: Path) -> Iterator[postgres.Server]:
    """A server of its own, whose every file may be searched."""
    with postgres.running(home) as running:
        yield running


@pytest.fixture(scope="module")
def watched(own_server: postgres.Server, home: Path) -> Iterator[Runtime]:
    migrate.migrate(own_server.conninfo())
    with open_runtime(own_server.conninfo(), home / "house", Clock()) as opened:
        yield opened


_number = itertools.count(1)


def canary() -> str:
    return f"{MARK}{next(_number):05d}"


def planted(hint: Any) -> Any:
    """A value of a field's type that is nothing but canaries."""
    options = typing.get_args(hint) or (hint,)
    if any(typing.get_origin(option) is dict for option in options):
        named = ("given_name", "family_name", "email", "telephone", "postcode", "universal_credit_id")
        return {
            **{name: canary() for name in named},
            "date_of_birth": "1917-03-05",
            "further": [canary(), {canary(): canary()}],
        }
    if any(typing.get_origin(option) is tuple for option in options):
        return [canary(), canary()]
    return canary()


def sealed_fields(kind: type[Event]) -> dict[str, Any]:
    hints = hints_of(kind)
    return {name: planted(hints[name]) for name in kind.SEALED if name not in DIGESTS}


def commands() -> Iterator[dict[str, Any]]:
    """Every command in an order in which all are accepted, with canaries in every field that is sealed."""
    before: dict[str, dict[str, Any]] = {
        "accept-referral": {"type": "refer-customer", "referral_id": "a referral", "referred_to": "0000000102"},
        "confirm-receipt": {"type": "share-data", "share_id": "a share", "channel": "EMAIL", "sent_to": "jcp"},
        "incorporate-data": {
            "type": "receive-data", "receipt_id": "a receipt", "channel": "EMAIL", "received_from": "jcp",
        },
        "refuse-grant": {"type": "request-grant", "until": "2026-11-30"},
        "end-grant": {"type": "request-grant", "until": "2026-11-30"},
        "review-hold": {"type": "place-hold", "hold_id": "a hold", "code": "HOLD_LEGAL",
                        "owner": "records manager", "review_on": "2027-06-30"},
    }  # fmt: skip
    last = ["end-service", "resume-service", "destroy-records", "extend-retention", "find-late"]
    begun = {"id": str(uuid.uuid4()), "type": "register-customer", "occurred_at": "2026-11-01T09:00:00Z"}
    yield {**begun, "customer_id": str(AGAIN), "values": {"note": canary()}}  # which CUSTOMER's record is merged into
    shared = ""
    requests = [name for name, kind in COMMANDS.items() if kind.subject == "request"]
    apart = {*last, *requests, *ANSWERS}
    for name in [*(name for name in COMMANDS if name not in apart), "end-service", "resume-service"]:
        for body in (before.get(name), {"type": name, **COMPLETE[name]}):
            if body is None:
                continue
            kind = COMMANDS[body["type"]]
            said = {"id": str(uuid.uuid4()), "occurred_at": "2026-11-01T09:00:00Z", **body, **sealed_fields(kind.makes)}
            if name == "place-hold":
                said["classes"] = ["research_contact"]
            if name in {"refuse-grant", "end-grant"}:
                said["grant_id"] = f"a grant for {name}"
            if name == "merge-customers":
                said["into"] = str(AGAIN)
            if name == "share-data":
                shared = said["id"]
            if "assessment_id" in said:  # nor said on what basis, which is grave
                said["assessment_id"] = str(uuid.uuid5(uuid.UUID(shared), f"assessment {shared}"))
            if name.endswith("-finding"):  # nobody registered the recipient, which is a finding
                said["finding_id"] = str(uuid.uuid5(uuid.UUID(shared), f"{CUSTOMER} {shared} RECIP-02"))
            yield said if kind.subject == "organisation" else {**said, "customer_id": str(CUSTOMER)}
    for name in requests:
        yield from steps_of_a_request(name)
    for name in ("register-customer", "extend-retention"):  # only NHS Health Careers may keep longer
        said = {**COMPLETE[name], **sealed_fields(COMMANDS[name].makes), "customer_id": str(OF_NHS)}
        said |= {"programme": "NHS Health Careers"} if name == "register-customer" else {}
        yield {"id": str(uuid.uuid4()), "type": name, "occurred_at": "2026-11-01T09:00:00Z", **said}


def claims() -> Iterator[tuple[dict[str, Any], Caller]]:
    """What somebody reports who does not serve the customer, and the answers to it, each with who gives it."""
    envelope = {"occurred_at": "2026-11-01T09:00:00Z"}
    for name in ANSWERS:
        number = uuid.uuid4()
        held = {**COMPLETE["hold-interaction"], **sealed_fields(COMMANDS["hold-interaction"].makes)}
        yield (
            {"id": str(number), "type": "hold-interaction", **envelope, "customer_id": str(CUSTOMER), **held},
            STRANGER,
        )
        answer = {"about": str(CUSTOMER), "claim_id": str(uuid.uuid5(number, f"claim {CUSTOMER}"))}
        yield {"id": str(uuid.uuid4()), "type": name, **envelope, **answer, **sealed_fields(COMMANDS[name].makes)}, BY


def steps_of_a_request(last: str) -> Iterator[dict[str, Any]]:
    """A request of its own for each step there is; not for access, whose hold would keep what is destroyed below."""
    number = str(uuid.uuid4())
    asked = {"confirm-fee": "ask-fee", "receive-clarification": "ask-clarification"}.get(last)
    for name in ("receive-request", asked, last):
        if name is None or (name == last == "receive-request"):
            continue
        said = {**COMPLETE[name], "request_id": number, **sealed_fields(COMMANDS[name].makes)}
        if name == "receive-request":
            kind = "rectification" if last == "check-accuracy" else "portability"
            said |= {"kind": kind, "customer_id": str(CUSTOMER)}
        elif name == "ask-clarification":
            said["clarification_id"] = "a question"
        yield {"id": str(uuid.uuid4()), "type": name, "occurred_at": "2026-11-01T09:00:00Z", **said}


def everything(runtime: Runtime, own_server: postgres.Server) -> dict[str, bytes]:
    """All that could be found by somebody with the database, its disk and its logs, but without the key file."""
    with psycopg.connect(runtime.conninfo, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN"
            " ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'"
        ).fetchall()
        found = {
            f"{schema}.{name}": repr(
                connection.execute(f'SELECT t::text FROM "{schema}"."{name}" AS t'.encode()).fetchall()
            ).encode()
            for schema, name in tables
        }
        found["statements and statistics"] = repr(
            connection.execute("SELECT * FROM pg_stat_activity").fetchall()
            + connection.execute(
                "SELECT tablename, most_common_vals::text, histogram_bounds::text FROM pg_stats"
            ).fetchall()
        ).encode()
    found["pg_dump"] = dumped(runtime.conninfo)
    for file in own_server.home.rglob("*"):
        if file.is_file() and not file.is_relative_to(own_server.home / "house"):
            found[str(file.relative_to(own_server.home))] = file.read_bytes()
    return found


def dumped(conninfo: str) -> bytes:
    program = find_binaries(None, os.environ) / "pg_dump"
    done = subprocess.run([str(program), "--inserts", conninfo], capture_output=True, check=True, timeout=120)
    return done.stdout


def where_it_shows(found: dict[str, bytes]) -> list[str]:
    """The places where a canary can be read: as text of either width, in any case, or as hex."""
    marks = [MARK.lower().encode(), MARK.lower().encode("utf-16-le"), MARK.lower().encode().hex().encode()]
    capital = MARK.encode().hex().encode()
    return [place for place, content in found.items() if any(m in content.lower() for m in (*marks, capital))]


def test_every_sealed_field_of_every_event_is_planted_by_some_command():
    answers = [body for body, by in claims() if by is BY]
    by_commands = {COMMANDS[body["type"]].makes.NAME for body in (*commands(), *answers)} | {ClaimReceived.NAME}
    assert by_commands >= {name for name, kind in EVENTS.items() if kind.SEALED} - {
        "records-destroyed",
        "identity-checked",  # `show_identity` plants in it
        "access-refused",  # a refused attempt by somebody with such a name plants in it
    }
    for body in (*commands(), *answers):
        kind = COMMANDS[body["type"]].makes
        assert all(MARK in repr(body[name]) for name in kind.SEALED if name not in DIGESTS)


@pytest.fixture(scope="module")
def told(watched: Runtime) -> list[str]:
    """Everything is said by every door; returns all that was answered to whoever may not read."""
    answers: list[str] = []
    client = TestClient(create_app(watched))
    token = Issuer.open(watched.settings).issue(
        role="records-manager", organisation="controller", subject=f"{MARK} the manager", minutes=5
    )
    headers = {"Authorization": f"Bearer {token}"}
    for body in commands():
        watched.ledger.record(body, ASKER if body["type"] == "request-grant" else BY)
    register(watched.ledger, STRANGER.organisation)
    waiting = [watched.ledger.record(body, by).waiting for body, by in claims()]
    assert waiting == [True, False, True, False]
    answers += show_identity(watched)
    answers.append(client.get(f"/v1/customers/{uuid.uuid4()}", headers=headers).text)
    watched.ledger.attempts.record()
    for body in refused():
        with pytest.raises(LedgerError) as by_ledger:
            watched.ledger.record(body, BY)
        answers += [str(by_ledger.value), repr(by_ledger.value.evidence)]
        answer = client.post("/v1/entries", json=body, headers=headers)
        assert answer.status_code >= 400
        answers += [answer.text, repr(dict(answer.headers))]
    watched.project()
    return answers


def show_identity(watched: Runtime) -> list[str]:
    """Somebody is shown to an adviser, and somebody else is not on record: canaries in everything that is given."""
    who = {"given_name": canary(), "family_name": canary(), "email": f"{canary()}@placeholder.example"}
    born = {"date_of_birth": "1990-02-01"}
    contractor = {"organisation": "canaries", "name": "A contractor (invented)", "kind": "prime"}
    for type_, fields in (
        ("register-organisation", contractor),
        ("register-customer", {"customer_id": str(uuid.uuid4()), "values": {**who, **born}}),
    ):
        watched.ledger.record(
            {"id": str(uuid.uuid4()), "type": type_, "occurred_at": "2026-11-01T09:00:00Z", **fields}, BY
        )
    adviser = Caller(role="contractor", organisation="canaries", subject=f"{MARK} the adviser")
    shown = {**who, **born, "reason": canary()}
    assert serving.begin(watched, shown, adviser, route="test").began
    with pytest.raises(LedgerError) as no_match:
        serving.begin(watched, {**shown, "telephone": f"{canary()} 07700"}, adviser, route="test")
    return [str(no_match.value), repr(no_match.value.evidence)]


def refused() -> Iterator[dict[str, Any]]:
    """Commands that are refused although, or because, they carry canaries: one for each field of each command."""
    stranger = str(uuid.UUID(int=0xBAD))
    for body in (*commands(), *(body for body, by in claims() if by is BY)):
        fresh = {**body, "id": str(uuid.uuid4())}
        if COMMANDS[body["type"]].subject == "customer":
            if body["type"] not in {"register-customer", "request-grant"}:  # asking about nobody known is recorded
                yield {**fresh, "customer_id": stranger}
            yield {**fresh, "customer_id": canary()}
        yield {**fresh, canary(): canary()} | {"surname_of_the_customer": canary()}
        yield {**fresh, "occurred_at": canary()}
        yield {**fresh, "id": canary()}
        yield {**fresh, "type": canary()}
        hints = hints_of(COMMANDS[body["type"]].makes)
        for name in COMMANDS[body["type"]].makes.SEALED:
            if name not in DIGESTS:
                yield {**fresh, name: {"text": canary()} if "dict" not in str(hints[name]) else canary()}
    yield {**next(commands()), "id": str(uuid.uuid4())}  # already registered


def test_commands_leave_nothing_in_clear(
    watched: Runtime, own_server: postgres.Server, told: list[str], capfd: pytest.CaptureFixture[str]
):
    """LEDG-13, D14"""
    captured = capfd.readouterr()
    found = everything(watched, own_server)
    found |= {f"answer {n}": text.encode() for n, text in enumerate(told)}
    found["our own output"] = f"{captured.out}{captured.err}".encode()
    assert where_it_shows(found) == []


def documents(collection: str) -> Iterator[dict[str, Any]]:
    """The sample, and for each of its text fields one more whose field is a canary, accepted or not."""
    yield sample(collection)
    for field in COLLECTIONS[collection].fields:
        if field.kind in {"string", "url", "object", "enum-or-name"}:
            yield sample(collection, id=str(uuid.uuid4()), **{field.name: canary()})
    yield sample(collection, id=str(uuid.uuid4()), **{"Unheard of": canary()})
    yield sample(collection, id=str(uuid.uuid4()), **{canary(): canary()})
    if any((field.name, field.kind) == ("id", "guid") for field in COLLECTIONS[collection].fields):
        yield sample(collection, id=canary())


BROKEN = (
    b'{"Document": {"GivenName": "Zqcanary90001"\n',
    b"Zqcanary90002\n",
    b'["Zqcanary90003"]\n',
    b'{"Zqcanary90004": 1}\n',
)


def test_documents_leave_nothing_in_clear_whether_accepted_or_rejected(
    watched: Runtime, own_server: postgres.Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    """LEDG-13, D14: also in the quarantine, its list and the counts."""
    files = []
    for collection in ("adviserdetails", "customers", *(COLLECTIONS.keys() - {"adviserdetails", "customers"})):
        files.append(tmp_path / f"{collection}.ndjson")
        lines = [orjson.dumps(document) + b"\n" for document in documents(collection)]
        files[-1].write_bytes(b"".join((*lines, *BROKEN)))
    result = import_documents(watched.ledger, [str(file) for file in files], by=CASE_WORKER)
    watched.project()
    assert (result.recorded > 60, result.rejected > 60) == (True, True), result.as_json()
    captured = capfd.readouterr()
    found = everything(watched, own_server)
    found["the result"] = repr((result, result.as_json(), list(rejects_of(watched.ledger, result)))).encode()
    found["our own output"] = f"{captured.out}{captured.err}".encode()
    assert where_it_shows(found) == []


def test_the_search_would_notice(watched: Runtime, own_server: postgres.Server):
    """The canary is in the files once somebody puts it there in clear, compressed or not, as text or as bytes."""
    with psycopg.connect(watched.conninfo, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.careless (note text, raw bytea)")
        connection.execute("CREATE INDEX careless_note ON public.careless (note)")
        connection.execute("INSERT INTO public.careless VALUES (%s, %s)", [canary(), canary().encode()])
    shows = where_it_shows(everything(watched, own_server))
    with psycopg.connect(watched.conninfo, autocommit=True) as connection:
        connection.execute("DROP TABLE public.careless")
        connection.execute("CHECKPOINT")
    assert {"public.careless", "pg_dump"} <= set(shows)
    assert any(re.match(r"data/base/", place) for place in shows)


def test_after_destruction_keys_and_ciphertext_are_gone_from_the_dump(watched: Runtime, told: list[str]):
    """LEDG-15"""
    with psycopg.connect(watched.conninfo) as connection:
        kept = connection.execute(
            "SELECT k.class, k.part, encode(k.wrapped, 'hex') FROM ledger.class_key AS k"
            " WHERE k.stream = %s AND k.class = ANY (%s)",
            [CUSTOMER, [*ERASABLE]],  # who looked and how requests were answered goes years later, by its own clock
        ).fetchall()
        of_claims = connection.execute(
            "SELECT encode(wrapped, 'hex') FROM ledger.class_key WHERE stream = %s UNION ALL SELECT"
            " encode(s.blob, 'hex') FROM ledger.sealed AS s JOIN ledger.event AS e USING (position) WHERE stream = %s",
            [claims_stream(CUSTOMER), claims_stream(CUSTOMER)],
        ).fetchall()
        blobs = connection.execute(
            "SELECT encode(s.blob, 'hex') FROM ledger.sealed AS s JOIN ledger.event AS e USING (position)"
            " WHERE e.stream = %s AND e.class = ANY (%s)",
            [CUSTOMER, [*ERASABLE]],
        ).fetchall()
        tokens = connection.execute(
            "SELECT encode(token, 'hex') FROM ledger.lookup_token GROUP BY token HAVING array_agg(stream) = ARRAY[%s]",
            [CUSTOMER],  # a canary may be found as another person's telephone number is, and that one stays
        ).fetchall()
    secrets = [row[-1].encode() for row in (*kept, *blobs, *tokens, *of_claims)]
    assert (len(kept) > 4, len(blobs) > 20, len(tokens) > 3, len(of_claims)) == (True, True, True, 6)
    before = dumped(watched.conninfo)
    assert all(secret in before for secret in secrets)
    destroy(watched.ledger, CUSTOMER, *(f"{class_}/{part}".rstrip("/") for class_, part, _ in kept))
    after = dumped(watched.conninfo)
    assert [secret for secret in secrets if secret in after] == []
