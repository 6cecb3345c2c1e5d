"""The vectors of retention, and of a consent nobody spoke of again, asked as anybody asks them: over HTTP."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.casework.runtime import Runtime
from api.dss.importer import import_documents
from api.issuer import Issuer
from tests.conftest import AUDITOR, CASE_WORKER, RECORDS_MANAGER
from tests.dss.documents import sample
from tests.sharing import MANAGER, command, fill_registers, give


class Door:
    """One ledger, written by commands and asked over HTTP."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.client = TestClient(create_app(runtime))
        self.headers = self.signed_in("controller-one")

    def signed_in(self, organisation: str) -> dict[str, str]:
        """What a records manager of an organisation sends."""
        issued = Issuer.open(self.runtime.settings).issue(
            role="records-manager", organisation=organisation, subject="one", minutes=5
        )
        return {"Authorization": f"Bearer {issued}"}

    def asked(self, path: str) -> Any:
        answer = self.client.get(path, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def listed(self, customer: uuid.UUID, what: str = "due", on: str = "2040-01-01") -> dict[str, dict[str, Any]]:
        """What of one person is due, or has no period, on a day: by class."""
        rows = self.asked(f"/v1/retention/{what}?on={on}&limit=100")["rows"]
        return {row["class"]: row for row in rows if row["customer_id"] == str(customer)}

    def destroy_by(self, customer: uuid.UUID, class_: str) -> str:
        return str(self.listed(customer)[class_]["destroy_by"])

    def meet(self, at: str, **said: Any) -> uuid.UUID:
        number = uuid.uuid4()
        give(
            self.runtime.ledger, "register-customer", number, at=at, by=CASE_WORKER, values={"given_name": "Sam"},
            **said,
        )  # fmt: skip
        return number


@pytest.fixture
def door(runtime: Runtime) -> Door:
    fill_registers(runtime.ledger)
    give(runtime.ledger, "start-contract", by=MANAGER, at="2018-01-01T00:00:00Z", organisation="prime-north",
         contract="contract-of-2018", valid_from="2018-01-01")  # fmt: skip
    return Door(runtime)


@pytest.fixture
def incorporated(door: Door) -> uuid.UUID:
    """Somebody about whom data came from Jobcentre Plus that was put into the record on 3 March 2025."""
    sam = door.meet("2025-02-03T09:00:00Z", organisation="prime-north")
    give(door.runtime.ledger, "receive-data", sam, at="2025-02-20T09:00:00Z", receipt_id="r", channel="email",
         received_from="jobcentre-plus", received_by="prime-north", note="a note")  # fmt: skip
    give(door.runtime.ledger, "incorporate-data", sam, at="2025-03-03T09:00:00Z", receipt_id="r")
    return sam


def end(door: Door, customer: uuid.UUID, at: str) -> None:
    give(
        door.runtime.ledger, "end-service", customer, at=at, organisation="prime-north", audit_minimum={"note": "came"}
    )


def test_v_ret_01_what_was_incorporated_is_due_seven_years_later(door: Door, incorporated: uuid.UUID):
    assert door.destroy_by(incorporated, "received_from_jcp") == "2032-03-03"


def test_v_ret_02_the_audit_minimum_is_due_six_years_after_the_end(door: Door, incorporated: uuid.UUID):
    end(door, incorporated, "2025-09-01T12:00:00Z")

    assert door.destroy_by(incorporated, "payment_evidence") == "2031-09-01"
    assert door.destroy_by(incorporated, "received_from_jcp") <= "2031-09-01"


def test_v_ret_03_a_last_day_on_a_saturday_is_not_rolled_forward(door: Door):
    sam = door.meet("2019-01-07T09:00:00Z", organisation="prime-north")
    end(door, sam, "2020-02-29T12:00:00Z")

    assert door.destroy_by(sam, "payment_evidence") == "2026-02-28"
    assert "payment_evidence" not in door.listed(sam, on="2026-02-27")
    assert "payment_evidence" in door.listed(sam, on="2026-02-28")


def test_v_ret_04_an_auditor_s_reading_moves_nothing_and_v_ret_05_the_customer_s_own_does(door: Door):
    kim = door.meet("2024-10-31T09:00:00Z", programme="NHS Health Careers")
    door.headers = door.signed_in("nhs")
    give(door.runtime.ledger, "read-personal-data", kim, at="2026-05-01T09:00:00Z", by=AUDITOR, purpose="audit",
         route="page")  # fmt: skip
    assert door.destroy_by(kim, "nhs_careers") == "2026-10-31"

    give(door.runtime.ledger, "hold-interaction", kim, at="2025-06-10T09:00:00Z", channel="ACCOUNT_LOGIN")

    assert door.destroy_by(kim, "nhs_careers") == "2027-06-10"


def test_v_ret_06_a_no_show_without_a_local_period_is_listed_and_neither_deleted_nor_kept_seven_years(door: Door):
    sam = door.meet("2025-02-03T09:00:00Z", organisation="prime-north")
    give(door.runtime.ledger, "receive-data", sam, at="2025-10-01T09:00:00Z", receipt_id="r", channel="email",
         received_from="jobcentre-plus", received_by="prime-north", note="a note")  # fmt: skip
    give(door.runtime.ledger, "miss-appointment", sam, at="2025-11-30T09:00:00Z", note="did not come")

    assert door.listed(sam) == {}
    exceptions = door.listed(sam, "exceptions")
    assert {"did_not_attend", "received_from_jcp"} <= exceptions.keys()
    assert {row["rule"] for row in exceptions.values()} == {"RET-JCP-08"}


def test_v_ret_07_what_is_past_its_day_and_held_by_a_request_is_listed_as_held_with_the_reason(door: Door):
    sam = door.meet("2019-01-07T09:00:00Z", organisation="prime-north")
    end(door, sam, "2020-02-29T12:00:00Z")
    request = str(uuid.uuid4())
    asked = command("receive-request", at="2026-09-03T09:00:00Z", kind="access", customer_id=str(sam))
    door.runtime.ledger.record({**asked, "request_id": request}, RECORDS_MANAGER)

    row = door.listed(sam, on="2026-09-04")["payment_evidence"]

    assert row["held_by"] == [request]


CONSENT_FIELDS = ("OptInMarketResearch", "OptInUserResearch")


def test_v_con_03_an_update_that_omits_the_fields_of_consent_changes_no_consent(door: Door, tmp_path: Path):
    """CONSENT-17: by an import that leaves the fields out, and by a command that says nothing of consent."""
    first = sample("customers", OptInMarketResearch=True, OptInUserResearch=False, _etag='"one"')
    later = sample("customers", **dict.fromkeys(CONSENT_FIELDS, ...), _etag='"two"', GivenName="Samira",
                   _ts=int(str(first["_ts"])) + 60)  # fmt: skip
    customer = str(first["id"]).lower()

    def brought(document: dict[str, Any]) -> dict[str, str]:
        file = tmp_path / "customers.ndjson"
        file.write_text(json.dumps(document) + "\n")
        assert import_documents(door.runtime.ledger, [str(file)], by=CASE_WORKER).recorded == 1
        return states()

    def states() -> dict[str, str]:
        said = door.asked(f"/v1/customers/{customer}/consents")["records"]
        return {one["scope"]: one["state"] for one in said}

    before = brought(first)
    assert before["market_research"] == "ConsentGiven"
    assert brought(later) == before

    give(door.runtime.ledger, "keep-record", uuid.UUID(customer), collection="contacts",
         values={"EmailAddress": "sam@carter.example"})  # fmt: skip
    assert states() == before
