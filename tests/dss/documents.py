"""The sample documents the DSS tests start from: invented people, changed one field at a time."""

from __future__ import annotations

import json
from pathlib import Path
from types import EllipsisType
from typing import TypeAlias

from api.dss.checks import JSON

Change: TypeAlias = "JSON | EllipsisType"

SAMPLES = Path(__file__).parents[2] / "api" / "dss" / "samples"

_WITHOUT_SAMPLES: dict[str, dict[str, JSON]] = {
    "prioritygroups": {"CustomerId": "864c9eab-5b1c-4675-a5e2-c5b9c92c7740", "PriorityGroup": 1},
    "notifications": {
        "id": "0d7ad0a6-7a5c-44b3-93a8-2f0fb0d2a3b5",
        "HttpCode": 202,
        "Notification": {"CustomerId": "864C9EAB-5B1C-4675-A5E2-C5B9C92C7740", "ResourceURL": "https://example.com/"},
        "BearerToken": "",
        "Success": True,
        "Timestamp": "2024-05-01T10:00:00Z",
    },
}
SYSTEM_FIELDS: dict[str, JSON] = {"_ts": 1_714_557_600, "_etag": '"6b7fe6cd-0000-0d00-0000-663213200000"'}


def sample(collection: str, /, **changes: Change) -> dict[str, JSON]:
    """The first sample of a collection, with these fields changed; `...` takes a field away."""
    if collection in _WITHOUT_SAMPLES:
        document = _WITHOUT_SAMPLES[collection] | SYSTEM_FIELDS
    else:
        with (SAMPLES / f"{collection}.ndjson").open(encoding="utf-8") as lines:
            document = json.loads(next(lines))
    changed: dict[str, Change] = {**document, **changes}
    return {name: value for name, value in changed.items() if not isinstance(value, EllipsisType)}
