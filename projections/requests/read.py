"""The requests view's read functions: every rights request, how it stands on a day, and why it is due then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from ledger.calendars import Calendar
from ledger.clocks import end_of_day
from ledger.codes.rights import KINDS, RULES
from ledger.events import EVENTS, Json
from ledger.log.codec import event_from
from ledger.state.request import RequestStatus, Step, replay, status_on

PAGE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which requests to list; what is not said does not matter."""

    kind: str | None = None
    organisation: str | None = None
    customer: UUID | None = None
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
) -> list[dict[str, Json]]:
    """Requests in the order they were recorded, one page; go on after the `position` of the last one."""
    return list(islice(every(connection, wanted, on=on, calendar=calendar, after=after), limit))


def every(
    connection: psycopg.Connection[Any], wanted: Wanted, *, on: date, calendar: Calendar, after: int = 0
) -> Iterator[dict[str, Json]]:
    """Every request that is wanted, as it stands on a day by what had happened until then; read page by page."""
    while rows := _rows(connection, wanted, on=on, after=after):
        steps = _steps(connection, [row["request"] for row in rows], on=on)
        for row in rows:
            known = steps[row["request"]]
            at = status_on(replay(one for _, one in known), on, calendar)
            if wanted.late in (None, at.late):
                yield _listed(row, known, at, calendar)
        after = rows[-1]["position"]


def for_customer(
    connection: psycopg.Connection[Any], customer: UUID, *, on: date, calendar: Calendar
) -> list[dict[str, Json]]:
    """Every request about one person, oldest first."""
    return list(every(connection, Wanted(customer=customer), on=on, calendar=calendar))


def one(
    connection: psycopg.Connection[Any], number: UUID, *, on: date, calendar: Calendar, known_on: date | None = None
) -> dict[str, Json] | None:
    """One request with its clock and its steps, or None when there is none.

    With `known_on`, by what had been recorded at the end of that day (D9), and as it then stood.
    """
    on = known_on or on
    rows = _rows(connection, Wanted(), on=on, only=number)
    known = _steps(connection, [number], on=on).get(number, [])
    if known_on is not None:
        known = [(position, step) for position, step in known if step.known_by(known_on)]
    if not rows or not known:
        return None
    at = status_on(replay(step for _, step in known), on, calendar)
    steps: list[Json] = [_step(position, step) for position, step in known]
    return {**_listed(rows[0], known, at, calendar), **at.as_json(calendar), "steps": steps}


def tally(
    connection: psycopg.Connection[Any], *, on: date, calendar: Calendar, organisation: str | None = None
) -> list[dict[str, Json]]:
    """How many requests of each kind there are, open and late, and how many came in each month (LAW-CLK-12)."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT r.kind, to_char(r.received_at AT TIME ZONE 'Europe/London', 'YYYY-MM') AS month,"
            " count(*) FILTER (WHERE r.closed_at <= %(upto)s) AS closed, count(*) AS came,"
            " count(*) FILTER (WHERE EXISTS (SELECT FROM request_step AS s WHERE s.request = r.request"
            " AND s.occurred_at <= %(upto)s AND (s.facts->>'late')::boolean)) AS late"
            " FROM request AS r WHERE r.received_at <= %(upto)s"
            " AND (%(organisation)s::text IS NULL OR r.organisation = %(organisation)s)"
            " GROUP BY r.kind, month ORDER BY r.kind, month",
            {"organisation": organisation, "upto": end_of_day(on)},
        ).fetchall()
    overdue = Wanted(open=True, late=True, organisation=organisation)
    late = Counter(str(row["kind"]) for row in every(connection, overdue, on=on, calendar=calendar))
    return [
        {
            "kind": kind,
            "open": sum(row["came"] - row["closed"] for row in rows if row["kind"] == kind),
            "closed": sum(row["closed"] for row in rows if row["kind"] == kind),
            "late": late[kind] + sum(row["late"] for row in rows if row["kind"] == kind),
            "by_month": {row["month"]: row["came"] for row in rows if row["kind"] == kind},
        }
        for kind in KINDS
    ]


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
                "customer": wanted.customer,
                "open": wanted.open,
                "limit": PAGE,
            },
        ).fetchall()


def _steps(
    connection: psycopg.Connection[Any], numbers: Sequence[UUID], *, on: date
) -> dict[UUID, list[tuple[int, Step]]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT request, position, type, type_version, occurred_at, recorded_at, facts FROM request_step"
            " WHERE request = ANY (%s) AND occurred_at <= %s ORDER BY request, position",
            [list(numbers), end_of_day(on)],
        ).fetchall()
    steps: dict[UUID, list[tuple[int, Step]]] = {}
    for row in rows:
        event = event_from(row["type"], row["type_version"], row["facts"])
        step = Step(event=event, occurred_at=row["occurred_at"], recorded_at=row["recorded_at"])
        steps.setdefault(row["request"], []).append((row["position"], step))
    return steps


def _listed(
    row: dict[str, Any], known: Iterable[tuple[int, Step]], at: RequestStatus, calendar: Calendar
) -> dict[str, Json]:
    steps = [step for _, step in known]
    request = replay(steps)
    told = [
        {"due_on": due_on, "on": step.day.isoformat()}
        for step in steps
        if (due_on := getattr(step.event, "told_due_on", None)) is not None
    ]
    findings = [
        {"rule": rule, "severity": RULES[rule].severity, "sentence": RULES[rule].sentence, "on": step.day.isoformat()}
        for step in steps
        for rule in getattr(step.event, "findings", ())
    ]
    return {
        "request_id": str(row["request"]),
        "kind": row["kind"],
        "customer_id": str(request.customer) if request.customer else None,
        "organisation": row["organisation"],
        "channel": row["channel"],
        "received_on": request.received_on.isoformat() if request.received_on else None,
        "restarted_on": [day.isoformat() for day in at.restarted_on],
        "closed_on": request.closed_on.isoformat() if request.closed_on else None,
        "told_due_on": told[-1]["due_on"] if told else None,
        "findings": [*findings],
        "position": row["position"],
        **{name: value for name, value in at.as_json(calendar).items() if name not in {"clock", "calendar"}},
        "calendar": calendar.version,
    }


def _step(position: int, step: Step) -> dict[str, Json]:
    kind = EVENTS[step.event.NAME]
    return {
        "position": position,
        "type": kind.NAME,
        "label": kind.LABEL,
        "occurred_at": _text(step.occurred_at),
        "recorded_at": _text(step.recorded_at),
        "facts": {
            name: list(value) if isinstance(value, tuple) else value
            for name in kind.FACTS
            if (value := getattr(step.event, name)) not in (None, ())
        },
    }


def _text(moment: Any) -> str:  # noqa: ANN401 (an instant, as the driver gives it)
    return str(moment.isoformat()).replace("+00:00", "Z")
