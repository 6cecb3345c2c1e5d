"""What a caller who is not entitled gains: nothing. Each failed on the program before this model."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework.runtime import Runtime
from api.issuer import Issuer
from ledger.caller import Caller
from tests.commands import give
from tests.runtimes import Runtimes
from tests.sharing import fill_registers

OPERATOR = Caller(role="records-manager", organisation="controller-one", subject="records manager one", operator=True)
AT = "2026-03-02T10:00:00Z"


class Outside:
    """HTTP as anybody: a role, an organisation, and who it is."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.client = runtime, TestClient(create_app(runtime))

    def headers(self, role: str, organisation: str) -> dict[str, str]:
        token = Issuer.open(self.runtime.settings).issue(
            role=role, organisation=organisation, subject=f"{role} of {organisation}", minutes=5
        )
        return {"Authorization": f"Bearer {token}"}

    def get(self, path: str, role: str, organisation: str) -> Any:
        return self.client.get(path, headers=self.headers(role, organisation))

    def post(self, type_: str, role: str, of: str, **fields: Any) -> Any:
        body = {"id": str(uuid.uuid4()), "type": type_, "occurred_at": AT, **fields}
        return self.client.post("/v1/entries", json=body, headers=self.headers(role, of))


@pytest.fixture
def outside(runtimes: Runtimes) -> Iterator[Outside]:
    with runtimes() as runtime:
        fill_registers(runtime.ledger)
        for code, kind in (("prime-south", "prime"), ("nhs-england", "controller of NHS data")):
            give(runtime.ledger, "register-organisation", by=OPERATOR, at="2018-01-01T00:00:00Z", organisation=code,
                 name=code, kind=kind)  # fmt: skip
        yield Outside(runtime)


@pytest.fixture
def sam(outside: Outside) -> str:
    """Somebody whom prime-north serves and prime-south has never seen."""
    number = uuid.uuid4()
    give(
        outside.runtime.ledger, "register-customer", number, by=OPERATOR, at="2025-01-06T09:00:00Z",
        organisation="prime-north",
        values={"given_name": "Sam", "family_name": "Carter", "date_of_birth": "1990-02-01"},
    )  # fmt: skip
    give(outside.runtime.ledger, "give-consent", number, by=OPERATOR, at="2025-01-06T09:05:00Z",
         scope="market_research", mechanism="said yes", organisation="prime-north")  # fmt: skip
    return str(number)


PAGES = ("", "/history", "/provenance", "/subject-access-report", "/consents", "/portable-copy")
CLAIMS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("hold-interaction", {"channel": "telephone"}),
    ("keep-record", {"collection": "actionplans", "values": {"careers_goals": "anything"}}),
    ("correct-record", {"collection": "customers", "values": {"family_name": "Other"}}),
    ("end-service", {}),
    ("give-consent", {"scope": "survey", "mechanism": "said yes"}),
    ("receive-data", {"received_from": "jobcentre-plus", "channel": "email"}),
    ("share-data", {"sent_to": "jobcentre-plus", "channel": "email", "items": ["D01"]}),
    ("refer-customer", {"referred_to": "prime-south"}),
    ("refer-customer", {"referred_to": "prime-south", "referred_by": "jobcentre-plus"}),
    ("withdraw-consent", {"scope": "market_research"}),
    ("receive-request", {"kind": "access"}),
    ("register-customer", {"values": {"given_name": "Sam", "family_name": "Carter"}}),
)


def stranger(outside: Outside, type_: str, customer_id: str, **fields: Any) -> Any:
    return outside.post(type_, "contractor", "prime-south", customer_id=customer_id, **fields)


@pytest.mark.parametrize(("type_", "fields"), CLAIMS)
def test_a_contractor_who_reports_something_about_a_stranger_can_read_nothing_of_theirs(
    outside: Outside, sam: str, type_: str, fields: dict[str, Any]
):
    answer = stranger(outside, type_, sam, **fields)
    assert answer.status_code == 201, answer.text
    for page in PAGES:
        assert outside.get(f"/v1/customers/{sam}{page}", "contractor", "prime-south").status_code == 404
    assert outside.get(f"/v1/customers/{sam}", "contractor", "prime-north").status_code == 200


