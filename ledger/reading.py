"""Who may read what is on record: whoever serves a person or answers for the service, and never another controller.

Only facts are asked for here, so nothing is opened to find out whether it may be.
"""

from __future__ import annotations

from uuid import UUID

from ledger.decisions import Caller, may_read, organisations_serving
from ledger.errors import AnotherController
from ledger.events import NCS, NHS
from ledger.registers import InForce
from ledger.replaying import event_of, is_request, request_of, state_of
from ledger.store import Recorder


def serves(recorder: Recorder, stream: UUID, by: Caller) -> bool:
    """Whether a caller reads everything of their service, or their organisation registered or served this person."""
    if may_read(by, ()):
        return True
    return may_read(by, organisations_serving(event_of(entry) for entry in recorder.history(stream)))


def programme_of(recorder: Recorder, on: InForce, stream: UUID) -> str | None:
    """The programme that a person or a request belongs to; None when nothing is known of it.

    A request about nobody who is known belongs to the programme of the organisation it was made to.
    """
    history = of_person = recorder.history(stream)
    programme = NCS
    if is_request(history):
        request = request_of(history)
        programme = on.programme_of(request.organisation)
        of_person = recorder.history(request.customer) if request.customer else []
    if of_person:
        programme = NHS if state_of(of_person).programme == NHS else NCS
    return programme if history else None


def refuse_across_programmes(recorder: Recorder, on: InForce, stream: UUID, by: Caller) -> None:
    """Raise AnotherController for a person or a request that the caller's controller does not answer for (PARTY-06)."""
    if programme_of(recorder, on, stream) not in {None, on.programme_of(by.organisation)}:
        raise AnotherController
