"""The subject-access report as one page of plain, accessible HTML that needs no other file and prints well."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from api.markup import environment
from api.markup import render as filled

READING_ORDER = (
    ("R0", "held"),
    ("destroyed", "destroyed"),
    ("R1", "data"),
    ("consents", "consents"),
    ("serving", "serving"),
    ("R4", "shares"),
    ("recipients", "told"),
    ("R8", "sources"),
    ("R2", "purposes"),
    ("R3", "kinds"),
    ("R5", "keeping"),
    ("holds", "holds"),
    ("limits", "limits"),
    ("breaches", "breaches"),
    ("claims", "claims"),
    ("readings", "readings"),
    ("grants", "grants"),
    ("requests", "requests"),
    ("R6", "rights"),
    ("R6a", "complain-controller"),
    ("R7", "complain-regulator"),
    ("R9", "automated"),
    ("R10", "abroad"),
    ("R11", "search"),
    ("R12", "left-out"),
    ("R13", "controller"),
)
"""The sections in the order in which a reader wants them, each with its place on the page."""
STYLE = "report.css"

Shown = Mapping[str, Any]
"""The JSON of a report, or of a part of it, as the template takes it."""


def render(report: Shown) -> str:
    """The page of a report that `casework.subject_access` made."""
    return filled(
        "report.html",
        strict=True,
        report=report,
        parts=[
            _part(report, ""),
            *(_part(other, f"record-{number}-") for number, other in enumerate(report["other_records"], start=2)),
        ],
        style=style(),
        name=_name(report),
    )


def _part(report: Shown, prefix: str) -> Shown:
    """One record of the person, with its sections in order and places of its own on the page."""
    order = [(key, prefix + place, report[key]["heading"]) for key, place in READING_ORDER if not _empty(report, key)]
    return {"report": report, "prefix": prefix, "order": order}


def _empty(report: Shown, key: str) -> bool:
    """What is rare is left out where there is none of it: the list of sections must not frighten."""
    rare = {"destroyed", "holds", "requests", "recipients", "limits", "breaches", "claims", "serving", "grants"}
    return key in rare and not report[key]["rows"] and not report[key].get("objections")


def style() -> str:
    """The style sheet that stands inside the page."""
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), STYLE)[0]


def content_security_policy() -> str:
    """What a browser may do with the page: apply its own style and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _name(report: Shown) -> str | None:
    person = report["person"] or {}
    given = person.get("GivenName") or person.get("given_name")
    family = person.get("FamilyName") or person.get("family_name")
    return " ".join(str(part) for part in (given, family) if part) or None
