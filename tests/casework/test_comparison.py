"""Our schedule beside the rule of the service before: who is taken too early, missed or kept too long, at each door."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.casework import comparison, destruction, verdicts
from api.casework.runtime import Runtime
from api.casework.verdicts import Difference
from api.cli import run
from api.dss.importer import import_documents
from api.issuer import Issuer
from ledger.retention import earlier_service
from ledger.retention.earlier_service import Known
from projections.customers import read as customers
from tests import story
from tests.conftest import AUDITOR, CASE_WORKER, RECORDS_MANAGER
from tests.dss.documents import SAMPLES, sample
from tests.dss.expectations import EXPECTED
from tests.sharing import register

MAY_2025, MAY_2026 = date(2025, 5, 1), date(2026, 5, 1)
AREA, HELPLINE = "0000000107", "0000000999"
PEOPLE = {name: customer["id"] for name, customer in EXPECTED["customers"].items()}
S09, S10 = PEOPLE["S09"], PEOPLE["S10"]

Compared = Callable[..., dict[str, Any]]


@pytest.fixture
def samples(runtime: Runtime) -> None:
    import_documents(runtime.ledger, [str(SAMPLES / "feed.ndjson")], by=CASE_WORKER)


@pytest.fixture
def compared(runtime: Runtime) -> Compared:
    """All customers compared on a day: the counts, and the rows by customer."""

    def on(day: date) -> dict[str, Any]:
        compared = comparison.summary(runtime, story.MANAGER, day)
        return {**compared.as_json(), "rows": {str(row.customer_id): row.as_json() for row in compared.rows}}

    return on


def period(runtime: Runtime, kind: str, months: int) -> None:
    story.give(
        runtime.ledger, "set-retention-period", at="2010-01-01T00:00:00Z", by=story.MANAGER,
        organisation=AREA, kind=kind, months=months, valid_from="2010-01-01",
    )  # fmt: skip


def somebody(runtime: Runtime, *, seen: str | None, registered_by: str = AREA) -> str:
    """Somebody invented, registered in 2015, and seen for the last time at a moment or never."""
    who = uuid.uuid4()
    story.give(runtime.ledger, "register-customer", who, at="2015-01-06T09:00:00Z", organisation=registered_by,
               values={"family_name": "Placeholder"})  # fmt: skip
    if seen is not None:
        story.give(runtime.ledger, "hold-interaction", who, at=seen, organisation=registered_by, channel=2)
    return str(who)


def end_service(runtime: Runtime, who: str, at: str) -> None:
    story.give(runtime.ledger, "end-service", uuid.UUID(who), at=at, organisation=AREA, reason=1,
               audit_minimum={"outcome": "one"})  # fmt: skip


# What the words mean.


def test_the_samples_are_selected_as_the_published_procedure_selects_them(runtime: Runtime, samples: None):
    with runtime.current_views(RECORDS_MANAGER) as connection:
        standing = {
            str(one.customer): one for one in customers.standings(connection, [*map(uuid.UUID, PEOPLE.values())])
        }
    for name, expected in EXPECTED["customers"].items():
        one = standing[expected["id"]]
        assert one.touchpoint == expected["retention"]["last_modified_touchpoint"], name
        known = Known(latest_interaction=one.latest_interaction, touchpoint=one.touchpoint, redacted=one.redacted)
        for day, selected in expected["retention"]["selected_on"].items():
            on = date.fromisoformat(day)
            rule = "with_touchpoint_filter" if on >= earlier_service.RULES[-1].valid_from else "without_filter"
            assert earlier_service.selected(known, on).takes is selected[rule], (name, day)


def test_s10_silent_since_october_2018_is_taken_in_may_2025_while_no_period_is_set(samples: None, compared: Compared):
    said = compared(MAY_2025)
    assert (said["rule"], said["cut_off"]) == ("dss-2025-04-29", "2019-04-06T00:00:00Z")
    assert said["rows"][S10] == {
        "customer_id": S10,
        "verdict": "taken_too_early",
        "dss": {"takes": True, "because": "The latest interaction is not after the cut-off of 6 April 2019."},
        "ledger": {"destroy_by": None, "rule": "RET-NCS-02", "held_by": [], "classes": []},
        "because": "No period is set under RET-NCS-02, so the records wait for a decision and are not due.",
    }


def test_s10_is_taken_by_both_once_six_years_without_contact_are_the_period(
    runtime: Runtime, samples: None, compared: Compared
):
    """RET-NCS-02"""
    before = compared(MAY_2025)
    period(runtime, "inactivity", 72)
    said = compared(MAY_2025)
    assert S10 not in said["rows"]
    assert said["agree"]["both_take"] == before["agree"]["both_take"] + 1
    assert said["customers"] == before["customers"] == len(PEOPLE)


def test_s09_of_the_helpline_is_due_in_part_and_never_taken(samples: None, compared: Compared):
    """CONSENT-06"""
    row = compared(MAY_2026)["rows"][S09]
    assert (row["verdict"], row["ledger"]["classes"]) == ("missed", ["equality"])
    assert row["because"].endswith(earlier_service.NEVER_SELECTED["other touchpoint"])


def test_a_customer_without_an_interaction_is_missed(runtime: Runtime, compared: Compared):
    """RET-NCS-01"""
    who = somebody(runtime, seen=None)
    end_service(runtime, who, "2018-03-01T09:00:00Z")
    assert compared(date(2024, 2, 29))["rows"] == {}
    assert compared(date(2024, 3, 1))["rows"][who] == {
        "customer_id": who,
        "verdict": "missed",
        "dss": {"takes": False, "because": earlier_service.NEVER_SELECTED["no interaction"]},
        "ledger": {"destroy_by": "2024-03-01", "rule": "RET-NCS-01", "held_by": [], "classes": ["payment_evidence"]},
        "because": "Records are due by 1 March 2024 under RET-NCS-01, and the old rule never takes the customer. "
        + earlier_service.NEVER_SELECTED["no interaction"],
    }


def test_a_terminated_customer_is_kept_too_long_for_a_termination_plays_no_part(runtime: Runtime, compared: Compared):
    """RET-NCS-03"""
    who = somebody(runtime, seen="2023-10-02T10:00:00Z")
    period(runtime, "after_service", 12)
    end_service(runtime, who, "2024-01-15T09:00:00Z")
    row = compared(MAY_2026)["rows"][who]
    assert (row["verdict"], row["ledger"]["destroy_by"]) == ("kept_too_long", "2025-01-15")
    assert row["because"].endswith("the old rule takes the customer on 1 May 2030 at the earliest.")
    assert compared(date(2030, 5, 1))["agree"]["both_take"] == 1


def test_a_held_customer_is_taken_too_early_whatever_is_due(runtime: Runtime, compared: Compared):
    """DEST-03"""
    who = somebody(runtime, seen="2017-02-01T10:00:00Z")
    end_service(runtime, who, "2018-03-01T09:00:00Z")
    assert compared(MAY_2026)["agree"]["both_take"] == 1
    story.give(runtime.ledger, "place-hold", uuid.UUID(who), at="2026-02-02T09:00:00Z", by=story.MANAGER,
               hold_id="hold-1", code="HOLD_LEGAL", review_on="2027-02-02", owner="records manager")  # fmt: skip
    row = compared(MAY_2026)["rows"][who]
    assert (row["verdict"], row["ledger"]["held_by"]) == ("taken_too_early", ["hold-1"])
    assert row["because"] == "A hold keeps the records, and the old rule knows no holds."


def test_a_hold_on_a_class_of_which_nothing_is_kept_holds_nobody(runtime: Runtime, compared: Compared):
    """DEST-03"""
    who = somebody(runtime, seen="2017-02-01T10:00:00Z")
    end_service(runtime, who, "2018-03-01T09:00:00Z")
    for hold, classes in (("jcp", ["received_from_jcp"]), ("log", ["access_log"])):
        story.give(runtime.ledger, "place-hold", uuid.UUID(who), at="2026-02-02T09:00:00Z", by=story.MANAGER,
                   hold_id=hold, code="HOLD_LEGAL", classes=classes, owner="records manager")  # fmt: skip
    assert compared(MAY_2026)["agree"]["both_take"] == 1
    story.give(runtime.ledger, "place-hold", uuid.UUID(who), at="2026-02-03T09:00:00Z", by=story.MANAGER,
               hold_id="identity", code="HOLD_LEGAL", classes=["identity"], owner="records manager")  # fmt: skip
    assert compared(MAY_2026)["rows"][who]["ledger"]["held_by"] == ["identity"]


def test_an_edit_by_the_helpline_moves_a_customer_out_of_the_old_rule(runtime: Runtime, compared: Compared):
    who = somebody(runtime, seen="2017-02-01T10:00:00Z")
    end_service(runtime, who, "2018-03-01T09:00:00Z")
    story.give(runtime.ledger, "keep-record", uuid.UUID(who), at="2019-01-01T09:00:00Z", organisation=HELPLINE,
               collection="customers", values={"Title": 1})  # fmt: skip
    assert compared(date(2025, 11, 1))["agree"]["both_take"] == 1, "the filter came on 19 November 2025"
    assert compared(MAY_2026)["rows"][who]["verdict"] == "missed"


def test_an_earlier_version_that_arrives_late_does_not_say_who_changed_the_customer_last(
    runtime: Runtime, tmp_path: Path
):
    newest = sample(
        "customers", DateOfTermination=None, _ts=1_600_000_000, _etag=_etag(2), LastModifiedTouchpointId=AREA
    )
    late = newest | {"_ts": 1_500_000_000, "_etag": _etag(1), "LastModifiedTouchpointId": HELPLINE}
    nobody = newest | {"_ts": 1_700_000_000, "_etag": _etag(3), "LastModifiedTouchpointId": None}
    said = [_standing(runtime, tmp_path, version).touchpoint for version in (newest, late, nobody)]
    assert said == [AREA, AREA, None]


def test_a_redaction_that_a_document_tells_is_known(runtime: Runtime, tmp_path: Path):
    version = sample("customers", DateOfTermination=None, DateOfRedaction="2024-05-01T02:00:00", _etag=_etag(1))
    assert _standing(runtime, tmp_path, version).redacted
    undone = version | {"_ts": 1_700_000_000, "_etag": _etag(2), "DateOfRedaction": None}
    assert not _standing(runtime, tmp_path, undone).redacted


def _etag(number: int) -> str:
    return f'"{number:08x}-0000-0d00-0000-000000000000"'


def _standing(runtime: Runtime, tmp_path: Path, version: dict[str, Any]) -> customers.Standing:
    path = tmp_path / "customers.ndjson"
    path.write_bytes(orjson.dumps(version) + b"\n")
    result = import_documents(runtime.ledger, [str(path)], by=CASE_WORKER)
    assert (result.recorded, result.rejected) == (1, 0)
    with runtime.current_views(RECORDS_MANAGER) as connection:
        [one] = customers.standings(connection, [uuid.UUID(str(version["id"]))])
    return one


def test_that_somebody_read_the_records_makes_nothing_of_the_customer_due(runtime: Runtime, compared: Compared):
    """G-09: the log of readings is the ledger's own, and the service before had none."""
    who = somebody(runtime, seen="2026-11-01T10:00:00Z")
    runtime.ledger.record_read(uuid.UUID(who), AUDITOR, purpose="history", route="test", command_id=uuid.uuid4())
    far = compared(date(2029, 1, 1))
    assert (far["agree"]["both_keep"], far["rows"]) == (1, {})


