"""Every wording under one name, for callers that do not import the modules themselves yet."""

from __future__ import annotations

from projections.wording.channels import (
    CHANNELS,
    DIRECTIONS,
    channel,
    direction,
)
from projections.wording.classes import (
    CLOCKS,
    class_of_records,
    records,
)
from projections.wording.codes import (
    CONTAINERS,
    HOLDS,
    ITEMS,
    METHODS,
    PURPOSES,
    ROLES,
    SCOPES,
    SEVERITIES,
    STATES,
    WARNINGS,
    basis,
    items,
    plainly,
    rule,
    what_happened,
)
from projections.wording.dates import (
    day,
    is_date,
    moment,
    period,
)
from projections.wording.parties import (
    Names,
    organisation,
    organisation_of,
    recorded_by,
    role_at,
)
from projections.wording.source_fields import (
    bookkeeping,
    coded,
    field_of,
    kind_of_record,
    label_of,
    place_of,
    value_in_record,
)

__all__ = [
    "CHANNELS",
    "CLOCKS",
    "CONTAINERS",
    "DIRECTIONS",
    "HOLDS",
    "ITEMS",
    "METHODS",
    "PURPOSES",
    "ROLES",
    "SCOPES",
    "SEVERITIES",
    "STATES",
    "WARNINGS",
    "Names",
    "basis",
    "bookkeeping",
    "channel",
    "class_of_records",
    "coded",
    "day",
    "direction",
    "field_of",
    "is_date",
    "items",
    "kind_of_record",
    "label_of",
    "moment",
    "organisation",
    "organisation_of",
    "period",
    "place_of",
    "plainly",
    "recorded_by",
    "records",
    "role_at",
    "rule",
    "value_in_record",
    "what_happened",
]
