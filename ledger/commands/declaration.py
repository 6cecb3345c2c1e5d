"""Every command there is: its name, the event it makes, and the fields it cannot do without; read by `commands`."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from typing import Any

from ledger import events
from ledger.events import Event

_BOOKKEEPING = frozenset(
    {"etag", "history_id", "document", "history_digest", "warnings", "changed", "cleared", "written_at", "kept_as"}
    | {"part", "judged_by"}
)
_RECKONED = frozenset({"findings", "calendar", "in_time", "notice_due_on", "due_on", "late", "withheld"})
"""What the ledger itself says about a rights request: a caller can neither claim nor deny it (LEDG-04)."""
_FOUND = frozenset({"finding_id", "rule", "rule_set", "severity", "fields", "organisation", "prime", "overridden"})
"""What the ledger itself says of a finding."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandKind:
    """A command's name, the event it makes and the fields it cannot do without."""

    name: str
    makes: type[Event]
    needs: tuple[str, ...] = ()
    about: str = "customer"
    reckoned: frozenset[str] = frozenset()
    """Fields of its event that the ledger fills in and no caller can."""

    def fields(self) -> dict[str, Any]:
        """Every field the command may carry with its type: the event's own, less the import's bookkeeping."""
        hints = hints_of(self.makes)
        return {
            name: hints[name]
            for name in (*self.makes.FACTS, *self.makes.SEALED)
            if name not in _BOOKKEEPING | _RECKONED | self.reckoned
        }


def _kinds(*kinds: CommandKind) -> dict[str, CommandKind]:
    return {kind.name: kind for kind in kinds}


FIVE_FACTORS = (
    "type_of_information",
    "duty_of_confidentiality",
    "steps_to_seek_consent",
    "capability_to_consent",
    "express_refusal",
)
"""What DPA 2018 Sch. 2 para. 16(3) has to be considered before another person's data is disclosed or withheld."""

