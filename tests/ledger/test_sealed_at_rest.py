"""What is said about a person is at rest only sealed, and is read only after that it is read was recorded."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
import pytest
from psycopg import sql

from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.errors import UnknownCustomer
from tests import composed
from tests.conftest import CASE_WORKER
from tests.sharing import fill_registers, give

MARK = "Zqunmistakable"
OF_NHS = Caller(role="case-worker", organisation="nhs", subject="one", operator=True)


def at_rest(conninfo: str) -> bytes:
    """Every row of every table of the database, with bytes as they are."""
    rows: list[bytes] = []
    with psycopg.connect(conninfo) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            for row in connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table))):
                rows += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    return b"\n".join(rows)


@pytest.mark.parametrize("programme", ["National Careers Service", "NHS Health Careers"])
def test_what_is_said_about_a_person_is_at_rest_only_sealed_and_is_read_only_after_that_is_recorded(
    runtime: Runtime, database: str, programme: str
):
    """SEC-03, SEC-04, D12: of both controllers, and neither reads the other's."""
    by, stranger, class_ = (
        (OF_NHS, CASE_WORKER, "nhs_careers") if "NHS" in programme else (CASE_WORKER, OF_NHS, "service")
    )
    fill_registers(runtime.ledger)
    sam = uuid.uuid4()
    said: dict[str, Any] = {"given_name": f"{MARK}given", "family_name": f"{MARK}family"}
    give(runtime.ledger, "register-customer", sam, at="2025-01-06T09:00:00Z", programme=programme, values=said)
    give(runtime.ledger, "keep-record", sam, collection="actionplans", values={"note": f"{MARK}note"})
    give(runtime.ledger, "share-data", sam, sent_to="nhs", subject=f"{MARK}subject", note=f"{MARK}more")
    runtime.project()

    assert MARK.encode() not in at_rest(database)
    kept = [entry for entry in runtime.ledger.history(sam) if entry.type == "record-kept"]
    assert {entry.class_ for entry in kept} == {class_}
    with pytest.raises(UnknownCustomer):
        composed.report(runtime, sam, stranger, route="test")
    assert "personal-data-read" not in {entry.type for entry in runtime.ledger.history(sam)}
    assert f"{MARK}note" in str(composed.report(runtime, sam, by, route="test"))
    assert [entry.type for entry in runtime.ledger.history(sam)][-1] == "personal-data-read"
    assert MARK.encode() not in at_rest(database)
