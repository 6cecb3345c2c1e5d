"""What a ledger tells of a customer, in the words of expected.json: from stored events and opened payloads alone."""

from __future__ import annotations

import copy
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson

from ledger.clocks import instant_text, london_day
from ledger.log.codec import Entry
from ledger.recording import Ledger
from tests.dss.documents import SAMPLES

EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
SCOPES = ("market_research", "user_research", "collect_ethnicity", "collect_lldd_health")
NOT_OF_THE_IMPORT = {
    "scenario",  # a remark
    "duplicate_deliveries", "rejected_rows",  # of the run, which is compared as a whole
}  # fmt: skip

Facts = dict[str, Any]
Records = dict[tuple[str, str], dict[str, Any]]
Version = tuple[str | None, int | None]


def version_of(facts: Facts) -> Version:
    """What names the version: its tag, or the row of the SQL history it was read from."""
    return facts.get("etag"), facts.get("history_id")


def facts_of(entries: Iterable[Entry]) -> list[Facts]:
    return [orjson.loads(entry.facts) for entry in entries]


def final_records(ledger: Ledger, stream: UUID) -> Records:
    """Every record as its last version has it: each version's changes laid over the one before it."""
    history, opened = ledger.history(stream), ledger.unsealed(stream)
    steps = []
    places: dict[tuple[str, str, Version], tuple[bool, int]] = {}
    for entry, facts in zip(history, facts_of(history), strict=True):
        if facts.get("collection"):
            # Of what was written in one second rows come first, by their numbers, then documents as they arrived.
            stands = (False, facts["history_id"]) if "history_id" in facts else (True, entry.version)
            place = places.setdefault((facts["collection"], facts["record_id"], version_of(facts)), stands)
            steps.append((facts["written_at"], place, entry.version, facts, opened.get(entry.position, {})))
    records: Records = defaultdict(dict)
    for _, _, _, facts, payload in sorted(steps, key=lambda step: step[:3]):
        record = records[facts["collection"], facts["record_id"]]
        record.update(payload.get("values") or {})
        for name in facts.get("cleared", ()):
            record.pop(name, None)  # a version that came later, between these two, may have emptied it already
    return dict(records)


def told(ledger: Ledger, customer: str) -> dict[str, Any]:
    """A customer of expected.json, told by the ledger."""
    stream = UUID(customer)
    history = ledger.history(stream)
    facts = facts_of(history)
    records = final_records(ledger, stream)
    versions = {(f["collection"], f["record_id"], version_of(f)) for f in facts if f.get("collection")}
    person = records["customers", customer]
    return {
        "id": customer,
        "known": history[0].type == "customer-registered",
        "accepted_versions": len(versions),
        "accepted_by_collection": dict(Counter(collection for collection, _, _ in versions)),
        "name": {"given": person.get("GivenName"), "family": person.get("FamilyName")},
        "date_of_birth": person.get("DateofBirth"),
        "priority_groups": person.get("PriorityGroups"),
        "consents": {scope: _consent(history, scope) for scope in SCOPES},
        "last_interaction": _last_interaction(history),
        "sessions": _sessions(records),
        "terminated": _terminated(history, facts),
        "redacted_at": person.get("DateOfRedaction"),
        "transfers": _transfers(history),
        "jobcentre_plus": _jobcentre_plus(history),
        "subscriptions": {
            record["TouchPointId"]: record["Subscribe"]
            for (name, _), record in records.items() if name == "subscriptions"
        },
        "retention": {"last_modified_touchpoint": person["LastModifiedTouchpointId"]},
        "warnings": sum(1 for f in facts if f.get("warnings")),
    }  # fmt: skip


def as_expected(customer: dict[str, Any]) -> dict[str, Any]:
    """What expected.json says of a customer, less what is no affair of the import's.

    `selected_on` restates which customers the old service's yearly job picked; the ledger destroys by its own rules.
    """
    expected = {name: value for name, value in copy.deepcopy(customer).items() if name not in NOT_OF_THE_IMPORT}
    expected["retention"] = {"last_modified_touchpoint": customer["retention"]["last_modified_touchpoint"]}
    return expected


