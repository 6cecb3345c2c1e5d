"""The findings view's read functions: which rules were broken, where each finding stands, and what was not judged."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row, tuple_row

from ledger.events import ABOUT_ACCESS, EVENTS
from projections.findings.rows import (
    BreachAssessment,
    CustomerFindings,
    Finding,
    ListedBreach,
    ListedFinding,
    NotJudged,
)

NOT_JUDGED = {
    True: "imported: the source's records do not say by which channel it went, so no rule about it can be judged",
    False: "no rule was in force for it on that day",
}
"""Why an entry has no verdict, by whether it came with an import."""
_OF_REQUESTS = frozenset(name for name, kind in EVENTS.items() if kind.HOLDS == "rights_request")
"""The types of entries whose findings are about a rights request."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which findings to list; a field that is None does not matter."""

    rule: str | None = None
    severity: str | None = None
    """As it was raised."""
    state: str | None = None
    """As it now stands: open, assessed, remediated or closed."""
    organisation: str | None = None
    """Whom it is about; its sub-contractors' are its own."""


ALL = Wanted()


_ASSESSMENTS = (
    "SELECT a.*, ARRAY(SELECT DISTINCT f.rule FROM finding AS f"
    " WHERE f.customer = a.customer AND f.finding = ANY (a.findings) ORDER BY f.rule) AS rules FROM assessment AS a"
)

_ABOUT = (
    "(%(organisation)s::text IS NULL OR a.organisation = %(organisation)s OR EXISTS (SELECT FROM finding AS f"
    " WHERE f.customer = a.customer AND f.finding = ANY (a.findings) AND f.prime = %(organisation)s))"
)
"""Which assessments are about an organisation: a main contractor's own are those of its sub-contractors too."""
_FOUND_OF = (
    "SELECT * FROM finding WHERE customer = %(customer)s AND (%(organisation)s::text IS NULL"
    " OR organisation = %(organisation)s OR prime = %(organisation)s) ORDER BY position"
)
_ASSESSED_OF = f"{_ASSESSMENTS} WHERE a.customer = %(customer)s AND {_ABOUT} ORDER BY a.position"


def for_customer(
    connection: psycopg.Connection[Any], customer_id: UUID, *, organisation: str | None = None
) -> CustomerFindings:
    """What the rules said about one customer's data: findings, breach assessments, and the entries not judged.

    With an organisation, only findings and assessments about it and its sub-contractors.
    """
    of = {"customer": customer_id, "organisation": organisation}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_FOUND_OF, of).fetchall()
        opened = cursor.execute(_ASSESSED_OF, of).fetchall()
        silent = cursor.execute(
            "SELECT kind, subject, imported FROM judgement WHERE customer = %s AND judged_by = '{}' ORDER BY position",
            [customer_id],
        ).fetchall()
    return CustomerFindings(
        rows=[_finding(row) for row in rows],
        breach_assessments=[_assessment(row) for row in opened],
        not_judged=[
            NotJudged(subject_type=row["kind"], subject_id=row["subject"], because=NOT_JUDGED[row["imported"]])
            for row in silent
        ],
    )


def page(
    connection: psycopg.Connection[Any], wanted: Wanted = ALL, *, after: int = 0, limit: int = 100
) -> list[ListedFinding]:
    """Findings of all customers in recorded order, one page; go on after the `position` of the last one."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT f.*, EXISTS (SELECT FROM refused_proposal AS p WHERE p.proposal = f.subject) AS was_refused"
            " FROM finding AS f WHERE position > %(after)s AND (%(rule)s::text IS NULL OR rule = %(rule)s)"
            " AND (%(severity)s::text IS NULL OR severity = %(severity)s)"
            " AND (%(state)s::text IS NULL OR state = %(state)s)"
            " AND (%(organisation)s::text IS NULL OR organisation = %(organisation)s OR prime = %(organisation)s)"
            " ORDER BY position LIMIT %(limit)s",
            {**asdict(wanted), "after": after, "limit": limit},
        ).fetchall()
    return [_listed(row) for row in rows]


def breaches(
    connection: psycopg.Connection[Any],
    *,
    organisation: str | None = None,
    open_: bool | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[ListedBreach]:
    """The register of breach assessments in recorded order, one page; every S1 finding is in one (Art. 33(5)).

    With an organisation, those about it and its sub-contractors.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"{_ASSESSMENTS} WHERE a.position > %(after)s AND {_ABOUT}"
            " AND (%(open)s::boolean IS NULL OR (a.closed_at IS NULL) = %(open)s) ORDER BY a.position LIMIT %(limit)s",
            {"after": after, "organisation": organisation, "open": open_, "limit": limit},
        ).fetchall()
    return [
        ListedBreach(customer_id=row["customer"], assessment=_assessment(row), position=row["position"]) for row in rows
    ]


