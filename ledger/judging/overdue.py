"""Findings about duties that were completed late, or that somebody reports as overdue. Pure.

Completing a duty late records the finding in the same transaction. A duty that is never completed has no event, so
somebody reports it as overdue, by hand or with `--find-late`; the ledger decides whether it is (LEDG-04).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from ledger import events
from ledger.clocks import london_day
from ledger.codes.breaches import NO_BREACH, REPORTED, RISKY
from ledger.commands.findings import DESTROY_COPY, DESTROY_RECORDS, SET_PERIOD
from ledger.duties.catalogue import BY_KIND, COPIES, was_without_content
from ledger.duties.obligations import Obligation, Obligations, obligations_after, settled_by
from ledger.errors import AlreadyDone, Malformed, NotLate, UnknownReference
from ledger.events import Event
from ledger.judging.case import Case, Context, assessments
from ledger.retention.due_dates import due_dates, instructions_to, responsible
from ledger.state.customer import replay
from ledger.state.history import DatedEvent

_IN_LAW = "UK-GDPR"


def completed_late(context: Context, case: Case) -> Iterator[Event]:
    """The findings about duties that the events of a case complete too late, or in the wrong order."""
    for event in case.made:
        if isinstance(event, events.RecordsDestroyed):
            yield from _kept_too_long(context, case, event)
    completing = [event for event in case.made if isinstance(event, _COMPLETES)]
    if not completing:
        return
    calendar, at = context.registers.calendar(), case.command.occurred_at
    before, found = obligations_after(case.history), case.found_before()
    for event in completing:
        for obligation in settled_by(before, at, event):
            fields = _fields_to_show(case, obligation, event, late=obligation.late(at, calendar))
            if fields and (
                obligation.kind == "cleanse-mailbox" or (BY_KIND[obligation.kind].rule, obligation.id) not in found
            ):
                yield from _found(context, case, obligation, obligation.due_on(calendar), fields)
        yield from _too_early(context, case, event, before)
        if isinstance(event, events.CopyDisposed):
            subject_id = event.receipt_id or event.share_id or ""
            if ("DEST-02", subject_id) not in found:
                yield from _left_after_contract(context, case, before, subject_id, at)


def _fields_to_show(case: Case, obligation: Obligation, event: Event, *, late: bool) -> tuple[str, ...]:
    """The fields that show that a duty was completed late, or that an assessment was closed without it; () if neither.

    Nobody has to be notified of what was no breach. A contractor notifies its controller of every breach; the regulator
    is notified unless a risk is unlikely, and people when the risk to them is high (UK GDPR Art. 33(1), 33(2), 34(1)).
    """
    if isinstance(event, events.BreachAssessmentClosed):
        to_regulator = obligation.kind == "assess-breach"
        if event.outcome == NO_BREACH and not to_regulator:
            return ()
        reportable = event.outcome == REPORTED or _risk(case, obligation.subject) in RISKY
        if event.outcome != NO_BREACH and (reportable or not to_regulator):
            return ("assessment_id", "outcome")
    return ("occurred_at",) if late else ()


def _risk(case: Case, assessment: str) -> str | None:
    """The latest assessment of the risk of a breach."""
    judged = (earlier for _, earlier in reversed(case.history) if isinstance(earlier, events.BreachRiskAssessed))
    return next((earlier.risk for earlier in judged if earlier.assessment_id == assessment), None)


def reported_overdue(context: Context, case: Case, reported: events.FindingRaised, at: datetime) -> tuple[Event, ...]:
    """The events when somebody reports a duty as overdue. Raises UnknownReference, Malformed, NotLate and AlreadyDone.

    An overdue confirmation of receipt opens a breach assessment, for the documents may be lost (CH-POST-12).
    """
    if reported.subject_type in _LEFT_UNDONE:
        return _reported_left_undone(context, case, reported, at)
    before, calendar = obligations_after(case.history), context.registers.calendar()
    named = (reported.subject_type, reported.subject_id)
    obligation = next((obligation for obligation in before.values() if (obligation.kind, obligation.id) == named), None)
    if obligation is None:
        raise UnknownReference("No duty of this kind and number is known for this customer.")
    if BY_KIND[obligation.kind].severity is None:
        raise Malformed("The sources ask for no finding when this duty is late.", field="subject_type")
    if (BY_KIND[obligation.kind].rule, obligation.id) in case.found_before():
        raise AlreadyDone("This duty was already found late.")
    if obligation.settled_at is not None or not obligation.late(at, calendar):
        raise NotLate
    raised = tuple(_found(context, case, obligation, obligation.due_on(calendar), ()))
    if not raised:
        raise NotLate("The rule that asks for this was not in force on the day this began.")
    if obligation.kind == "confirm-receipt":
        return (*raised, *assessments(case, raised, at, context))
    return raised


def _reported_left_undone(
    context: Context, case: Case, reported: events.FindingRaised, at: datetime
) -> tuple[Event, ...]:
    rule_id, left_undone = _LEFT_UNDONE[reported.subject_type]
    if (rule_id, reported.subject_id) in case.found_before():
        raise AlreadyDone("This was already found left undone.")
    raised = tuple(left_undone(context, case, reported.subject_id, at))
    if not raised:
        raise NotLate
    return raised


_COMPLETES = (
    events.DataIncorporated,
    events.CopyDisposed,
    events.ReceiptConfirmed,
    events.PassedToWorkCoach,
    events.RecipientNotified,
    events.ControllerNotified,
    events.RegulatorNotified,
    events.PeopleNotified,
    events.BreachAssessmentClosed,
    events.MailboxCleansed,
)


def _kept_too_long(context: Context, case: Case, event: events.RecordsDestroyed) -> Iterator[events.FindingRaised]:
    """Records destroyed after their last day, with no hold that allowed it, were kept too long (RET-GEN-02)."""
    day, found = london_day(case.command.occurred_at), case.found_before()
    for records in event.destroyed:
        class_, part = str(records["class"]), str(records.get("part") or "")
        subject_id = f"{class_}/{part}" if part else class_
        excused = day <= _last_day(case, class_, date.fromisoformat(str(records["destroy_by"])))
        if not excused and ("RET-GEN-02", subject_id) not in found:
            yield from _broken(context, case, "RET-GEN-02", (event.NAME, subject_id), day, fields=("destroyed",))


def _not_destroyed(context: Context, case: Case, subject_id: str, at: datetime) -> Iterator[events.FindingRaised]:
    """Records that are past their last day and not held, and are still there (RET-GEN-02)."""
    class_, _, part = subject_id.partition("/")
    due = due_dates(case.kept, context.registers).get((class_, part))
    if due is None:
        raise UnknownReference("No clock runs for records of this class and part of this customer.")
    held = any(replay(event for _, event in history).held(class_) for history in (case.history, *case.others))
    day = london_day(at)
    if not held and due.destroy_by is not None and day > _last_day(case, class_, due.destroy_by):
        yield from _broken(context, case, "RET-GEN-02", (DESTROY_RECORDS, subject_id), day)


def _without_period(context: Context, case: Case, subject_id: str, at: datetime) -> Iterator[events.FindingRaised]:
    """A no-show on the exception list, because the organisation responsible has set no local period."""
    if subject_id != "did_not_attend":
        raise UnknownReference("A period is asked for those who never came, did_not_attend.")
    day = london_day(at)
    due = due_dates(case.kept, context.registers).values()
    if any(records.rule == "RET-JCP-08" and records.destroy_by is None and records.listed_on <= day for records in due):
        yield from _broken(context, case, "RET-JCP-08", (SET_PERIOD, subject_id), day)


def _copy_left(context: Context, case: Case, subject_id: str, at: datetime) -> Iterator[events.FindingRaised]:
    """An email or paper copy that was to be destroyed with a contract that ended, and is still there (DEST-02)."""
    yield from _left_after_contract(context, case, obligations_after(case.history), subject_id, at)


def _left_after_contract(
    context: Context, case: Case, before: Obligations, subject_id: str, at: datetime
) -> Iterator[events.FindingRaised]:
    day = london_day(at)
    for obligation in before.values():
        if obligation.kind in COPIES and obligation.subject == subject_id and obligation.settled_at is None:
            came_on = obligation.target_from or obligation.started_on
            instructed = (
                str(instruction.valid_from) for instruction in instructions_to(context.registers, obligation.owner)
            )
            if any(came_on <= date.fromisoformat(until) < day for until in instructed):
                yield from _broken(context, case, "DEST-02", (DESTROY_COPY, subject_id), day, owner=obligation.owner)
                return


_LEFT_UNDONE = {
    DESTROY_RECORDS: ("RET-GEN-02", _not_destroyed),
    SET_PERIOD: ("RET-JCP-08", _without_period),
    DESTROY_COPY: ("DEST-02", _copy_left),
}


def _broken(
    context: Context,
    case: Case,
    rule_id: str,
    about: tuple[str, str],
    day: date,
    *,
    fields: tuple[str, ...] = (),
    owner: str | None = None,
) -> Iterator[events.FindingRaised]:
    """The finding that a rule of retention is broken, if the rule is in force."""
    rule = next((rule for rule in context.rules if rule.id == rule_id), None)
    if rule is not None and rule.in_force(day, context.registers):
        who = owner or responsible(event for _, event in case.history)
        yield _raised(context, case, (rule_id, rule.source.rule_set, "S2"), about, day, fields=fields, who=who)


def _raised(
    context: Context,
    case: Case,
    rule: tuple[str, str, str],
    about: tuple[str, str],
    day: date,
    *,
    fields: tuple[str, ...],
    who: str | None,
) -> events.FindingRaised:
    """The finding under a rule (its id, set and severity) about a subject (its type and id)."""
    (rule_id, rule_set, severity), (subject_type, subject_id) = rule, about
    return events.FindingRaised(
        finding_id=case.finding_id(subject_type, subject_id, rule_id),
        rule=rule_id,
        rule_set=rule_set,
        severity=severity,
        subject_type=subject_type,
        subject_id=subject_id,
        fields=fields,
        organisation=who,
        prime=context.registers.on(day).prime_of(who),
        overridden=None,
    )


def _last_day(case: Case, class_: str, destroy_by: date) -> date:
    """The last day of a class; a hold placed on or before it moves it to the day the hold is lifted."""
    last = destroy_by
    for placed, lifted in sorted(hold for history in (case.history, *case.others) for hold in _held(history, class_)):
        if placed <= last:
            last = max(last, lifted)
    return last


def _held(history: Sequence[DatedEvent], class_: str) -> Iterator[tuple[date, date]]:
    """The first and last day of each hold on this class that was lifted."""
    placed: dict[str, date] = {}
    for at, event in history:
        if isinstance(event, events.HoldPlaced) and (not event.classes or class_ in event.classes):
            placed[event.hold_id] = london_day(at)
        elif isinstance(event, events.HoldLifted) and event.hold_id in placed:
            yield placed[event.hold_id], london_day(at)


def _too_early(context: Context, case: Case, event: Event, before: Obligations) -> Iterator[Event]:
    """A copy is destroyed too early while its content is not in the record, unless nothing in it was new (CONF-03)."""
    if not isinstance(event, events.CopyDisposed) or event.receipt_id is None or was_without_content(event.method):
        return
    medium = "email" if event.medium == "email" else "paper"
    not_yet = before.get((f"incorporate-{medium}", event.receipt_id, ""))
    if not_yet is not None and not_yet.settled_at is None:
        kind = "delete-email" if medium == "email" else "dispose-paper"
        day = london_day(case.command.occurred_at)
        early = Obligation(kind=kind, subject=event.receipt_id, owner=not_yet.owner, started_on=day)
        yield from _found(context, case, early, day, ("receipt_id",))


def _found(
    context: Context, case: Case, obligation: Obligation, day: date | None, fields: tuple[str, ...]
) -> Iterator[events.FindingRaised]:
    duty = BY_KIND[obligation.kind]
    rule = next((rule for rule in context.rules if rule.id == duty.rule), None)
    began = obligation.started_on
    if duty.severity is None or (rule is not None and not rule.in_force(began, context.registers)):
        return
    in_set = rule.source.rule_set if rule is not None else _IN_LAW
    broken, about = (duty.rule, in_set, duty.severity), (obligation.kind, obligation.id)
    yield _raised(context, case, broken, about, day or began, fields=fields, who=obligation.owner)
