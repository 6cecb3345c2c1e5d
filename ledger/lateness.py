"""Findings about duties: what was done late, and what somebody reports as not done at all. Pure.

When a duty is done its lateness is found in the same transaction. What is never done has no event of its own, so
whoever looks at the list of what is late has it recorded; whether it is late the ledger reckons itself (LEDG-04).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from ledger import events
from ledger.cases import Case, Hearing, assessments
from ledger.clocks import london_day
from ledger.errors import AlreadyDone, Malformed, NotLate, UnknownReference
from ledger.events import Event
from ledger.rules.duties import BY_KIND
from ledger.rules.owing import Owed, Owing, owing, settled_by
from ledger.standing import Told

SETTLING = frozenset({
    "incorporate-data", "dispose-copy", "pass-to-work-coach", "notify-recipient", "notify-regulator",
    "close-breach-assessment", "cleanse-mailbox", "destroy-records",
})  # fmt: skip
"""Commands that do what was owed, beside those whose facts the rules judge anyway."""
_IN_LAW = "UK-GDPR"


def done_late(hearing: Hearing, case: Case) -> Iterator[Event]:
    """The findings about what these events do too late, or before what had to come first."""
    for event in case.made:
        if isinstance(event, events.RecordsDestroyed):
            yield from _kept_too_long(hearing, case, event)
    settling = [event for event in case.made if isinstance(event, _SETTLES)]
    if not settling:
        return
    calendar, at = hearing.registers.calendar(), case.command.occurred_at
    before, found = owing(case.history), case.found_before()
    for event in settling:
        for one in settled_by(before, at, event):
            if one.late(at, calendar) and (
                one.kind == "cleanse-mailbox" or (BY_KIND[one.kind].rule, one.number) not in found
            ):
                yield from _found(hearing, case, one, one.due_on(calendar), ("occurred_at",))
        yield from _too_early(hearing, case, event, before)


def found_late(hearing: Hearing, case: Case, said: events.FindingRaised, at: datetime) -> tuple[Event, ...]:
    """What is recorded when somebody reports that a duty was not done. Raises UnknownReference, NotLate, AlreadyDone.

    When documents were not confirmed it is assessed at once whether they were lost (CH-POST-12).
    """
    before, calendar = owing(case.history), hearing.registers.calendar()
    one = next((one for one in before.values() if (one.kind, one.number) == (said.subject_type, said.subject_id)), None)
    if one is None:
        raise UnknownReference("No duty of this kind and number is known for this customer.")
    if BY_KIND[one.kind].severity is None:
        raise Malformed("The sources ask for no finding when this duty is late.", field="subject_type")
    if (BY_KIND[one.kind].rule, one.number) in case.found_before():
        raise AlreadyDone("This duty was already found late.")
    if one.settled_at is not None or not one.late(at, calendar):
        raise NotLate
    raised = tuple(_found(hearing, case, one, one.due_on(calendar), ()))
    if not raised:
        raise NotLate("The rule that asks for this was not in force on the day this began.")
    if one.kind == "confirm-receipt":
        return (*raised, *assessments(case, raised, at))
    return raised


_SETTLES = (
    events.DataIncorporated,
    events.CopyDisposed,
    events.ReceiptConfirmed,
    events.PassedToWorkCoach,
    events.RecipientNotified,
    events.RegulatorNotified,
    events.BreachAssessmentClosed,
    events.MailboxCleansed,
)


def _kept_too_long(hearing: Hearing, case: Case, event: events.RecordsDestroyed) -> Iterator[events.FindingRaised]:
    """What was destroyed after its last day, with no hold to excuse it, was kept too long (RET-GEN-02)."""
    rule = next((rule for rule in hearing.rules if rule.id == "RET-GEN-02"), None)
    day = london_day(case.command.occurred_at)
    if rule is None:
        return
    who = _responsible(case.history)
    for one in event.destroyed:
        class_, part = str(one["class"]), str(one.get("part") or "")
        last = date.fromisoformat(str(one["destroy_by"]))
        if day <= max([last, *_held_until(case.history, class_)]):
            continue
        yield events.FindingRaised(
            finding_id=case.number("records-destroyed", class_, part),
            rule=rule.id,
            rule_set=rule.source.rule_set,
            severity="S2",
            subject_type=event.NAME,
            subject_id=f"{class_}/{part}" if part else class_,
            fields=("destroyed",),
            organisation=who,
            prime=hearing.registers.on(day).prime_of(who),
            overridden=None,
        )


def _held_until(history: Sequence[Told], class_: str) -> Iterator[date]:
    """The days on which holds on this class were lifted."""
    covers: dict[str, bool] = {}
    for at, event in history:
        if isinstance(event, events.HoldPlaced):
            covers[event.hold_id] = not event.classes or class_ in event.classes
        elif isinstance(event, events.HoldLifted) and covers.get(event.hold_id):
            yield london_day(at)


def _responsible(history: Sequence[Told]) -> str | None:
    """The organisation that served the person last."""
    served = (events.CustomerRegistered, events.InteractionHeld, events.AppointmentKept, events.ServiceEnded)
    named = (getattr(event, "organisation", None) or getattr(event, "touchpoint", None)
             for _, event in reversed(history) if isinstance(event, served))  # fmt: skip
    return next(filter(None, named), None)


def _too_early(hearing: Hearing, case: Case, event: Event, before: Owing) -> Iterator[Event]:
    """A copy may only go once its content is in the record, or there was nothing in it (CONF-03)."""
    if not isinstance(event, events.CopyDisposed) or event.receipt_id is None:
        return
    medium = "email" if event.medium == "email" else "paper"
    not_yet = before.get((f"incorporate-{medium}", event.receipt_id, ""))
    if not_yet is not None and not_yet.settled_at is None:
        kind = "delete-email" if medium == "email" else "dispose-paper"
        day = london_day(case.command.occurred_at)
        early = Owed(kind=kind, subject=event.receipt_id, owner=not_yet.owner, started_on=day)
        yield from _found(hearing, case, early, day, ("receipt_id",))


def _found(
    hearing: Hearing, case: Case, one: Owed, day: date | None, fields: tuple[str, ...]
) -> Iterator[events.FindingRaised]:
    duty = BY_KIND[one.kind]
    rule = next((rule for rule in hearing.rules if rule.id == duty.rule), None)
    began = one.started_on
    if duty.severity is None or (rule is not None and not rule.in_force(began, hearing.registers)):
        return
    yield events.FindingRaised(
        finding_id=case.number(one.kind, one.number, duty.rule),
        rule=duty.rule,
        rule_set=rule.source.rule_set if rule is not None else _IN_LAW,
        severity=duty.severity,
        subject_type=one.kind,
        subject_id=one.number,
        fields=fields,
        organisation=one.owner,
        prime=hearing.registers.on(day or began).prime_of(one.owner),
        overridden=None,
    )
