"""Our schedule beside the rule of the earlier service, customer by customer: who is taken early, late or never.

What the two say is fixed here for every door. The old rule takes a whole customer or nothing, so one class that is due
is enough for ours to take; records that only this ledger keeps, of its own readings and of requests, are left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from api.casework.access import own_organisation
from api.casework.runtime import Runtime
from api.casework.verdicts import Difference, Heading, Ours, Page, Summary, VerdictCounts
from ledger.caller import Caller
from ledger.errors import Malformed
from ledger.retention import earlier_service
from ledger.retention.earlier_service import Known
from projections.customers import read as customers
from projections.retention import read as retention
from projections.retention.read import DueRow
from projections.wording.dates import day as day_in_words

PAGE = 1_000
ROWS_SHOWN = 100
MOST_COUNTED = 10_000
"""How many customers a page of a browser waits for; the command line counts them all."""
OURS_ALONE = frozenset({"access_log", "rights_request", "breach_file"})


def only_known(name: str) -> None:
    """Whether a rule of this name can be compared with. Raises Malformed."""
    if name != earlier_service.NAME:
        raise Malformed(f"The only rule to compare with is {earlier_service.NAME}.", field="with")


def heading(on: date) -> Heading:
    """What is compared on a day."""
    rule = earlier_service.rule_on(on)
    return Heading(
        on=on,
        rule=rule.version if rule else None,
        cut_off=earlier_service.cut_off(rule, on) if rule else None,
    )


def page(runtime: Runtime, by: Caller, on: date, *, after: UUID | None = None, limit: int) -> Page:
    """The next so many customers compared; a contractor sees the customers it is responsible for."""
    organisation = own_organisation(runtime, by)
    with runtime.current_views(by) as connection:
        if organisation is None:
            customer_ids = customers.numbers_page(connection, after=after, limit=limit + 1)
        else:
            customer_ids = retention.customer_ids_page(connection, organisation, after=after, limit=limit + 1)
        asked = customer_ids[:limit]
        due = defaultdict[UUID, list[DueRow]](list)
        for row in retention.due_of(connection, asked):
            due[row.customer_id].append(row)
        held = retention.held_of(connection, asked, besides=OURS_ALONE)
        standings = customers.standings(connection, asked)
    counts: Counter[str] = Counter()
    rows: list[Difference] = []
    for standing in standings:
        parts = [*_destroyed_parts(standing), *map(_due_part, due[standing.customer])]
        verdict, difference = _compared(standing, _ours(parts, held.get(standing.customer, []), on), on)
        counts[verdict] += 1
        if difference is not None:
            rows.append(difference)
    return Page(
        heading=heading(on),
        counts=VerdictCounts(by_verdict=counts),
        rows=rows,
        last=asked[-1] if len(customer_ids) > limit else None,
    )


def every_page(runtime: Runtime, by: Caller, on: date) -> Iterator[Page]:
    """All customers compared, page by page, so that no more than one page is ever in memory."""
    after: UUID | None = None
    while True:
        compared = page(runtime, by, on, after=after, limit=PAGE)
        yield compared
        after = compared.last
        if after is None:
            return


def summary(runtime: Runtime, by: Caller, on: date) -> Summary:
    """The counts and the first rows, for a page: of so many customers at most; `whole` tells whether that is all."""
    counts: Counter[str] = Counter()
    rows: list[Difference] = []
    whole = True
    for compared in every_page(runtime, by, on):
        counts.update(compared.counts.by_verdict)
        rows += compared.rows[: ROWS_SHOWN - len(rows)]
        if compared.last is not None and counts.total() >= MOST_COUNTED:
            whole = False
            break
    return Summary(heading=heading(on), counts=VerdictCounts(by_verdict=counts), rows=rows, whole=whole)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """A class of a customer's records, or a part of it, that is due or was destroyed."""

    class_: str
    destroy_by: date | None
    rule: str | None
    held: bool


def _due_part(row: DueRow) -> _Part:
    return _Part(class_=row.class_, destroy_by=row.destroy_by, rule=row.rule, held=bool(row.held_by))


def _destroyed_parts(standing: customers.Standing) -> Iterator[_Part]:
    for row in standing.destroyed or ():
        rule = row["rule"]
        yield _Part(
            class_=str(row["class"]),
            destroy_by=date.fromisoformat(str(row["destroy_by"])),
            rule=rule if isinstance(rule, str) else None,
            held=False,
        )


def _ours(parts: Sequence[_Part], held_by: list[str], on: date) -> Ours:
    """What was destroyed by its day counts as taken: a run must not make a customer look as if they were kept."""
    parts = [part for part in parts if part.class_ not in OURS_ALONE]
    dated = [(part.destroy_by, part) for part in parts if part.destroy_by is not None]
    reached = [(day, part) for day, part in dated if day <= on]
    free = [(day, part) for day, part in reached if not part.held]
    earliest = min(free or dated, key=lambda pair: pair[0], default=None)
    first = earliest[1] if earliest else next(iter(parts), None)
    return Ours(
        takes=bool(free),
        destroy_by=first.destroy_by if first else None,
        rule=first.rule if first else None,
        held_by=held_by,
        classes=sorted({part.class_ for _, part in reached}),
    )


def _compared(standing: customers.Standing, ours: Ours, on: date) -> tuple[str, Difference | None]:
    known = Known(
        latest_interaction=standing.latest_interaction, touchpoint=standing.touchpoint, redacted=standing.redacted
    )
    theirs = earlier_service.selected(known, on)
    if theirs.takes == ours.takes and not (theirs.takes and ours.held_by):
        return ("both_take" if ours.takes else "both_keep"), None
    if theirs.takes:
        verdict, because = "taken_too_early", _too_early(ours)
    else:
        verdict, because = _late(known, ours, on)
    return verdict, Difference(
        customer_id=standing.customer,
        verdict=verdict,
        dss_takes=theirs.takes,
        dss_because=theirs.because,
        ours=ours,
        because=because,
    )


def _late(known: Known, ours: Ours, on: date) -> tuple[str, str]:
    due = f"Records are due by {day_in_words(ours.destroy_by)} under {ours.rule}, and the old rule"
    following = earlier_service.next_selected(known, on)
    if following is None:
        return "missed", f"{due} never takes the customer. {earlier_service.never(known) or ''}".rstrip()
    return "kept_too_long", f"{due} takes the customer on {day_in_words(following)} at the earliest."


def _too_early(ours: Ours) -> str:
    if ours.held_by:
        return "A hold keeps the records, and the old rule knows no holds."
    if ours.destroy_by is not None:
        return f"Nothing is due before {day_in_words(ours.destroy_by)}, under {ours.rule}."
    if ours.rule is not None:
        return f"No period is set under {ours.rule}, so the records wait for a decision and are not due."
    return "No clock runs for anything that is kept, so nothing is due."