def test_our_own_run_of_destruction_changes_no_verdict(runtime: Runtime, compared: Compared):
    """A customer whom the old rule misses stays one of those it missed when our schedule has destroyed the records."""
    who = somebody(runtime, seen=None)
    end_service(runtime, who, "2018-03-01T09:00:00Z")
    on = date(2026, 11, 1)
    before = compared(on)
    assert destruction.destroy(runtime, on, story.MANAGER, digest=None).destroyed == 1
    assert compared(on) == before
    assert before["rows"][who]["verdict"] == "missed"


def test_before_the_first_version_the_old_rule_takes_nobody_and_says_so(runtime: Runtime, compared: Compared):
    who = somebody(runtime, seen="2012-02-01T10:00:00Z")
    end_service(runtime, who, "2015-03-01T09:00:00Z")
    said = compared(date(2023, 11, 26))
    assert (said["rule"], said["cut_off"]) == (None, None)
    assert said["rows"][who]["dss"]["because"] == "Before 27 November 2023 no rule selected anybody."


def test_every_customer_is_counted_once_whatever_the_page(runtime: Runtime, samples: None):
    whole = comparison.page(runtime, story.MANAGER, MAY_2026, limit=1_000)
    rows: list[Difference] = []
    after, counts = None, Counter[str]()
    while True:
        page = comparison.page(runtime, story.MANAGER, MAY_2026, after=after, limit=3)
        assert page.counts.customers <= 3
        rows += page.rows
        counts.update(page.counts.by_verdict)
        if (after := page.last) is None:
            break
    assert (rows, counts) == (whole.rows, whole.counts.by_verdict)
    assert counts.total() == len(PEOPLE)


