"""The exports of a person's data at every door: the reading is recorded, then each is gathered once and composed."""

from __future__ import annotations

from uuid import UUID

from api.casework.access import read_record
from api.casework.incomplete import refuse_incomplete
from api.casework.runtime import Runtime
from api.casework.subject_access import entries_upto, files_about
from ledger.caller import Caller
from projections.customers import read as customers
from projections.exports import consent_records as consents
from projections.exports import portable_copy as portable
from projections.exports.consent_records import Consented
from projections.exports.consent_rows import ConsentRecords
from projections.exports.portable_copy import OwnData, PortableCopy
from projections.organisations import read as organisations

CONSENTS = "consent records"
PORTABLE = "portable copy"


def portable_copy(runtime: Runtime, customer_id: UUID, by: Caller, route: str) -> PortableCopy:
    """What a person may take with them of one record, as of this reading. Raises UnknownCustomer."""
    person = read_record(runtime, customer_id, by, purpose=PORTABLE, route=route, whole=True)
    upto, at = runtime.ledger.recorder.max_notification_id() or 0, runtime.ledger.now()
    return portable.portable_copy(
        OwnData(
            customer_id=customer_id,
            upto=upto,
            at=at,
            entries=entries_upto(runtime, customer_id, upto, by),
            opened=runtime.ledger.unsealed(customer_id, by=by),
            files=files_about(runtime, person, by, upto, at),
            others=len(person.every) - 1,
        )
    )


def consent_records(runtime: Runtime, customer_id: UUID, by: Caller, route: str) -> ConsentRecords:
    """A record of each scope spoken about; what somebody consented to is personal, so the reading is recorded first.

    Raises UnknownCustomer, and RecordIncomplete where the consents read `unknown` on the customer's page.
    """
    refuse_incomplete(runtime, by, [customer_id])
    read_record(runtime, customer_id, by, purpose=CONSENTS, route=route)
    with runtime.views(by, about=customer_id) as views:
        programme = customers.programme_of(views, customer_id)
        registered = organisations.registered(views)
    return consents.consent_records(
        Consented(
            customer_id=customer_id,
            at=runtime.ledger.now(),
            programme=programme,
            entries=runtime.ledger.history(customer_id, by=by),
            organisations=registered,
            today=runtime.ledger.registers(),
            regulator=runtime.settings.regulator,
        )
    )
