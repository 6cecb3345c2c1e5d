"""Rows of the SQL history as the service's database would have made them of a document, from what is public of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

GROUPS = "dss-prioritygroups-history.ndjson"
_LOST = {
    "customers": {"PriorityGroups"},  # they go to a table of their own
    "diversitydetails": {"CreatedBy"},
    "subscriptions": {"LastModifiedBy", "SubscriptionId"},
}
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?)(Z|[+-]\d\d:\d\d)")


def stamp(ts: int) -> str:
    return datetime.fromtimestamp(ts, UTC).isoformat()[:19]


def row(collection: str, document: dict[str, Any], history_id: int) -> dict[str, Any]:
    """Ids in upper case, times without their offsets, no tag, and nothing of the fields that have no column."""
    columns = {
        name: _column(value) for name, value in document.items()
        if not name.startswith("_") and name not in _LOST.get(collection, ())
    }  # fmt: skip
    if collection == "actions" and "LastModifiedDate" in document:
        columns["LastModifiedDate"] = document["LastModifiedDate"]  # a VARCHAR in SQL
    if collection == "goals":
        columns["LastModifiedTouchpointId"] = columns.pop("LastModifiedBy", None)
    if collection == "subscriptions":
        columns["LastModifiedTouchpointId"] = None
    return {"HistoryId": history_id, "CosmosTimeStamp": stamp(document["_ts"]), **columns}


def group_rows(document: dict[str, Any], first_id: int) -> list[dict[str, Any]]:
    """One for each priority group of a customers document."""
    return [
        {
            "HistoryId": number, "CosmosTimeStamp": stamp(document["_ts"]),
            "CustomerId": document["id"].upper(), "PriorityGroup": group,
        }
        for number, group in enumerate(document.get("PriorityGroups") or (), first_id)
    ]  # fmt: skip


def same_without_numbers(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in one.items() if name != "HistoryId" and value is not None} for one in rows]


def _column(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if _ID.fullmatch(value):
        return value.upper()
    found = _TIME.fullmatch(value)
    if found is None:
        return value
    return found[1].rstrip("0") if found[2] else found[1]
