"""Events about findings and breach assessments: rule ids and field names, never a value."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.events.declaration import Event, event, fact, sealed


@event("finding-raised", "A check found that a rule about your data was not kept")
class FindingRaised(Event):
    finding_id: str = fact("the finding's number", default="")
    rule: str = fact("the rule", default="")
    rule_set: str = fact("the version of the rules", default="")
    severity: str = fact("how grave (S1, S2 or S3)", default="")
    subject_type: str = fact("what kind of entry it is about", default="")
    subject_id: str = fact("the number of the entry it is about", default="")
    fields: tuple[str, ...] = fact("which statements showed it", default=())
    organisation: str | None = fact("the organisation it is about")
    prime: str | None = fact("the main contractor of that organisation")
    overridden: bool | None = fact("whether somebody decided to go ahead in spite of the warning, and said why")


@event("breach-assessment-opened", "It is being assessed whether the protection of your data was breached")
class BreachAssessmentOpened(Event):
    assessment_id: str = fact("the assessment's number", default="")
    subject_id: str = fact("the number of the entry it is about", default="")
    findings: tuple[str, ...] = fact("the findings it is about", default=())
    became_aware_at: str = fact("when it was noticed", default="")
    due_at: str = fact("when the regulator must know at the latest, if it was a breach", default="")
    controller_due_at: str | None = fact("when the controller must know at the latest, if a contractor noticed it")
    organisation: str | None = fact("the organisation it is about")


@dataclass(frozen=True, kw_only=True)
class OfABreach(Event):
    """Fields of every step of a breach assessment, whose file is kept and destroyed by itself (G-09)."""

    assessment_id: str = fact("the assessment's number", default="")

    def retention_part(self) -> str:
        """Each assessment has a file of its own."""
        return self.assessment_id


@event("breach-risk-assessed", "The risk to you of a possible breach was assessed", holds="breach_file")
class BreachRiskAssessed(OfABreach):
    risk: str = fact("how grave the risk is", default="")
    effects: str | None = sealed("what the effects may be")
    reason: str | None = sealed("why the risk was judged so")
    assessed_by: str | None = sealed("who assessed it")


@event(
    "controller-notified",
    "The controller was told of a possible breach of the protection of your data",
    holds="breach_file",
)
class ControllerNotified(OfABreach):
    controller: str | None = fact("the controller that was told")
    channel: str | None = fact("how it was told")
    message: str | None = sealed("what it was told")


@event("regulator-notified", "The regulator was told of a breach of the protection of your data", holds="breach_file")
class RegulatorNotified(OfABreach):
    reference: str | None = fact("the regulator's reference")
    phase: int | None = fact("which part of the notification this is, when it is made in parts")
    reason_late: str | None = sealed("why it was told later than 72 hours")


@event("people-notified", "You were told of a breach of the protection of your data", holds="breach_file")
class PeopleNotified(OfABreach):
    channel: str | None = fact("how you were told")
    message: str | None = sealed("what you were told")


@event("breach-assessment-closed", "The assessment of a possible breach was closed", holds="breach_file")
class BreachAssessmentClosed(OfABreach):
    outcome: str = fact("whether it was a breach, and whether it had to be reported", default="")
    remedy: str | None = sealed("what was done about it")
    reason: str | None = sealed("why the regulator was told, or was not")


@event("finding-assessed", "A finding about your data was assessed")
class FindingAssessed(Event):
    finding_id: str = fact("the finding's number", default="")
    outcome: str = fact("whether it was confirmed", default="")
    severity: str | None = fact("how grave it was judged (S1, S2 or S3)")
    reason: str | None = sealed("why")


@event("finding-remediated", "Something was done about a finding about your data")
class FindingRemediated(Event):
    finding_id: str = fact("the finding's number", default="")
    action: str = fact("the code of what was done", default="")
    note: str | None = sealed("what was done")


@event("finding-closed", "A finding about your data was closed")
class FindingClosed(Event):
    finding_id: str = fact("the finding's number", default="")
    reason_code: str = fact("the code for why it was closed", default="")
    reason: str | None = sealed("why")


@event("proposal-refused", "A proposed share was refused")
class ProposalRefused(Event):
    proposal_id: str = fact("the proposal's number, which a later report of the same share repeats", default="")
    command_type: str = fact("what was proposed", default="")
    rules: tuple[str, ...] = fact("the rules that refused it", default=())
    rule_sets: tuple[str, ...] = fact("the versions of those rules", default=())
