"""Refused attempts: noticed at every door, listed for the controller without saying who tried but by a pseudonym."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from api.casework.access import refuse_unless_sees_access
from api.casework.runtime import Runtime
from ledger.attempts import Attempt
from ledger.caller import Caller
from ledger.commands.catalogue import COMMANDS
from ledger.errors import (
    Destroyed,
    LedgerError,
    NotAllowed,
    UnknownClaim,
    UnknownCustomer,
    UnknownReference,
    UnknownRequest,
)
from ledger.events import AccessRefused, AttemptsOpened, Json
from ledger.recording import Ledger
from projections.accesses import read as accesses
from projections.accesses.read import RefusedAttempt, TriedBy, TriedKey

OF_AUTHORITY = (NotAllowed, UnknownCustomer, UnknownRequest, UnknownClaim)
"""Refusals of what is not the caller's; "not there" is among them, for nobody may learn which of the two it was."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptPage:
    """One page of refused attempts in recorded order; `next` is the position to go on after."""

    count: int
    """How many attempts there were, on this page and all others."""
    rows: list[RefusedAttempt]
    next: int | None

    def as_json(self) -> dict[str, Json]:
        """The page without its cursor, which each door writes in its own way."""
        return {"count": self.count, "rows": [row.as_json() for row in self.rows]}


@dataclass(frozen=True, kw_only=True, slots=True)
class TriedPage:
    """One page of who was refused, the latest first."""

    rows: list[TriedBy]
    next: TriedKey | None


def notice(
    ledger: Ledger,
    refused: LedgerError,
    by: Caller,
    *,
    route: str,
    body: Mapping[str, object] | None = None,
    about: UUID | None = None,
) -> None:
    """Count a refusal, if it is for want of authority: it is recorded within a minute, and takes no statement now.

    `route` is a template, never an address; `body` is the command that was refused, if it was one.
    """
    if not isinstance(refused, OF_AUTHORITY):
        return
    named = refused.evidence.get("about")
    command = str((body or {}).get("type"))
    ledger.attempts.noticed(
        Attempt(
            by=by,
            route=route,
            refusal=type(refused).__name__,
            rule=refused.rule_id,
            command=command if command in COMMANDS else None,
            about=named if isinstance(named, UUID) else _subject_of(body or {}) or about,
        )
    )


def listed(
    runtime: Runtime, by: Caller, *, who: str | None = None, after: int = 0, limit: int = accesses.PAGE
) -> AttemptPage:
    """One page of refused attempts, with `who` those of one pseudonym. Raises NotAllowed."""
    refuse_unless_sees_access(runtime, by)
    runtime.ledger.attempts.record()
    with runtime.current_views(by) as views:
        rows = accesses.attempts(views, who=who, after=after, limit=limit + 1)
        count = accesses.count_attempts(views, who=who)
    return AttemptPage(count=count, rows=rows[:limit], next=rows[limit - 1].position if len(rows) > limit else None)


def by_caller(runtime: Runtime, by: Caller, *, after: TriedKey | None = None, limit: int = accesses.PAGE) -> TriedPage:
    """One page of who was refused, with how often and for how many records, the latest first. Raises NotAllowed."""
    refuse_unless_sees_access(runtime, by)
    runtime.ledger.attempts.record()
    with runtime.current_views(by) as views:
        rows = accesses.tried_by(views, after=after, limit=limit + 1)
    return TriedPage(rows=rows[:limit], next=rows[limit - 1].key if len(rows) > limit else None)


def opened(runtime: Runtime, by: Caller, who: str) -> str:
    """Who a pseudonym of refused attempts is, after it was recorded that it is looked up (D12).

    Raises NotAllowed, UnknownReference for a pseudonym of no attempt, and Destroyed.
    """
    refuse_unless_sees_access(runtime, by)
    if by.role != "records-manager":
        raise NotAllowed(f"The role {by.role} may not look up who tried: it is personal data.")
    runtime.ledger.attempts.record()
    with runtime.current_views(by) as views:
        files = accesses.files_of(views, who)
    if not files:
        raise UnknownReference("Nobody of this pseudonym was refused.")
    for file in files:
        runtime.ledger.note(file.file, AttemptsOpened(who=who, organisation=file.organisation), by)
        payloads = runtime.ledger.unsealed(file.file)
        named = {entry.position for entry in runtime.ledger.history(file.file)
                 if entry.type == AccessRefused.NAME and entry.actor.endswith(f"/{who}")}  # fmt: skip
        subject = next((payloads[position].get("attempted_by") for position in named if position in payloads), None)
        if subject is not None:
            return str(subject)
    raise Destroyed("Who it was has been destroyed with the log of that time.")


def _subject_of(body: Mapping[str, object]) -> UUID | None:
    """The first record that a command names, however badly it is made."""
    people = body.get("customers")
    first = people[0] if isinstance(people, list) and people else None
    named = [body.get(name) for name in ("customer_id", "request_id", "about")]
    if isinstance(first, dict):
        named.append(first.get("customer_id"))
    return next((found for text in named if (found := as_id(text)) is not None), None)


def as_id(text: object) -> UUID | None:
    """A text as an id; None when it is none."""
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None