def _of(history: Iterable[Entry], *types: str) -> list[tuple[Entry, Facts]]:
    return [(entry, orjson.loads(entry.facts)) for entry in history if entry.type in types]


def _consent(history: list[Entry], scope: str) -> dict[str, Any]:
    said = [
        (entry, facts) for entry, facts in _of(history, "consent-given", "consent-refused", "consent-withdrawn")
        if facts["scope"] == scope
    ]  # fmt: skip
    said.sort(key=lambda one: (one[0].occurred_at, one[0].version))
    changes: list[dict[str, Any]] = []
    for entry, facts in said:
        given = entry.type == "consent-given"
        if not changes or changes[-1]["value"] != given:
            changes.append({
                "value": given, "recorded_at": instant_text(entry.occurred_at), "by_touchpoint": facts["organisation"],
                "etag": facts.get("etag"),
            })  # fmt: skip
    return {"state": changes[-1]["value"] if changes else None, "history": changes}


def _last_interaction(history: list[Entry]) -> dict[str, str] | None:
    final: dict[str, tuple[str, int, str | None]] = {}
    for entry, facts in _of(history, "interaction-held"):
        held = (facts["written_at"], entry.version, facts.get("held_at"))
        final[facts["interaction_id"]] = max(final.get(facts["interaction_id"], held), held)
    dated = [datetime.fromisoformat(at) for _, _, at in final.values() if at is not None]
    return {"utc": instant_text(max(dated)), "london_date": london_day(max(dated)).isoformat()} if dated else None


def _sessions(records: Records) -> dict[str, int]:
    attended = [record.get("SessionAttended") for (name, _), record in records.items() if name == "sessions"]
    return {"attended": attended.count(True), "missed": attended.count(False), "not_recorded": attended.count(None)}


def _terminated(history: list[Entry], facts: list[Facts]) -> dict[str, Any]:
    written = {(f["collection"], version_of(f)): f["written_at"] for f in facts if f.get("collection")}
    ends = _of(history, "service-ended", "service-resumed")
    if not ends or ends[-1][0].type == "service-resumed":
        return {"is": False, "at": None, "reason": None, "recorded_at": None}
    entry, said = ends[-1]
    return {
        "is": True, "at": instant_text(entry.occurred_at), "reason": said["reason"],
        "recorded_at": written["customers", version_of(said)],
    }  # fmt: skip


def _transfers(history: list[Entry]) -> list[dict[str, Any]]:
    steps: dict[str, list[Facts]] = defaultdict(list)
    for _, facts in _of(history, "customer-referred", "referral-accepted"):
        if facts.get("referred_to") != "jobcentre-plus":
            steps[facts["referral_id"]].append(facts)
    found = []
    for number, said in steps.items():
        said.sort(key=lambda facts: facts["written_at"])
        merged = {name: value for facts in said for name, value in facts.items()}
        # Two versions each name the target when the earlier one came late; it is a new one only when it differs.
        targets = [target for target, _ in groupby(facts["referred_to"] for facts in said if "referred_to" in facts)]
        found.append({
            "id": number, "from": merged["referred_by"], "to": targets[-1], "targets_over_time": targets,
            "requested_at": merged.get("requested_at"), "accepted_at": merged.get("accepted_at"),
            "called_back_at": merged.get("called_back_at"),
            "status": "accepted" if "accepted_at" in merged else "pending",
        })  # fmt: skip
    return sorted(found, key=lambda one: one["requested_at"])


def _jobcentre_plus(history: list[Entry]) -> dict[str, Any]:
    introduced = [facts.get("introduced_by") for _, facts in _of(history, "customer-registered")]
    received = bool(_of(history, "data-received"))
    assert received == (27 in introduced)
    return {
        "introduced_with_data": {27: True, 28: False}.get(introduced[0] or 0),
        "actions_with_data": len(_of(history, "data-shared")),
        "actions_without_data": sum(
            1 for _, facts in _of(history, "customer-referred") if facts["referred_to"] == "jobcentre-plus"
        ),
    }
