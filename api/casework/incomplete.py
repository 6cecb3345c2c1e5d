"""Records that a view cannot show as a whole: nothing is proposed, exported or destroyed by what it shows of them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from api.casework.runtime import Runtime, Views
from ledger.caller import Caller
from ledger.errors import ProjectionStopped, RecordIncomplete, Refused, UnknownCustomer
from projections import poison


def refuse_incomplete(runtime: Runtime, by: Caller, records: Iterable[UUID]) -> None:
    """Raise RecordIncomplete with the reason when one of these, or a record merged with it, is incomplete."""
    with suppress(ProjectionStopped):
        runtime.bring_up()
    with runtime.views(by) as views:
        found = next(iter(poison.frozen_among(views, records).values()), None)
    if found is not None:
        raise RecordIncomplete(found.sentence)


def not_shown(views: Views, record: UUID) -> Refused:
    """Why a view knows no customer of this id: their registration cannot be applied, or nobody is registered."""
    poisoned = poison.of_record(views, record)
    return RecordIncomplete(poisoned.sentence) if poisoned else UnknownCustomer()