def count_open_breaches(connection: psycopg.Connection[Any], *, organisation: str | None = None) -> int:
    """How many breach assessments are not closed."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(
            f"SELECT count(*) FROM assessment AS a WHERE a.closed_at IS NULL AND {_ABOUT}",  # noqa: S608 (constants)
            {"organisation": organisation},
        ).fetchone()
    return int(row[0]) if row else 0


def counts(connection: psycopg.Connection[Any], *, organisation: str | None = None) -> dict[str, int]:
    """How many findings there are of each rule that has any."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        return dict(
            cursor.execute(
                "SELECT rule, count(*) FROM finding WHERE %(organisation)s::text IS NULL"
                " OR organisation = %(organisation)s OR prime = %(organisation)s GROUP BY rule ORDER BY rule",
                {"organisation": organisation},
            ).fetchall()
        )


def counts_by_state(
    connection: psycopg.Connection[Any], *, rule: str | None = None, organisation: str | None = None
) -> dict[str, dict[str, int]]:
    """How many findings there are in each state, by the severity they were raised with."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT severity, state, count(*) FROM finding WHERE (%(rule)s::text IS NULL OR rule = %(rule)s)"
            " AND (%(organisation)s::text IS NULL OR organisation = %(organisation)s OR prime = %(organisation)s)"
            " GROUP BY severity, state ORDER BY severity, state",
            {"rule": rule, "organisation": organisation},
        ).fetchall()
    found: dict[str, dict[str, int]] = {}
    for severity, state, count in rows:
        found.setdefault(severity, {})[state] = count
    return found


def organisations(connection: psycopg.Connection[Any]) -> list[str]:
    """The codes of every organisation that a finding is about, and of their main contractors."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT organisation FROM finding WHERE organisation IS NOT NULL"
            " UNION SELECT prime FROM finding WHERE prime IS NOT NULL ORDER BY 1"
        ).fetchall()
    return [code for (code,) in rows]


def _listed(row: dict[str, Any]) -> ListedFinding:
    """A finding is about a person's data, a rights request, an organisation's mailboxes or its staff's access."""
    of_request, of_access = row["subject_type"] in _OF_REQUESTS, row["subject_type"] in ABOUT_ACCESS
    of_nobody = of_request or of_access or row["subject_type"] == "cleanse-mailbox"
    return ListedFinding(
        customer_id=None if of_nobody else row["customer"],
        request_id=row["customer"] if of_request else None,
        access_file=row["customer"] if of_access else None,
        finding=_finding(row),
        was_refused=row["was_refused"],
    )


def _finding(row: dict[str, Any]) -> Finding:
    return Finding(
        finding_id=row["finding"],
        rule_id=row["rule"],
        rule_set=row["rule_set"],
        severity=row["assessed_as"] or row["severity"],
        raised_as=row["severity"],
        state=row["state"],
        state_since=row["state_since"],
        subject_type=row["subject_type"],
        subject_id=row["subject"],
        occurred_at=row["occurred_at"],
        raised_at=row["raised_at"],
        fields=row["fields"],
        organisation=row["organisation"],
        prime=row["prime"],
        overridden=row["overridden"],
        position=row["position"],
    )


def _assessment(row: dict[str, Any]) -> BreachAssessment:
    return BreachAssessment(
        assessment_id=row["assessment"],
        subject_id=row["subject"],
        findings=row["findings"],
        rules=row["rules"],
        became_aware_at=row["became_aware_at"],
        due_at=row["due_at"],
        organisation=row["organisation"],
        risk=row["risk"],
        outcome=row["outcome"],
        controller_due_at=row["controller_due_at"],
        controller_notified_at=row["controller_notified_at"],
        regulator_notified_at=row["regulator_notified_at"],
        people_notified_at=row["people_notified_at"],
        closed_at=row["closed_at"],
    )