def test_the_answer_to_a_report_about_a_stranger_is_the_same_whether_they_are_on_record_or_not(
    outside: Outside, sam: str
):
    for type_, fields in CLAIMS:
        if type_ == "register-customer":  # whoever registers somebody new serves them from then on
            continue
        known, unknown = (stranger(outside, type_, whom, **fields) for whom in (sam, str(uuid.uuid4())))
        assert known.status_code == unknown.status_code == 201, type_
        for answer in (known.json(), unknown.json()):
            assert answer["waiting"] is True
            assert answer["first_position"] == answer["last_position"]
        assert known.json().keys() == unknown.json().keys()


def test_a_stranger_cannot_change_a_name(outside: Outside, sam: str):
    stranger(outside, "correct-record", sam, collection="customers", values={"family_name": "Other"})
    person = outside.get(f"/v1/customers/{sam}", "contractor", "prime-north").json()["person"]
    assert person["family_name"] == "Carter"


def test_a_stranger_cannot_end_somebody_s_service(outside: Outside, sam: str):
    stranger(outside, "end-service", sam, occurred_at="2001-01-01T00:00:00Z")
    customer = outside.get(f"/v1/customers/{sam}", "case-worker", "controller-one").json()
    assert customer["service_ended_at"] is None


def test_a_withdrawal_reported_by_a_stranger_stops_the_use_at_once(outside: Outside, sam: str):
    stranger(outside, "withdraw-consent", sam, scope="market_research")
    customer = outside.get(f"/v1/customers/{sam}", "case-worker", "controller-one").json()
    assert customer["consents"]["market_research"]["state"] == "withdrawn"


def test_a_share_reported_of_another_contractor_raises_no_finding_against_it(outside: Outside, sam: str):
    def findings() -> int:
        return len(outside.get("/v1/findings?organisation=prime-north", "case-worker", "controller-one").json()["rows"])

    before = findings()
    answer = stranger(outside, "share-data", sam, sent_by="prime-north", sent_to="jobcentre-plus", channel="email")
    assert answer.json()["waiting"] is True
    assert findings() == before


def test_an_access_request_reported_by_a_stranger_starts_its_clock_and_shows_them_nothing(outside: Outside, sam: str):
    stranger(outside, "receive-request", sam, kind="access")
    [row] = outside.get("/v1/requests", "case-worker", "controller-one").json()["rows"]
    assert row["customer_id"] == sam
    assert outside.get(f"/v1/customers/{sam}", "contractor", "prime-south").status_code == 404


def test_an_administrator_cannot_move_its_own_organisation_under_another_controller(outside: Outside, sam: str):
    for move in ({"part_of": "controller-one", "kind": "prime"}, {"kind": "controller"}):
        answer = outside.post(
            "register-organisation", "administrator", "nhs-england", organisation="nhs-england", name="Moved", **move
        )
        assert answer.json()["waiting"] is True
    assert outside.get(f"/v1/customers/{sam}", "case-worker", "nhs-england").status_code == 404


def test_an_administrator_cannot_register_a_new_organisation_under_another_controller(outside: Outside, sam: str):
    outside.post(
        "register-organisation", "administrator", "nhs-england", organisation="front", name="A front",
        kind="office", part_of="controller-one",
    )  # fmt: skip
    assert outside.get(f"/v1/customers/{sam}", "case-worker", "front").status_code == 404


def test_an_administrator_sees_nobody(outside: Outside, sam: str):
    assert outside.get(f"/v1/customers/{sam}", "administrator", "controller-one").status_code == 404
    assert outside.get("/v1/findings", "administrator", "controller-one").status_code == 403


@pytest.mark.parametrize("role", ["case-worker", "records-manager", "auditor", "contractor", "jobcentre-plus"])
def test_an_organisation_that_nobody_registered_reads_nothing(outside: Outside, sam: str, role: str):
    for page in PAGES:
        assert outside.get(f"/v1/customers/{sam}{page}", role, "unheard-of").status_code == 404
    for page in ("findings", "requests", "obligations", "shares", "events", "retention/due", "breaches", "quarantine"):
        assert outside.get(f"/v1/{page}", role, "unheard-of").status_code == 403, page


