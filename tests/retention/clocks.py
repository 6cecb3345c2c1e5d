"""Events that start and stop clocks, on any day and in any order, whatever a command would make of them."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from hypothesis import strategies as st

from tests.strategies import CUSTOMERS, Told, happened, moments

_ORGANISATIONS = ("0000000101", "0000000102", "0000000103")
_CODE = st.sampled_from(_ORGANISATIONS)
_BY = {"organisation": _CODE}
_STATED = moments().map(datetime.isoformat)
_DAY = st.dates(date(2016, 1, 1), date(2026, 1, 1)).map(date.isoformat)
_RECEIPT = {"receipt_id": st.sampled_from(["r-1", "r-2"])}
_SCOPE = {"scope": st.sampled_from(["collect_ethnicity", "equality_monitoring"])}
_CLAIM = {"rests_on": st.just("a claim")}
_VALUES = {"values": st.just({"note": "invented"})}
_Fields = dict[str, st.SearchStrategy[Any]]
_SERVICE_STEPS: list[tuple[str, _Fields, _Fields]] = [
    ("customer-registered", {**_BY, **_VALUES}, {"written_at": _STATED, "registered_at": _STATED}),
    ("record-kept", {"collection": st.sampled_from(["actionplans", "digitalidentities"]), **_VALUES}, _BY),
    ("record-kept", {"kept_as": st.sampled_from(["payment_evidence", "equality", "nhs_careers"]), **_VALUES}, _BY),
    ("interaction-held", {"channel": st.sampled_from(["telephone", "account"])}, {**_BY, "held_at": _STATED}),
    ("appointment-kept", {}, {**_BY, "appointment_at": _STATED}),
    ("appointment-missed", {"note": st.just("invented")}, {**_BY, "appointment_at": _STATED}),
    ("service-ended", {"audit_minimum": st.just({"note": "invented"})}, {"organisation": _CODE}),
    ("service-resumed", {}, _BY),
    ("consent-withdrawn", _SCOPE, {**_BY, **_CLAIM}),
    ("consent-given", _SCOPE, {**_BY, **_CLAIM}),
    ("data-received", {**_RECEIPT, **_VALUES}, {"received_by": _CODE}),
    ("data-incorporated", _RECEIPT, {}),
    ("breach-assessment-opened", {"assessment_id": st.just("a"), "became_aware_at": _STATED, "due_at": _STATED}, {}),
    ("breach-assessment-closed", {"assessment_id": st.just("a")}, {}),
]
_REQUEST_STEPS: list[tuple[str, _Fields, _Fields]] = [
    ("request-received", {"asked": st.just("invented")}, _BY),
    ("response-sent", {}, {}),
]
_ENTRIES: list[tuple[str, _Fields, _Fields]] = [
    ("organisation-registered", {**_BY, "kind": st.just("prime")}, {"valid_from": _DAY, "part_of": _CODE}),
    ("contract-started", {**_BY, "contract": st.just("c")}, {"valid_from": _DAY}),
    (
        "retention-period-set",
        {
            **_BY,
            "kind": st.sampled_from(["after_service", "inactivity", "did_not_attend"]),
            "months": st.integers(0, 36),
            "valid_from": _DAY,
        },
        {},
    ),
    (
        "destruction-instructed",
        {"contractor": _CODE, "classes": st.just(("identity", "service")), "valid_from": _DAY},
        {"instruction": st.just("i")},
    ),
]
_REQUEST, _REGISTER = uuid.UUID(int=0xB1), uuid.UUID(int=0xB2)


@st.composite
def clocks(draw: st.DrawFn, *, most: int = 30) -> list[Told]:
    """Two people, a request and the registers, in any order; two people at most, so that much concerns the same one."""
    steps = [(step, CUSTOMERS[number]) for number in range(2) for step in _SERVICE_STEPS]
    steps += [(step, _REQUEST) for step in _REQUEST_STEPS] + [(step, _REGISTER) for step in _ENTRIES * 3]
    told = []
    for (name, fields, optional), stream in draw(st.lists(st.sampled_from(steps), min_size=8, max_size=most)):
        said = draw(st.fixed_dictionaries(fields, optional=optional))
        told.append(happened(stream, name, draw(moments()), **said))
    return told