# The doors.


def said_by(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> str:
    capfdbinary.readouterr()
    assert run(arguments) == 0
    return capfdbinary.readouterr().out.decode()


@pytest.fixture
def terminal(
    runtime: Runtime, samples: None, database: str, monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Callable[..., str]:  # fmt: skip
    monkeypatch.setenv("LEDGER_DATABASE_URL", database)
    monkeypatch.setenv("LEDGER_HOME", str(runtime.settings.home))
    return lambda *arguments: said_by(capfdbinary, *arguments)


COMPARE = ("due", "--compare-with", "dss", "--on", "2025-05-01")


def test_the_command_line_tells_the_same_as_json(terminal: Callable[..., str], compared: Compared):
    said = json.loads(terminal(*COMPARE, "--json"))
    expected = compared(MAY_2025)
    assert said == {
        **{name: expected[name] for name in ("on", "compared_with", "rule", "cut_off", "customers", "agree", "differ")},
        "rows": list(expected["rows"].values()),
    }
    assert said["customers"] == sum(said["agree"].values()) + len(said["rows"])


def test_the_command_line_says_the_counts_in_words_first(terminal: Callable[..., str]):
    lines = terminal(*COMPARE).splitlines()
    assert lines[0] == (
        "10 customers on 2025-05-01, beside the old rule dss (version dss-2025-04-29, cut-off 2019-04-06T00:00:00Z)."
    )
    assert lines[1] == "0 both take, 6 both keep."
    assert [line.split(":")[0] for line in lines[2:5]] == ["2 taken too early", "1 missed", "1 kept too long"]
    assert any(line.startswith(f"{S10}  taken too early") for line in lines[5:])


def test_a_contractor_compares_only_those_they_are_responsible_for(terminal: Callable[..., str]):
    said = json.loads(terminal(*COMPARE, "--role", "contractor", "--organisation", AREA, "--json"))
    assert (said["customers"], [row["customer_id"] for row in said["rows"]]) == (1, [S10])


@pytest.fixture
def client(runtime: Runtime) -> TestClient:
    register(runtime.ledger, "controller", "controller")
    return TestClient(create_app(runtime), follow_redirects=False)


def signed(runtime: Runtime, role: str, organisation: str) -> dict[str, str]:
    token = Issuer.open(runtime.settings).issue(role=role, organisation=organisation, subject="somebody", minutes=5)
    return {"Authorization": f"Bearer {token}"}


def test_the_pages_of_the_route_add_up_to_the_whole(
    runtime: Runtime, samples: None, compared: Compared, client: TestClient
):
    expected, cursor, rows, asked = compared(MAY_2026), None, [], 0
    differ = dict.fromkeys(verdicts.VERDICTS, 0)
    while True:
        answer = client.get(
            "/v1/retention/compared",
            params={"with": "dss", "on": "2026-05-01", "limit": 4, **({"cursor": cursor} if cursor else {})},
            headers=signed(runtime, "auditor", "controller"),
        ).json()
        asked += answer["customers"]
        rows += answer["rows"]
        for name in differ:
            differ[name] += answer["differ"][name]
        assert (answer["rule"], answer["cut_off"]) == ("dss-2025-11-19", "2020-04-05T00:00:00Z")
        if (cursor := answer["next"]) is None:
            break
    assert (asked, differ) == (len(PEOPLE), expected["differ"])
    assert rows == list(expected["rows"].values())


def test_a_contractor_s_route_knows_only_their_own(runtime: Runtime, samples: None, client: TestClient):
    said = client.get("/v1/retention/compared?on=2025-05-01", headers=signed(runtime, "contractor", AREA)).json()
    assert (said["customers"], [row["customer_id"] for row in said["rows"]]) == (1, [S10])


def test_the_page_shows_the_counts_and_each_difference_with_its_reason(
    runtime: Runtime, samples: None, client: TestClient
):
    client.post("/sign-in", data={"role": "auditor", "organisation": "controller"})
    assert 'href="/due/compared?on=2025-05-01"' in client.get("/due?on=2025-05-01").text
    page = client.get("/due/compared?on=2025-05-01").text
    assert "version dss-2025-04-29" in page
    assert "6 April 2019 at 00:00 UTC" in page
    assert "taken by the old rule, though nothing is due or a hold keeps it" in page
    assert f'href="/customers/{S10}"' in page
    assert "No period is set under RET-NCS-02" in page
    assert "These are the first" not in page


def test_a_page_that_does_not_count_everybody_says_how_to(
    runtime: Runtime, samples: None, client: TestClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(comparison, "PAGE", 3)
    monkeypatch.setattr(comparison, "MOST_COUNTED", 6)
    client.post("/sign-in", data={"role": "auditor", "organisation": "controller"})
    page = client.get("/due/compared?on=2025-05-01").text
    assert "These are the first 6 customers" in page
    assert "ledger due --compare-with dss --on 2025-05-01" in page
