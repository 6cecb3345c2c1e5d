"""Commands of the registers that retention and the clocks depend on: periods, instructions, calendars, rule sets."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from ledger import errors, events
from ledger.calendars import Calendar, england_and_wales
from ledger.caller import RECORDERS
from ledger.clocks import london_day
from ledger.commands.declaration import Example, Fields, OrganisationCommand, closed, known
from ledger.commands.invented import CONTROLLER, PRIME
from ledger.commands.preconditions import refuse_unknown_classes, refuse_unless_one_of
from ledger.retention.schedule import ERASABLE, PRE_DELETION_CHECKS, LocalKind
from ledger.rules.rule import DIGESTS

LOCAL_KINDS: tuple[str, ...] = get_args(LocalKind)


def _local_kind(fields: Fields) -> None:
    refuse_unless_one_of("kind", fields["kind"], LOCAL_KINDS)


def _from_that_day(fields: Fields, occurred_at: datetime) -> Fields:
    return {"valid_from": london_day(occurred_at).isoformat(), **fields}


def _all_looked_into(fields: Fields) -> None:
    """Raise Malformed unless the controller looked into every reason to keep the records (DEST-03)."""
    refuse_unknown_classes(fields)
    missing = [code for code in PRE_DELETION_CHECKS if code not in fields["checked"]]
    if missing:
        raise errors.Malformed(
            f"The field checked must name every reason to keep records that was looked into; {missing[0]} is missing.",
            field="checked",
            rule_id="DEST-03",
        )


def _all_classes(fields: Fields, _: datetime) -> Fields:
    return {**fields, "classes": tuple(fields.get("classes") or ERASABLE)}


def _refuse_unless_a_calendar(fields: Fields) -> None:
    """Raise Malformed for a calendar of fewer days than the shipped one: some clocks would have no last day."""
    days = {name: fields[name] for name in ("holidays", "first_day", "last_day")}
    try:
        made = Calendar.published(version="", holidays=days["holidays"], first=days["first_day"], last=days["last_day"])
    except ValueError as wrong:
        raise errors.Malformed(
            "The field holidays must list dates such as 2026-12-25, each from first_day to last_day.", field="holidays"
        ) from wrong
    present = england_and_wales()
    if made.first > present.first or made.last < present.last:
        raise errors.Malformed(
            f"The list must reach from {present.first} or earlier to {present.last} or later.", field="last_day"
        )


def _with_digest(fields: Fields, _: datetime) -> Fields:
    return {**fields, "digest": DIGESTS.get(fields["rule_set"])}


SET_PERIOD = OrganisationCommand(
    name="set-retention-period",
    makes=events.RetentionPeriodSet,
    needs=("kind", "months"),
    check=_local_kind,
    fills_in=_from_that_day,
    codes={"kind": closed(*LOCAL_KINDS)},
    examples={
        "": Example(
            at="2026-01-02T09:00:00Z",
            after=("register-organisation",),
            fields={
                "organisation": PRIME,
                "kind": "after_service",
                "months": 12,
                "valid_from": "2026-01-01",
                "justification": "complaints come within a year",
            },
        ),
        "short": Example(
            at="2026-01-02T10:00:00Z",
            after=("register-organisation",),
            fields={
                "organisation": PRIME,
                "kind": "after_service",
                "months": 3,
                "valid_from": "2026-01-01",
                "justification": "nobody ever complained later",
            },
        ),
    },
)
INSTRUCT_DESTRUCTION = OrganisationCommand(
    name="instruct-destruction",
    makes=events.DestructionInstructed,
    needs=("instruction", "contractor", "contract", "valid_from", "checked"),
    check=_all_looked_into,
    fills_in=_all_classes,
    codes={"classes": closed(*events.CLASSES), "checked": known(*PRE_DELETION_CHECKS)},
    examples={
        "": Example(
            at="2026-10-01T09:00:00Z",
            after=("register-organisation/controller", "end-contract"),
            fields={
                "organisation": CONTROLLER,
                "instruction": "instruction-1",
                "contractor": PRIME,
                "contract": "contract-1",
                "valid_from": "2026-10-01",
                "checked": [*PRE_DELETION_CHECKS],
            },
        )
    },
)
CLEANSE_MAILBOX = OrganisationCommand(
    name="cleanse-mailbox",
    makes=events.MailboxCleansed,
    effect="own-act",
    needs=("mailbox",),
    permitted=RECORDERS,
    fills_in=_from_that_day,
    settles=True,
    examples={
        "": Example(
            at="2018-06-11T09:00:00Z",
            after=("register-work-domain",),
            fields={"organisation": PRIME, "mailbox": "contractor.example"},
        )
    },
)
PUBLISH_CALENDAR = OrganisationCommand(
    name="publish-calendar",
    makes=events.CalendarPublished,
    needs=("version", "holidays", "first_day", "last_day"),
    check=_refuse_unless_a_calendar,
    examples={
        "": Example(
            at="2026-01-02T09:00:00Z",
            after=("register-organisation/controller",),
            fields={
                "organisation": CONTROLLER,
                "version": "an invented list",
                "holidays": ["2026-12-25", "2026-12-28"],
                "first_day": str(england_and_wales().first),
                "last_day": str(england_and_wales().last),
            },
        )
    },
)
PUBLISH_RULE_SET = OrganisationCommand(
    name="publish-rule-set",
    makes=events.RuleSetPublished,
    needs=("rule_set", "valid_from"),
    filled_in=frozenset({"digest"}),
    fills_in=_with_digest,
    codes={"rule_set": known(*DIGESTS)},
    examples={
        "": Example(
            at="2025-01-20T09:00:00Z",
            after=("register-organisation/controller",),
            fields={
                "organisation": CONTROLLER,
                "rule_set": "NCS-JCP/2025-01-20",
                "valid_from": "2025-01-20",
            },
        )
    },
)

DECLARED = (SET_PERIOD, INSTRUCT_DESTRUCTION, CLEANSE_MAILBOX, PUBLISH_CALENDAR, PUBLISH_RULE_SET)