COMMANDS = _kinds(
    CommandKind(name="register-customer", makes=events.CustomerRegistered, needs=("values",)),
    CommandKind(name="keep-record", makes=events.RecordKept, needs=("collection", "values")),
    CommandKind(name="correct-record", makes=events.RecordCorrected, needs=("collection", "values")),
    CommandKind(name="refer-customer", makes=events.CustomerReferred, needs=("referred_to",)),
    CommandKind(name="accept-referral", makes=events.ReferralAccepted, needs=("referral_id",)),
    CommandKind(name="keep-appointment", makes=events.AppointmentKept),
    CommandKind(name="miss-appointment", makes=events.AppointmentMissed),
    CommandKind(name="hold-interaction", makes=events.InteractionHeld, needs=("channel",)),
    CommandKind(name="inform-customer", makes=events.CustomerInformed, needs=("method",)),
    CommandKind(name="give-consent", makes=events.ConsentGiven, needs=("scope", "mechanism")),
    CommandKind(name="refuse-consent", makes=events.ConsentRefused, needs=("scope",)),
    CommandKind(name="withdraw-consent", makes=events.ConsentWithdrawn, needs=("scope",)),
    CommandKind(name="ask-consent", makes=events.ConsentAsked, needs=("scope",)),
    CommandKind(name="expire-consent", makes=events.ConsentExpired, needs=("scope",)),
    CommandKind(name="invalidate-consent", makes=events.ConsentInvalidated, needs=("scope",)),
    # A share without a channel breaks a rule and is recorded all the same: a ledger that refuses a breach hides it.
    CommandKind(name="share-data", makes=events.DataShared, needs=("sent_to",)),
    CommandKind(name="receive-data", makes=events.DataReceived, needs=("received_from",)),
    CommandKind(name="confirm-receipt", makes=events.ReceiptConfirmed, needs=("share_id",)),
    CommandKind(name="incorporate-data", makes=events.DataIncorporated, needs=("receipt_id",)),
    CommandKind(name="dispose-copy", makes=events.CopyDisposed, needs=("medium",)),
    CommandKind(name="route-data", makes=events.DataRouted, needs=("receipt_id", "adviser")),
    CommandKind(name="pass-to-work-coach", makes=events.PassedToWorkCoach, needs=("share_id",)),
    CommandKind(name="chase-recipient", makes=events.RecipientChased),
    CommandKind(name="notify-recipient", makes=events.RecipientNotified, needs=("matter_id", "recipient")),
    CommandKind(name="confirm-correction", makes=events.CorrectionConfirmed, needs=("matter_id", "recipient")),
    CommandKind(name="find-late", makes=events.FindingRaised, needs=("subject_type", "subject_id"), reckoned=_FOUND),
    CommandKind(name="assess-finding", makes=events.FindingAssessed, needs=("finding_id", "outcome")),
    CommandKind(name="remediate-finding", makes=events.FindingRemediated, needs=("finding_id", "action")),
    CommandKind(name="close-finding", makes=events.FindingClosed, needs=("finding_id", "reason_code")),
    CommandKind(name="assess-breach-risk", makes=events.BreachRiskAssessed, needs=("assessment_id", "risk", "reason")),
    CommandKind(name="notify-controller", makes=events.ControllerNotified, needs=("assessment_id", "channel")),
    CommandKind(name="notify-regulator", makes=events.RegulatorNotified, needs=("assessment_id",)),
    CommandKind(name="notify-people", makes=events.PeopleNotified, needs=("assessment_id", "channel")),
    CommandKind(
        name="close-breach-assessment",
        makes=events.BreachAssessmentClosed,
        needs=("assessment_id", "outcome", "reason"),
    ),
    CommandKind(name="restrict-processing", makes=events.ProcessingRestricted, needs=("ground",)),
    CommandKind(name="lift-restriction", makes=events.RestrictionLifted, needs=("restriction_id", "person_told_at")),
    CommandKind(name="contest-decision", makes=events.DecisionContested, needs=("representation",)),
    CommandKind(name="review-decision", makes=events.DecisionReviewed, needs=("decision_id", "outcome", "reviewed_by")),
    CommandKind(
        name="merge-customers", makes=events.CustomersMerged, needs=("into",), reckoned=frozenset({"duplicate"})
    ),
    CommandKind(name="unmerge-customers", makes=events.CustomersUnmerged, needs=("merge_id", "data_exposed")),
    CommandKind(name="end-service", makes=events.ServiceEnded),
    CommandKind(name="resume-service", makes=events.ServiceResumed),
    CommandKind(name="place-hold", makes=events.HoldPlaced, needs=("code",)),
    CommandKind(name="review-hold", makes=events.HoldReviewed, needs=("hold_id", "review_on", "reason")),
    CommandKind(name="lift-hold", makes=events.HoldLifted, needs=("hold_id",)),
    CommandKind(
        name="extend-retention",
        makes=events.RetentionExtended,
        needs=("classes", "until", "purpose", "reason", "approved_by"),
    ),
    CommandKind(name="destroy-records", makes=events.RecordsDestroyed, needs=("destroyed", "on", "digest")),
    CommandKind(name="read-personal-data", makes=events.PersonalDataRead, needs=("purpose", "route")),
    CommandKind(
        name="register-organisation", makes=events.OrganisationRegistered, needs=("name", "kind"), about="organisation"
    ),
    CommandKind(
        name="register-office",
        makes=events.OrganisationRegistered,
        needs=("name", "part_of"),
        about="organisation",
        reckoned=frozenset({"kind"}),
    ),
    CommandKind(
        name="set-retention-period", makes=events.RetentionPeriodSet, needs=("kind", "months"), about="organisation"
    ),
    *(
        CommandKind(name=name, makes=makes, needs=needs, about="request")
        for name, makes, needs in (
            ("receive-request", events.RequestReceived, ("kind",)),
            ("acknowledge-request", events.RequestAcknowledged, ()),
            ("ask-identity", events.IdentityAsked, ("reason",)),
            ("confirm-identity", events.IdentityConfirmed, ("method",)),
            ("ask-fee", events.FeeAsked, ("amount_pence", "reason")),
            ("confirm-fee", events.FeePaid, ()),
            ("ask-clarification", events.ClarificationAsked, ("reason", "question")),
            ("receive-clarification", events.ClarificationReceived, ("clarification_id",)),
            ("extend-time", events.TimeExtended, ("ground", "reason")),
            ("withhold-item", events.ItemWithheld, ("provision", "extent", "reason", "decided_by", "told")),
            ("decide-third-party", events.ThirdPartyDecided, ("outcome", *FIVE_FACTORS, "decided_by", "told")),
            ("check-accuracy", events.AccuracyChecked, ("outcome", "steps")),
            ("prepare-report", events.ReportPrepared, ("digest",)),
            ("send-response", events.ResponseSent, ("outcome",)),
            ("refuse-request", events.RequestRefused, ("provision", "reason", "decided_by")),
            ("withdraw-request", events.RequestWithdrawn, ()),
        )
    ),
    *(
        CommandKind(name=name, makes=makes, needs=needs, about="organisation")
        for name, makes, needs in (
            ("recognise-line", events.LineRecognised, ("line",)),
            ("nominate-contact", events.ContactNominated, ("contact", "role")),
            ("register-work-domain", events.WorkDomainRegistered, ("domain",)),
            ("approve-courier", events.CourierApproved, ("courier",)),
            ("register-system", events.SystemRegistered, ("system_id",)),
            ("sign-agreement", events.AgreementSigned, ("agreement",)),
            ("start-contract", events.ContractStarted, ("contract",)),
            ("end-contract", events.ContractEnded, ("contract", "valid_until")),
            ("publish-notice", events.NoticePublished, ("notice",)),
            ("set-item-profile", events.ItemProfileSet, ("office", "items")),
            ("name-data-protection-officer", events.DataProtectionOfficerNamed, ("office",)),
            (
                "instruct-destruction",
                events.DestructionInstructed,
                ("instruction", "contractor", "contract", "valid_from", "checked"),
            ),
            ("cleanse-mailbox", events.MailboxCleansed, ("mailbox",)),
            ("publish-calendar", events.CalendarPublished, ("version", "holidays", "first_day", "last_day")),
        )
    ),
    CommandKind(
        name="publish-rule-set",
        makes=events.RuleSetPublished,
        needs=("rule_set", "valid_from"),
        about="organisation",
        reckoned=frozenset({"digest"}),
    ),
)

OWN_NUMBER = {
    "refer-customer": "referral_id",
    "keep-appointment": "appointment_id",
    "miss-appointment": "appointment_id",
    "hold-interaction": "interaction_id",
    "share-data": "share_id",
    "receive-data": "receipt_id",
    "correct-record": "correction_id",
    "place-hold": "hold_id",
    "extend-retention": "extension_id",
    "restrict-processing": "restriction_id",
    "contest-decision": "decision_id",
    "merge-customers": "merge_id",
    "ask-clarification": "clarification_id",
    "withhold-item": "decision_id",
    "decide-third-party": "decision_id",
}
"""Commands that begin something with a number of its own; when none is given it is the command's id."""


def hints_of(kind: type[Event]) -> dict[str, Any]:
    """The types of an event's fields."""
    return typing.get_type_hints(kind)