def test_what_an_unregistered_organisation_reports_waits_in_the_quarantine_and_counts_once_it_is_registered(
    outside: Outside,
):
    fields = {"id": str(uuid.uuid4()), "customer_id": str(uuid.uuid4()), "values": {"given_name": "Kim"}}
    answer = outside.post("register-customer", "contractor", "unheard-of", **fields)
    assert answer.status_code == 403
    assert answer.json()["quarantined"] is True
    give(outside.runtime.ledger, "register-organisation", by=OPERATOR, at="2018-01-01T00:00:00Z",
         organisation="unheard-of", name="Now known", kind="prime")  # fmt: skip
    assert outside.post("register-customer", "contractor", "unheard-of", **fields).status_code == 201
    waiting = outside.get("/v1/quarantine", "records-manager", "controller-one").json()["rows"]
    assert waiting == []


def test_a_case_worker_of_a_contractor_has_no_controller_s_role(outside: Outside, sam: str):
    assert outside.get(f"/v1/customers/{sam}", "case-worker", "prime-north").status_code == 404


def test_not_yours_and_not_there_are_the_same_answer(outside: Outside, sam: str):
    for page in PAGES:
        yours, there = (
            outside.get(f"/v1/customers/{whom}{page}", "contractor", "prime-south") for whom in (sam, uuid.uuid4())
        )
        assert yours.status_code == there.status_code == 404
        assert yours.json() | {"instance": ""} == there.json() | {"instance": ""}
        assert {*yours.headers} == {*there.headers}


def test_serving_ends_with_the_organisation_s_last_contract(outside: Outside, sam: str):
    def adviser(page: str) -> int:
        return int(outside.get(f"/v1/customers/{sam}{page}", "contractor", "prime-north").status_code)

    def ends(contract: str, day: str) -> None:
        give(outside.runtime.ledger, "end-contract", by=OPERATOR, at="2026-03-31T09:00:00Z", organisation="prime-north",
             contract=contract, valid_until=day)  # fmt: skip

    shown = {"given_name": "Sam", "family_name": "Carter", "date_of_birth": "1990-02-01", "postcode": "ZZ99 9ZZ",
             "reason": "came in"}  # fmt: skip
    assert [adviser(page) for page in PAGES] == [200] * len(PAGES)
    give(outside.runtime.ledger, "start-contract", by=OPERATOR, at="2026-03-01T09:00:00Z", organisation="prime-north",
         contract="contract-2", valid_from="2026-04-01")  # fmt: skip
    ends("contract-1", "2026-03-31")
    assert adviser("") == 200, "it goes on under another contract"
    ends("contract-2", "2026-11-22")
    assert adviser("") == 200, "the last day counts"
    ends("contract-2", "2026-11-21")
    assert [adviser(page) for page in PAGES] == [404] * len(PAGES)
    changed = outside.post("end-service", "contractor", "prime-north", customer_id=sam)
    assert changed.json()["waiting"] is True
    begun = outside.client.post("/v1/serving", json=shown, headers=outside.headers("contractor", "prime-north"))
    assert (begun.status_code, "contract is over" in begun.text) == (403, True)
    assert outside.get(f"/v1/customers/{sam}", "case-worker", "controller-one").status_code == 200


def test_a_claim_is_no_longer_answered_by_whoever_served_under_a_contract_that_is_over(outside: Outside, sam: str):
    claimed = stranger(outside, "correct-record", sam, collection="customers", values={"family_name": "Other"})
    assert claimed.json()["waiting"] is True
    [claim] = outside.get("/v1/claims", "contractor", "prime-north").json()["rows"]
    give(outside.runtime.ledger, "end-contract", by=OPERATOR, at="2026-03-31T09:00:00Z", organisation="prime-north",
         contract="contract-1", valid_until="2026-03-31")  # fmt: skip
    assert outside.get("/v1/claims", "contractor", "prime-north").json()["rows"] == []
    answered = outside.post("confirm-claim", "contractor", "prime-north", claim_id=claim["claim_id"], about=sam)
    assert answered.status_code == 404
