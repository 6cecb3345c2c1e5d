"""Commands about the answer to a rights request: withholding, review, preparing, sending and refusing."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from ledger import errors, events
from ledger.calendars import Calendar
from ledger.codes import rights
from ledger.commands.conditions import ERASURE, NOT_CORRECTED
from ledger.commands.declaration import CONTROLLERS, Example, Fields, RequestStep, closed, only_when
from ledger.commands.invented import RECTIFICATION
from ledger.commands.items import ITEM_CODES
from ledger.commands.preconditions import refuse_unless_one_of
from ledger.commands.requests import due_text
from ledger.retention.schedule import ERASABLE
from ledger.state.request import Request, RequestStatus, status_on

FIVE_FACTORS = (
    "type_of_information",
    "duty_of_confidentiality",
    "steps_to_seek_consent",
    "capability_to_consent",
    "express_refusal",
)
"""The factors of DPA 2018 Sch. 2 para. 16(3), to consider before another person's data is disclosed or withheld."""
REFUSAL_PROVISIONS = (*rights.REFUSALS, *rights.EXEMPTIONS)
_COPIES = frozenset({"access", "portability"})
"""Kinds that are answered with a copy of data, from which something can be withheld."""
_ANSWERED = frozenset({"due_on", "calendar", "late", "findings"})
_SHA_256 = re.compile(r"[0-9a-f]{64}")
_DIGEST = "0f" * 32


def _leave_out(request: Request, fields: Fields, _: date) -> None:
    if request.kind not in _COPIES:
        raise errors.NotOfThisKind("Only an answer with a copy of data has items that can be left out.")
    if fields["decision_id"] in request.decisions:
        raise errors.AlreadyDone("A decision with this decision_id was already recorded.")
    if not fields.get("record_id") and not fields.get("items"):
        raise errors.Malformed("Name the record_id or the items a decision is about: there are no blanket exemptions.")


def _withhold(request: Request, fields: Fields, day: date) -> None:
    _leave_out(request, fields, day)
    refuse_unless_one_of("provision", fields["provision"], tuple(rights.EXEMPTIONS))


def _decide_third_party(request: Request, fields: Fields, day: date) -> None:
    _leave_out(request, fields, day)
    refuse_unless_one_of("outcome", fields["outcome"], rights.THIRD_PARTY_OUTCOMES)


def _prepare(request: Request, fields: Fields, _: date) -> None:
    if request.kind not in _COPIES:
        raise errors.NotOfThisKind("Only access and portability are answered with a report.")
    if not _SHA_256.fullmatch(fields["digest"]):
        raise errors.Malformed("The field digest must be a SHA-256 digest in lower-case hex.", field="digest")


def _check_accuracy(request: Request, fields: Fields, _: date) -> None:
    if request.kind != "rectification":
        raise errors.NotOfThisKind("Only a request to have data corrected asks whether it is right.")
    refuse_unless_one_of("outcome", fields["outcome"], rights.ACCURACY_OUTCOMES)
    if fields["outcome"] == "not_corrected" and not fields.get("reason"):
        raise errors.Malformed("check-accuracy needs the field reason when nothing is corrected.", field="reason")


def _respond(request: Request, fields: Fields, _: date) -> None:
    refuse_unless_one_of("outcome", fields["outcome"], rights.OUTCOMES)
    if fields.get("classes") and request.kind != "erasure":
        raise errors.Malformed("The field classes belongs to the answer to a request for erasure.", field="classes")
    for name in fields.get("classes", ()):
        refuse_unless_one_of("classes", name, ERASABLE)
    if request.kind == "erasure" and fields["outcome"] == "partly_granted" and not fields.get("classes"):
        raise errors.Malformed("Name the classes that are erased when a request is granted in part.", field="classes")
    if fields.get("digest") and fields["digest"] not in request.reports:
        raise errors.UnknownReference("No report with this digest was prepared for this request.")


def _refuse(_: Request, fields: Fields, __: date) -> None:
    refuse_unless_one_of("provision", fields["provision"], REFUSAL_PROVISIONS)
    for route in fields.get("routes", ()):
        refuse_unless_one_of("routes", route, rights.ROUTES)


def _prepared(request: Request, *_: object) -> dict[str, Any]:
    return {"withheld": request.left_out}


def _answered(_: Request, after: Request, fields: Fields, day: date, calendar: Calendar) -> dict[str, Any]:
    at = status_on(after, day, calendar)
    broken = _late(after, at)
    if after.kind == "rectification" and after.accuracy is None:
        broken.append("RECT-03")
    elif after.kind == "objection" and fields["outcome"] not in rights.GRANTED:
        broken.append("OBJECT-02")  # continuing needs compelling grounds, which refuse-request records
    return _with_findings(at, calendar, broken)


def _refused(_: Request, after: Request, fields: Fields, day: date, calendar: Calendar) -> dict[str, Any]:
    at = status_on(after, day, calendar)
    all_named = set(rights.routes_to_name(day)) <= set(fields.get("routes", ()))
    return _with_findings(at, calendar, [*_late(after, at), *([] if all_named else ["LAW-CLK-08"])])


