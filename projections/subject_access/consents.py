"""What a person said about each consent, how each stands, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger import events
from ledger.log.codec import Entry
from ledger.state.customer_at import consent_after
from projections.row import Row
from projections.subject_access.record import History
from projections.wording import channels, codes, dates, parties
from projections.wording.parties import Names

Statement = tuple[Entry, events.Consent]


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementInWords(Row):
    """One statement about a consent."""

    position: int
    state: str
    at: datetime
    when: str
    how: str
    said_to: str
    notice: str
    evidence: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentInWords(Row):
    """A consent as it stands and everything that was ever said about it, in the order it was said."""

    scope: str
    consent: str
    state: str
    since: str
    history: list[StatementInWords]


def statements(history: History) -> dict[str, list[Statement]]:
    """Everything that was said about each consent, in the order it was said; scopes in alphabetical order."""
    by_scope: dict[str, list[Statement]] = {}
    for entry, event in history:
        if isinstance(event, events.Consent):
            by_scope.setdefault(event.scope, []).append((entry, event))
    return {scope: sorted(by_scope[scope], key=_in_order) for scope in sorted(by_scope)}


def _in_order(statement: Statement) -> tuple[datetime, int]:
    entry, _ = statement
    return entry.occurred_at, entry.position


def state_after(statements: Sequence[Statement]) -> tuple[str, Entry]:
    """How a consent stands, and the entry since which it does; being asked again changes no answer (CONSENT-17)."""
    state, since = None, statements[0][0]
    for entry, event in statements:
        after = consent_after(state, event)
        state, since = (after, entry) if after != state else (state, since)
    assert state is not None, "a consent about which nothing was said is not in the list"
    return state, since


def consents(history: History, names: Names) -> list[ConsentInWords]:
    """Each consent about which something was said."""
    rows = []
    for scope, of_scope in statements(history).items():
        state, since = state_after(of_scope)
        rows.append(
            ConsentInWords(
                scope=scope,
                consent=codes.scope(scope),
                state=state,
                since=dates.moment(since.occurred_at),
                history=[_statement(entry, event, names) for entry, event in of_scope],
            )
        )
    return rows


def _statement(entry: Entry, event: events.Consent, names: Names) -> StatementInWords:
    channel = event.channel and channels.channel(event.channel)
    return StatementInWords(
        position=entry.position,
        state=event.NAME.removeprefix("consent-"),
        at=entry.occurred_at,
        when=dates.moment(entry.occurred_at),
        how=", ".join(part for part in (channel, getattr(event, "mechanism", None)) if part) or "not recorded",
        said_to=parties.organisation(event.organisation, names),
        notice=event.notice or "not recorded",
        evidence=event.evidence,
    )
