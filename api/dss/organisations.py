"""Registers the organisations that DSS documents name: touchpoints, Jobcentre Plus and who the controller was when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.dss.meaning import JOBCENTRE_PLUS
from api.dss.versions import derived_id
from ledger.caller import Caller
from ledger.codes.dictionary import TOUCHPOINTS, Touchpoint
from ledger.commands.reader import organisation_stream
from ledger.recording import Ledger
from ledger.store.holdings import existing

_REFERENCE_DATA = Caller(
    role="administrator", organisation="reference-data", subject="the import's reference data", operator=True
)
_DATED = "2018-01-01T00:00:00Z"  # before the first document of the service


def organisations() -> Iterator[dict[str, Any]]:
    """Every organisation as register-organisation states it."""
    for touchpoint in TOUCHPOINTS.values():
        known = {"organisation": touchpoint.id, "name": _name(touchpoint), "kind": touchpoint.kind}
        # Whose touchpoint it is the dictionary does not always say; then the entry says that this is open.
        yield known if touchpoint.prime_contractor else {**known, "to_be_confirmed": True}
    yield {"organisation": JOBCENTRE_PLUS, "name": "Jobcentre Plus", "kind": "Jobcentre Plus"}
    yield from _controllers()


def _controllers() -> Iterator[dict[str, Any]]:
    """The controllers over time, as far as the sources state them (CONF-06, PARTY-04, PARTY-07).

    Written statement HCWS930 moved the service from one department to the other; that it came about is not verified.
    """
    open_, education, work = {"to_be_confirmed": True}, "department-for-education", "department-for-work-and-pensions"
    yield {
        "organisation": education, "name": "Department for Education", "kind": "controller",
        "valid_until": "2026-09-30", "succeeded_by": work, **open_,
    }  # fmt: skip
    yield {
        "organisation": work, "name": "Department for Work and Pensions", "kind": "controller",
        "valid_from": "2026-10-01", **open_,
    }  # fmt: skip
    yield {
        "organisation": "education-and-skills-funding-agency", "name": "Education and Skills Funding Agency",
        "kind": "executive agency", "part_of": education, "valid_until": "2025-03-31", "succeeded_by": education,
        **open_,
    }  # fmt: skip
    of_nhs = {"kind": "controller of NHS data"}
    yield {
        "organisation": "health-education-england", "name": "Health Education England", **of_nhs,
        "valid_until": "2023-03-31", "succeeded_by": "nhs-england",
    }  # fmt: skip
    yield {"organisation": "nhs-england", "name": "NHS England", **of_nhs, "valid_from": "2023-04-01"}


def seed(ledger: Ledger) -> int:
    """Register the organisations that are missing and return how many; existing entries stay unchanged."""
    wanted: Mapping[str, dict[str, Any]] = {fields["organisation"]: fields for fields in organisations()}
    streams = {organisation_stream(code): fields for code, fields in wanted.items()}
    known = existing(ledger.recorder, streams)
    missing = [fields for stream, fields in streams.items() if stream not in known]
    for fields in missing:
        id_ = derived_id("organisations", fields["organisation"])
        ledger.record(
            {"id": str(id_), "type": "register-organisation", "occurred_at": _DATED, **fields}, _REFERENCE_DATA
        )
    return len(missing)


def _name(touchpoint: Touchpoint) -> str:
    if touchpoint.prime_contractor and touchpoint.area:
        return f"{touchpoint.prime_contractor} ({touchpoint.area})"
    return touchpoint.prime_contractor or f"Touchpoint {touchpoint.id}"
