"""Findings about duties: what was done late, and what somebody reports as not done at all. Pure.

When a duty is done its lateness is found in the same transaction. What is never done has no event of its own, so
whoever looks at the list of what is late has it recorded; whether it is late the ledger reckons itself (LEDG-04).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from ledger import events
from ledger.clocks import london_day
from ledger.codes.breaches import NO_BREACH, REPORTED, RISKY
from ledger.duties.catalogue import BY_KIND, COPIES, was_without_content
from ledger.duties.obligations import Obligation, Obligations, obligations_after, settled_by
from ledger.errors import AlreadyDone, Malformed, NotLate, UnknownReference
from ledger.events import Event
from ledger.judging.case import Case, Hearing, assessments
from ledger.retention.due_dates import due_dates, instructions_to, responsible
from ledger.state.customer import replay
from ledger.state.history import DatedEvent

SETTLING = frozenset({
    "incorporate-data", "dispose-copy", "pass-to-work-coach", "notify-recipient", "notify-controller",
    "notify-regulator", "notify-people", "close-breach-assessment", "cleanse-mailbox", "destroy-records",
})  # fmt: skip
"""Commands that do what was owed, beside those whose facts the rules judge anyway."""
_IN_LAW = "UK-GDPR"
DESTROY_RECORDS, SET_PERIOD, DESTROY_COPY = "destroy-records", "set-retention-period", "destroy-copy"
"""What is not owed after one event but may be left undone all the same: to destroy what passed its last day
(RET-GEN-02), to set a period for those who never came (RET-JCP-08), and to destroy the copies of a contract that ended
(DEST-02)."""


def done_late(hearing: Hearing, case: Case) -> Iterator[Event]:
    """The findings about what these events do too late, or before what had to come first."""
    for event in case.made:
        if isinstance(event, events.RecordsDestroyed):
            yield from _kept_too_long(hearing, case, event)
    settling = [event for event in case.made if isinstance(event, _SETTLES)]
    if not settling:
        return
    calendar, at = hearing.registers.calendar(), case.command.occurred_at
    before, found = obligations_after(case.history), case.found_before()
    for event in settling:
        for one in settled_by(before, at, event):
            fields = _what_shows(case, one, event, late=one.late(at, calendar))
            if fields and (one.kind == "cleanse-mailbox" or (BY_KIND[one.kind].rule, one.id) not in found):
                yield from _found(hearing, case, one, one.due_on(calendar), fields)
        yield from _too_early(hearing, case, event, before)
        if isinstance(event, events.CopyDisposed):
            number = event.receipt_id or event.share_id or ""
            if ("DEST-02", number) not in found:
                yield from _left_at_the_end(hearing, case, before, number, at)


def _what_shows(case: Case, one: Obligation, event: Event, *, late: bool) -> tuple[str, ...]:
    """The statements which show that a duty was done too late, or an assessment closed without it; none if all is well.

    Nobody need hear of what was no breach. Of a breach the controller must hear from its contractor, the regulator
    unless a risk is unlikely, and people when the risk to them is high (UK GDPR Art. 33(1), 33(2) and 34(1)).
    """
    if isinstance(event, events.BreachAssessmentClosed):
        to_regulator = one.kind == "assess-breach"
        if event.outcome == NO_BREACH and not to_regulator:
            return ()
        reportable = event.outcome == REPORTED or _risk(case, one.subject) in RISKY
        if event.outcome != NO_BREACH and (reportable or not to_regulator):
            return ("assessment_id", "outcome")
    return ("occurred_at",) if late else ()


def _risk(case: Case, assessment: str) -> str | None:
    """How grave the risk of a breach was judged last."""
    judged = (one for _, one in reversed(case.history) if isinstance(one, events.BreachRiskAssessed))
    return next((one.risk for one in judged if one.assessment_id == assessment), None)


def found_late(hearing: Hearing, case: Case, said: events.FindingRaised, at: datetime) -> tuple[Event, ...]:
    """What is recorded when somebody reports that a duty was not done. Raises UnknownReference, NotLate, AlreadyDone.

    When documents were not confirmed it is assessed at once whether they were lost (CH-POST-12).
    """
    if said.subject_type in _LEFT:
        return _found_left(hearing, case, said, at)
    before, calendar = obligations_after(case.history), hearing.registers.calendar()
    one = next((one for one in before.values() if (one.kind, one.id) == (said.subject_type, said.subject_id)), None)
    if one is None:
        raise UnknownReference("No duty of this kind and number is known for this customer.")
    if BY_KIND[one.kind].severity is None:
        raise Malformed("The sources ask for no finding when this duty is late.", field="subject_type")
    if (BY_KIND[one.kind].rule, one.id) in case.found_before():
        raise AlreadyDone("This duty was already found late.")
    if one.settled_at is not None or not one.late(at, calendar):
        raise NotLate
    raised = tuple(_found(hearing, case, one, one.due_on(calendar), ()))
    if not raised:
        raise NotLate("The rule that asks for this was not in force on the day this began.")
    if one.kind == "confirm-receipt":
        return (*raised, *assessments(case, raised, at, hearing))
    return raised


def _found_left(hearing: Hearing, case: Case, said: events.FindingRaised, at: datetime) -> tuple[Event, ...]:
    rule_id, left_undone = _LEFT[said.subject_type]
    if (rule_id, said.subject_id) in case.found_before():
        raise AlreadyDone("This was already found left undone.")
    raised = tuple(left_undone(hearing, case, said.subject_id, at))
    if not raised:
        raise NotLate
    return raised


_SETTLES = (
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


def _kept_too_long(hearing: Hearing, case: Case, event: events.RecordsDestroyed) -> Iterator[events.FindingRaised]:
    """What was destroyed after its last day, with no hold to excuse it, was kept too long (RET-GEN-02)."""
    day, found = london_day(case.command.occurred_at), case.found_before()
    for one in event.destroyed:
        class_, part = str(one["class"]), str(one.get("part") or "")
        number = f"{class_}/{part}" if part else class_
        excused = day <= _last_day(case, class_, date.fromisoformat(str(one["destroy_by"])))
        if not excused and ("RET-GEN-02", number) not in found:
            yield from _broken(hearing, case, "RET-GEN-02", (event.NAME, number), day, fields=("destroyed",))


def _not_destroyed(hearing: Hearing, case: Case, number: str, at: datetime) -> Iterator[events.FindingRaised]:
    """What passed its last day, is held by nothing, and is still there (RET-GEN-02)."""
    class_, _, part = number.partition("/")
    due = due_dates(case.kept, hearing.registers).get((class_, part))
    if due is None:
        raise UnknownReference("No clock runs for records of this class and part of this customer.")
    held = any(replay(event for _, event in told).held(class_) for told in (case.history, *case.others))
    day = london_day(at)
    if not held and due.destroy_by is not None and day > _last_day(case, class_, due.destroy_by):
        yield from _broken(hearing, case, "RET-GEN-02", (DESTROY_RECORDS, number), day)


def _without_period(hearing: Hearing, case: Case, number: str, at: datetime) -> Iterator[events.FindingRaised]:
    """Who never came, and for whom the organisation responsible has set no period: on the exception list for it."""
    if number != "did_not_attend":
        raise UnknownReference("A period is asked for those who never came, did_not_attend.")
    day = london_day(at)
    due = due_dates(case.kept, hearing.registers).values()
    if any(one.rule == "RET-JCP-08" and one.destroy_by is None and one.listed_on <= day for one in due):
        yield from _broken(hearing, case, "RET-JCP-08", (SET_PERIOD, number), day)


def _copy_left(hearing: Hearing, case: Case, number: str, at: datetime) -> Iterator[events.FindingRaised]:
    """An email or a paper that was to go with a contract that ended, and is still there (DEST-02)."""
    yield from _left_at_the_end(hearing, case, obligations_after(case.history), number, at)


def _left_at_the_end(
    hearing: Hearing, case: Case, before: Obligations, number: str, at: datetime
) -> Iterator[events.FindingRaised]:
    day = london_day(at)
    for one in before.values():
        if one.kind in COPIES and one.subject == number and one.settled_at is None:
            came_on = one.target_from or one.started_on
            instructed = (str(each.valid_from) for each in instructions_to(hearing.registers, one.owner))
            if any(came_on <= date.fromisoformat(until) < day for until in instructed):
                yield from _broken(hearing, case, "DEST-02", (DESTROY_COPY, number), day, owner=one.owner)
                return


_LEFT = {
    DESTROY_RECORDS: ("RET-GEN-02", _not_destroyed),
    SET_PERIOD: ("RET-JCP-08", _without_period),
    DESTROY_COPY: ("DEST-02", _copy_left),
}


def _broken(
    hearing: Hearing,
    case: Case,
    rule_id: str,
    about: tuple[str, str],
    day: date,
    *,
    fields: tuple[str, ...] = (),
    owner: str | None = None,
) -> Iterator[events.FindingRaised]:
    """The finding that a rule of retention is broken, if the rule is in force."""
    rule = next((rule for rule in hearing.rules if rule.id == rule_id), None)
    if rule is not None and rule.in_force(day, hearing.registers):
        who = owner or responsible(event for _, event in case.history)
        yield _raised(hearing, case, (rule_id, rule.source.rule_set, "S2"), about, day, fields=fields, who=who)


def _raised(
    hearing: Hearing,
    case: Case,
    rule: tuple[str, str, str],
    about: tuple[str, str],
    day: date,
    *,
    fields: tuple[str, ...],
    who: str | None,
) -> events.FindingRaised:
    """The finding under a rule (its id, set and severity) about a kind of thing and its number."""
    (rule_id, rule_set, severity), (subject_type, number) = rule, about
    return events.FindingRaised(
        finding_id=case.number(subject_type, number, rule_id),
        rule=rule_id,
        rule_set=rule_set,
        severity=severity,
        subject_type=subject_type,
        subject_id=number,
        fields=fields,
        organisation=who,
        prime=hearing.registers.on(day).prime_of(who),
        overridden=None,
    )


def _last_day(case: Case, class_: str, destroy_by: date) -> date:
    """The last day of a class: not before a hold on it was lifted, if that was placed while there was still time."""
    last = destroy_by
    for placed, lifted in sorted(one for told in (case.history, *case.others) for one in _held(told, class_)):
        if placed <= last:
            last = max(last, lifted)
    return last


def _held(history: Sequence[DatedEvent], class_: str) -> Iterator[tuple[date, date]]:
    """From which day until which one each hold on this class was in force, those that were lifted."""
    placed: dict[str, date] = {}
    for at, event in history:
        if isinstance(event, events.HoldPlaced) and (not event.classes or class_ in event.classes):
            placed[event.hold_id] = london_day(at)
        elif isinstance(event, events.HoldLifted) and event.hold_id in placed:
            yield placed[event.hold_id], london_day(at)


def _too_early(hearing: Hearing, case: Case, event: Event, before: Obligations) -> Iterator[Event]:
    """A copy may only go once its content is in the record, or there was nothing in it, or nothing new (CONF-03)."""
    if not isinstance(event, events.CopyDisposed) or event.receipt_id is None or was_without_content(event.method):
        return
    medium = "email" if event.medium == "email" else "paper"
    not_yet = before.get((f"incorporate-{medium}", event.receipt_id, ""))
    if not_yet is not None and not_yet.settled_at is None:
        kind = "delete-email" if medium == "email" else "dispose-paper"
        day = london_day(case.command.occurred_at)
        early = Obligation(kind=kind, subject=event.receipt_id, owner=not_yet.owner, started_on=day)
        yield from _found(hearing, case, early, day, ("receipt_id",))


def _found(
    hearing: Hearing, case: Case, one: Obligation, day: date | None, fields: tuple[str, ...]
) -> Iterator[events.FindingRaised]:
    duty = BY_KIND[one.kind]
    rule = next((rule for rule in hearing.rules if rule.id == duty.rule), None)
    began = one.started_on
    if duty.severity is None or (rule is not None and not rule.in_force(began, hearing.registers)):
        return
    in_set = rule.source.rule_set if rule is not None else _IN_LAW
    said, about = (duty.rule, in_set, duty.severity), (one.kind, one.id)
    yield _raised(hearing, case, said, about, day or began, fields=fields, who=one.owner)
