"""The requests view's read functions: every rights request, how it stands on a day, and why it is due then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from ledger.calendars import Calendar
from ledger.clocks import end_of_day
from ledger.codes.rights import KINDS
from ledger.events import EVENTS, RequestAcknowledged, TimeExtended
from ledger.log.codec import event_from
from ledger.state.request import Step, replay, status_on
from projections.requests.rows import KindCount, RequestFile, RequestRow, RequestStep, StepFinding

PAGE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which requests to list; a field that is None does not matter."""

    kind: str | None = None
    organisation: str | None = None
    customer_id: UUID | None = None
    open: bool | None = None
    late: bool | None = None


def page(
    connection: psycopg.Connection[Any],
    wanted: Wanted,
    *,
    on: date,
    calendar: Calendar,
    after: int = 0,
    limit: int = PAGE,
) -> list[RequestRow]:
    """Requests in the order they were recorded, one page; go on after the `position` of the last one."""
    return list(islice(every(connection, wanted, on=on, calendar=calendar, after=after), limit))


def every(
    connection: psycopg.Connection[Any], wanted: Wanted, *, on: date, calendar: Calendar, after: int = 0
) -> Iterator[RequestRow]:
    """Every request that is wanted, as it stands on a day by what had happened until then; read page by page."""
    while rows := _rows(connection, wanted, on=on, after=after):
        steps = _steps(connection, [row["request"] for row in rows], on=on)
        for row in rows:
            request = _request(row, [step for _, step in steps[row["request"]]], on=on, calendar=calendar)
            if wanted.late in (None, request.standing.late):
                yield request
        after = rows[-1]["position"]


def for_customer(
    connection: psycopg.Connection[Any], customer_id: UUID, *, on: date, calendar: Calendar
) -> list[RequestRow]:
    """Every request about one person, oldest first."""
    return list(every(connection, Wanted(customer_id=customer_id), on=on, calendar=calendar))


def file(
    connection: psycopg.Connection[Any],
    request_id: UUID,
    *,
    on: date,
    calendar: Calendar,
    upto: int | None = None,
) -> RequestFile | None:
    """One request with its clock and its steps as they stand on a day, or None when there is none.

    With `upto`, by the ledger up to that position (D9).
    """
    rows = _rows(connection, Wanted(), on=on, only=request_id)
    known = _steps(connection, [request_id], on=on).get(request_id, [])
    if upto is not None:
        known = [(position, step) for position, step in known if position <= upto]
    if not rows or not known:
        return None
    return RequestFile(
        request=_request(rows[0], [step for _, step in known], on=on, calendar=calendar),
        steps=tuple(_step(position, step) for position, step in known),
    )


def tally(
    connection: psycopg.Connection[Any], *, on: date, calendar: Calendar, organisation: str | None = None
) -> list[KindCount]:
    """How many requests of each kind there are, open and late, and how many came in each month (LAW-CLK-12)."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_TALLY, {"organisation": organisation, "upto": end_of_day(on)}).fetchall()
    overdue = Wanted(open=True, late=True, organisation=organisation)
    late = Counter(request.kind for request in every(connection, overdue, on=on, calendar=calendar))
    return [
        KindCount(
            kind=kind,
            open=sum(row["came"] - row["closed"] for row in rows if row["kind"] == kind),
            closed=sum(row["closed"] for row in rows if row["kind"] == kind),
            late=late[kind] + sum(row["late"] for row in rows if row["kind"] == kind),
            by_month={row["month"]: row["came"] for row in rows if row["kind"] == kind},
        )
        for kind in KINDS
    ]


_TALLY = """
SELECT r.kind, to_char(r.received_at AT TIME ZONE 'Europe/London', 'YYYY-MM') AS month,
       count(*) FILTER (WHERE r.closed_at <= %(upto)s) AS closed, count(*) AS came,
       count(*) FILTER (WHERE EXISTS (SELECT FROM request_step AS s WHERE s.request = r.request
                        AND s.occurred_at <= %(upto)s AND (s.facts->>'late')::boolean)) AS late
FROM request AS r
WHERE r.received_at <= %(upto)s AND (%(organisation)s::text IS NULL OR r.organisation = %(organisation)s)
GROUP BY r.kind, month ORDER BY r.kind, month
"""


def _rows(
    connection: psycopg.Connection[Any], wanted: Wanted, *, on: date, after: int = 0, only: UUID | None = None
) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT request, kind, customer, organisation, channel, received_at, closed_at, position FROM request"
            " WHERE position > %(after)s AND received_at <= %(upto)s"
            " AND (%(only)s::uuid IS NULL OR request = %(only)s)"
            " AND (%(kind)s::text IS NULL OR kind = %(kind)s)"
            " AND (%(organisation)s::text IS NULL OR organisation = %(organisation)s)"
            " AND (%(customer)s::uuid IS NULL OR customer = %(customer)s)"
            " AND (%(open)s::boolean IS NULL OR (coalesce(closed_at, 'infinity') > %(upto)s) = %(open)s)"
            " ORDER BY position LIMIT %(limit)s",
            {
                "after": after,
                "upto": end_of_day(on),
                "only": only,
                "kind": wanted.kind,
                "organisation": wanted.organisation,
                "customer": wanted.customer_id,
                "open": wanted.open,
                "limit": PAGE,
            },
        ).fetchall()


def _steps(
    connection: psycopg.Connection[Any], request_ids: Sequence[UUID], *, on: date
) -> dict[UUID, list[tuple[int, Step]]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT request, position, type, type_version, occurred_at, recorded_at, facts FROM request_step"
            " WHERE request = ANY (%s) AND occurred_at <= %s ORDER BY request, position",
            [list(request_ids), end_of_day(on)],
        ).fetchall()
    steps: dict[UUID, list[tuple[int, Step]]] = {}
    for row in rows:
        event = event_from(row["type"], row["type_version"], row["facts"])
        step = Step(event=event, occurred_at=row["occurred_at"], recorded_at=row["recorded_at"])
        steps.setdefault(row["request"], []).append((row["position"], step))
    return steps


def _request(row: dict[str, Any], steps: Sequence[Step], *, on: date, calendar: Calendar) -> RequestRow:
    request = replay(steps)
    events = [step.event for step in steps]
    told_days = [event.told_due_on for event in events if isinstance(event, RequestAcknowledged | TimeExtended)]
    named = [day for day in told_days if day is not None]
    return RequestRow(
        request_id=row["request"],
        kind=row["kind"],
        customer_id=request.customer,
        organisation=row["organisation"],
        channel=row["channel"],
        received_on=request.received_on,
        closed_on=request.closed_on,
        told_due_on=named[-1] if named else None,
        findings=tuple(
            StepFinding(rule=rule, on=step.day) for step in steps for rule in getattr(step.event, "findings", ())
        ),
        standing=status_on(request, on, calendar),
        calendar=calendar,
        position=row["position"],
    )


def _step(position: int, step: Step) -> RequestStep:
    kind = EVENTS[step.event.NAME]
    return RequestStep(
        position=position,
        type=kind.NAME,
        label=kind.LABEL,
        occurred_at=step.occurred_at,
        recorded_at=step.recorded_at,
        facts={
            name: list(value) if isinstance(value, tuple) else value
            for name in kind.FACTS
            if (value := getattr(step.event, name)) not in (None, ())
        },
    )