def _late(after: Request, at: RequestStatus) -> list[str]:
    """A complaint that was acknowledged late has its finding in the acknowledgement."""
    not_found_yet = after.kind != "complaint" or after.acknowledged_on is None
    return ["LAW-CLK-10" if after.kind == "complaint" else "SAR-09"] if at.late and not_found_yet else []


def _with_findings(at: RequestStatus, calendar: Calendar, broken: list[str]) -> dict[str, Any]:
    return {"due_on": due_text(at), "late": at.late, "calendar": calendar.label, "findings": tuple(broken)}


WITHHOLD = RequestStep(
    name="withhold-item",
    makes=events.ItemWithheld,
    needs=("provision", "extent", "reason", "decided_by", "told"),
    permitted=CONTROLLERS,
    own_id="decision_id",
    check=_withhold,
    withholds=True,
    codes={"provision": closed(*rights.EXEMPTIONS), "items": ITEM_CODES},
    examples={
        "": Example(
            at="2026-09-10T10:00:00Z",
            after=("keep-record", "receive-request"),
            fields={
                "decision_id": "decision-1",
                "provision": "EX-24",
                "record_id": "plan-1",
                "items": ["D25"],
                "extent": "one sentence",
                "reason": "it was given in confidence",
                "decided_by": "Manager One (invented)",
                "told": "A reference given in confidence is left out.",
            },
        )
    },
)
DECIDE_THIRD_PARTY = RequestStep(
    name="decide-third-party",
    makes=events.ThirdPartyDecided,
    needs=("outcome", *FIVE_FACTORS, "decided_by", "told"),
    permitted=CONTROLLERS,
    own_id="decision_id",
    check=_decide_third_party,
    withholds=True,
    codes={"outcome": closed(*rights.THIRD_PARTY_OUTCOMES), "items": ITEM_CODES},
    examples={
        "": Example(
            at="2026-09-10T11:00:00Z",
            after=("keep-record", "receive-request"),
            fields={
                "decision_id": "decision-2",
                "outcome": "redact",
                "record_id": "plan-1",
                "items": ["D25"],
                "type_of_information": "another person's name",
                "duty_of_confidentiality": "owed by an employer",
                "steps_to_seek_consent": "a letter without an answer",
                "capability_to_consent": "nothing speaks against it",
                "express_refusal": "none",
                "decided_by": "Manager One (invented)",
                "told": "Another person's name is blacked out.",
            },
        )
    },
)
CHECK_ACCURACY = RequestStep(
    name="check-accuracy",
    makes=events.AccuracyChecked,
    needs=("outcome", "steps"),
    permitted=CONTROLLERS,
    check=_check_accuracy,
    codes={"outcome": closed(*rights.ACCURACY_OUTCOMES)},
    when=only_when({(NOT_CORRECTED,): "reason"}),
    examples={
        "": Example(
            at="2026-09-10T10:00:00Z",
            about=RECTIFICATION,
            after=("receive-request/rectification",),
            fields={"outcome": "corrected", "steps": "compared with the letter"},
        )
    },
)
PREPARE = RequestStep(
    name="prepare-report",
    makes=events.ReportPrepared,
    needs=("digest",),
    permitted=CONTROLLERS,
    filled_in=frozenset({"withheld"}),
    check=_prepare,
    reckons=_prepared,
    examples={
        "": Example(
            at="2026-09-14T10:00:00Z", after=("receive-request",), fields={"digest": _DIGEST, "format": "html"}
        ),
    },
)
RESPOND = RequestStep(
    name="send-response",
    makes=events.ResponseSent,
    needs=("outcome",),
    permitted=CONTROLLERS,
    filled_in=_ANSWERED,
    check=_respond,
    reckons=_answered,
    codes={"outcome": closed(*rights.OUTCOMES), "classes": closed(*ERASABLE)},
    when=only_when({(ERASURE,): "classes"}),
    examples={
        "": Example(
            at="2026-09-15T10:00:00Z",
            after=("prepare-report",),
            fields={"outcome": "granted", "channel": "email", "digest": _DIGEST},
        )
    },
)
REFUSE = RequestStep(
    name="refuse-request",
    makes=events.RequestRefused,
    needs=("provision", "reason", "decided_by"),
    permitted=CONTROLLERS,
    filled_in=_ANSWERED,
    check=_refuse,
    reckons=_refused,
    codes={"provision": closed(*REFUSAL_PROVISIONS), "routes": closed(*rights.ROUTES)},
    examples={
        "": Example(
            at="2026-09-15T10:00:00Z",
            after=("receive-request",),
            fields={
                "provision": "EX-12-5",
                "reason": "the ninth request of this kind in a month",
                "decided_by": "Manager One (invented)",
                "routes": [*rights.ROUTES],
            },
        )
    },
)

DECLARED = (WITHHOLD, DECIDE_THIRD_PARTY, CHECK_ACCURACY, PREPARE, RESPOND, REFUSE)
