"""Commands about customers: registration, records, referrals and the service they get."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ledger import errors, events
from ledger.clocks import instant_text
from ledger.codes.items import CARRIED_BY
from ledger.commands.declaration import Codes, CustomerCommand, Example, Fields, FillsIn, closed, known
from ledger.commands.invented import JOBCENTRE_PLUS, OF_NHS, OTHER, PRIME, SUB_CONTRACTOR
from ledger.commands.items import ITEM_CODES, with_items
from ledger.commands.preconditions import Check, new_id
from ledger.events import NCS, NHS
from ledger.retention.classes import KEPT_AS
from ledger.rules.bases import BASES
from ledger.state.customer import Customer

SERVICE_COMPONENTS = closed("WEBSITE", "THROUGH_WEBSITE", "HELPLINE", "LOCAL")
"""The website, what is delivered through it, the national helpline and the local area services (SCOPE-04)."""
PROGRAMMES = (NCS, NHS)
COLLECTIONS = known(*sorted({*KEPT_AS, *CARRIED_BY}))
_DOCUMENT: dict[str, Codes] = {"lawful_basis": closed(*BASES), "collection": COLLECTIONS}
"""The codes of the collections of a document."""


def _register(customer: Customer, fields: Fields) -> None:
    if customer.registered:
        raise errors.AlreadyRegistered
    if fields.get("programme") not in {None, *PROGRAMMES}:
        raise errors.Malformed(f"The field programme must be {NCS} or {NHS}.", field="programme")


def _accept_referral(customer: Customer, fields: Fields) -> None:
    if fields["referral_id"] not in customer.referrals:
        raise errors.UnknownReference("No referral with this number is known for this customer.")
    if fields["referral_id"] in customer.accepted:
        raise errors.AlreadyDone("This referral has already been accepted.")


def _appointment(outcome: str) -> Check:
    def check(customer: Customer, fields: Fields) -> None:
        if (fields["appointment_id"], outcome) in customer.appointments:
            raise errors.AlreadyDone(f"This appointment has already been recorded as {outcome}.")

    return check


def _end_service(customer: Customer, _: Fields) -> None:
    if customer.ended:
        raise errors.ServiceIsEnded


def _resume_service(customer: Customer, _: Fields) -> None:
    if not customer.ended:
        raise errors.ServiceNotEnded


def _kept(fields: Fields, _: datetime) -> Fields:
    """The fields with the names of the values that a record sets, and its retention class."""
    by_kind = {
        "changed": tuple(sorted(fields.get("values") or ())),
        "kept_as": KEPT_AS.get(str(fields.get("collection")), "service"),
    }
    return {**by_kind, **fields}


def _corrected(fields: Fields, occurred_at: datetime) -> Fields:
    written: dict[str, Any] = {**_kept(with_items(fields, groups=False), occurred_at)}
    carried = tuple(sorted(CARRIED_BY.get(str(fields.get("collection")), ())))
    return {**written, "items": written.get("items") or carried}


def _at(name: str) -> FillsIn:
    """Fills a field with the time of the command when it is not given."""

    def fill_in(fields: Fields, occurred_at: datetime) -> Fields:
        return {name: instant_text(occurred_at), **fields}

    return fill_in


REGISTER = CustomerCommand(
    name="register-customer",
    makes=events.CustomerRegistered,
    needs=("values",),
    begins=True,
    check=_register,
    codes={**_DOCUMENT, "programme": closed(*PROGRAMMES)},
    examples={
        "": Example(
            at="2026-01-05T09:00:00Z",
            fields={
                "organisation": PRIME,
                "values": {
                    "given_name": "Robin",
                    "family_name": "Example",
                    "date_of_birth": "1990-02-01",
                    "email": "robin@example.org",
                    "postcode": "ZZ99 9ZZ",
                },
            },
        ),
        "another": Example(
            at="2026-01-06T11:00:00Z",
            about=OTHER,
            fields={
                "organisation": PRIME,
                "values": {"given_name": "Alex", "family_name": "Sample", "date_of_birth": "1985-07-09"},
            },
        ),
        "nhs": Example(
            at="2026-01-06T12:00:00Z",
            about=OF_NHS,
            fields={"programme": NHS, "values": {"given_name": "Kim", "family_name": "Specimen"}},
        ),
    },
)
KEEP_RECORD = CustomerCommand(
    name="keep-record",
    makes=events.RecordKept,
    needs=("collection", "values"),
    fills_in=_kept,
    judged=True,
    codes=_DOCUMENT,
    examples={
        "": Example(
            at="2026-01-12T10:00:00Z",
            after=("register-customer",),
            fields={
                "collection": "actionplans",
                "record_id": "plan-1",
                "organisation": PRIME,
                "values": {"careers_goals": "to work in a library"},
            },
        )
    },
)
CORRECT_RECORD = CustomerCommand(
    name="correct-record",
    makes=events.RecordCorrected,
    needs=("collection", "values"),
    own_id="correction_id",
    done_by="organisation",
    fills_in=_corrected,
    judged=True,
    check=new_id(lambda customer: customer.matters, "correction_id"),
    codes={**_DOCUMENT, "items": ITEM_CODES},
    examples={
        "": Example(
            at="2026-03-10T10:00:00Z",
            after=("keep-record", "share-data"),
            fields={
                "collection": "actionplans",
                "record_id": "plan-1",
                "correction_id": "correction-1",
                "organisation": PRIME,
                "values": {"careers_goals": "to work in an archive"},
                "reason": "the adviser had misheard",
            },
        )
    },
)
REFER = CustomerCommand(
    name="refer-customer",
    makes=events.CustomerReferred,
    needs=("referred_to",),
    own_id="referral_id",
    fills_in=_at("requested_at"),
    judged=True,
    check=new_id(lambda customer: customer.referrals, "referral_id"),
    codes=_DOCUMENT,
    examples={
        "": Example(
            at="2026-01-06T10:00:00Z",
            after=("register-customer", "register-organisation/sub-contractor"),
            fields={"referral_id": "referral-1", "referred_by": PRIME, "referred_to": SUB_CONTRACTOR},
        ),
        "from-jobcentre-plus": Example(
            at="2026-01-05T08:00:00Z",
            after=("register-customer", "register-organisation/jobcentre-plus"),
            fields={"referral_id": "referral-2", "referred_by": JOBCENTRE_PLUS, "referred_to": PRIME},
        ),
    },
)
ACCEPT_REFERRAL = CustomerCommand(
    name="accept-referral",
    makes=events.ReferralAccepted,
    needs=("referral_id",),
    fills_in=_at("accepted_at"),
    check=_accept_referral,
    codes=_DOCUMENT,
    examples={
        "": Example(at="2026-01-07T10:00:00Z", after=("refer-customer",), fields={"referral_id": "referral-1"}),
    },
)
KEEP_APPOINTMENT = CustomerCommand(
    name="keep-appointment",
    makes=events.AppointmentKept,
    own_id="appointment_id",
    fills_in=_at("appointment_at"),
    check=_appointment("kept"),
    codes=_DOCUMENT,
    examples={
        "": Example(
            at="2026-01-14T10:00:00Z",
            after=("register-customer",),
            fields={"appointment_id": "appointment-1", "organisation": PRIME},
        )
    },
)
MISS_APPOINTMENT = CustomerCommand(
    name="miss-appointment",
    makes=events.AppointmentMissed,
    own_id="appointment_id",
    fills_in=_at("appointment_at"),
    check=_appointment("missed"),
    codes=_DOCUMENT,
    examples={
        "": Example(
            at="2026-01-21T10:00:00Z",
            after=("register-customer",),
            fields={"appointment_id": "appointment-2", "organisation": PRIME},
        )
    },
)
HOLD_INTERACTION = CustomerCommand(
    name="hold-interaction",
    makes=events.InteractionHeld,
    needs=("channel",),
    own_id="interaction_id",
    fills_in=_at("held_at"),
    codes={**_DOCUMENT, "service_component": SERVICE_COMPONENTS},
    examples={
        "": Example(
            at="2026-01-09T10:00:00Z",
            after=("register-customer",),
            fields={"channel": "telephone", "organisation": PRIME, "service_component": "HELPLINE"},
        )
    },
)
INFORM = CustomerCommand(
    name="inform-customer",
    makes=events.CustomerInformed,
    needs=("method",),
    examples={
        "": Example(
            at="2026-01-05T09:05:00Z",
            after=("register-customer",),
            fields={"method": "read out", "organisation": PRIME, "benefits_explained": True},
        )
    },
)
END_SERVICE = CustomerCommand(
    name="end-service",
    makes=events.ServiceEnded,
    judged=True,
    check=_end_service,
    examples={
        "": Example(at="2026-06-30T16:00:00Z", after=("register-customer",), fields={"organisation": PRIME}),
    },
)
RESUME_SERVICE = CustomerCommand(
    name="resume-service",
    makes=events.ServiceResumed,
    check=_resume_service,
    examples={
        "": Example(at="2026-09-07T10:00:00Z", after=("end-service",), fields={"organisation": PRIME}),
    },
)
DECLARED = (
    REGISTER, KEEP_RECORD, CORRECT_RECORD, REFER, ACCEPT_REFERRAL, KEEP_APPOINTMENT, MISS_APPOINTMENT,
    HOLD_INTERACTION, INFORM, END_SERVICE, RESUME_SERVICE,
)  # fmt: skip
